"""One action that a body is asked for: prompts, a physical test, labels of recordings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from motionlcm.evaluation.probe_prompts import EVERYDAY_PROMPTS
from motionlcm.motion.action_tests import ACTION_TESTS
from motionlcm.motion.measures import Body


@dataclass(frozen=True)
class Probe:
    """One action: what to ask for, how to see it, which recordings show it.

    Attributes:
        name: that of its test in ``ACTION_TESTS``.
        prompts: what to ask for.
        labels: pattern for labels of recordings that must pass; empty where there is none.
        similar: pattern for labels of recordings that may pass or not, and so count as neither.
        joined: patterns for labels of recordings which, one after the other, must pass.
    """

    name: str
    prompts: tuple[str, ...]
    labels: str
    similar: str = ""
    joined: tuple[str, str] | None = None

    @property
    def is_shown(self) -> Callable[[Body], bool]:
        """The test, on joint positions."""
        return ACTION_TESTS[self.name]


def everyday_probe(
    name: str,
    labels: str = "",
    *,
    similar: str = "",
    joined: tuple[str, str] | None = None,
) -> Probe:
    """Make a probe whose prompts stand in ``EVERYDAY_PROMPTS``.

    Raises:
        KeyError: there are no prompts of that name.
    """
    return Probe(name, EVERYDAY_PROMPTS[name], labels, similar, joined)
