"""Motions that go round: kept above one place, and loops whose end meets their beginning.

A loop's last frame is its first one again, in pose and speed, so a player that jumps back from the
end shows no seam. Where the body travels, the last frame is farther on by one cycle, with the same
heading; what is played after it is the loop again from there.

A loop is the stretch of the clip whose ends fit best. What its ends differ by is spread over frames
around the seam (inertially: Bollo, GDC 2018), bones keep their length, and a foot that stands moves
no more than it did in the clip.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from motionlcm.motion.blending import (
    assemble,
    bone_directions,
    headings,
    moved,
    pose_states,
    resampled,
    state_distance,
)
from motionlcm.motion.features import FPS, facing_rotations
from motionlcm.motion.footing import ease, feet_of, held_offsets, stances, stand_on
from motionlcm.motion.limb_seams import begun_at, calm_limbs, calm_starts, slowed
from motionlcm.motion.paths import bent
from motionlcm.motion.rotations import (
    between,
    from_axis_angle,
    inverse,
    rotate,
    to_axis_angle,
)
from motionlcm.motion.seams import at_rate, even_at_seam, unrolled
from motionlcm.motion.skeleton import bone_lengths
from motionlcm.motion.swinging_limbs import left_bend

_LEVEL = np.array([1.0, 0.0, 1.0])
_SHORTEST = 12  #: frames of a cycle, where the clip is longer
_FEWEST = 5  #: frames of a clip that can be made a loop
_SEARCHED = 600  #: frames of a clip among which the ends of a cycle are looked for
_BLEND = 0.3  #: seconds on either side of the seam over which its ends become alike
_MOVEMENT_WORTH = 0.06  #: metres of misfit that a clip's whole movement outweighs
_REST_COST = 0.3  #: metres of misfit that weigh as much as a stretch in which nothing moves
_TURN_COST = 0.05  #: metres of misfit that outweigh a radian of turning that has to be undone
_STAYS = 0.35  #: metres; a cycle that ends nearer to its start, ...
_SLOW = 0.25  #: ... and is slower (m/s) from the one to the other, ends where it began
_NEAR_FLOOR = 0.03  #: metres; a loop that is so little off the floor stands on it
_STARTS = 4  #: frames at which a loop may begin that are tried
_STRAIGHT = 0.04  #: share of a speed by which it may change at the seam on bones of one length
_MOST_TURNED = np.radians(1.0)  #: a smaller turn of a cycle is not worth a word


@dataclass(frozen=True)
class Loop:
    """A loop that was made of a clip.

    Attributes:
        positions: ``[N 22 3]`` metres; the last frame is the first one, ``travel`` farther on.
        fps: frames per second.
        start, stop: seconds of the clip between which it was taken.
        length: seconds of the whole clip.
        turned: radians of turning that were taken back, so that its end faces as its start does.
    """

    positions: np.ndarray
    fps: float
    start: float
    stop: float
    length: float
    turned: float

    @property
    def travel(self) -> np.ndarray:
        """How far a round leads over the floor, metres ``[3]``."""
        return (self.positions[-1, 0] - self.positions[0, 0]) * _LEVEL

    @property
    def note(self) -> str:
        """What was taken of the clip, and what was changed."""
        words = f"looped: {self.start:.2f} to {self.stop:.2f} s of {self.length:.2f} s are kept"
        way = float(np.linalg.norm(self.travel))
        if way > 1e-3:
            words += f", each round leads {way:.2f} m on"
        if abs(self.turned) > _MOST_TURNED:
            words += f", a turn of {abs(np.degrees(self.turned)):.0f} degrees is taken back"
        return words


def in_place(positions: np.ndarray) -> np.ndarray:
    """A motion whose root stays above its start; it turns, rises and sinks as before.

    Args:
        positions: ``[T J 3]`` metres, Y up.
    Returns:
        ``[T J 3]``; the root's x and z are those of the first frame.
    """
    return positions - root_path(positions)[:, None]


def root_path(positions: np.ndarray) -> np.ndarray:
    """The root's way over the floor from where it starts: ``[T J 3] -> [T 3]`` metres, height 0."""
    return (positions[:, 0] - positions[:1, 0]) * np.array([1, 0, 1], positions.dtype)


