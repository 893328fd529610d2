"""Write the manifests of the package: the hash of each weight, graph and config that it ships.

Run for a release, after the last change of a packaged file: ``python demo/write_manifests.py``.
"""

from motionlcm.models.folder import PRETRAINED
from motionlcm.models.integrity import write_manifest
from motionlcm.runtime.text import TEXT_GRAPH


def main() -> None:
    """Write one manifest a packaged model, and that of the text encoder's graph."""
    models = sorted(path.parent for path in PRETRAINED.glob("*/pipeline.json"))
    for folder in (*models, TEXT_GRAPH.parent):
        print(f"wrote {write_manifest(folder)}")


if __name__ == "__main__":
    main()
