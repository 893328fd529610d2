"""Networks that HumanML3D's and KIT-ML's published figures are measured with.

Written anew from their description, for weights that the user has; module names are those of the
published state dicts. Source: Guo et al., Generating Diverse and Natural 3D Human Motions from
Text, CVPR 2022, and its supplement.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

WORD_WIDTH, NUM_TAGS = 300, 15  #: of a word vector; parts of speech
UNIT = 4  #: frames in one movement
_CONTACTS = 4  #: last features, which the networks do not see
_SLOPE = 0.2


class T2MMovementEncoder(nn.Module):
    """Frames to movements: two convolutions, each halving the length.

    Args:
        num_features: D, with the contacts that are left out here (263, or 251 of KIT-ML).
        width: of what comes out.
    """

    def __init__(self, num_features: int, width: int = 512) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for size in (num_features - _CONTACTS, width):
            layers += [
                nn.Conv1d(size, width, kernel_size=4, stride=2, padding=1),
                nn.Dropout(0.2),
                nn.LeakyReLU(_SLOPE),
            ]

        self.main = nn.Sequential(*layers)
        self.out_net = nn.Linear(width, width)

    def forward(self, features: Tensor) -> Tensor:
        """Normalised ``[B T D]``, zero where padded, T a multiple of 4 -> ``[B T/4 width]``."""
        x = features[..., :-_CONTACTS].transpose(1, 2)  # [B D-4 T]
        x = self.main(x)  # [B width T/4]
        return self.out_net(x.transpose(1, 2))


class _SequenceEncoder(nn.Module):
    """A bidirectional GRU whose two last states become one vector; it begins at a learned state."""

    def __init__(self, input_width: int, hidden_width: int, output_width: int) -> None:
        super().__init__()
        self.input_emb = nn.Linear(input_width, hidden_width)
        self.gru = nn.GRU(hidden_width, hidden_width, batch_first=True, bidirectional=True)
        self.hidden = nn.Parameter(torch.randn(2, 1, hidden_width))

        self.output_net = nn.Sequential(
            nn.Linear(2 * hidden_width, hidden_width),
            nn.LayerNorm(hidden_width),
            nn.LeakyReLU(_SLOPE),
            nn.Linear(hidden_width, output_width),
        )

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """``[B S width]`` and how many of the S are real ``[B]`` -> ``[B output_width]``."""
        packed = pack_padded_sequence(
            self.input_emb(x), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        start = self.hidden.expand(-1, len(x), -1).contiguous()
        _, last = self.gru(packed, start)  # [2 B hidden]

        return self.output_net(last.transpose(0, 1).flatten(1))


class T2MMotionEncoder(_SequenceEncoder):
    """Movements ``[B S 512]`` to one vector ``[B 512]``."""

    def __init__(self) -> None:
        super().__init__(512, 1024, 512)


class T2MTextEncoder(_SequenceEncoder):
    """Words to one vector: word vectors, and what part of speech each is."""

    def __init__(self) -> None:
        super().__init__(WORD_WIDTH, 512, 512)
        self.pos_emb = nn.Linear(NUM_TAGS, WORD_WIDTH)

    def embed(self, words: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """Word vectors ``[B S 300]``, one-hot tags ``[B S 15]``, counts ``[B]`` -> ``[B 512]``."""
        return self(words + self.pos_emb(tags), lengths)