def looped(positions: np.ndarray, fps: float = FPS) -> np.ndarray:
    """A loop made of a clip: the positions of ``make_loop``."""
    return make_loop(positions, fps).positions


def make_loop(positions: np.ndarray, fps: float = FPS) -> Loop:
    """Make a loop of a clip.

    Args:
        positions: ``[T 22 3]`` metres, Y up, the floor at 0.
        fps: frames per second of them and of the loop. The loop is made at 20 and interpolated.
    Returns:
        The loop, whose first root stands where the clip's does and faces where that faced.
    Raises:
        ValueError: fewer than 5 frames at 20 fps.
    """
    clip = np.asarray(positions, np.float64)
    count = int((len(clip) - 1) * FPS / fps + 1e-6) + 1
    if count < _FEWEST:
        raise ValueError(
            f"a loop takes at least {(_FEWEST - 1) / FPS:g} s, the motion has "
            f"{(len(clip) - 1) / fps:.2f} s; give a longer one"
        )
    if abs(fps - FPS) > 1e-6:
        clip = resampled(clip, np.arange(count) * fps / FPS)

    start, stop = _best_ends(clip)
    cycle, travel, turned = _with_level_ends(clip[start : stop + 1])
    round_ = _from_calmest(_seamless(cycle, travel))
    if abs(fps - FPS) > 1e-6:
        round_ = at_rate(round_, fps)
    round_ = even_at_seam(round_, fps)

    yaw = _facing(clip[:1]) - _facing(round_[:1])
    placed = moved(round_, float(yaw), round_[0, 0], clip[0, 0])
    lowest = placed[..., 1].min()
    if abs(lowest) < _NEAR_FLOOR:
        placed[..., 1] -= lowest
    return Loop(
        placed.astype(np.asarray(positions).dtype),
        fps,
        start / FPS,
        stop / FPS,
        (count - 1) / FPS,
        turned,
    )


def is_looped(positions: np.ndarray) -> bool:
    """Whether a motion ``[T J 3]`` ends in the very pose that it begins with, and moves between."""
    positions = np.asarray(positions)
    ends = in_place(positions[[0, -1]])
    if np.linalg.norm(ends[1] - ends[0], axis=-1).max() >= 1e-4:
        return False  # as of nearly all motion: the rest of a long one is not looked at
    local = in_place(positions)
    return bool(np.linalg.norm(local - local[:1], axis=-1).max() > 1e-4)


