"""Transformer layers, and the U-shaped stack of them that all our networks use."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from motionlcm.models.packing import Packing


class Attention(nn.Module):
    """Multi-head attention of ``[B S width]`` to itself or to a memory; one fused projection."""

    def __init__(self, width: int, num_heads: int) -> None:
        super().__init__()
        if width % num_heads:
            raise ValueError(f"width must be a multiple of num_heads, got {width} and {num_heads}")

        self.num_heads = num_heads
        self.in_proj = nn.Linear(width, 3 * width)
        self.out_proj = nn.Linear(width, width)

    def forward(
        self,
        x: Tensor,
        memory: Tensor | None = None,
        mask: Tensor | None = None,
        packing: Packing | None = None,
    ) -> Tensor:
        """Mix ``x`` [B S width] with itself, or with ``memory`` [B K width].

        Args:
            mask: ``[B K]``, True for the keys that may be looked at; None looks at all.
            packing: where given, ``x`` and what returns are ``[N width]``, only the real places.
        """
        width = x.shape[-1]
        weight, bias = self.in_proj.weight, self._bias()
        if memory is None:
            projected = functional.linear(x, weight, bias)
            padded = packing.unpack(projected) if packing else projected
            query, key, value = padded.split(width, dim=-1)
        else:
            query = functional.linear(x, weight[:width], bias[:width])
            key, value = functional.linear(memory, weight[width:], bias[width:]).split(width, -1)

        query, key, value = (self._heads(part) for part in (query, key, value))
        allowed = None if mask is None else mask[:, None, None, :]
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=allowed)
        mixed = mixed.transpose(1, 2).flatten(2)  # [B S width]

        return self.out_proj(packing.pack(mixed) if packing else mixed)

    def _bias(self) -> Tensor:
        """Bias of the projection; in training its part for keys gets no gradient.

        That part moves all scores of a query alike, so it changes nothing and its gradient is zero.
        What rounding leaves of that, Adam would turn into steps.
        """
        bias = self.in_proj.bias
        if not self.training:
            return bias

        query, key, value = bias.chunk(3)
        return torch.cat([query, key.detach(), value])

    def _heads(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)  # [B heads S width/heads]


class TransformerLayer(nn.Module):
    """Self-attention, optional cross-attention, feed-forward; each normalised before or after."""

    def __init__(
        self,
        width: int,
        *,
        num_heads: int,
        feedforward: int,
        dropout: float,
        norm_first: bool,
        has_memory: bool = False,
    ) -> None:
        super().__init__()
        self.norm_first = norm_first

        self.self_attention = Attention(width, num_heads)
        self.cross_attention = Attention(width, num_heads) if has_memory else None

        self.linear1 = nn.Linear(width, feedforward)
        self.linear2 = nn.Linear(feedforward, width)

        self.norm1 = nn.LayerNorm(width)
        self.norm2 = nn.LayerNorm(width)
        self.norm3 = nn.LayerNorm(width) if has_memory else None
        self.dropout = nn.Dropout(dropout)

    def _feed_forward(self, x: Tensor) -> Tensor:
        return self.linear2(self.dropout(functional.gelu(self.linear1(x))))

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        memory: Tensor | None = None,
        packing: Packing | None = None,
    ) -> Tensor:
        """Give back what ``x`` [B S width] becomes.

        Args:
            mask: ``[B S]``, True where real; None: all.
            memory: ``[B M width]``, for layers that have cross-attention.
            packing: excludes a memory; where given, ``x`` and what returns are ``[N width]``.
        """
        parts: list[tuple[nn.Module, Callable[[Tensor], Tensor]]]
        parts = [(self.norm1, lambda h: self.self_attention(h, mask=mask, packing=packing))]
        cross = self.cross_attention
        if cross is not None:
            parts.append((self.norm2, lambda h: cross(h, memory)))
        parts.append((self.norm3 or self.norm2, self._feed_forward))

        for norm, part in parts:
            if self.norm_first:
                x = x + self.dropout(part(norm(x)))
            else:
                x = norm(x + self.dropout(part(x)))
        return x


class SkipTransformer(nn.Module):
    """An odd number of layers; the second half also sees what left the first, in reverse order.

    Args:
        width: channels of the sequence.
        num_layers: odd; (num_layers - 1) / 2 skips.
        num_heads, feedforward, dropout: of each layer.
        norm_first: normalise before each part (trains faster) or after (the official networks).
        has_memory: layers also attend to a memory.
        has_final_norm: a LayerNorm after the last layer.
    """

    def __init__(
        self,
        width: int,
        *,
        num_layers: int,
        num_heads: int,
        feedforward: int,
        dropout: float = 0.0,
        norm_first: bool = True,
        has_memory: bool = False,
        has_final_norm: bool = True,
    ) -> None:
        super().__init__()
        if num_layers % 2 == 0 or num_layers < 1:
            raise ValueError(f"num_layers must be odd for a skip transformer, got {num_layers}")

        self.layers = nn.ModuleList(
            TransformerLayer(
                width,
                num_heads=num_heads,
                feedforward=feedforward,
                dropout=dropout,
                norm_first=norm_first,
                has_memory=has_memory,
            )
            for _ in range(num_layers)
        )
        self.skips = nn.ModuleList(nn.Linear(2 * width, width) for _ in range(num_layers // 2))
        self.norm = nn.LayerNorm(width) if has_final_norm else None

        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.xavier_uniform_(parameter)

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        *,
        memory: Tensor | None = None,
        residuals: list[Tensor] | None = None,
    ) -> Tensor:
        """Give back what ``x`` [B S width] becomes.

        Args:
            mask: ``[B S]``, True where real; None: all.
            memory: ``[B M width]``, for layers that have cross-attention.
            residuals: one ``[B S width]`` a layer, added to what leaves it.
        Raises:
            ValueError: another number of residuals than layers.
        """
        x = self.layer_outputs(x, mask, memory=memory, residuals=residuals)[-1]
        return x if self.norm is None else self.norm(x)

    def layer_outputs(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        *,
        memory: Tensor | None = None,
        residuals: list[Tensor] | None = None,
    ) -> list[Tensor]:
        """What leaves each layer, ``[B S width]``, before the final norm.

        Arguments as in ``forward``.
        Places that ``mask`` leaves out hold nothing of use: zeros or what was computed for padding.

        Raises:
            ValueError: another number of residuals than layers.
        """
        if residuals is not None and len(residuals) != len(self.layers):
            raise ValueError(
                f"{len(residuals)} residuals for {len(self.layers)} layers; "
                "one is needed for each layer"
            )
        packing = Packing.of(mask) if memory is None and residuals is None else None
        if packing:
            x = packing.pack(x)

        half = len(self.layers) // 2
        outputs: list[Tensor] = []
        for index, layer in enumerate(self.layers):
            if index > half:
                skipped = outputs[2 * half - index]
                x = self.skips[index - half - 1](torch.cat([x, skipped], dim=-1))
            x = layer(x, mask, memory, packing)
            if residuals is not None:
                x = x + residuals[index]
            outputs.append(x)

        return [packing.unpack(output) for output in outputs] if packing else outputs
