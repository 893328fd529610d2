"""House rules: imports go one way, files and functions stay short, --help imports nothing heavy."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "motionlcm"
#: What each room may import, from the ground floor up; ``docs/architecture.md`` prints the same table.
ALLOWED = {
    "arrays": set(),
    "atomic_files": set(),
    "motion": {"arrays"},
    "motion/motion": {"formats"},  # the one door up: Motion.save and Motion.load
    "render": {"motion"},
    "formats": {"motion", "render", "atomic_files"},
    "models": {"motion", "atomic_files"},
    "diffusion": {"arrays"},
    "runtime": {"models", "motion", "atomic_files"},
    "generation": {"runtime", "diffusion", "models", "motion"},
    "data": {"formats", "models", "motion", "atomic_files"},
    "exchange": {"generation", "runtime", "diffusion", "models", "formats", "motion", "atomic_files"},
    "exchange/torch_files": set(),
    "evaluation": {"generation", "runtime", "diffusion", "models", "data", "exchange", "formats", "render", "motion"},
    "training": {"evaluation", "generation", "runtime", "diffusion", "models", "data", "motion", "atomic_files"},
    "web": {"generation", "models", "formats", "render", "motion"},
    "cli": {"web", "training", "evaluation", "exchange", "generation", "models", "data", "formats", "render", "motion"},
}
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem != "__init__")


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_one_way_and_code_stays_short(path):
    part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    allowed = ALLOWED.get(path.relative_to(PACKAGE).with_suffix("").as_posix(), ALLOWED[part])
    text = path.read_text()
    assert len(text.splitlines()) <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 60, f"{node.name} is longer than 60 lines"
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            if name.startswith("motionlcm."):
                other = name.split(".")[1]
                assert other == part or other in allowed, f"{path.name}:{node.lineno} imports {name}"
            assert part != "motion" or name.split(".")[0] != "torch", f"{path.name}:{node.lineno} imports torch"


@pytest.mark.parametrize("command", ["generate", "train", "prepare", "evaluate", "convert"])
def test_help_imports_nothing_heavy(command):
    code = (
        f"import sys; from motionlcm.cli.{command} import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'torch', 'numpy', 'transformers', 'PIL', 'yaml'} & set(sys.modules)\nassert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
