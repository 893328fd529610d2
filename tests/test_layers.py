"""House rules: imports go one way, files and functions stay short, --help imports nothing heavy."""

import ast
import re
import subprocess
import sys
from collections.abc import Container
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "motionlcm"
#: What each room may import, from the ground floor up; ``docs/architecture.md`` prints the same.
ALLOWED = {
    "arrays": set(),
    "atomic_files": set(),
    "damage": set(),
    "integrity": {"atomic_files"},
    "progress": set(),
    "text_files": set(),
    "motion": {"arrays"},
    "motion/motion": {"formats"},  # the one door up: Motion.save and Motion.load
    "render": {"motion", "atomic_files", "integrity"},
    "formats": {"motion", "render", "atomic_files", "text_files", "damage"},
    "diffusion": {"arrays"},
    "models": {"diffusion", "motion", "arrays", "atomic_files", "integrity", "damage"},
    "runtime": {"models", "diffusion", "motion", "atomic_files", "integrity", "damage"},
    "generation": {"runtime", "diffusion", "models", "motion", "damage", "integrity"},
    "data": {
        "formats",
        "models",
        "diffusion",
        "motion",
        "atomic_files",
        "integrity",
        "text_files",
        "damage",
        "progress",
    },
    "exchange": {
        "generation",
        "runtime",
        "diffusion",
        "models",
        "formats",
        "motion",
        "atomic_files",
        "integrity",
    },
    "exchange/torch_files": set(),
    "evaluation": {
        "generation",
        "runtime",
        "diffusion",
        "models",
        "data",
        "exchange",
        "formats",
        "render",
        "motion",
        "atomic_files",
        "progress",
    },
    "training": {
        "evaluation",
        "generation",
        "runtime",
        "diffusion",
        "models",
        "data",
        "motion",
        "atomic_files",
        "integrity",
        "damage",
        "text_files",
        "progress",
    },
    "web": {
        "generation",
        "models",
        "formats",
        "render",
        "motion",
        "damage",
        "integrity",
        "text_files",
    },
    "cli": {
        "web",
        "training",
        "evaluation",
        "exchange",
        "generation",
        "models",
        "data",
        "formats",
        "render",
        "motion",
        "text_files",
        "damage",
        "progress",
        "atomic_files",
    },
}
FILES = sorted(
    path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem != "__init__"
)


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
                assert other == part or other in allowed, (
                    f"{path.name}:{node.lineno} imports {name}"
                )
            assert part != "motion" or name.split(".")[0] != "torch", (
                f"{path.name}:{node.lineno} imports torch"
            )


@pytest.mark.parametrize(
    "command",
    ["generate", "train", "prepare", "evaluate", "convert", "demo", "serve", "mcp"],
)
def test_help_imports_nothing_heavy(command):
    code = (
        f"import sys; from motionlcm.cli.{command} import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'torch', 'numpy', 'transformers', 'PIL', 'yaml'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


#: The one arrow that may point back: ``Motion.save`` and ``Motion.load`` open the doors of
#: ``formats`` when they are called.
DOOR = ("motionlcm.motion.motion", "motionlcm.formats.")


def test_no_module_imports_itself_by_a_roundabout_way():
    graph = import_graph()
    behind_the_door = {other for other in graph[DOOR[0]] if other.startswith(DOOR[1])}
    assert behind_the_door == {"motionlcm.formats.read", "motionlcm.formats.write"}

    graph[DOOR[0]] -= behind_the_door
    circles = [" <-> ".join(sorted(circle)) for circle in circles_of(graph)]
    assert not circles, "\n".join(circles)


def test_a_circle_of_imports_would_be_seen():
    assert import_graph()["motionlcm.formats.table"] >= {
        "motionlcm.formats.bvh",
        "motionlcm.render.page",
    }
    chain = {"a": {"b"}, "b": {"c"}, "c": {"d"}, "d": set()}
    assert circles_of(chain) == []
    assert circles_of({**chain, "d": {"b"}}) == [{"b", "c", "d"}]
    assert circles_of({**chain, "a": {"a", "b"}}) == [{"a"}]


def import_graph() -> dict[str, set[str]]:
    """Each module of the package, and those that it imports, at the top or inside functions."""
    paths = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        paths[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path

    graph = {}
    for module, path in paths.items():
        names = imported_names(ast.parse(path.read_text()))
        graph[module] = {found for name in names if (found := nearest_module(name, paths))}
    return graph


def imported_names(node: ast.AST) -> list[str]:
    """Every ``module`` and ``module.name`` imported below a node, save under ``if TYPE_CHECKING``.

    A string such as ``"motionlcm.formats.npz:load_npz"`` counts too: a table imports by it.
    """
    names = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            continue
        if isinstance(child, ast.ImportFrom):
            names += [f"{child.module}.{alias.name}" for alias in child.names]
        elif isinstance(child, ast.Import):
            names += [alias.name for alias in child.names]
        elif isinstance(child, ast.Constant) and re.fullmatch(
            r"motionlcm[.\w]+:\w+", str(child.value)
        ):
            names.append(child.value.partition(":")[0])
        names += imported_names(child)
    return names


def nearest_module(name: str, modules: Container[str]) -> str | None:
    """The module that ``name`` is or lives in: ``motionlcm.arrays`` for a function of it."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name or None


def circles_of(graph: dict[str, set[str]]) -> list[set[str]]:
    """The groups of modules that reach each other, and modules that import themselves."""
    reached = {}
    for start in graph:
        seen: set[str] = set()
        waiting = list(graph[start])
        while waiting:
            module = waiting.pop()
            if module not in seen:
                seen.add(module)
                waiting += graph[module]
        reached[start] = seen

    circles = []
    for module in graph:
        circle = {other for other in reached[module] if module in reached[other]}
        if circle and circle not in circles:
            circles.append(circle)
    return circles


def test_files_of_tests_have_names_of_their_own():
    """pytest imports them by name alone: of two alike the second is an error."""
    files = sorted(Path(__file__).parent.rglob("test_*.py"))
    names = [path.name for path in files]
    twice = [str(path) for path in files if names.count(path.name) > 1]
    assert not twice, f"rename one of these: {', '.join(twice)}"
