"""Hands and feet of a client's body put where the client wants them, exactly if they reach so far.

A body of other proportions than the model's has its hands elsewhere, even if the model's hand was
where it should be. What is missing is made up for by the limb's two bones, in the frame and, dying
away, in those about it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from motionlcm.formats.character import Character
from motionlcm.formats.raw import RawMotion
from motionlcm.motion.reaching import bent_limb
from motionlcm.motion.rotations import (
    between,
    inverse,
    make_continuous,
    multiply,
    normalize,
    rotate,
)
from motionlcm.motion.skeleton import SIDES
from motionlcm.web.mmcp_rig import moved, names_on

_WINDOW = 0.4  #: seconds about a frame in which what it asks for dies away
_LIMBS = {
    f"{side}_{parts[-1]}": tuple(f"{side}_{part}" for part in parts)
    for side in SIDES
    for parts in (("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist"))
}


def reach(
    rig: Character, local: np.ndarray, root: np.ndarray, targets: list[Any], fps: float
) -> np.ndarray:
    """Local rotations ``[T N 4]`` of a body whose hands and feet are where targets say.

    Args:
        rig: the client's skeleton.
        local: ``[T N 4]`` rotations.
        root: ``[T 3]`` metres.
        targets: MMCP's effector targets; those of other joints are left to the motion.
        fps: frames per second.
    """
    ours = {name: joint for joint, name in names_on(rig).items()}
    wanted: dict[str, dict[int, Any]] = {}
    for target in targets:
        joint = ours.get(target.joint)
        if joint in _LIMBS:
            pairs = zip(target.frames, target.positions, strict=True)
            wanted.setdefault(joint, {}).update(dict(pairs))

    for joint, places in wanted.items():
        posed = moved(rig, local, root)
        frames = np.array(sorted(places))
        targeted = np.array([places[frame] for frame in sorted(places)], float)
        upper, middle, end = (rig.joints[name] for name in _LIMBS[joint])
        missing = _missing(targeted - posed.positions[frames, end], frames, len(root), fps)
        local = _bent(rig, posed, (upper, middle, end), posed.positions[:, end] + missing)
    return local


def _missing(gaps: np.ndarray, frames: np.ndarray, count: int, fps: float) -> np.ndarray:
    """How far an end is to be moved ``[T 3]``: by gaps ``[K 3]`` in their frames ``[K]``."""
    times = np.arange(count)
    between_frames = np.stack([np.interp(times, frames, gaps[:, axis]) for axis in range(3)], -1)
    away = np.abs(times[:, None] - frames).min(axis=1) / (_WINDOW * fps)
    return between_frames * (np.cos(np.pi * np.minimum(away, 1)) + 1)[:, None] / 2


def _bent(
    rig: Character, posed: RawMotion, limb: tuple[int, int, int], targets: np.ndarray
) -> np.ndarray:
    """Local rotations with a limb's end at the targets ``[T 3]``; the end keeps its direction."""
    start, knee, end = (posed.positions[:, joint] for joint in limb)
    lengths = tuple(np.linalg.norm(bone, axis=-1) for bone in (knee - start, end - knee))

    # the knee stays on its side of the line from the limb's start to its end
    aside = rotate(between(end - start, targets - start), knee - start)
    new_knee, new_end = bent_limb(start, targets, lengths, aside=aside)

    upper, middle, last = limb
    world, parents = posed.world_rotations, rig.parents
    turned = world.copy()
    turned[:, upper] = multiply(between(knee - start, new_knee - start), turned[:, upper])
    turned[:, middle] = multiply(between(end - knee, new_end - new_knee), turned[:, middle])
    local = posed.rotations[:, : rig.count].copy()
    local[:, upper] = multiply(inverse(world[:, parents[upper]]), turned[:, upper])
    for joint, above in ((middle, upper), (last, middle)):
        # joints between the two, such as those of a twist, go with the upper one
        carrier = _carried(rig, local, turned[:, above], above, parents[joint])
        local[:, joint] = multiply(inverse(carrier), turned[:, joint])
    return make_continuous(normalize(local), axis=0)


def _carried(
    rig: Character, local: np.ndarray, world: np.ndarray, above: int, joint: int
) -> np.ndarray:
    """World rotation ``[T 4]`` of a joint below ``above``, whose own is ``world``."""
    if joint == above:
        return world
    return multiply(_carried(rig, local, world, above, rig.parents[joint]), local[:, joint])
