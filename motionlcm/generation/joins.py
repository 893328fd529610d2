"""How a part of a long motion joins the one before it.

A student that takes known tokens makes a part as a clip of its own, and then a bridge of some
tokens between what was before and that clip, with both sides known. A further piece of the same
action goes on from the last token instead. Other students' parts share some tokens with their
neighbours, in which one fades into the next. Where a body would jerk as recorded ones do not, it is
tried again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from motionlcm.generation.parts import Part, part_seed
from motionlcm.generation.request import Request
from motionlcm.motion.features import FPS, decode_positions
from motionlcm.motion.plausibility import LARGEST_JERK, frame_jerks

if TYPE_CHECKING:
    from motionlcm.generation.pipeline import MotionPipeline

BRIDGE_FRAMES = 16  #: of a bridge, unless it is tried again
AROUND_FRAMES = 32  #: that the decoder and a bridge look at on either side of what is drawn
_TRIES = 6  #: of each join
_BRIDGES = (BRIDGE_FRAMES, BRIDGE_FRAMES, 24, 24, 32, 32)  #: frames of the bridge, by the turn
_BRIDGE_SEEDS = 1000  #: between the turn of a part and that of its bridge
_SHORTEST = 40  #: frames of the shortest clip that a part is made of
_WITHIN = 3.0  #: times the jerk of a join that a part may have elsewhere, as ``implausible`` has it
_LOW, _HIGH = 0.6, 0.7  #: metres; heights of the pelvis of who is on the floor, and of who is not
#: What a body does between two parts that has to come up from the floor.
_RISING = "a person gets up from the floor"


class Joiner:
    """Makes the parts of one motion.

    Args:
        pipeline: the model.
        request: resolved; its first seed counts, its prompts do not.
    """

    def __init__(self, pipeline: MotionPipeline, request: Request) -> None:
        self.pipeline = pipeline
        self.request = request
        self.size = pipeline.folder.latents.frames_per_token
        self.is_continued = pipeline.takes_known and not request.use_teacher

    def joined(self, part: Part, before: np.ndarray, shared: np.ndarray) -> np.ndarray:
        """Make a part that goes on from what is there: the smoothest of some tries.

        Args:
            part: with ``length`` tokens.
            before: tokens ``[m C]`` before those shared, which stay.
            shared: tokens ``[n C]``, as many as the part shares with what is before it.
        Returns:
            Latents ``[length C]``; of a student that takes known tokens the shared ones stay.
        """
        if not len(shared):
            return self._clip(part, part.length, 0)

        best, least = None, np.inf
        is_rising = False
        for turn in range(_TRIES):
            bridge = self._bridge_size(part, turn)
            if bridge:
                latents = self._bridged(part, before, shared, bridge, turn, is_rising)
            else:
                latents = self._without_bridge(part, shared, turn)

            jerk, is_rising = self._look(before, latents, len(shared) + bridge)
            if best is None or jerk < least:
                best, least = latents, jerk
            if jerk <= LARGEST_JERK:
                break
        assert best is not None
        return best

    def decode(self, latents: np.ndarray) -> np.ndarray:
        """Raw features of latents ``[L C]``, all frames of all tokens."""
        mask = np.ones((1, len(latents) * self.size), bool)
        decoded = self.pipeline.networks.decode(latents[None].astype(np.float32), mask)[0]
        return self.pipeline.statistics.features.restore(decoded)

    def _bridge_size(self, part: Part, turn: int) -> int:
        """Tokens of the bridge at a turn: none where a part fades or goes on."""
        if not self.is_continued or part.goes_on:
            return 0
        own = part.stop - part.start
        return min(max(1, _BRIDGES[turn] // self.size), own // 2)

    def _bridged(
        self,
        part: Part,
        before: np.ndarray,
        shared: np.ndarray,
        bridge: int,
        turn: int,
        is_rising: bool,
    ) -> np.ndarray:
        """The shared tokens, a bridge, and a clip of the part's own."""
        own = part.length - len(shared) - bridge
        # of a clip too short for the model the beginning is left to the bridge
        clip = self._clip(part, max(own, -(-_SHORTEST // self.size)), turn)[-own:]

        around = max(1, AROUND_FRAMES // self.size)
        past, ahead = np.concatenate([before, shared])[-around:], clip[:around]
        gap = np.zeros((bridge, clip.shape[1]), np.float32)
        known = np.repeat([True, False, True], [len(past), bridge, len(ahead)])
        prompt = _RISING if is_rising else part.prompt
        made = self._sampled(
            prompt,
            part_seed(self.request.seeds[0], part.index, _BRIDGE_SEEDS + turn),
            len(known),
            known=(known, np.concatenate([past, gap, ahead])),
        )
        return np.concatenate([shared, made[~known], clip])

    def _without_bridge(self, part: Part, shared: np.ndarray, turn: int) -> np.ndarray:
        """A part that goes on from the shared tokens, or fades in over them."""
        if not self.is_continued:
            return crossfaded(shared, self._clip(part, part.length, turn))
        known = np.arange(part.length) < len(shared)
        given = np.zeros((part.length, shared.shape[1]), np.float32)
        given[: len(shared)] = shared
        seed = part_seed(self.request.seeds[0], part.index, turn)
        return self._sampled(part.prompt, seed, part.length, known=(known, given))

    def _clip(self, part: Part, length: int, turn: int) -> np.ndarray:
        """Latents ``[length C]`` of a part by itself."""
        return self._sampled(
            part.prompt, part_seed(self.request.seeds[0], part.index, turn), length
        )

    def _sampled(
        self,
        prompt: str,
        seed: int,
        length: int,
        known: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> np.ndarray:
        """Latents ``[length C]`` of a prompt; ``known`` as of ``MotionPipeline.latents``."""
        text, text_mask = self.pipeline.networks.encode([prompt])
        request = replace(self.request, prompts=(prompt,), seeds=(seed,))
        frames = np.array([length * self.size])
        (latents,) = self.pipeline.latents(text, text_mask, frames, request, known=known)
        return latents

    def _look(self, before: np.ndarray, latents: np.ndarray, num_joined: int) -> tuple[float, bool]:
        """How a join looks that is the first ``num_joined`` of a part's latents ``[L C]``.

        Returns:
            The largest jerk about it, m/s^3, or a third of the largest after it; and whether the
            body gets up from the floor in the join.
        """
        layout = self.pipeline.layout
        whole = self.decode(np.concatenate([before, latents]))
        positions = decode_positions(self.pipeline.clean(whole), layout)
        jerks = frame_jerks(positions) * (layout.fps / FPS) ** 3

        # a decoder lets what comes show a little in the token before
        first = max(0, (len(before) - 1) * self.size)
        last = (len(before) + num_joined + 1) * self.size
        jerk = max(jerks[first:last].max(initial=0.0), jerks[last:].max(initial=0.0) / _WITHIN)
        heights = positions[:, 0, 1]
        is_rising = heights[first] < _LOW and heights[last - self.size : last].mean() > _HIGH
        return float(jerk), bool(is_rising)


def crossfaded(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Rows ``[n C]`` of ``after``, of which the first fade in from the rows ``before`` [m C]."""
    count = len(before)
    share = ((np.arange(count) + 1) / (count + 1))[:, None].astype(after.dtype)
    return np.concatenate([(1 - share) * before + share * after[:count], after[count:]])
