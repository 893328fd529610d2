"""A real SMPL-H or SMPL-X body put on a motion: its joints brought onto the motion's.

Shape and joint angles are refined from those that are known or solved, so a few dozen iterations
are enough. The body models are the user's; the package ``smplx``
(``pip install motionlcm[amass]``) poses them.

Source: Bogo et al., SMPLify, ECCV 2016, with 3-D joints in place of detected ones and the start as
the prior.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motionlcm.formats.body_models import (
    SMPL_REST,
    SkinnedBody,
    seen_from_parents,
    skinned_body,
)
from motionlcm.formats.pose import local_motion
from motionlcm.formats.raw import RawMotion
from motionlcm.motion.inverse_kinematics import mean_bone_lengths
from motionlcm.motion.motion import Motion
from motionlcm.motion.rotations import from_axis_angle, make_continuous, to_axis_angle
from motionlcm.motion.skeleton import JOINT_NAMES, PARENTS

_NUM_BETAS = 16  # as AMASS writes them
_SHAPE_PRIOR = 0.0005  # metres of bone length that a shape number of 1 must explain
_POSE_PRIOR = 0.005  # metres of error that a turn of one radian away from the start must explain
_UNIT = 0.01  # metres; the loss counts in squares of these
_ITERATIONS = 300
_CHUNK = 64  # frames posed at once


@dataclass(frozen=True, eq=False)
class FittedBody:
    """A body that moves as a motion does.

    Attributes:
        raw: the 22 joints of the body: local rotations from its rest pose, offsets of its shape,
            metres, Y up.
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
        """The skin ``[V 3]`` of this shape in the rest pose, metres, seen from the pelvis."""
        directions = self.body.shape_directions[:, :, : len(self.betas)]
        shaped = self.body.template + directions @ self.betas
        return shaped - (self.body.regressor[0] @ shaped)

    def vertices(self) -> np.ndarray:
        """Pose the skin: ``[T V 3]`` float32, metres, Y up, with the triangles of ``body``."""
        import torch
        from smplx.lbs import lbs

        def tensor(array: np.ndarray) -> torch.Tensor:
            return torch.from_numpy(np.ascontiguousarray(array)).float()

        body = self.body
        num_joints = len(body.parents)
        pose = np.zeros((self.raw.num_frames, num_joints, 3))
        pose[:, : len(PARENTS)] = to_axis_angle(self.raw.rotations)
        model = {
            "v_template": tensor(body.template),
            "shapedirs": tensor(body.shape_directions[:, :, : len(self.betas)]),
            "posedirs": tensor(body.pose_directions.reshape(-1, body.pose_directions.shape[-1]).T),
            "J_regressor": tensor(body.regressor),
            "parents": torch.tensor(body.parents),
            "lbs_weights": tensor(body.weights),
        }

        chunks = []
        for first in range(0, len(pose), _CHUNK):
            angles = tensor(pose[first : first + _CHUNK]).reshape(-1, 3 * num_joints)
            betas = tensor(self.betas)[None].expand(len(angles), -1)
            skin, joints = lbs(betas, angles, **model)
            place = tensor(self.raw.positions[first : first + _CHUNK, :1])
            chunks.append((skin - joints[:, :1] + place).numpy())
        return np.concatenate(chunks)


def fit_body(
    motion: Motion, folder: str | Path, *, gender: str = "neutral", fps: float | None = None
) -> FittedBody:
    """Put a body on a motion.

    Args:
        motion: of SMPL's 22 joints.
        folder: of SMPL-H or SMPL-X models in npz form; SMPL-H is taken where both are there.
        gender: ``"neutral"``, ``"female"`` or ``"male"``; another stands in where the model is not
            there.
        fps: frames per second of the result; the default is the motion's own rate.
    Returns:
        The body; its joints are ``raw.positions``.
    Raises:
        FileNotFoundError, ValueError: no such model, a file that is none, or a motion of another
            skeleton.
        ImportError: smplx is not installed.
    """
    raw = local_motion(motion, rest=SMPL_REST, fps=fps)
    body = skinned_body(folder, gender)
    shape = _shape(body, mean_bone_lengths(raw.positions))
    rotations, root, betas = _refined(raw, body, shape)

    offsets = seen_from_parents(body.rest_joints(betas))
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
    """Estimate a first shape ``[16]`` from bone lengths ``[22]``.

    Gauss-Newton steps, with the mean body as the prior.
    """
    count = min(_NUM_BETAS, body.shape_directions.shape[-1])
    regressor = body.regressor[: len(PARENTS)]
    directions = np.einsum("jv,vcn->jcn", regressor, body.shape_directions[:, :, :count])
    directions = seen_from_parents(directions)[1:]  # [21 3 N]
    mean = seen_from_parents(regressor @ body.template)[1:]  # [21 3]

    betas = np.zeros(count)
    prior = _SHAPE_PRIOR * np.eye(count)
    for _ in range(10):
        bones = mean + directions @ betas
        now = np.linalg.norm(bones, axis=-1)
        slope = np.einsum("jc,jcn->jn", bones / np.maximum(now, 1e-9)[:, None], directions)
        residual = np.concatenate([lengths[1:] - now, -_SHAPE_PRIOR * betas])
        betas += np.linalg.lstsq(np.concatenate([slope, prior]), residual, rcond=None)[0]
    return betas


def _refined(
    raw: RawMotion, body: SkinnedBody, shape: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bring the body's joints onto the motion's.

    Returns:
        (rotations ``[T 22 4]``, root ``[T 3]``, shape ``[16]``).
    """
    import torch
    from smplx.lbs import batch_rigid_transform, batch_rodrigues

    count = raw.num_frames
    target = torch.from_numpy(raw.positions)
    parents = torch.tensor(PARENTS)
    regressor = torch.from_numpy(body.regressor[: len(PARENTS)])
    mean = regressor @ torch.from_numpy(body.template)
    skin_directions = torch.from_numpy(body.shape_directions[:, :, : len(shape)])
    directions = torch.einsum("jv,vcn->jcn", regressor, skin_directions)

    start = torch.from_numpy(to_axis_angle(raw.rotations))
    angles = start.clone().requires_grad_(True)
    root = target[:, 0].clone().requires_grad_(True)
    betas = torch.from_numpy(shape).requires_grad_(True)
    optimizer = torch.optim.LBFGS(
        [angles, root, betas], max_iter=_ITERATIONS, line_search_fn="strong_wolfe"
    )

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        matrices = batch_rodrigues(angles.reshape(-1, 3)).reshape(count, -1, 3, 3)
        joints = mean + directions @ betas
        rest = (joints - joints[:1]).expand(count, -1, -1)
        posed, _ = batch_rigid_transform(matrices, rest, parents, dtype=torch.float64)

        apart = (posed + root[:, None] - target).square().sum()
        pose_prior = _POSE_PRIOR**2 * (angles - start).square().sum()
        shape_prior = count * _SHAPE_PRIOR**2 * betas.square().sum()
        value = (apart + (pose_prior + shape_prior)) / _UNIT**2
        value.backward()
        return value

    optimizer.step(loss)
    rotations = from_axis_angle(angles.detach().numpy())
    if not math.isfinite(float(rotations.sum())):
        raise ValueError(
            "the body could not be fitted: its angles ran away; check the body model's joints"
        )
    return make_continuous(rotations, axis=0), root.detach().numpy(), betas.detach().numpy()
