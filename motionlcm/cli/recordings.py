"""The recordings of ``motionlcm-evaluate --data``, and who judges motions beside them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from motionlcm.evaluation.protocol import Protocol
    from motionlcm.evaluation.t2m import T2MEvaluator
    from motionlcm.generation.pipeline import MotionPipeline


def open_protocol(
    pipeline: MotionPipeline,
    options: argparse.Namespace,
    data: Path,
    t2m_evaluator: T2MEvaluator | None,
    *,
    progress: Callable[[str, int, int], None] | None = None,
) -> Protocol:
    """Open the split, the clips and the evaluator that the flags name.

    Args:
        pipeline: the model.
        options: with ``split``, ``evaluator`` and ``clips``.
        data: feature store.
        t2m_evaluator: the published evaluator, in place of ``--evaluator``; None: none.
        progress: see ``Protocol``.
    Raises:
        ValueError: see ``Protocol``.
    """
    from motionlcm.evaluation.protocol import Protocol

    return Protocol(
        pipeline,
        data,
        options.split,
        evaluator=options.evaluator,
        t2m_evaluator=t2m_evaluator,
        num_clips=options.clips,
        progress=progress,
    )
