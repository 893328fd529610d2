"""Write the manifests of the package: the hash of each file other than code that it ships.

Run after the last change of a packaged file: ``python demo/write_manifests.py``. Listed are the
weights, graphs and configs of models, the text encoder's graph, and the files of the pages.
"""

from motionlcm.integrity import PAGE_SUFFIXES, write_manifest
from motionlcm.models.folder import PRETRAINED
from motionlcm.runtime.text import TEXT_GRAPH
from motionlcm.web.pages import STATIC

PAGE_FOLDERS = (STATIC, PRETRAINED.parent / "render")


def main() -> None:
    """Write one manifest a packaged model, that of the text encoder's graph, and the pages'."""
    models = sorted(path.parent for path in PRETRAINED.glob("*/pipeline.json"))
    for folder in (*models, TEXT_GRAPH.parent):
        print(f"wrote {write_manifest(folder)}")
    for folder in PAGE_FOLDERS:
        print(f"wrote {write_manifest(folder, suffixes=PAGE_SUFFIXES)}")


if __name__ == "__main__":
    main()
