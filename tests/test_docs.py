"""The documents keep their word: links lead somewhere, flags exist, tables are the code's."""

import importlib
import re
from pathlib import Path

import pytest

from tests.test_layers import ALLOWED

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = ("generate", "prepare", "train", "evaluate", "convert", "demo", "serve", "mcp")
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        ROOT / "datasets" / "README.md",
        *ROOT.glob("motionlcm/pretrained/*/README.md"),
    ]
)
README = ROOT / "README.md"


def test_the_readme_is_read_in_a_few_minutes_and_starts_with_its_two_commands():
    text = README.read_text()
    assert len(text.split()) <= 1000

    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S)
    assert len(blocks) == 1, ".ci/run executes the one block that is marked sh"
    assert len(blocks[0].splitlines()) == 2
    assert text.index("```sh") == text.index("```"), "no other block comes before it"


def test_the_architecture_page_prints_the_table_of_imports():
    expected = {
        room: "nothing" if not others else ", ".join(f"`{other}`" for other in sorted(others))
        for room, others in ALLOWED.items()
    }
    printed = {}
    for room, others in re.findall(
        r"^\| `([\w/]+)` \| ((?:nothing|`).*?) \|$",
        (ROOT / "docs" / "architecture.md").read_text(),
        re.M,
    ):
        printed[room] = ", ".join(sorted(others.split(", ")))

    table = "\n".join(f"| `{room}` | {others} |" for room, others in expected.items())
    assert printed == expected, f"docs/architecture.md should say:\n{table}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_local_links_lead_to_files_and_headings_that_are_there(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{page.name} links to {link}"
        assert not anchor or anchor in anchors(target), f"{page.name} links to {link}"


def anchors(page: Path) -> set[str]:
    """The names by which headings of a page are linked to."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_flag_is_documented(command, capsys):
    text = "\n".join(page.read_text() for page in PAGES)
    missing = [
        flag for flag in flags_of(command, capsys) if not re.search(rf"{flag}(?![\w-])", text)
    ]
    assert not missing


@pytest.mark.parametrize("command", COMMANDS)
def test_flags_of_documented_commands_exist(command, capsys):
    known = flags_of(command, capsys)
    for page in PAGES:
        for line in re.findall(rf"motionlcm-{command} [^\n`|]*", page.read_text()):
            for flag in re.findall(r"(?<![\w-])--[a-z][\w-]*", line.partition("#")[0]):
                assert flag in known, f"{page.name}: {line}"


def flags_of(command: str, capsys: pytest.CaptureFixture[str]) -> set[str]:
    """What ``--help`` of a command lists."""
    main = importlib.import_module(f"motionlcm.cli.{command}").main
    calls = [["--help"], ["amass", "--help"]] if command == "prepare" else [["--help"]]
    for arguments in calls:
        with pytest.raises(SystemExit):
            main(arguments)
    return set(re.findall(r"--[a-z][\w-]*", capsys.readouterr().out)) - {"--help"}
