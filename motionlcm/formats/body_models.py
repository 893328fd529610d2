"""SMPL bodies: the mean one, and SMPL-H and SMPL-X models, which users get from their makers.

Joint positions need no mesh in motion: SMPL's joints are those of the shaped rest body, moved by
forward kinematics. The shaped rest body comes from the package ``smplx``
(``pip install motionlcm[amass]``), imported late. Only npz models are read; pickles are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from motionlcm.formats.array_files import read_arrays
from motionlcm.motion.skeleton import PARENTS

#: Each joint seen from its parent in the rest pose of SMPL's neutral mean body, ``[22 3]`` metres,
#: Y up; the pelvis from the origin. Source: Loper et al., SMPL, 2015, as published with many
#: simulated humanoids; rounded to 0.1 mm.
SMPL_REST = np.array(
    [
        [-0.0018, -0.2233, 0.0282], [0.0695, -0.0914, -0.0068], [-0.0677, -0.0905, -0.0043],
        [-0.0025, 0.1090, -0.0267], [0.0343, -0.3752, -0.0045], [-0.0383, -0.3826, -0.0089],
        [0.0055, 0.1352, 0.0011], [-0.0136, -0.3980, -0.0437], [0.0158, -0.3984, -0.0423],
        [0.0015, 0.0529, 0.0254], [0.0264, -0.0558, 0.1193], [-0.0254, -0.0481, 0.1233],
        [-0.0028, 0.2139, -0.0429], [0.0788, 0.1217, -0.0341], [-0.0818, 0.1188, -0.0386],
        [0.0052, 0.0650, 0.0513], [0.0910, 0.0305, -0.0089], [-0.0960, 0.0326, -0.0091],
        [0.2596, -0.0128, -0.0275], [-0.2537, -0.0133, -0.0214], [0.2492, 0.0090, -0.0012],
        [-0.2553, 0.0078, -0.0056],
    ]
)  # fmt: skip
GENDERS = ("neutral", "female", "male")

_NUM_JOINTS = len(PARENTS)
_KEYS = ("v_template", "shapedirs", "J_regressor")
_SKIN_KEYS = (*_KEYS, "posedirs", "weights", "f", "kintree_table")


@dataclass(frozen=True, eq=False)
class SkinnedBody:
    """A body model whole: V vertices and J joints, of which the first 22 are ours; metres, Y up.

    SMPL-H has 52 joints, SMPL-X 55.

    Attributes:
        template: ``[V 3]`` the skin of the mean shape in the rest pose.
        shape_directions: ``[V 3 N]``, a column for each shape number.
        pose_directions: ``[V 3 9(J-1)]`` how bent joints bulge the skin.
        regressor: ``[J V]`` joints as means of vertices.
        weights: ``[V J]`` how much each vertex follows each joint.
        triangles: ``[F 3]`` indices.
        parents: each joint's parent; -1 for the pelvis.
        gender: of the model's file, which may be another than the one asked for.
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
        """Positions ``[22 3]`` of the body joints of a shape ``[N]`` in the rest pose."""
        shaped = self.template + self.shape_directions[:, :, : len(betas)] @ betas
        return self.regressor[:_NUM_JOINTS] @ shaped


def seen_from_parents(joints: np.ndarray) -> np.ndarray:
    """Each of the joints ``[22 ...]`` of a rest pose seen from its parent; the pelvis stays."""
    return np.concatenate([joints[:1], joints[1:] - joints[list(PARENTS[1:])]])


def find_body_model(folder: str | Path, model: str, gender: str) -> Path:
    """Find the file of a body model.

    Known layouts: ``smplh/male/model.npz`` (AMASS's), ``smplh/SMPLH_MALE.npz`` (smplx's), with or
    without the first folder.

    Args:
        folder: of body models.
        model: ``"smplh"`` or ``"smplx"``.
        gender: of the subject; where there is no model of it, neutral, then female stand in.
    Raises:
        FileNotFoundError: no such folder.
        ValueError: no such model in it; names the files that were looked for.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(
            f"no folder {folder} with body models; get SMPL-H from https://mano.is.tue.mpg.de"
        )

    tried = []
    for kind in dict.fromkeys((gender, "neutral", "female")):
        for name in (f"{kind}/model.npz", f"{model.upper()}_{kind.upper()}.npz"):
            for path in (folder / model / name, folder / name):
                if path.is_file():
                    return path
                tried.append(path.relative_to(folder).as_posix())

    raise ValueError(
        f"{folder}: no {model} body model (npz); looked for {', '.join(tried[:4])} and the like"
    )


@lru_cache(maxsize=512)
def rest_joints(
    folder: str | Path, model: str, gender: str, betas: tuple[float, ...]
) -> np.ndarray:
    """Compute where the 22 body joints of a subject sit in the rest pose.

    Args:
        folder: of body models, laid out as ``find_body_model`` knows.
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
    shape = torch.tensor([betas[:count]], dtype=torch.float64)  # [1 N]
    vertices = template[None] + blend_shapes(shape, directions[:, :, :count])  # [1 V 3]
    joints = vertices2joints(regressor, vertices)[0].numpy()  # [22 3]
    joints.setflags(write=False)
    return joints


