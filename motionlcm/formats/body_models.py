"""SMPL-H and SMPL-X body models, which users get from their makers: where a subject's joints sit at rest, and its skin.

Joint positions need no mesh in motion: SMPL's joints are those of the shaped rest body, moved by forward
kinematics. The shaped rest body comes from the package ``smplx`` (``pip install motionlcm[amass]``), imported late.
Only npz models are read; pickles are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from motionlcm.formats.npz import read_arrays

_NUM_JOINTS = 22
_GENDERS = ("neutral", "female", "male")
_KEYS = ("v_template", "shapedirs", "J_regressor")
_SKIN_KEYS = (*_KEYS, "posedirs", "weights", "f", "kintree_table")


@dataclass(frozen=True, eq=False)
class SkinnedBody:
    """A body model whole: V vertices, J joints (52 of SMPL-H, 55 of SMPL-X; the first 22 are ours), metres, Y up.

    Attributes:
        template: ``[V 3]`` the skin of the mean shape in the rest pose.
        shape_directions: ``[V 3 N]``, a column for each shape number.
        pose_directions: ``[V 3 9(J-1)]`` how bent joints bulge the skin.
        regressor: ``[J V]`` joints as means of vertices.
        weights: ``[V J]`` how much each vertex follows each joint.
        triangles: ``[F 3]`` indices.
        parents: of each joint; -1 for the pelvis.
        gender: of the file that was found.
    """

    template: np.ndarray
    shape_directions: np.ndarray
    pose_directions: np.ndarray
    regressor: np.ndarray
    weights: np.ndarray
    triangles: np.ndarray
    parents: tuple[int, ...]
    gender: str

    def rest_joints(self, betas: np.ndarray) -> np.ndarray:
        """``[22 3]`` where the body joints of a shape ``[N]`` sit in the rest pose."""
        shaped = self.template + self.shape_directions[:, :, : len(betas)] @ betas
        return self.regressor[:_NUM_JOINTS] @ shaped


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
    require_smplx()
    import torch
    from smplx.lbs import blend_shapes, vertices2joints

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


def skinned_body(folder: str | Path, gender: str) -> SkinnedBody:
    """The SMPL-H model in a folder, or the SMPL-X model where there is no SMPL-H.

    Raises:
        FileNotFoundError: no such folder.
        ValueError: no model in it, an unknown gender, or a file that is none.
        ImportError: smplx, which poses it, is not installed.
    """
    if gender not in _GENDERS:
        raise ValueError(f"gender must be one of {', '.join(_GENDERS)}, got {gender!r}")
    require_smplx()
    try:
        path = find_body_model(folder, "smplh", gender)
    except ValueError as missing:
        try:
            path = find_body_model(folder, "smplx", gender)
        except ValueError:
            raise missing from None
    _model(path)  # checks what rest joints need
    arrays = read_arrays(path, _SKIN_KEYS)
    absent = [key for key in _SKIN_KEYS if key not in arrays]
    if absent:
        raise ValueError(f"{path}: no {', '.join(absent)} in it; expected an SMPL-H or SMPL-X model in npz form")
    if not _fits_together(arrays):
        shapes = {key: list(arrays[key].shape) for key in _SKIN_KEYS}
        raise ValueError(f"{path}: its arrays do not fit together: {shapes}")
    parents = arrays["kintree_table"].astype(np.int64)[0]
    names = path.as_posix().lower()
    found = next((kind for kind in ("neutral", "female", "male") if kind in names), gender)
    return SkinnedBody(
        template=arrays["v_template"].astype(np.float64),
        shape_directions=arrays["shapedirs"].astype(np.float64),
        pose_directions=arrays["posedirs"].astype(np.float64),
        regressor=arrays["J_regressor"].astype(np.float64),
        weights=arrays["weights"].astype(np.float64),
        triangles=arrays["f"].astype(np.int64),
        parents=(-1, *map(int, parents[1:])),
        gender=found,
    )


def _fits_together(arrays: dict[str, np.ndarray]) -> bool:
    """True if the skin's arrays go with the template's vertices and the regressor's joints."""
    count, joints = len(arrays["v_template"]), len(arrays["J_regressor"])
    tree, triangles, weights = arrays["kintree_table"], arrays["f"], arrays["weights"]
    if weights.shape != (count, joints) or arrays["posedirs"].shape != (count, 3, 9 * (joints - 1)):
        return False
    if tree.shape != (2, joints) or triangles.ndim != 2 or triangles.shape[1] != 3 or not len(triangles):
        return False
    parents, triangles = tree[0, 1:].astype(np.int64), triangles.astype(np.int64)
    known = 0 <= triangles.min() <= triangles.max() < count
    above = (parents >= 0).all() and (parents < np.arange(1, joints)).all()
    return bool(known and above and (weights >= 0).all() and (weights.sum(axis=1) > 0.5).all())


def require_smplx() -> None:
    """Raise ImportError, in one line, where smplx is not installed."""
    try:
        import smplx.lbs  # noqa: F401
    except ImportError:
        raise ImportError("body models need the package smplx: pip install 'motionlcm[amass]'") from None
