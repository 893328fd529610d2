"""From probes to a judge of prompts: which prompts will a model not manage?

The judge (``models.known.Judge``) is a logistic function of a few figures of a prompt
(``generation.familiarity.FIGURES``), fitted to the shares of motions that passed the probes. What
it is worth is told on prompts that it was not fitted to.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from motionlcm.evaluation.probes import Counts
from motionlcm.generation.familiarity import (
    STRANGE,
    evidence,
    nearness,
    weighed_shares,
    wording_figures,
)
from motionlcm.models.known import Judge, KnownCaptions

PASSES = 0.5  #: share of motions from which a prompt is said to pass
TOLD = 0.09  #: share of passing prompts that may get the note; a little under a tenth
_STRENGTH = 3.0  #: of the pull of the weights to nought
_ROUNDS = 30  #: of Newton's method


@dataclass(frozen=True)
class Outcome:
    """One prompt of the probes.

    Attributes:
        action: name of its probe.
        prompt: its words.
        share: of its motions that passed.
        is_held_out: whether it is one of the held-out wordings.
    """

    action: str
    prompt: str
    share: float
    is_held_out: bool


@dataclass(frozen=True)
class Told:
    """How many prompts a judge would speak of that it was not fitted to.

    Attributes:
        failing, passing: (prompts that get the note, all prompts) of those that fail and pass.
    """

    failing: tuple[int, int]
    passing: tuple[int, int]


@dataclass(frozen=True)
class Calibration:
    """A table with its judge, and what that is worth.

    Attributes:
        known: what the model folder is to hold.
        told: by how the judged prompts were kept apart from those of the fit.
    """

    known: KnownCaptions
    told: dict[str, Told]


def outcomes(own: Counts, held_out: Counts) -> list[Outcome]:
    """List the prompts of a report of probes, each once: their own, and the held-out ones."""
    rows: dict[str, Outcome] = {}
    for counts, is_held_out in ((own, False), (held_out, True)):
        for action, prompts in counts.items():
            for prompt, (passed, total) in prompts.items():
                rows.setdefault(prompt, Outcome(action, prompt, passed / total, is_held_out))
    return list(rows.values())


def calibrate(known: KnownCaptions, rows: list[Outcome]) -> Calibration:
    """Fit a judge to outcomes, and see what such judges are worth on other prompts.

    Args:
        known: captions, with ``measured`` the prompts of ``rows``, in their order.
        rows: what was measured.
    """
    table = _Table.of(known, rows)
    everything = np.arange(len(rows))
    held_out = np.array([row.is_held_out for row in rows])

    told = {"other wordings": table.told([(everything[~held_out], everything[held_out])])}
    told["other prompts"] = table.told(
        [(np.delete(everything, place), everything[[place]]) for place in everything]
    )
    told["other actions"] = table.told(
        [
            (everything[table.actions != action], everything[table.actions == action])
            for action in np.unique(table.actions)
        ]
    )

    judge = table.fitted(everything)
    told["the prompts that are kept"] = table.told_themselves(judge)
    return Calibration(replace(known, shares=table.shares, judge=judge), told)


@dataclass(frozen=True, eq=False)
class _Table:
    """Figures of Q measured prompts, and how near they are to each other.

    Attributes:
        figures: ``[Q F]``, those that captions give.
        weights: ``[Q Q]`` evidence that one prompt (column) is of another (row); 0 on the diagonal.
        is_strange: ``[Q]`` whether it is near no caption, and so told of whatever a judge says.
        shares: ``[Q]`` passed.
        actions: ``[Q]`` names.
    """

    figures: np.ndarray
    weights: np.ndarray
    is_strange: np.ndarray
    shares: np.ndarray
    actions: np.ndarray

    @classmethod
    def of(cls, known: KnownCaptions, rows: list[Outcome]) -> _Table:
        measured = known.measured
        assert measured is not None and len(measured) == len(rows)
        figures, weights = [], []
        is_strange = []
        for place, row in enumerate(rows):
            words = measured.words[measured.starts[place] : measured.ends[place]]
            vectors = measured.sentences[place], words
            likeness = known.captions.likeness(*vectors)
            figures.append(wording_figures(known, row.prompt, *likeness))
            is_strange.append(bool(nearness(known, *likeness).max() < STRANGE))
            weights.append(evidence(measured, *vectors))

        near = np.array(weights)
        np.fill_diagonal(near, 0)
        shares = np.array([row.share for row in rows], np.float32)
        actions = np.array([row.action for row in rows])
        return cls(np.array(figures), near, np.array(is_strange), shares, actions)

    def told(self, folds: list[tuple[np.ndarray, np.ndarray]]) -> Told:
        """Count notes on the second prompts of each fold, by a judge fitted to the first."""
        is_told = np.zeros(len(self.shares), bool)
        judged = np.zeros(len(self.shares), bool)
        for train, test in folds:
            judge = self.fitted(train)
            is_told[test] = judge.likelihood(self._rows(test, train)) < judge.threshold
            judged[test] = True

        return self._counted(is_told, judged)

    def told_themselves(self, judge: Judge) -> Told:
        """Count notes on the prompts that the judge was fitted to and finds in its table."""
        weights = self.weights + np.eye(len(self.shares))
        nearby = [weighed_shares(row, self.shares) for row in weights]
        likelihood = judge.likelihood(np.column_stack([self.figures, nearby]))
        return self._counted(likelihood < judge.threshold, np.ones(len(self.shares), bool))

    def _counted(self, is_told: np.ndarray, judged: np.ndarray) -> Told:
        passes = self.shares >= PASSES
        failing, passing = judged & ~passes, judged & passes
        return Told(
            (int((is_told | self.is_strange)[failing].sum()), int(failing.sum())),
            (int((is_told | self.is_strange)[passing].sum()), int(passing.sum())),
        )

    def fitted(self, train: np.ndarray) -> Judge:
        """Fit a judge to the prompts with these indices.

        Each is there twice: beside the other prompts, and beside those of other actions only, for
        users ask for both kinds.
        """
        apart = self.actions[:, None] != self.actions
        beside = self._rows(train, train)
        figures = np.concatenate([beside, self._rows(train, train, apart)])
        shares = self.shares[train]
        judge = fit_logistic(figures, np.concatenate([shares, shares]))

        likelihood = np.where(self.is_strange[train], 0.0, judge.likelihood(beside))
        return replace(judge, threshold=float(np.quantile(likelihood[shares >= PASSES], TOLD)))

    def _rows(
        self, prompts: np.ndarray, others: np.ndarray, allowed: np.ndarray | None = None
    ) -> np.ndarray:
        """All figures ``[N F]`` of prompts, beside others; ``allowed`` [Q Q] says which count."""
        weights = self.weights if allowed is None else self.weights * allowed
        nearby = [weighed_shares(weights[place, others], self.shares[others]) for place in prompts]
        return np.column_stack([self.figures[prompts], nearby])


def fit_logistic(figures: np.ndarray, shares: np.ndarray) -> Judge:
    """Fit weights of figures ``[N F]`` to shares ``[N]``, by Newton's method; threshold 0.5."""
    mean = figures.mean(0)
    deviation = np.where(figures.std(0) > 1e-6, figures.std(0), 1.0)
    rows = np.column_stack([(figures - mean) / deviation, np.ones(len(figures))])
    pull = _STRENGTH * np.diag([1.0] * figures.shape[1] + [0.0])

    weights = np.zeros(rows.shape[1])
    for _ in range(_ROUNDS):
        likelihood = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (likelihood - shares) + pull @ weights
        bend = (rows * (likelihood * (1 - likelihood))[:, None]).T @ rows + pull
        weights -= np.linalg.solve(bend, slope)
    *factors, bias = weights.tolist()
    return Judge(tuple(mean.tolist()), tuple(deviation.tolist()), tuple(factors), bias, 0.5)
