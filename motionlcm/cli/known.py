"""``motionlcm-generate --list WORDS``: captions that a model learned from; makes no motion."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from motionlcm.generation.request import check_prompt
from motionlcm.models.folder import ModelFolder

if TYPE_CHECKING:
    import numpy as np

    from motionlcm.models.known import KnownCaptions

_MOST = 20  #: captions shown of either kind
_NEAREST = 8  #: captions shown where none has the words


def print_known(words: str, model: str | None) -> None:
    """Print captions that have the words; where few do, those that are nearest to them, too.

    Args:
        words: what the person may do.
        model: name or folder; None for the model in the package.
    Raises:
        ValueError: no words, or a model that keeps no captions.
    """
    if not words.strip():
        raise ValueError('--list needs words, such as: motionlcm-generate --list "sit"')

    check_prompt(words)
    folder = ModelFolder.find(model)
    known = folder.known
    if known is None:
        raise ValueError(
            f"{folder.path} keeps no captions; its training was before they were kept: "
            "train it again, or see docs/familiarity.md"
        )
    from motionlcm.generation.familiarity import captions_of

    having = captions_of(known, words)
    print(f"{len(having)} of {len(known.captions)} captions kept have {words!r}")
    _print(known, having[:_MOST])
    if len(having) > _MOST:
        print(f"  ... and {len(having) - _MOST} more; --list with more words shows others")
    if len(having) >= _NEAREST:
        return

    others = [number for number in _nearest(folder, known, words) if number not in having]
    print("nearest:")
    _print(known, others[: _NEAREST - len(having)])


def _nearest(folder: ModelFolder, known: KnownCaptions, words: str) -> np.ndarray:
    """Numbers of all captions, the nearest to the words first."""
    from motionlcm.generation.familiarity import likeness
    from motionlcm.generation.pipeline import MotionPipeline

    text = MotionPipeline.from_pretrained(folder.path).networks.encode([words])[0]
    return (-likeness(known, words, text[0])).argsort()


def _print(known: KnownCaptions, numbers: list[int]) -> None:
    for number in numbers:
        clips = int(known.clips[number])
        print(f"  {known.captions.texts[number]}  ({clips} clip{'s' * (clips != 1)})")
    sys.stdout.flush()
