"""A smoke test of an installed wheel, run outside the checkout: python tests/smoke.py FOLDER_OF_MOTIONS."""

import sys
from importlib.resources import files
from pathlib import Path

import motionlcm
from motionlcm import Motion, MotionPipeline


def main() -> None:
    """Open the packaged models and the files that were written; say what is missing."""
    home = Path(motionlcm.__file__).resolve()
    assert "site-packages" in home.parts, f"this is a checkout's own package: {home}"
    assert (files("motionlcm") / "py.typed").is_file(), "the wheel has no py.typed"

    lengths = {Motion.load(path).num_frames for path in Path(sys.argv[1]).iterdir()}
    assert len(lengths) == 1, f"the formats differ in length: {lengths}"

    for name in ("small", "open"):
        (motion,) = MotionPipeline.from_pretrained(name)("a person walks", seconds=2.0)
        assert motion.positions.shape == (40, 22, 3)
        assert 0.5 < motion.positions[:, 0, 1].mean() < 1.3, "nobody stands there"
    print(f"the wheel works: {home.parent}")


if __name__ == "__main__":
    main()
