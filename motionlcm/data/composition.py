"""Composed clips: proposals of the recipes, checked by physics and by the probes of what they
show, and balanced.

How much of them training sees: windows are drawn by class, a class of n windows in proportion to
sqrt(n), and the class is source and label. So the labels say the kind and a number, and there are
as many numbers as make the kind's share of all draws what it ought to be; three tenths of the draws
are composed in all.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from motionlcm.data.ingredients import LONGEST, Draft, Library, Recording, passes_probe
from motionlcm.data.recipes import RECIPES
from motionlcm.motion.plausibility import implausible

COMPOSED_SOURCES = ("composed", "posed")
SHARE = 0.3  #: of what training draws, composed and posed clips together
_ATTEMPTS = 60  #: proposals for one clip before it is given up
_SHORTEST = 16  #: frames


@dataclass(frozen=True)
class ComposedClip:
    """A composed clip.

    Attributes:
        id: unique, begins with the source's name.
        source: "composed" or "posed".
        label: kind, number of its class and, in brackets, the action.
        captions: sentences.
        origins: ids of the recordings it was made from; with M before them, of their mirror images.
        positions: ``[T 22 3]`` float32 metres, the floor at 0.
        kind: which recipe.
    """

    id: str
    source: str
    label: str
    captions: tuple[str, ...]
    origins: tuple[str, ...]
    positions: np.ndarray
    kind: str


@dataclass
class CompositionReport:
    """What became of the proposals: clips of each kind, and how many were dropped for which
    reason; and notes on the files that were read."""

    kept: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """Two lines: what there is of each kind, and what was dropped; and one for each note."""
        kept = ", ".join(f"{count} {kind}" for kind, count in self.kept.most_common())
        dropped = ", ".join(f"{count} {reason}" for reason, count in self.dropped.most_common())
        lines = f"composed: {kept or 'nothing'}", f"proposals dropped: {dropped or 'none'}"
        return "\n".join([*lines, *self.notes])


def compose_clips(
    recordings: list[Recording],
    count: int,
    *,
    seed: int = 0,
    recorded_classes: Iterable[int] = (),
    shares: Mapping[str, float] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[list[ComposedClip], CompositionReport]:
    """New clips from recordings.

    Args:
        recordings: of the train split only.
        count: how many clips to compose; fewer come out where the recordings do not allow it.
        seed: of chance; the same gives the same clips.
        recorded_classes: number of windows of each recorded class, to balance by; none: one number
            a kind.
        shares: of each kind in ``RECIPES``; the default is there.
        progress: called with how many clips are done, and ``count``.
    Returns:
        The clips, and what became of the proposals.
    Raises:
        ValueError: a kind that there is not.
    """
    library, report = Library(recordings), CompositionReport()

    drafts: list[tuple[int, Draft]] = []
    for index, kind in enumerate(_kinds(count, shares)):
        if progress is not None:
            progress(index, count)
        draft = _composed(library, kind, np.random.default_rng([seed, index]), report)
        if draft is not None:
            drafts.append((index, draft))
            report.kept[kind] += 1

    labels = _balanced_labels([draft for _, draft in drafts], recorded_classes)
    return [
        _clip(draft, f"{seed}_{index:05d}", label)
        for (index, draft), label in zip(drafts, labels, strict=True)
    ], report


def _kinds(count: int, shares: Mapping[str, float] | None) -> list[str]:
    """The kind of each clip; kinds take turns in proportion to their shares."""
    shares = {kind: share for kind, (_, share) in RECIPES.items()} if shares is None else shares
    for kind in shares:
        if kind not in RECIPES:
            raise ValueError(f"no kind of composition {kind!r}; there are {', '.join(RECIPES)}")

    # A kind is due whenever its share of what there is has fallen behind.
    total = sum(shares.values())
    due = sorted(
        ((turn + 0.5) * total / share, kind)
        for kind, share in shares.items()
        if share > 0
        for turn in range(math.ceil(count * share / total) + 1)
    )
    return [kind for _, kind in due[:count]]


def _composed(
    library: Library, kind: str, rng: np.random.Generator, report: CompositionReport
) -> Draft | None:
    """The first proposal of a kind that can be kept, or None after many that cannot."""
    recipe, _ = RECIPES[kind]
    for _ in range(_ATTEMPTS):
        draft = recipe(library, rng)
        if draft is None:
            continue
        reason = _objection(draft)
        if reason is None:
            return draft
        report.dropped[f"{kind}: {reason}"] += 1

    report.dropped[f"{kind}: given up"] += 1
    return None


def _objection(draft: Draft) -> str | None:
    """Why a draft cannot be kept, or None."""
    if not _SHORTEST <= len(draft.positions) <= LONGEST:
        return "too short or too long"
    if not draft.captions:
        return "no caption is a sentence"

    slide = max(piece.slide for piece in draft.pieces)
    reason = implausible(draft.positions, joins=draft.joins, recorded_slide=slide)
    if reason is not None:
        return reason

    for start, stop, action in draft.shown:
        if not passes_probe(draft.positions[start:stop], action, either_side=True):
            return f"does not show {action}"
    return None


def _clip(draft: Draft, number: str, label: str) -> ComposedClip:
    source = "posed" if draft.kind in ("pose", "drawn") else "composed"
    return ComposedClip(
        id=f"{source}_{number}",
        source=source,
        label=label,
        captions=draft.captions,
        origins=tuple(piece.origin for piece in draft.pieces),
        positions=draft.positions.astype(np.float32),
        kind=draft.kind,
    )


def _balanced_labels(drafts: list[Draft], recorded_classes: Iterable[int]) -> list[str]:
    """Labels whose classes make composed clips ``SHARE`` of all draws, each kind in proportion to
    its clips.

    Recorded classes of n windows have the mass sqrt(n) each. A kind of n clips in b classes of n /
    b has the mass sqrt(n b), so b = mass^2 / n classes give it the mass that it ought to have.
    """
    counts = Counter(draft.kind for draft in drafts)
    recorded = sum(math.sqrt(n) for n in recorded_classes)
    composed = recorded * SHARE / (1 - SHARE)

    labels = [""] * len(drafts)
    for kind, size in counts.items():
        mass = composed * size / len(drafts)
        classes = int(np.clip(round(mass**2 / size), 1, size))

        # Clips of one action stay together as far as the classes are of one size.
        members = [index for index, draft in enumerate(drafts) if draft.kind == kind]
        members.sort(key=lambda index: (drafts[index].action, index))
        for rank, index in enumerate(members):
            number = rank * classes // size + 1
            labels[index] = f"{kind} {number} ({drafts[index].action})"
    return labels