def _best_ends(positions: np.ndarray) -> tuple[int, int]:
    """First and last frame of the best cycle of a clip ``[T 22 3]``.

    Ends that fit count, and how much of the clip's movement lies between them: a loop of a jump is
    not the standing before it.
    """
    step = -(-len(positions) // _SEARCHED)  # of a long recording only every so many frames
    states, yaw = pose_states(positions)[::step], headings(positions)[::step]
    cost = state_distance(states, states)

    turn = np.abs(_wrapped(yaw[None] - yaw[:, None]))
    local = in_place(positions)
    movement = np.linalg.norm(np.diff(local, axis=0, prepend=local[:1]), axis=-1).mean(axis=-1)
    share = (np.cumsum(movement) / max(float(movement.sum()), 1e-9))[::step]
    starts, stops = np.indices(cost.shape)
    within = share[None] - share[:, None]
    cost += _TURN_COST * turn - _MOVEMENT_WORTH * within

    # a stretch with less than half of the clip's usual movement is its rest
    usual = np.maximum(stops - starts, 1) * step / len(positions)
    cost += _REST_COST * np.maximum(0.5 - within / usual, 0)

    shortest = min(_SHORTEST, len(positions) - 1)
    cost[(stops - starts) * step < shortest] = np.inf
    if len(positions) > _SHORTEST + 4:
        cost[0] = np.inf  # the speed of the very first frame is a guess
    if not np.isfinite(cost).any():
        return 0, len(positions) - 1
    start, stop = np.unravel_index(int(cost.argmin()), cost.shape)
    return int(start) * step, int(stop) * step


def _with_level_ends(cycle: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """A cycle whose end faces as its start does, and ends there if it hardly leaves it.

    Returns:
        ``[N+1 22 3]``, how far a round leads ``[3]``, and the turn that was taken back, radians.
    """
    yaw = headings(cycle)
    turn = float(_wrapped(yaw[-1] - yaw[0]))
    way = float(np.linalg.norm((cycle[-1, 0] - cycle[0, 0]) * _LEVEL))
    stays = way < _STAYS and way * FPS / (len(cycle) - 1) < _SLOW

    turns = -turn * np.linspace(0, 1, len(cycle))
    lengths = bone_lengths(cycle).mean(axis=0)
    level = bent(cycle, turns, is_closed=stays, lengths=lengths)
    return level, (level[-1, 0] - level[0, 0]) * _LEVEL * (not stays), turn


def _seamless(cycle: np.ndarray, travel: np.ndarray) -> np.ndarray:
    """A cycle ``[N+1 22 3]`` whose last frame is its first one again, ``travel`` farther on.

    Half of what its ends differ by is taken back before the seam, half after it.
    """
    frames = len(cycle) - 1
    lengths = bone_lengths(cycle).mean(axis=0)

    # How much of the difference each frame takes on: half at either end, of opposite sign.
    blend = min(round(_BLEND * FPS), frames // 2)
    after = 0.5 * (1 - ease(np.arange(frames + 1) / blend))
    share = (after - after[::-1])[:, None]

    gap = cycle[-1, 0] - travel - cycle[0, 0]
    aims = bone_directions(cycle)
    turn = to_axis_angle(between(aims[0], aims[-1]))  # [22 3]
    directions = rotate(from_axis_angle(share[..., None] * turn), aims)
    body = assemble(cycle[:, 0] + share * gap, directions, lengths)

    body[-1] = body[0] + travel
    standing = stand_on(unrolled(body, rounds=3), _standing_feet(cycle, body), lengths=lengths)
    return standing[frames : 2 * frames + 1]


def _from_calmest(cycle: np.ndarray) -> np.ndarray:
    """The loop ``[N+1 22 3]`` at 20 fps, begun where limbs can go straight on over the seam.

    The first start that does is taken, or the best of some.
    """
    best, least = cycle, np.inf
    for first in calm_starts(cycle)[:_STARTS]:
        begun = calm_limbs(slowed(begun_at(cycle, int(first))))
        left = left_bend(even_at_seam(begun, FPS), FPS)
        if left < least:
            best, least = begun, left
        if left < _STRAIGHT:
            break
    return best


def _standing_feet(cycle: np.ndarray, body: np.ndarray) -> np.ndarray:
    """Where the feet of three rounds of ``body [N+1 22 3]`` go: stances move as in ``cycle``.

    A foot's steps from frame to frame are known all round the cycle. In a stance it takes those,
    around where its middle is; on the way to the next one it goes as the body has it.

    Returns:
        ``[3N+1 2 2 3]``.
    """
    feet = feet_of(unrolled(body, rounds=3))
    steps = np.diff(feet_of(cycle), axis=0)  # [N 2 2 3]; the last one leads over the seam
    planted = stances(cycle)[:-1]

    for side in (0, 1):
        own, stands = steps[:, side], planted[:, side]
        if stands.all():
            own = own - own.mean(axis=0)  # a foot that always stands goes nowhere
        way = np.cumsum(np.concatenate([own[-1:], own, own, own]), axis=0)
        held = way + held_offsets(np.append(np.tile(stands, 3), stands[0]), feet[:, side] - way)
        feet[:, side] = held * _LEVEL + feet[:, side] * (1 - _LEVEL)
    return feet


def _facing(positions: np.ndarray) -> np.ndarray:
    """Yaw ``[T]`` that a body faces in each frame, radians from +Z towards +X."""
    ahead = rotate(inverse(facing_rotations(positions)), np.array([[0.0, 0.0, 1.0]]))
    return np.arctan2(ahead[:, 0], ahead[:, 2])[0]


def _wrapped(angle: np.ndarray | float) -> np.ndarray:
    """An angle in radians, less whole turns, from -pi to pi."""
    return (np.asarray(angle) + np.pi) % (2 * np.pi) - np.pi