@lru_cache(maxsize=6)
def _model(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Read (template ``[V 3]``, shape directions ``[V 3 N]``, joint regressor ``[22 V]``)."""
    arrays = _model_arrays(path, _KEYS)
    template, directions, regressor = (np.asarray(arrays[key], dtype=np.float64) for key in _KEYS)

    count = len(template)
    is_shaped = template.shape[1:] == (3,) and directions.shape[:2] == (count, 3)
    if not is_shaped or regressor.shape[1:] != (count,):
        shapes = [list(arrays[key].shape) for key in _KEYS]
        raise ValueError(
            f"{path}: {', '.join(_KEYS)} have shapes {shapes}, expected [V 3], [V 3 N], [J V]"
        )
    is_finite = all(np.isfinite(array).all() for array in (template, directions, regressor))
    if len(regressor) < _NUM_JOINTS or not is_finite:
        raise ValueError(
            f"{path}: {len(regressor)} joints, or values that are not finite; "
            "expected 52 or more joints"
        )
    return template, directions, np.ascontiguousarray(regressor[:_NUM_JOINTS])


def _model_arrays(path: Path, keys: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The arrays of a model's file; ValueError where one is missing."""
    arrays = read_arrays(path, keys)
    missing = [key for key in keys if key not in arrays]
    if missing:
        raise ValueError(
            f"{path}: no {', '.join(missing)} in it; expected an SMPL-H or SMPL-X model in npz form"
        )
    return arrays


def skinned_body(folder: str | Path, gender: str) -> SkinnedBody:
    """Read the SMPL-H model in a folder, or the SMPL-X model where there is no SMPL-H.

    Args:
        folder: of body models, laid out as ``find_body_model`` knows.
        gender: one of ``GENDERS``; another stands in where its model is not there.
    Raises:
        FileNotFoundError: no such folder.
        ValueError: no model in it, an unknown gender, or a file that is none.
        ImportError: smplx, which poses it, is not installed.
    """
    if gender not in GENDERS:
        raise ValueError(f"gender must be one of {', '.join(GENDERS)}, got {gender!r}")
    require_smplx()

    try:
        path = find_body_model(folder, "smplh", gender)
    except ValueError as missing:
        try:
            path = find_body_model(folder, "smplx", gender)
        except ValueError:
            raise missing from None

    _model(path)  # checks what rest joints need
    arrays = _model_arrays(path, _SKIN_KEYS)

    if not _fits_together(arrays):
        shapes = {key: list(arrays[key].shape) for key in _SKIN_KEYS}
        raise ValueError(f"{path}: its arrays do not fit together: {shapes}")

    parents = arrays["kintree_table"].astype(np.int64)[0]
    names = path.as_posix().lower()
    return SkinnedBody(
        template=arrays["v_template"].astype(np.float64),
        shape_directions=arrays["shapedirs"].astype(np.float64),
        pose_directions=arrays["posedirs"].astype(np.float64),
        regressor=arrays["J_regressor"].astype(np.float64),
        weights=arrays["weights"].astype(np.float64),
        triangles=arrays["f"].astype(np.int64),
        parents=(-1, *map(int, parents[1:])),
        gender=next((kind for kind in GENDERS if kind in names), gender),
    )


def _fits_together(arrays: dict[str, np.ndarray]) -> bool:
    """True if the skin's arrays go with the template's vertices and the regressor's joints."""
    count, joints = len(arrays["v_template"]), len(arrays["J_regressor"])
    tree, triangles = arrays["kintree_table"], arrays["f"]
    weights = arrays["weights"]
    if weights.shape != (count, joints) or arrays["posedirs"].shape != (count, 3, 9 * (joints - 1)):
        return False
    if triangles.ndim != 2 or triangles.shape[1] != 3 or not len(triangles):
        return False
    if tree.shape != (2, joints):
        return False

    parents, triangles = tree[0, 1:].astype(np.int64), triangles.astype(np.int64)
    is_known = 0 <= triangles.min() <= triangles.max() < count
    is_above = (parents >= 0).all() and (parents < np.arange(1, joints)).all()
    is_weighted = (weights >= 0).all() and (weights.sum(axis=1) > 0.5).all()
    return bool(is_known and is_above and is_weighted)


def require_smplx() -> None:
    """Raise ImportError, in one line, where smplx is not installed."""
    try:
        import smplx.lbs  # noqa: F401
    except ImportError:
        raise ImportError(
            "body models need the package smplx: pip install 'motionlcm[amass]'"
        ) from None
