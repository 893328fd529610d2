"""From probes to a judge of prompts: which prompts will a model not manage?

The judge (``models.known.Judge``) is a logistic function of a few figures of a prompt and a motion
(``generation.familiarity.FIGURES``), fitted to whether motions passed the probes. What it is worth
is told on prompts that it was not fitted to, whose motions were looked at for actions that were
told without them, too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from motionlcm.evaluation.asking import fit_asked
from motionlcm.generation.familiarity import (
    CLEARLY,
    STRANGE,
    evidence,
    nearness,
    seen_on,
    weighed_shares,
    wording_figures,
)
from motionlcm.generation.judging import TRIES
from motionlcm.generation.looking import Look, clear_chances
from motionlcm.models.asked import AskedActions
from motionlcm.models.known import Judge, KnownCaptions
from motionlcm.motion.action_tests import ACTION_TESTS

PASSES = 0.5  #: share of motions from which a prompt is said to pass
TOLD = 0.08  #: share of passing prompts that may get the note; for other prompts it is more
_PARTS = 5  #: of the prompts, that are left out in turn to tell what they ask for
_PROMPTS_COUNT = 3.0  #: times as much as sayings, in learning what is asked for
_STRENGTH = 3.0  #: of the pull of the weights to nought
_ROUNDS = 30  #: of Newton's method


@dataclass(frozen=True)
class Outcome:
    """One prompt of the probes.

    Attributes:
        action: name of its probe.
        prompt: its words.
        shown: ``[S K]`` which of ``ACTION_TESTS`` each of its motions passes.
        is_held_out: whether it is one of the held-out wordings.
    """

    action: str
    prompt: str
    shown: np.ndarray
    is_held_out: bool

    @property
    def passes(self) -> np.ndarray:
        """Which of its motions ``[S]`` pass its own test."""
        own: np.ndarray = self.shown[:, list(ACTION_TESTS).index(self.action)]
        return own


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


@dataclass(frozen=True, eq=False)
class Asked:
    """How likely each action is asked for by the Q prompts that are judged.

    Attributes:
        by_all: fitted to all of them.
        others: chances ``[Q C]`` by fits without the prompt itself.
        own: chances ``[Q C]`` by a fit without the held-out wordings.
    """

    by_all: AskedActions
    others: np.ndarray
    own: np.ndarray

    @classmethod
    def fit(
        cls,
        rows: list[Outcome],
        sentences: np.ndarray,
        spoken: np.ndarray,
        actions: list[str],
    ) -> Asked:
        """Fit to prompts with vectors ``[Q E]`` and to sayings with vectors ``[N E]``.

        ``actions``: N names of what the sayings ask for.
        """
        asked = np.array([row.action for row in rows])
        held_out = np.array([row.is_held_out for row in rows])
        start = fit_asked(spoken, actions, np.ones(len(spoken)))

        def fitted(chosen: np.ndarray) -> AskedActions:
            texts = np.concatenate([spoken, sentences[chosen]])
            weights = np.repeat([1.0, _PROMPTS_COUNT], [len(spoken), chosen.sum()])
            return fit_asked(texts, [*actions, *asked[chosen]], weights, start=start)

        own = fitted(~held_out).chances(sentences)
        others = np.zeros_like(own)
        part = np.random.default_rng(0).permutation(len(rows)) % _PARTS
        for number in range(_PARTS):
            others[part == number] = fitted(part != number).chances(sentences[part == number])
        return cls(fitted(np.ones(len(rows), bool)), others, own)


def calibrate(known: KnownCaptions, rows: list[Outcome], asked: Asked) -> Calibration:
    """Fit a judge to outcomes, and see what such judges are worth on other prompts.

    Args:
        known: captions, with ``measured`` the prompts of ``rows``, in their order.
        rows: what was measured.
        asked: what each of them asks for.
    """
    table = _Table.of(known, rows, asked)
    everything = np.arange(len(rows))
    held_out = np.array([row.is_held_out for row in rows])

    apart = [(everything[~held_out], everything[held_out])]
    told = {
        "other wordings": table.told(apart, _looks(asked.by_all.names, asked.own, rows)),
        "other prompts": table.told(
            [(np.delete(everything, place), everything[[place]]) for place in everything]
        ),
        "other actions": table.told(
            [
                (everything[table.actions != action], everything[table.actions == action])
                for action in np.unique(table.actions)
            ],
            table.apart_looks,
        ),
    }

    judge = table.fitted(everything)
    told["the prompts that are kept"] = table.told_themselves(judge)
    known = replace(known, shares=table.shares, judge=judge, asked=asked.by_all)
    return Calibration(known, told)


@dataclass(frozen=True, eq=False)
class _Table:
    """Figures of Q measured prompts, and how near they are to each other.

    Attributes:
        figures: ``[Q F]``, those that captions give.
        weights: ``[Q Q]`` evidence that one prompt (column) is of another (row); 0 on the diagonal.
        is_strange: ``[Q]`` whether it is near no caption.
        passes: ``[Q S]`` of their motions.
        actions: ``[Q]`` names.
        looks: what is seen on their motions, by who did not learn from the prompt, and ...
        apart_looks: ... by who does not know its action.
    """

    figures: np.ndarray
    weights: np.ndarray
    is_strange: np.ndarray
    passes: np.ndarray
    actions: np.ndarray
    looks: list[Look]
    apart_looks: list[Look]

    @classmethod
    def of(cls, known: KnownCaptions, rows: list[Outcome], asked: Asked) -> _Table:
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
        names = asked.by_all.names
        apart = asked.others.copy()
        apart[np.arange(len(rows)), [names.index(row.action) for row in rows]] = 0
        return cls(
            np.array(figures),
            near,
            np.array(is_strange),
            np.array([row.passes for row in rows]),
            np.array([row.action for row in rows]),
            _looks(names, asked.others, rows),
            _looks(names, apart / apart.sum(1, keepdims=True), rows),
        )

    @property
    def shares(self) -> np.ndarray:
        """The shares ``[Q]`` of each prompt's motions that passed."""
        shares: np.ndarray = self.passes.mean(1, dtype=np.float32)
        return shares

    def told(
        self, folds: list[tuple[np.ndarray, np.ndarray]], others: list[Look] | None = None
    ) -> Told:
        """Count notes on the second prompts of each fold, by a judge fitted to the first.

        ``others``: what is seen on the second ones; None: ``looks``.
        """
        is_told = np.zeros(len(self.passes), bool)
        judged = np.zeros(len(self.passes), bool)
        looks = others or self.looks
        for train, test in folds:
            judge = self.fitted(train)
            likelihood = self._likelihood(judge, self._rows(test, train, looks))
            is_told[test] = (likelihood < judge.threshold) | self._is_clear(test, looks)
            judged[test] = True

        return self._counted(is_told, judged)

    def told_themselves(self, judge: Judge) -> Told:
        """Count notes on the prompts that the judge was fitted to and finds in its table."""
        itself = replace(self, weights=self.weights + np.eye(len(self.passes)))
        everything = np.arange(len(self.passes))
        likelihood = self._likelihood(judge, itself._rows(everything, everything, self.looks))
        is_told = (likelihood < judge.threshold) | self._is_clear(everything, self.looks)
        return self._counted(is_told, np.ones(len(self.passes), bool))

    def _counted(self, is_told: np.ndarray, judged: np.ndarray) -> Told:
        passes = self.shares >= PASSES
        failing, passing = judged & ~passes, judged & passes
        return Told(
            (int(is_told[failing].sum()), int(failing.sum())),
            (int(is_told[passing].sum()), int(passing.sum())),
        )

    def _is_clear(self, prompts: np.ndarray, looks: list[Look]) -> np.ndarray:
        """Which of these prompts get the note whatever a judge says.

        Their motions clearly do not show what they ask for, or do not show it clearly while it is
        near no caption.
        """
        shown = np.array([np.mean(np.asarray(looks[place].shown)[:TRIES]) for place in prompts])
        clear: np.ndarray = (shown < -CLEARLY) | (self.is_strange[prompts] & (shown < CLEARLY))
        return clear

    def fitted(self, train: np.ndarray) -> Judge:
        """Fit a judge to the prompts with these indices.

        Each is there twice: beside the other prompts, and beside those of other actions only, for
        users ask for both kinds.
        """
        apart = self.actions[:, None] != self.actions
        beside = self._rows(train, train, self.looks)
        figures = np.concatenate([beside, self._rows(train, train, self.apart_looks, apart)])
        passes = self.passes[train].astype(float).reshape(-1)
        judge = fit_logistic(figures.reshape(-1, figures.shape[-1]), np.tile(passes, 2))

        is_clear = self._is_clear(train, self.looks)
        likelihood = np.where(is_clear, 0.0, self._likelihood(judge, beside))
        passing = self.shares[train] >= PASSES
        return replace(judge, threshold=float(np.quantile(likelihood[passing], TOLD)))

    @staticmethod
    def _likelihood(judge: Judge, figures: np.ndarray) -> np.ndarray:
        """The likelihood of prompts ``[N]``, the mean of a few of their motions ``[N S F]``."""
        likelihood: np.ndarray = judge.likelihood(figures[:, :TRIES]).mean(1)
        return likelihood

    def _rows(
        self,
        prompts: np.ndarray,
        others: np.ndarray,
        looks: list[Look],
        allowed: np.ndarray | None = None,
    ) -> np.ndarray:
        """All figures ``[N S F]`` of prompts' motions, the prompts beside others.

        ``allowed`` [Q Q] says which of them count.
        """
        weights = self.weights if allowed is None else self.weights * allowed
        rows = []
        for place in prompts:
            nearby = weighed_shares(weights[place, others], self.shares[others])
            figures = (*self.figures[place], *nearby)
            seen = np.asarray(seen_on(looks[place], figures))
            rows.append(np.column_stack([np.tile(figures, (len(seen), 1)), seen]))
        return np.array(rows)


def _looks(names: tuple[str, ...], chances: np.ndarray, rows: list[Outcome]) -> list[Look]:
    """What is seen on the motions of each prompt, whose actions have these chances ``[Q C]``."""
    by_test = clear_chances(chances)[:, [names.index(name) for name in ACTION_TESTS]]
    return [
        Look(float(each.sum()), np.where(row.shown, each, -each).sum(1))
        for each, row in zip(by_test, rows, strict=True)
    ]


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
