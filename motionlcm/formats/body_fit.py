"""A real SMPL-H or SMPL-X body put on a motion: shape and joint angles refined until its joints are the motion's.

The body models are the user's; the package ``smplx`` (``pip install motionlcm[amass]``) poses them. Starts from the
angles that are known or solved, so a few dozen iterations are enough.

Source: Bogo et al., SMPLify, ECCV 2016, with 3-D joints in place of detected ones and the start as the prior.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motionlcm.formats.amass import SMPL_REST
from motionlcm.formats.body_models import SkinnedBody, skinned_body
from motionlcm.formats.pose import local_motion
from motionlcm.formats.raw import RawMotion
from motionlcm.motion.inverse_kinematics import mean_bone_lengths
from motionlcm.motion.motion import Motion
from motionlcm.motion.rotations import from_axis_angle, make_continuous, to_axis_angle
from motionlcm.motion.skeleton import JOINT_NAMES, PARENTS

_NUM_BETAS = 16  # as AMASS writes them
_SHAPE_PRIOR = 0.0005  # metres of bone length that a shape number of 1 must explain
_POSE_PRIOR = 0.005  # metres of error that a turn of one radian away from the start must explain
_ITERATIONS = 300
_CHUNK = 64  # frames posed at once


@dataclass(frozen=True, eq=False)
class FittedBody:
    """A body that moves as a motion does.

    Attributes:
        raw: the 22 joints of the body: local rotations from its rest pose, offsets of its shape, metres, Y up.
        betas: ``[16]`` its shape.
        body: its template, skin and gender.
        error: mean distance of its joints from the motion's, metres.
    """

    raw: RawMotion
    betas: np.ndarray
    body: SkinnedBody
    error: float

    @property
    def rest_vertices(self) -> np.ndarray:
        """``[V 3]`` metres: the skin of this shape in the rest pose, the pelvis where ``raw`` has its origin."""
        shaped = self.body.template + self.body.shape_directions[:, :, : len(self.betas)] @ self.betas
        return shaped - (self.body.regressor[0] @ shaped)

    def vertices(self) -> np.ndarray:
        """The skin over time, ``[T V 3]`` float32, metres, Y up; triangles are ``body.triangles``."""
        import torch
        from smplx.lbs import lbs

        body, tensor = self.body, lambda array: torch.from_numpy(np.ascontiguousarray(array)).float()
        num_joints = len(body.parents)
        pose = np.zeros((self.raw.num_frames, num_joints, 3))
        pose[:, : len(PARENTS)] = to_axis_angle(self.raw.rotations)
        basis = tensor(body.pose_directions.reshape(-1, body.pose_directions.shape[-1]).T)
        parts = []
        for first in range(0, len(pose), _CHUNK):
            part = tensor(pose[first : first + _CHUNK]).reshape(-1, 3 * num_joints)
            skin, joints = lbs(
                tensor(self.betas)[None].expand(len(part), -1), part, tensor(body.template),
                tensor(body.shape_directions[:, :, : len(self.betas)]), basis, tensor(body.regressor),
                torch.tensor(body.parents), tensor(body.weights),
            )  # fmt: skip
            place = tensor(self.raw.positions[first : first + _CHUNK, :1])
            parts.append((skin - joints[:, :1] + place).numpy())
        return np.concatenate(parts)


def fit_body(motion: Motion, folder: str | Path, *, gender: str = "neutral", fps: float | None = None) -> FittedBody:
    """Put a body on a motion.

    Args:
        motion: of SMPL's 22 joints.
        folder: of SMPL-H or SMPL-X models in npz form; SMPL-H is taken where both are there.
        gender: ``"neutral"``, ``"female"`` or ``"male"``; another stands in where the model is not there.
        fps: of the result; the default is the motion's own.
    Returns:
        The body; its joints are ``raw.positions``.
    Raises:
        FileNotFoundError, ValueError: no such model, a file that is none, or a motion of another skeleton.
        ImportError: smplx is not installed.
    """
    raw = local_motion(motion, rest=SMPL_REST, fps=fps)
    body = skinned_body(folder, gender)
    rotations, root, betas = _refined(raw, body, _shape(body, mean_bone_lengths(raw.positions)))
    joints = body.rest_joints(betas)
    offsets = joints.copy()
    offsets[1:] -= joints[list(PARENTS[1:])]
    offsets[0] = 0
    translations = np.broadcast_to(offsets, raw.translations.shape).copy()
    translations[:, 0] = root
    fitted = RawMotion(
        names=JOINT_NAMES,
        parents=PARENTS,
        offsets=offsets,
        translations=translations,
        rotations=rotations,
        fps=raw.fps,
        is_end_site=raw.is_end_site,
        metres_per_unit=1.0,
        is_y_up=True,
    )
    error = float(np.linalg.norm(fitted.positions - raw.positions, axis=-1).mean())
    return FittedBody(fitted, betas, body, error)


def _shape(body: SkinnedBody, lengths: np.ndarray) -> np.ndarray:
    """A first shape ``[16]`` whose bones have these lengths ``[22]``: Gauss-Newton, with the mean body as the prior."""
    count = min(_NUM_BETAS, body.shape_directions.shape[-1])
    regressor, parents = body.regressor[: len(PARENTS)], list(PARENTS[1:])
    directions = np.einsum("jv,vcn->jcn", regressor, body.shape_directions[:, :, :count])
    directions = directions[1:] - directions[parents]  # [21 3 N]
    mean = regressor @ body.template
    mean = mean[1:] - mean[parents]
    betas = np.zeros(count)
    for _ in range(10):
        bones = mean + directions @ betas
        now = np.linalg.norm(bones, axis=-1)
        slope = np.einsum("jc,jcn->jn", bones / np.maximum(now, 1e-9)[:, None], directions)
        residual = np.concatenate([lengths[1:] - now, -_SHAPE_PRIOR * betas])
        betas += np.linalg.lstsq(np.concatenate([slope, _SHAPE_PRIOR * np.eye(count)]), residual, rcond=None)[0]
    return betas


def _refined(raw: RawMotion, body: SkinnedBody, shape: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(rotations ``[T 22 4]``, root ``[T 3]``, shape ``[16]``) that bring the body's joints onto the motion's."""
    import torch
    from smplx.lbs import batch_rigid_transform, batch_rodrigues

    start, count = torch.from_numpy(to_axis_angle(raw.rotations)), raw.num_frames
    wanted, parents = torch.from_numpy(raw.positions), torch.tensor(PARENTS)
    regressor = torch.from_numpy(body.regressor[: len(PARENTS)])
    mean = regressor @ torch.from_numpy(body.template)
    directions = torch.einsum("jv,vcn->jcn", regressor, torch.from_numpy(body.shape_directions[:, :, : len(shape)]))
    turns, root = start.clone().requires_grad_(True), wanted[:, 0].clone().requires_grad_(True)
    betas = torch.from_numpy(shape).requires_grad_(True)
    optimizer = torch.optim.LBFGS([turns, root, betas], max_iter=_ITERATIONS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        matrices = batch_rodrigues(turns.reshape(-1, 3)).reshape(count, -1, 3, 3)
        joints = mean + directions @ betas
        rest = (joints - joints[:1]).expand(count, -1, -1)
        posed, _ = batch_rigid_transform(matrices, rest, parents, dtype=torch.float64)
        apart = (posed + root[:, None] - wanted).square().sum()
        prior = _POSE_PRIOR**2 * (turns - start).square().sum() + count * _SHAPE_PRIOR**2 * betas.square().sum()
        value = (apart + prior) / 0.01**2
        value.backward()
        return value

    optimizer.step(loss)
    rotations = from_axis_angle(turns.detach().numpy())
    if not math.isfinite(float(rotations.sum())):
        raise ValueError("the body could not be fitted: its angles ran away; check the body model's joints")
    return make_continuous(rotations, axis=0), root.detach().numpy(), betas.detach().numpy()
