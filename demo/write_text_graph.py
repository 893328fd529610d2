"""Write motionlcm/runtime/minilm.onnx: the graph (no weights) of all-MiniLM-L6-v2.

Run once for the package: ``python demo/write_text_graph.py``.
"""

import torch
from torch import Tensor, nn

from motionlcm.integrity import write_manifest
from motionlcm.models.minilm import minilm_folder
from motionlcm.models.text import FrozenTextEncoder
from motionlcm.runtime.graphs import write_graph
from motionlcm.runtime.text import TEXT_GRAPH


class Hidden(nn.Module):
    """Last hidden states ``[B S E]`` of token numbers and their mask, both ``[B S]`` int64."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.inner = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """The encoder's output ``[B S E]``."""
        return self.inner(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state


def main() -> None:
    """Write the graph and say how large it is."""
    wrapper = Hidden(FrozenTextEncoder().model)

    axes = {0: "batch", 1: "words"}
    example = torch.randint(5, 1000, (2, 9)), torch.ones(2, 9, dtype=torch.long)
    inputs = {"input_ids": axes, "attention_mask": axes}
    weights = minilm_folder() / "model.safetensors"
    write_graph(wrapper, TEXT_GRAPH, weights=weights, inputs=inputs, example=example)
    write_manifest(TEXT_GRAPH.parent)
    print(f"wrote {TEXT_GRAPH} ({TEXT_GRAPH.stat().st_size / 1000:.0f} kB)")


if __name__ == "__main__":
    main()
