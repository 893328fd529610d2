"""Write the manifests of the package: the hash of each file other than code that it ships.

Run after the last change of a packaged file: ``python demo/write_manifests.py``. Listed are the
weights, graphs and configs of models, the text encoder's graph, the files of the pages, and what
people say for movements.
"""

from motionlcm.data.sayings import FILE as SAYINGS
from motionlcm.integrity import PAGE_SUFFIXES, write_manifest
from motionlcm.models.folder import PRETRAINED
from motionlcm.runtime.text import TEXT_GRAPH
from motionlcm.web.pages import STATIC

OTHER_FOLDERS = (STATIC, PRETRAINED.parent / "render", SAYINGS.parent)


def main() -> None:
    """Write one manifest a packaged model, and one for each folder of other files."""
    models = sorted(path.parent for path in PRETRAINED.glob("*/pipeline.json"))
    for folder in (*models, TEXT_GRAPH.parent):
        print(f"wrote {write_manifest(folder)}")
    for folder in OTHER_FOLDERS:
        print(f"wrote {write_manifest(folder, suffixes=PAGE_SUFFIXES)}")


if __name__ == "__main__":
    main()
