"""Looking at what was made: does the motion show the action that its prompt asks for?

A linear function of the prompt's sentence tells which of some 160 actions is asked for
(``models.asked``). 96 of them have tests on a body's joints (``motion.action_tests``): those of
the likely ones are run.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from motionlcm.models.asked import AskedActions
from motionlcm.motion.action_tests import ACTION_TESTS
from motionlcm.motion.features import FPS
from motionlcm.motion.measures import Body
from motionlcm.motion.skeleton import SMPL_22, Skeleton

#: Likelihood of the likeliest action up to which a prompt asks for none that is known, and from
#: which on it clearly does.
_UNCLEAR, _CLEAR = 0.2, 0.4
_LEAST = 0.1  #: likelihood from which on an action's test is run


@dataclass(frozen=True)
class Look:
    """What was seen on a motion, or on each of several.

    Attributes:
        sure: 0 to 1, how surely the prompt asks for actions that have tests.
        shown: what these tests say, -``sure`` (not shown) to ``sure`` (shown); of several motions
            ``[S]``.
    """

    sure: float
    shown: float | np.ndarray

    def judged(self, expected: float) -> float | np.ndarray:
        """-1 (not shown) to 1 (shown); as far as nothing could be looked at, what is expected."""
        return self.shown + (1 - self.sure) * expected


NOTHING_SEEN = Look(0.0, 0.0)


def can_look(skeleton: Skeleton, fps: float) -> bool:
    """Whether the tests know such bodies."""
    return skeleton == SMPL_22 and fps == FPS


def clear_chances(chances: np.ndarray) -> np.ndarray:
    """Chances ``[... C]`` of actions, less where none of them is clearly asked for, down to 0."""
    clear = np.clip((chances.max(-1, keepdims=True) - _UNCLEAR) / (_CLEAR - _UNCLEAR), 0, 1)
    weights: np.ndarray = clear * chances
    return weights


def looked_for(asked: AskedActions, sentence: np.ndarray) -> dict[str, float]:
    """The tests to run for a prompt, and how much each of them says; together up to 1.

    Args:
        asked: the actions.
        sentence: ``[E]`` the prompt's vector, of length one.
    """
    weights = clear_chances(asked.chances(sentence))
    likely = ((asked.names[place], weights[place]) for place in np.flatnonzero(weights > _LEAST))
    return {name: float(weight) for name, weight in likely if name in ACTION_TESTS}


def look(wanted: dict[str, float], positions: np.ndarray) -> Look:
    """Run the tests that ``looked_for`` names on a body ``[T 22 3]``, 20 fps, the floor at 0."""
    body = Body(positions)
    shown = {name: bool(ACTION_TESTS[name](body)) for name in wanted}
    return Look(
        sum(wanted.values()),
        sum(weight if shown[name] else -weight for name, weight in wanted.items()),
    )
