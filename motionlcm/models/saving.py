"""Models as folders: constructor's arguments in config.json, weights in model.safetensors."""

from __future__ import annotations

import inspect
import json
import math
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn

from motionlcm.atomic_files import replaced, write_bytes
from motionlcm.damage import read_object, reason, shown
from motionlcm.integrity import check_file
from motionlcm.models.stored_weights import packed, read_weights

CONFIG_NAME, WEIGHTS_NAME = "config.json", "model.safetensors"

_LARGEST_SIZE = 65536  #: that a config may state: a damaged one would take all memory
_MOST_LAYERS = 256
#: What constructors raise for values that they were not written for.
_REFUSALS = (
    *(ValueError, TypeError, RuntimeError, ArithmeticError, AssertionError),
    *(AttributeError, IndexError, KeyError),
)


class SavedModule(nn.Module):
    """A module whose constructor takes plain keyword values and keeps them in ``self.config``."""

    config: dict[str, Any]
    fine: ClassVar[tuple[str, ...]] = ()
    """How the names of weights begin that one byte is too coarse for: they are stored in two."""

    def __init_subclass__(cls) -> None:
        original = cls.__init__
        signature = inspect.signature(original)

        def remember(self: Any, *args: Any, **kwargs: Any) -> None:
            bound = signature.bind(self, *args, **kwargs)
            bound.apply_defaults()
            config = {key: value for key, value in bound.arguments.items() if key != "self"}

            original(self, *args, **kwargs)
            self.config = config

        cls.__init__ = remember  # type: ignore[method-assign]
        cls.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=list(signature.parameters.values())[1:]
        )

    def save_pretrained(self, folder: str | Path, *, dtype: type[np.generic] = np.float32) -> None:
        """Write config.json and model.safetensors.

        Args:
            folder: made where it is missing.
            dtype: float32, or float16 or int8 for a smaller file (see ``packed``).
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        config = {"type": type(self).__name__, **self.config}
        state = {
            name: tensor.detach().cpu().contiguous().numpy()
            for name, tensor in self.state_dict().items()
        }

        write_bytes(folder / CONFIG_NAME, (json.dumps(config, indent=2) + "\n").encode())
        with replaced(folder / WEIGHTS_NAME) as part:
            save_file(packed(state, dtype, fine=self.fine), part)

    @classmethod
    def from_pretrained(cls, folder: str | Path) -> Self:
        """Open what ``save_pretrained`` wrote; float32, in eval mode.

        Raises:
            FileNotFoundError: no config.json or model.safetensors in the folder.
            ValueError: the folder holds another kind of model, a damaged file, a config that the
                model does not know, or weights that do not fit it.
        """
        folder = Path(folder)
        for name in (CONFIG_NAME, WEIGHTS_NAME):
            if not (folder / name).is_file():
                raise FileNotFoundError(f"{folder} holds no {name}; it is no model folder")
            check_file(folder / name)

        config = read_config(folder)
        kind = config.pop("type", cls.__name__)
        if kind != cls.__name__:
            raise ValueError(f"{folder} holds a {str(kind):.80}, not a {cls.__name__}")
        unknown = sorted(config.keys() - inspect.signature(cls).parameters.keys())
        if unknown:
            raise ValueError(
                f"{folder / CONFIG_NAME} says {', '.join(unknown):.80}, which a {cls.__name__} of "
                "this version does not know; it was written by another version or by hand"
            )

        _check_sizes(folder / CONFIG_NAME, config)
        weights = load_weights(folder)

        # first without memory: a config that the weights do not fit may state any size
        try:
            with torch.device("meta"):
                expected = cls(**config).state_dict()
        except _REFUSALS as error:
            raise ValueError(f"{folder / CONFIG_NAME} is damaged: {reason(error)}") from error
        mismatch = _mismatch(expected, weights)
        if mismatch:
            raise ValueError(f"the weights in {folder} do not fit its config: {mismatch}")

        model = cls(**config)
        model.load_state_dict(weights)
        return model.eval()


def _check_sizes(path: Path, config: dict[str, Any]) -> None:
    """Raise ValueError for a number in a config that no network has."""
    for name, value in config.items():
        if not isinstance(value, int | float):
            continue

        most = _MOST_LAYERS if name.endswith("layers") else _LARGEST_SIZE
        if not (math.isfinite(value) and 0 <= value <= most):
            raise ValueError(
                f"{path} is damaged: {name} must be a number from 0 to {most}, got {shown(value)}"
            )


def _mismatch(expected: dict[str, torch.Tensor], weights: dict[str, torch.Tensor]) -> str:
    """The first tensor that is missing, unknown or of another shape, in words; "" if all fit."""
    for name, value in expected.items():
        if name not in weights:
            return f"{name} is missing"
        if weights[name].shape != value.shape:
            shapes = f"{list(weights[name].shape)}, not {list(value.shape)}"
            return f"{name} is of shape {shapes}"

    needless = sorted(weights.keys() - expected.keys())
    return f"{needless[0]} is not of this model" if needless else ""


def read_config(folder: Path) -> dict[str, Any]:
    """The constructor's arguments and the "type" of the model in a folder.

    Raises:
        ValueError: config.json is damaged.
    """
    return read_object(folder / CONFIG_NAME)


def load_weights(folder: Path) -> dict[str, torch.Tensor]:
    """The float32 ``state_dict`` in a model folder; ValueError where its file is damaged."""
    return {name: torch.from_numpy(value) for name, value in read_weights(folder / WEIGHTS_NAME)}


def freeze(module: Any) -> Any:
    """Freeze a network for good: eval mode (``train()`` no longer changes it), no gradients."""
    module.eval().requires_grad_(False)
    module.train = lambda mode=True: module  # type: ignore[method-assign, assignment]
    return module
