"""A timeline laid out in latent tokens: parts that a model can make, and what neighbours share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LONGEST_FRAMES = 192  #: of a part that is sampled at once
_SHARED_FRAMES = 24  #: of two neighbours that fade into each other
_GIVEN_FRAMES = 8  #: to go on from; with 24 a part held on to what was done before it

Cut = tuple[str, int, int]  #: a prompt and its tokens, from the first to the one after the last


@dataclass(frozen=True)
class Part:
    """Tokens of a timeline that are sampled at once, for one prompt.

    Attributes:
        prompt: what is done.
        start, stop: its own tokens.
        before, after: tokens of its neighbours that it is sampled for, too, and shares with them.
        index: of the part in the timeline.
        goes_on: it is a further piece of what the part before it does.
    """

    prompt: str
    start: int
    stop: int
    before: int
    after: int
    index: int
    goes_on: bool = False

    @property
    def length(self) -> int:
        """Tokens that are sampled."""
        return self.before + self.stop - self.start + self.after


def cut_up(prompts: Sequence[str], frames: Sequence[int], frames_per_token: int) -> list[Cut]:
    """Lay segments out in tokens and cut long ones into pieces that a model can make.

    Args:
        prompts, frames: one a segment.
        frames_per_token: of the latents.
    Returns:
        Pieces without a gap between them; the last token may reach beyond the last frame.
    """
    longest = LONGEST_FRAMES // frames_per_token - most_shared(frames_per_token)
    cuts: list[Cut] = []
    done, place = 0, 0
    for index, (prompt, count) in enumerate(zip(prompts, frames, strict=True)):
        done += count
        is_last = index == len(frames) - 1
        end = -(-done // frames_per_token) if is_last else round(done / frames_per_token)
        end = max(place + 1, end)

        pieces = -(-(end - place) // longest)
        edges = [place + (end - place) * piece // pieces for piece in range(pieces + 1)]
        cuts += [(prompt, *edge) for edge in zip(edges, edges[1:], strict=False)]
        place = end
    return cuts


def most_shared(frames_per_token: int) -> int:
    """Tokens that two neighbours share where both are long enough."""
    return max(1, _SHARED_FRAMES // frames_per_token)


def blended_parts(cuts: Sequence[Cut], frames_per_token: int) -> list[Part]:
    """Parts of which each is sampled for some tokens of both neighbours, to be faded into them."""
    shared = [0] + [
        min(most_shared(frames_per_token), first[2] - first[1], second[2] - second[1])
        for first, second in zip(cuts, cuts[1:], strict=False)
    ]
    shared.append(0)
    return [
        Part(*cut, before=count - count // 2, after=following // 2, index=index)
        for index, (cut, count, following) in enumerate(zip(cuts, shared, shared[1:], strict=False))
    ]


def continued_parts(cuts: Sequence[Cut], frames_per_token: int) -> list[Part]:
    """Parts of which each goes on from the last tokens before it, which it is given."""
    most = max(1, _GIVEN_FRAMES // frames_per_token)
    return [
        Part(
            *cut,
            before=min(most, cut[1]),
            after=0,
            index=index,
            goes_on=index > 0 and cuts[index - 1][0] == cut[0],
        )
        for index, cut in enumerate(cuts)
    ]


def part_seed(seed: int, index: int, turn: int = 0) -> int:
    """The seed of a part's noise; the first part's first one is the timeline's own."""
    if index == turn == 0:
        return seed
    words = np.random.SeedSequence([seed, index, turn]).generate_state(2, np.uint32)
    return int(words[0]) << 31 | int(words[1]) >> 1
