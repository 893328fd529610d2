"""One action that a body is asked for: prompts, a physical test, labels of recordings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from motionlcm.evaluation.probe_prompts import EVERYDAY_PROMPTS
from motionlcm.motion.measures import Body


@dataclass(frozen=True)
class Probe:
    """One action: what to ask for, how to see it, which recordings show it.

    Attributes:
        name: short, unique.
        prompts: what to ask for.
        is_shown: the test, on joint positions.
        labels: pattern for labels of recordings that must pass; empty where there is none.
        similar: pattern for labels of recordings that may pass or not, and so count as neither.
        joined: patterns for labels of recordings which, one after the other, must pass.
    """

    name: str
    prompts: tuple[str, ...]
    is_shown: Callable[[Body], bool]
    labels: str
    similar: str = ""
    joined: tuple[str, str] | None = None


def everyday_probe(
    name: str,
    is_shown: Callable[[Body], bool],
    labels: str = "",
    *,
    similar: str = "",
    joined: tuple[str, str] | None = None,
) -> Probe:
    """Make a probe whose prompts stand in ``EVERYDAY_PROMPTS``.

    Raises:
        KeyError: there are no prompts of that name.
    """
    return Probe(name, EVERYDAY_PROMPTS[name], is_shown, labels, similar, joined)
