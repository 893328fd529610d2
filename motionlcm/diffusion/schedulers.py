"""The solvers of diffusers, for a teacher: any of them by name, on a model folder's noise schedule.

The project's own ``sample_ddim`` needs none of this; diffusers is imported when a solver is opened.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from motionlcm.diffusion.sampling import Denoiser
from motionlcm.diffusion.schedule import PREDICTION_TYPES, NoiseSchedule, check_prediction_type

if TYPE_CHECKING:
    import torch

BETA_SCHEDULES = ("scaled_linear", "linear")
_THEIR_NAMES = {"epsilon": "epsilon", "sample": "sample", "v": "v_prediction"}


@dataclass(frozen=True)
class _Kind:
    """A class of diffusers, by its name there."""

    name: str
    takes: tuple[str, ...] = PREDICTION_TYPES  #: what it understands of networks, and rightly
    options: Mapping[str, Any] = field(default_factory=dict)


#: PNDM mixes the predictions of several timesteps, which is right for noise alone.
SCHEDULERS = {
    "ddim": _Kind("DDIMScheduler"),
    "ddpm": _Kind("DDPMScheduler"),
    "dpm++": _Kind("DPMSolverMultistepScheduler"),
    "dpm++sde": _Kind("DPMSolverMultistepScheduler", options={"algorithm_type": "sde-dpmsolver++"}),
    "unipc": _Kind("UniPCMultistepScheduler"),
    "deis": _Kind("DEISMultistepScheduler"),
    "euler": _Kind("EulerDiscreteScheduler"),
    "euler-ancestral": _Kind("EulerAncestralDiscreteScheduler", takes=("epsilon", "v")),
    "heun": _Kind("HeunDiscreteScheduler"),
    "pndm": _Kind("PNDMScheduler", takes=("epsilon",), options={"skip_prk_steps": True}),
}


@dataclass(frozen=True, eq=False)
class Solver:
    """A scheduler of diffusers, and what the network's output means.

    Attributes:
        scheduler: of diffusers, configured.
        prediction_type: of the network: "epsilon", "sample" or "v".
    """

    scheduler: Any
    prediction_type: str


def open_scheduler(name: str, schedule_config: Mapping[str, Any], prediction_type: str) -> Solver:
    """Open a solver of diffusers.

    Args:
        name: one of ``SCHEDULERS``.
        schedule_config: ``kind`` ("scaled_linear" or "linear"), ``beta_start``, ``beta_end`` and
            ``num_timesteps`` (1000 where it is missing), as a model folder states its schedule.
        prediction_type: what the network predicts: "epsilon", "sample" or "v".
    Returns:
        What ``sample_with`` takes; it may be used again and again.
    Raises:
        ValueError: an unknown name, kind of schedule or prediction type; the message lists them.
        ImportError: diffusers is not installed.
    """
    if name not in SCHEDULERS:
        raise ValueError(f"scheduler must be one of {', '.join(SCHEDULERS)}, got {name!r}")
    if schedule_config.get("kind") not in BETA_SCHEDULES:
        kind = schedule_config.get("kind")
        raise ValueError(f"kind of schedule must be one of {BETA_SCHEDULES}, got {kind!r}")
    check_prediction_type(prediction_type)

    try:
        import diffusers
    except ImportError:
        raise ImportError(
            f"the scheduler {name!r} needs diffusers: pip install diffusers"
        ) from None

    # each class gets those of the settings that it has; one that does not understand the
    # network is told of noise, into which ``sample_with`` turns the output
    kind = SCHEDULERS[name]
    told = prediction_type if prediction_type in kind.takes else "epsilon"
    settings = {
        "num_train_timesteps": schedule_config.get("num_timesteps", 1000),
        "beta_schedule": schedule_config["kind"],
        "beta_start": schedule_config["beta_start"],
        "beta_end": schedule_config["beta_end"],
        "prediction_type": _THEIR_NAMES[told],
        "timestep_spacing": "trailing",
        "steps_offset": 0,
        "clip_sample": False,
        "set_alpha_to_one": False,
        **kind.options,
    }
    scheduler_class = getattr(diffusers, kind.name)
    known = inspect.signature(scheduler_class.__init__).parameters
    scheduler = scheduler_class(**{key: settings[key] for key in settings if key in known})
    return Solver(scheduler, prediction_type)


def sample_with(
    solver: Solver,
    denoise: Denoiser,
    noise: torch.Tensor,
    num_steps: int,
    *,
    generators: Sequence[torch.Generator] | None = None,
) -> torch.Tensor:
    """``z_0`` [B L C] from pure noise.

    Args:
        solver: from ``open_scheduler``.
        denoise: ``(z_t [B L C], t [B] int64) -> output [B L C]``, guided. Solvers of second order
            (heun, pndm) call it more than ``num_steps`` times.
        noise: ``[B L C]`` standard normal.
        num_steps: of the solver.
        generators: one a sample, for solvers that add noise (ddpm, dpm++sde, euler-ancestral), so
            that a sample does not depend on its batch; None: torch's global one.
    Raises:
        ValueError: too few or too many steps, or not one generator a sample.
    """
    import torch

    scheduler = solver.scheduler
    most = scheduler.config.num_train_timesteps
    if not 1 <= num_steps <= most:
        raise ValueError(f"num_steps must be 1 to {most}, got {num_steps}")
    if generators is not None and len(generators) != len(noise):
        raise ValueError(f"need one generator a sample, {len(noise)}, got {len(generators)}")

    options: dict[str, Any] = {"return_dict": False}
    if "generator" in inspect.signature(scheduler.step).parameters and generators is not None:
        options["generator"] = list(generators)

    scheduler.set_timesteps(num_steps, device=noise.device)
    z = noise * scheduler.init_noise_sigma
    for timestep in scheduler.timesteps:
        # solvers in sigma keep z_t divided by alpha_t; the network sees z_t
        z_t = scheduler.scale_model_input(z, timestep)
        times = torch.full((len(z),), round(float(timestep)), device=z.device)
        output = _in_terms_of(solver, denoise(z_t, times), z_t, times)
        z = scheduler.step(output, timestep, z, **options)[0]
    return z


def numpy_solver(
    solver: Solver, seeds: Sequence[int]
) -> Callable[[Denoiser, np.ndarray, int], np.ndarray]:
    """Make of a solver what a ``TeacherSampler`` of numpy arrays takes.

    Args:
        solver: from ``open_scheduler``.
        seeds: one a sample, of the noise that stochastic solvers add.
    Returns:
        ``(denoise, noise [B L C], num_steps) -> z_0 [B L C]``.
    """
    import torch

    def solve(denoise: Denoiser, noise: np.ndarray, num_steps: int) -> np.ndarray:
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]

        def on_torch(z_t: torch.Tensor, timesteps: torch.Tensor) -> torch.Tensor:
            return torch.from_numpy(denoise(z_t.numpy(), timesteps.numpy()))

        start = torch.from_numpy(noise)
        return sample_with(solver, on_torch, start, num_steps, generators=generators).numpy()

    return solve


def _in_terms_of(
    solver: Solver, output: torch.Tensor, z_t: torch.Tensor, timesteps: torch.Tensor
) -> torch.Tensor:
    """The network's output as what the scheduler was told that it predicts."""
    told = solver.scheduler.config.prediction_type
    if told == _THEIR_NAMES[solver.prediction_type]:
        return output
    schedule = NoiseSchedule(solver.scheduler.alphas_cumprod).to(z_t.device)
    return schedule.to_noise(output, z_t, timesteps, solver.prediction_type)
