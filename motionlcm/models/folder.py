"""A trained model on disk: which folder it is."""

from __future__ import annotations

from pathlib import Path

PIPELINE_CONFIG = "pipeline.json"
PRETRAINED = Path(__file__).parent.parent / "pretrained"
DEFAULT_MODEL = "small"


def find_model(model: str | Path | None) -> Path:
    """Find the folder of a model by path, or by name in the package.

    Raises:
        FileNotFoundError: no such model; the message lists the names that are there.
    """
    names = sorted(path.parent.name for path in PRETRAINED.glob(f"*/{PIPELINE_CONFIG}"))
    for folder in (Path(model) if model else PRETRAINED / DEFAULT_MODEL, PRETRAINED / str(model)):
        if (folder / PIPELINE_CONFIG).is_file():
            return folder
    raise FileNotFoundError(
        f"no model {model or DEFAULT_MODEL!r}: neither a folder with {PIPELINE_CONFIG} nor one of the package "
        f"({', '.join(names) or 'none'})"
    )
