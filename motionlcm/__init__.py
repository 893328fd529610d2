"""Human motion from text in one step.

``MotionPipeline``, ``Motion``, ``Constraints`` and ``Skeleton`` are loaded when first used, so that
importing the package is quick.
"""

from typing import Any

__version__ = "0.1.0"
__all__ = ["Constraints", "Motion", "MotionPipeline", "Skeleton", "__version__"]

_HOMES = {
    "Constraints": "motionlcm.motion.constraints",
    "Motion": "motionlcm.motion.motion",
    "MotionPipeline": "motionlcm.generation.pipeline",
    "Skeleton": "motionlcm.motion.skeleton",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'motionlcm' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
