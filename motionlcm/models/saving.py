"""Models as folders: the constructor's arguments in config.json, the weights in model.safetensors."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn

from motionlcm.models.stored_weights import packed, read_weights

CONFIG_NAME, WEIGHTS_NAME = "config.json", "model.safetensors"


class SavedModule(nn.Module):
    """A module whose constructor takes plain keyword values and keeps them in ``self.config``."""

    config: dict[str, Any]
    fine: ClassVar[tuple[str, ...]] = ()
    """How the names of weights begin that one byte is too coarse for; int8 stores them as float16."""

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
        """Write config.json and model.safetensors; ``dtype`` float16 or int8 (see ``packed``) make a smaller file."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / CONFIG_NAME).write_text(json.dumps({"type": type(self).__name__, **self.config}, indent=2) + "\n")
        state = {name: tensor.detach().cpu().contiguous().numpy() for name, tensor in self.state_dict().items()}
        save_file(packed(state, dtype, fine=self.fine), folder / WEIGHTS_NAME)

    @classmethod
    def from_pretrained(cls, folder: str | Path) -> Self:
        """Open what ``save_pretrained`` wrote; float32, in eval mode.

        Raises:
            FileNotFoundError: no config.json or model.safetensors in the folder.
            ValueError: the folder holds another kind of model, or weights that do not fit its config.
        """
        folder = Path(folder)
        for name in (CONFIG_NAME, WEIGHTS_NAME):
            if not (folder / name).is_file():
                raise FileNotFoundError(f"{folder} holds no {name}; it is no model folder")
        config = read_config(folder)
        kind = config.pop("type", cls.__name__)
        if kind != cls.__name__:
            raise ValueError(f"{folder} holds a {kind}, not a {cls.__name__}")
        model = cls(**config)
        try:
            model.load_state_dict(load_weights(folder))
        except RuntimeError as error:
            raise ValueError(f"the weights in {folder} do not fit its config: {error}") from error
        return model.eval()


def read_config(folder: Path) -> dict[str, Any]:
    """The constructor's arguments and "type" of the model in a folder; ValueError where config.json is damaged."""
    try:
        config = json.loads((folder / CONFIG_NAME).read_text())
    except ValueError as error:
        raise ValueError(f"{folder / CONFIG_NAME} is damaged: {error}") from error
    if not isinstance(config, dict):
        raise ValueError(f"{folder / CONFIG_NAME} is damaged: it must hold names and values")
    return config


def load_weights(folder: Path) -> dict[str, torch.Tensor]:
    """The float32 ``state_dict`` in a model folder; ValueError where its file is damaged."""
    return {name: torch.from_numpy(value) for name, value in read_weights(folder / WEIGHTS_NAME)}


def freeze(module: Any) -> Any:
    """The one door to a frozen network: eval mode for good (``train()`` no longer changes it), no gradients."""
    module.eval().requires_grad_(False)
    module.train = lambda mode=True: module  # type: ignore[method-assign, assignment]
    return module
