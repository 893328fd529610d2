"""The lock file holds what an install needs, at the versions that are tested, each with hashes."""

import re
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def plain(name: str) -> str:
    """A package's name as the index writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(path: Path) -> dict[str, str]:
    """The version of each package that a file pins."""
    found = re.findall(r"^([\w.-]+)==([\w.+]+)", path.read_text(), re.M)
    return {plain(name): version for name, version in found}


def test_the_lock_has_the_versions_of_the_constraints():
    locked, constraints = pinned(ROOT / "requirements.lock"), pinned(ROOT / "constraints.txt")
    both = locked.keys() & constraints.keys()
    assert len(both) >= 10
    assert {name: locked[name] for name in both} == {name: constraints[name] for name in both}


def test_the_lock_names_every_package_that_an_install_needs():
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    needed = {
        plain(re.split(r"[<>=\[]", line)[0])
        for line in setup["options"]["install_requires"].split()
    }
    assert needed <= pinned(ROOT / "requirements.lock").keys()


def test_every_package_of_the_lock_has_a_hash():
    text = (ROOT / "requirements.lock").read_text()
    blocks = re.split(r"\n(?=[\w.-]+==)", text)[1:]
    assert len(blocks) == len(pinned(ROOT / "requirements.lock"))
    assert all("--hash=sha256:" in block for block in blocks)
