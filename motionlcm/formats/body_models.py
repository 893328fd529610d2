"""SMPL-H and SMPL-X body models, which users get from their makers: where a subject's joints sit at rest.

Joint positions need no mesh in motion: SMPL's joints are those of the shaped rest body, moved by forward
kinematics. The shaped rest body comes from the package ``smplx`` (``pip install motionlcm[amass]``), imported late.
Only npz models are read; pickles are refused.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from motionlcm.formats.npz import read_arrays

_NUM_JOINTS = 22
_KEYS = ("v_template", "shapedirs", "J_regressor")


def find_body_model(folder: str | Path, model: str, gender: str) -> Path:
    """The file of a model (``"smplh"`` or ``"smplx"``) for a gender; neutral, then female stand in for others.

    Known layouts: ``smplh/male/model.npz`` (AMASS's), ``smplh/SMPLH_MALE.npz`` (smplx's), with or without the first
    folder.

    Raises:
        FileNotFoundError: no such folder.
        ValueError: no such model in it; names the files that were looked for.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"no folder {folder} with body models; get SMPL-H from https://mano.is.tue.mpg.de")
    tried = []
    for kind in dict.fromkeys((gender, "neutral", "female")):
        for name in (f"{kind}/model.npz", f"{model.upper()}_{kind.upper()}.npz"):
            for path in (folder / model / name, folder / name):
                if path.is_file():
                    return path
                tried.append(path.relative_to(folder).as_posix())
    raise ValueError(f"{folder}: no {model} body model (npz); looked for {', '.join(tried[:4])} and the like")


@lru_cache(maxsize=512)
def rest_joints(folder: str | Path, model: str, gender: str, betas: tuple[float, ...]) -> np.ndarray:
    """Where the 22 body joints of a subject sit in the rest pose.

    Args:
        folder: of body models; see ``find_body_model``.
        model: ``"smplh"`` or ``"smplx"``.
        gender: as the recording says it.
        betas: the subject's shape; more numbers than the model has are left out.
    Returns:
        ``[22 3]`` metres, Y up, float64; do not write to it.
    Raises:
        FileNotFoundError, ValueError: no such model, or a file that is none.
        ImportError: smplx is not installed.
    """
    path = find_body_model(folder, model, gender)
    try:
        import torch
        from smplx.lbs import blend_shapes, vertices2joints
    except ImportError:
        raise ImportError("body models need the package smplx: pip install 'motionlcm[amass]'") from None
    template, directions, regressor = (torch.from_numpy(array) for array in _model(path))
    count = min(len(betas), directions.shape[-1])
    shape = torch.tensor([betas[:count]], dtype=torch.float64)
    vertices = template[None] + blend_shapes(shape, directions[:, :, :count])
    joints = vertices2joints(regressor, vertices)[0].numpy()
    joints.setflags(write=False)
    return joints


@lru_cache(maxsize=6)
def _model(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(template ``[V 3]``, shape directions ``[V 3 N]``, joint regressor ``[22 V]``) of a model."""
    arrays = read_arrays(path, _KEYS)
    missing = [key for key in _KEYS if key not in arrays]
    if missing:
        raise ValueError(f"{path}: no {', '.join(missing)} in it; expected an SMPL-H or SMPL-X model in npz form")
    template, directions, regressor = (np.asarray(arrays[key], dtype=np.float64) for key in _KEYS)
    count = len(template)
    if template.shape[1:] != (3,) or directions.shape[:2] != (count, 3) or regressor.shape[1:] != (count,):
        shapes = [list(arrays[key].shape) for key in _KEYS]
        raise ValueError(f"{path}: {', '.join(_KEYS)} have shapes {shapes}, expected [V 3], [V 3 N], [J V]")
    if len(regressor) < _NUM_JOINTS or not all(np.isfinite(a).all() for a in (template, directions, regressor)):
        raise ValueError(f"{path}: {len(regressor)} joints, or values that are not finite; expected 52 or more joints")
    return template, directions, np.ascontiguousarray(regressor[:_NUM_JOINTS])
