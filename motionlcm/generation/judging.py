"""Judging prompts by their words and by the motions made for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from motionlcm.generation.clauses import joined, split_prompt
from motionlcm.generation.familiarity import (
    Familiarity,
    Wording,
    judged,
    judged_by_lengths,
    vectors_of,
)
from motionlcm.generation.looking import Look, can_look, look, looked_for
from motionlcm.generation.request import Request
from motionlcm.models.asked import AskedActions
from motionlcm.models.known import unit

if TYPE_CHECKING:
    from motionlcm.generation.pipeline import MotionPipeline
    from motionlcm.motion.motion import Motion

TRIES = 3  #: motions made of a prompt to look at, where none is given
_KEPT = 256  #: prompts
_BATCH = 32  #: prompts encoded together


@dataclass(frozen=True)
class _Prompt:
    """What is found of a prompt once: what its words say, and which tests its motions get."""

    wording: Wording
    wanted: dict[str, float]


class PromptJudge:
    """Tells how likely prompts are shown; keeps what it found of them.

    Args:
        pipeline: whose prompts and motions are judged.
    """

    def __init__(self, pipeline: MotionPipeline) -> None:
        self._pipeline = pipeline
        self._known = pipeline.folder.known
        self._kept: dict[str, _Prompt] = {}

    @property
    def _asked(self) -> AskedActions | None:
        """What tells the action that a prompt asks for; None where motions can't be looked at."""
        known = self._known
        layout = self._pipeline.layout
        if known is None or known.judge is None or not can_look(layout.skeleton, layout.fps):
            return None
        return known.asked

    def of_motions(
        self, prompts: Sequence[str], text: np.ndarray, bodies: Sequence[np.ndarray]
    ) -> list[Familiarity | None]:
        """Judge each prompt with the one motion that was made for it.

        Args:
            prompts: B of them.
            text: ``[B S E]`` the text encoder's vectors.
            bodies: positions ``[T J 3]`` of each motion.
        """
        if self._known is None:
            return judged_by_lengths(text, self._pipeline.statistics)
        found = [self._of(prompt, rows) for prompt, rows in zip(prompts, text, strict=True)]
        return [
            judged(self._known, each.wording, self._looks(each, [body]))
            for each, body in zip(found, bodies, strict=True)
        ]

    def of_prompts(
        self, prompts: Sequence[str], motions: Iterable[Motion] | None
    ) -> list[Familiarity | None]:
        """Judge prompts by those motions that have one of them as caption, whole or in parts.

        ``motions`` None: a few are made of each prompt, to look at.
        """
        if self._known is None:
            text = [self._pipeline.networks.encode(part)[0] for part in _parts(prompts)]
            statistics = self._pipeline.statistics
            return [each for rows in text for each in judged_by_lengths(rows, statistics)]

        made_of: dict[str | None, list[np.ndarray]] = {}
        for motion in motions or ():
            if can_look(motion.skeleton, motion.fps) and len(motion.positions) > 1:
                made_of.setdefault(motion.caption, []).append(motion.positions)

        results: list[Familiarity | None] = []
        for part in _parts(prompts):
            found = self._read(part)
            if motions is None:
                bodies = self._tries(found, part)
            else:
                captions = [(prompt, joined(split_prompt(prompt))) for prompt in part]
                bodies = [made_of.get(whole) or made_of.get(parts, []) for whole, parts in captions]
            results += [
                judged(self._known, each.wording, self._looks(each, made))
                for each, made in zip(found, bodies, strict=True)
            ]
        return results

    def shown(self, prompt: str, bodies: Sequence[np.ndarray]) -> np.ndarray:
        """How clearly bodies ``[T J 3]`` show what a prompt asks for ``[N]``: -1 not, 1 surely."""
        if self._known is None:
            return np.zeros(len(bodies))
        looks = self._looks(self._read([prompt])[0], bodies)
        return np.array([each.shown for each in looks]) if looks else np.zeros(len(bodies))

    def _read(self, prompts: Sequence[str]) -> list[_Prompt]:
        """What is found of each prompt; those that are kept are not encoded again."""
        kept = dict(self._kept)  # another thread may clear it meanwhile
        unread = [prompt for prompt in dict.fromkeys(prompts) if prompt not in kept]
        if unread:
            text = self._pipeline.networks.encode(unread)[0]
            kept |= {prompt: self._of(prompt, rows) for prompt, rows in zip(unread, text)}
        return [kept[prompt] for prompt in prompts]

    def _of(self, prompt: str, text: np.ndarray) -> _Prompt:
        assert self._known is not None
        kept = self._kept.get(prompt)
        if kept is None:
            wording = Wording.of(self._known, prompt, *vectors_of(self._known, prompt, text))
            wanted = looked_for(self._asked, unit(text[0])) if self._asked is not None else {}
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            kept = self._kept[prompt] = _Prompt(wording, wanted)
        return kept

    @staticmethod
    def _looks(prompt: _Prompt, bodies: Sequence[np.ndarray]) -> list[Look]:
        return [look(prompt.wanted, body) for body in bodies] if prompt.wanted else []

    def _tries(self, found: Sequence[_Prompt], prompts: Sequence[str]) -> list[list[np.ndarray]]:
        """Positions of a few motions of each prompt that can be looked at."""
        rows = [row for row, each in enumerate(found) if each.wanted for _ in range(TRIES)]
        bodies: list[list[np.ndarray]] = [[] for _ in prompts]
        if rows:
            seeds = tuple(range(TRIES)) * len(set(rows))
            made = self._pipeline.generate(Request(tuple(prompts[row] for row in rows), seeds))
            for row, motion in zip(rows, made, strict=True):
                bodies[row].append(motion.positions)
        return bodies


def _parts(prompts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Prompts to encode together."""
    for start in range(0, len(prompts), _BATCH):
        yield prompts[start : start + _BATCH]
