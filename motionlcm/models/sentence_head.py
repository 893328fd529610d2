"""A transformer's token vectors to one sentence vector, as a sentence-transformers folder says."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from motionlcm.models.tokens import mean_of_tokens

_ACTIVATIONS = {"Identity": nn.Identity, "Tanh": nn.Tanh, "ReLU": nn.ReLU, "GELU": nn.GELU}
#: What reading damaged files of several kinds raises.
_DAMAGE = (
    *(ValueError, OSError, KeyError, TypeError, AttributeError, RuntimeError, EOFError),
    *(SafetensorError, pickle.UnpicklingError),
)
_POOLINGS = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "first"}


def find_encoder(name: str) -> Path:
    """The folder of a text encoder: ``name`` itself, or its copy in the local Hugging Face cache.

    Raises:
        FileNotFoundError: neither; nothing is downloaded.
    """
    if Path(name).is_dir():
        return Path(name)

    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, OSError):
        raise FileNotFoundError(
            f"no text encoder {name!r}: neither a folder nor in the Hugging Face cache; "
            f"fetch it with 'hf download {name}' or give the path of a copy"
        ) from None


class SentenceHead(nn.Module):
    """Pooling (mean or first token), linear maps with their activations, length one."""

    def __init__(self, pooling: str = "mean", layers: tuple[nn.Module, ...] = ()) -> None:
        super().__init__()
        self.pooling = pooling
        self.layers = nn.Sequential(*layers)
        self.eval().requires_grad_(False)

    @classmethod
    def open(cls, folder: Path) -> SentenceHead:
        """Build what a folder's ``modules.json`` says; the mean of all tokens where it has none.

        Raises:
            ValueError: a module or pooling that is not known, or damaged files.
        """
        listing = folder / "modules.json"
        if not listing.is_file():
            return cls()

        pooling, layers = "mean", []
        try:
            for module in json.loads(listing.read_text()):
                kind, place = module["type"].rpartition(".")[2], folder / module["path"]
                if kind == "Pooling":
                    pooling = _pooling(json.loads((place / "config.json").read_text()))
                elif kind == "Dense":
                    layers += _dense(place)
                elif kind not in ("Transformer", "Normalize"):
                    raise ValueError(f"its module {kind} is not known")
        except _DAMAGE as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ValueError(
                f"{folder} is no sentence encoder that can be read: {reason}"
            ) from error

        return cls(pooling, tuple(layers))

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Sentences ``[B E]`` of length one, from tokens ``[B S H]`` and their mask ``[B S]``."""
        pooled = mean_of_tokens(hidden, mask) if self.pooling == "mean" else hidden[:, 0]
        return nn.functional.normalize(self.layers(pooled), dim=-1)


def _pooling(config: dict) -> str:
    modes = [
        name for name, value in config.items() if name.startswith("pooling_mode_") and value is True
    ]
    if len(modes) != 1 or modes[0] not in _POOLINGS:
        raise ValueError(
            f"its pooling {', '.join(modes) or 'none'} is not one of {', '.join(_POOLINGS)}"
        )
    return _POOLINGS[modes[0]]


def _dense(folder: Path) -> list[nn.Module]:
    config = json.loads((folder / "config.json").read_text())
    linear = nn.Linear(config["in_features"], config["out_features"], bias=config.get("bias", True))
    activation = config.get("activation_function", "Identity").rpartition(".")[2]
    if activation not in _ACTIVATIONS:
        raise ValueError(f"its activation {activation} is not one of {', '.join(_ACTIVATIONS)}")

    weights = folder / "model.safetensors"
    if weights.is_file():
        state = load_file(weights)
    else:
        state = torch.load(folder / "pytorch_model.bin", map_location="cpu", weights_only=True)
    state = {name.removeprefix("linear."): value.float() for name, value in state.items()}
    linear.load_state_dict(state)

    return [linear, _ACTIVATIONS[activation]()]
