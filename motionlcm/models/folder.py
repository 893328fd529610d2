"""A trained model on disk: ``pipeline.json`` (its card), statistics, and one folder a network.

``ModelFolder`` is the one reader and writer of that layout. Nothing here imports numpy or torch
until weights or statistics are asked for, so a command can check what it was given against the card
at once.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from motionlcm.atomic_files import write_bytes
from motionlcm.damage import read_object, reason, shown
from motionlcm.integrity import check_file

if TYPE_CHECKING:
    from motionlcm.models.known import KnownCaptions
    from motionlcm.models.statistics import Statistics

PIPELINE_CONFIG = "pipeline.json"
STATISTICS = "statistics.safetensors"
README = "README.md"  #: what a packaged model was made of, and the terms of its use
PRETRAINED = Path(__file__).parent.parent / "pretrained"
DEFAULT_MODEL = "open"
EVALUATOR_OF = "small"  #: the packaged model whose evaluator judges others, too
NUM_TIMESTEPS = 1000  #: of the noise schedule
MAX_FRAMES = 196  #: the longest clip a model makes: 9.8 seconds at 20 fps
#: The noise schedule of latent diffusion, MLD and MotionLCM.
DEFAULT_SCHEDULE = {"kind": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}

_UNSTATED = "unspecified"
_LARGEST_SIZE = 65536  #: that a network's config may state


@dataclass(frozen=True)
class ModelCard:
    """What ``pipeline.json`` says of a model: how it is sampled, and what it may be used for.

    Attributes:
        text_encoder: "minilm", or a name or path of another sentence encoder.
        timesteps: the student's timesteps for each step count it was trained for.
        guidance_scales: the student's default guidance scale for each step count.
        guidance_range: least and greatest guidance scale that the student knows.
        text: what the networks read, "tokens" or one "sentence" vector.
        sampling: "phased" or "consistency" (see ``StudentSampler``).
        fps: frames per second of what it makes.
        teacher_guidance_scale: the teacher's default; None where it is not known.
        licence: terms of the weights.
        schedule: the noise schedule it was trained with (see ``NoiseSchedule.from_config``).
    """

    text_encoder: str
    timesteps: dict[int, tuple[int, ...]]
    guidance_scales: dict[int, float]
    guidance_range: tuple[float, float]
    text: str = "tokens"
    sampling: str = "consistency"
    fps: float = 20.0
    teacher_guidance_scale: float | None = None
    licence: str = _UNSTATED
    schedule: Mapping[str, Any] = field(default_factory=lambda: dict(DEFAULT_SCHEDULE))

    def __post_init__(self) -> None:
        choices = {"text": ("tokens", "sentence"), "sampling": ("phased", "consistency")}
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                raise ValueError(
                    f"{name} must be {' or '.join(allowed)}, got {shown(getattr(self, name))}"
                )
        if not self.timesteps:
            raise ValueError("timesteps names no step count")
        if not (math.isfinite(self.fps) and 1 <= self.fps <= 1000):
            raise ValueError(f"fps must be a positive number from 1 to 1000, got {self.fps}")
        self._check_timesteps()
        self._check_scales()

    def _check_timesteps(self) -> None:
        count = self.schedule.get("num_timesteps", NUM_TIMESTEPS)
        last = (count if isinstance(count, int) else NUM_TIMESTEPS) - 1

        for steps, times in self.timesteps.items():
            is_known = all(0 <= time <= last for time in times)
            if not is_known or len(times) != steps or sorted(times, reverse=True) != [*times]:
                raise ValueError(
                    f"timesteps of {shown(steps)} steps must be as many whole numbers from {last} "
                    f"down to 0, got {shown(times)}"
                )

    def _check_scales(self) -> None:
        scales = [*self.guidance_scales.values(), *self.guidance_range]
        scales += [] if self.teacher_guidance_scale is None else [self.teacher_guidance_scale]
        if not all(map(math.isfinite, scales)):
            raise ValueError(f"guidance scales must be finite numbers, got {shown(scales)}")

        low, high = self.guidance_range
        if not low <= high:
            raise ValueError(f"guidance_range must rise, got {low} to {high}")

    @property
    def step_counts(self) -> list[int]:
        """The step counts that the student knows, ascending."""
        return sorted(self.timesteps)

    @property
    def max_seconds(self) -> float:
        """The longest motion in seconds: 9.8 at 20 fps."""
        return MAX_FRAMES / self.fps

    @property
    def teacher_scale(self) -> float:
        """The teacher's default guidance scale: its own, else the student's at the most steps."""
        if self.teacher_guidance_scale is not None:
            return self.teacher_guidance_scale
        return self.guidance_scales[max(self.step_counts)]

    @classmethod
    def read(cls, path: Path) -> ModelCard:
        """Read a ``pipeline.json``.

        Raises:
            FileNotFoundError: no such file.
            ValueError: not JSON, a missing or unknown key, or a value that is none; one line that
                names it.
        """
        values = read_object(path)
        _check_keys(path, values)
        try:
            return cls._from_json(values)
        except (ValueError, TypeError, AttributeError, KeyError, OverflowError) as error:
            raise ValueError(f"{path} is damaged: {reason(error)}") from error

    @classmethod
    def _from_json(cls, values: dict[str, Any]) -> ModelCard:
        values = dict(values)
        timesteps = {int(n): tuple(map(int, t)) for n, t in values.pop("timesteps").items()}
        low, high = map(float, values.pop("guidance_range"))

        scales = values.pop("guidance_scale")
        if isinstance(scales, dict):
            by_steps = {int(steps): float(scale) for steps, scale in scales.items()}
        else:
            by_steps = dict.fromkeys(timesteps, float(scales))
        if set(by_steps) != set(timesteps):
            raise ValueError("guidance_scale and timesteps name different step counts")

        for name in ("text_encoder", "licence"):
            if name in values and not isinstance(values[name], str):
                raise ValueError(f"{name} must be text, got {shown(values[name])}")
        if "schedule" in values and not isinstance(values["schedule"], dict):
            raise ValueError(
                f"schedule must hold names and values, got {shown(values['schedule'])}"
            )
        values["fps"] = float(values.get("fps", 20.0))
        if values.get("teacher_guidance_scale") is not None:
            values["teacher_guidance_scale"] = float(values["teacher_guidance_scale"])
        return cls(
            timesteps=timesteps,
            guidance_scales=by_steps,
            guidance_range=(low, high),
            **values,
        )

    def write(self, path: Path) -> None:
        """Write the card, whole or not at all."""
        scales = set(self.guidance_scales.values())
        values = {
            "text_encoder": self.text_encoder,
            "text": self.text,
            "fps": int(self.fps) if float(self.fps).is_integer() else self.fps,
            "timesteps": {str(steps): list(times) for steps, times in self.timesteps.items()},
            "sampling": self.sampling,
            "guidance_scale": (
                scales.pop()
                if len(scales) == 1
                else {str(steps): scale for steps, scale in self.guidance_scales.items()}
            ),
            "teacher_guidance_scale": self.teacher_guidance_scale,
            "guidance_range": list(self.guidance_range),
            "licence": self.licence,
            "schedule": dict(self.schedule),
        }
        known = {name: value for name, value in values.items() if value is not None}
        write_bytes(path, (json.dumps(known, indent=2) + "\n").encode())


def _check_keys(path: Path, values: dict[str, Any]) -> None:
    """Raise ValueError for keys that a card does not have, or that this one lacks."""
    known = {item.name for item in fields(ModelCard)} - {"guidance_scales"} | {"guidance_scale"}
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}"
            raise ValueError(f"{path} has an unknown key {shown(key)}; {hint}")
    for key in ("text_encoder", "timesteps", "guidance_scale", "guidance_range"):
        if key not in values:
            raise ValueError(f"{path} lacks {key!r}; it is not a model's card, or it is damaged")


@dataclass(frozen=True)
class LatentShape:
    """How a VAE lays a clip out in latents.

    Attributes:
        channels: C.
        frames_per_token: k; 1 with a fixed number of tokens.
        num_tokens: the fixed number of tokens, or None for tokens along time.
        seam_period: frames between the seams that decoding leaves; 1 for none.
    """

    channels: int
    frames_per_token: int
    num_tokens: int | None
    seam_period: int

    @property
    def longest(self) -> int:
        """Tokens of the longest clip."""
        return self.tokens(MAX_FRAMES)

    def tokens(self, frames: Any) -> Any:
        """Number of latent tokens of clips of so many frames; a number, or an array of them."""
        if self.num_tokens:
            return frames * 0 + self.num_tokens
        return -(-frames // self.frames_per_token)


@dataclass(frozen=True)
class ModelFolder:
    """A trained model's folder, opened by ``ModelFolder.find``; its parts are read when asked for.

    Attributes:
        path: of the folder.
        card: what ``pipeline.json`` says.
    """

    path: Path
    card: ModelCard

    @classmethod
    def find(cls, model: str | Path | None = None) -> ModelFolder:
        """Open a model by path, or by name in the package; None for the package's default.

        Raises:
            FileNotFoundError: no such model; the message lists the names that are there.
            ValueError: its card is damaged.
        """
        path = find_model(model)
        for name in (PIPELINE_CONFIG, README):
            if (path / name).is_file():
                check_file(path / name)
        return cls(path, ModelCard.read(path / PIPELINE_CONFIG))

    def __fspath__(self) -> str:
        return str(self.path)

    @cached_property
    def latents(self) -> LatentShape:
        """The shape of its VAE's latents.

        Raises:
            ValueError: the VAE's config.json is damaged or says no shape.
        """
        shape = self.config("vae")
        fixed = (
            self._size("num_latents", shape["num_latents"]) if shape.get("num_latents") else None
        )
        frames = 1 if fixed else self._size("frames_per_token", shape.get("frames_per_token"))
        channels = self._size("latent_channels", shape.get("latent_channels"))

        # tokens that overlap are faded into each other: no seams to smooth but at single frames
        return LatentShape(
            channels, frames, fixed, seam_period=1 if shape.get("overlap") else frames
        )

    def _size(self, name: str, value: object) -> int:
        """A size that the VAE's config states; ValueError where it is none."""
        if type(value) is not int or not 1 <= value <= _LARGEST_SIZE:
            raise ValueError(
                f"{self.path / 'vae'} is damaged: {name} must be a whole number from 1 to "
                f"{_LARGEST_SIZE}, got {shown(value)}"
            )
        return value

    @cached_property
    def statistics(self) -> Statistics:
        """Means and deviations of features and latents, and the table of usual lengths."""
        from motionlcm.models.statistics import Statistics

        path = self.path / STATISTICS
        check_file(path)
        statistics = Statistics.read(path)

        width = len(statistics.latents.mean)
        if self.has("vae") and width != self.latents.channels:
            raise ValueError(
                f"{path} does not fit its VAE: {width} latent channels, not {self.latents.channels}"
            )
        return statistics

    @cached_property
    def known(self) -> KnownCaptions | None:
        """What it has learned, in words; None for models that do not say it."""
        from motionlcm.models.known import KNOWN, KnownCaptions

        path = self.path / KNOWN
        if not path.is_file():
            return None
        check_file(path)
        return KnownCaptions.read(path)

    def prediction_type(self, network: str) -> str:
        """What the output of a denoiser, "student" or "teacher", means."""
        from motionlcm.diffusion.schedule import PREDICTION_TYPES

        kind = self.config(network).get("prediction_type")
        if kind not in PREDICTION_TYPES:
            raise ValueError(
                f"{self.path / network} is damaged: prediction_type must be one of "
                f"{', '.join(PREDICTION_TYPES)}, got {shown(kind)}"
            )
        return str(kind)

    def takes_known(self, network: str) -> bool:
        """Whether a denoiser, "student" or "teacher", takes known tokens."""
        return self.config(network).get("known_tokens") is True

    def config(self, network: str) -> dict[str, Any]:
        """What a network's config.json says.

        Raises:
            FileNotFoundError: the folder has no such network.
            ValueError: config.json is damaged.
        """
        path = self.path / network / "config.json"
        return read_object(path)

    def has(self, network: str) -> bool:
        """Whether the folder holds a network: "vae", "student", "teacher", "evaluator", ..."""
        return (self.path / network).is_dir()

    @property
    def evaluator(self) -> Path:
        """The folder of the evaluator that came with this model, else of the package's."""
        return (
            self.path / "evaluator"
            if self.has("evaluator")
            else PRETRAINED / EVALUATOR_OF / "evaluator"
        )


def find_model(model: str | Path | None) -> Path:
    """Find the folder of a model by path, or by name in the package.

    Raises:
        FileNotFoundError: no such model; the message lists the names that are there.
    """
    names = sorted(path.parent.name for path in PRETRAINED.glob(f"*/{PIPELINE_CONFIG}"))
    for folder in (Path(model) if model else PRETRAINED / DEFAULT_MODEL, PRETRAINED / str(model)):
        if (folder / PIPELINE_CONFIG).is_file():
            return folder
    raise FileNotFoundError(
        f"no model {model or DEFAULT_MODEL!r}: neither a folder with {PIPELINE_CONFIG} "
        f"nor one of the package ({', '.join(names) or 'none'})"
    )
