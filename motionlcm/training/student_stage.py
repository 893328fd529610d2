"""Consistency distillation: the teacher's guided solver steps become a student of few steps."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from motionlcm.damage import shown
from motionlcm.data.cache import TextCache
from motionlcm.data.latents import LatentBatch, LatentDataset, reworded
from motionlcm.diffusion.averaging import update_ema
from motionlcm.diffusion.condition import SeededNoise
from motionlcm.diffusion.consistency import SolverGrid, phase_ends
from motionlcm.diffusion.losses import pseudo_huber
from motionlcm.diffusion.samplers import StudentSampler
from motionlcm.diffusion.schedule import NoiseSchedule
from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.models.saving import freeze
from motionlcm.training.config import RunConfig, StageConfig
from motionlcm.training.context import RunContext
from motionlcm.training.discriminator import Discriminator, with_pull
from motionlcm.training.distillation import Distillation
from motionlcm.training.jumps import Jumps, drawn_jumps, student_steps
from motionlcm.training.known_tokens import check_known_share, with_known
from motionlcm.training.stage import Stage
from motionlcm.training.teacher_stage import denoiser_sizes
from motionlcm.training.validation import (
    Embed,
    decoded_embedding,
    frechet_of_clips,
    mean_and_deviation,
)
from motionlcm.training.warm_start import teacher_weights, with_more_channels

_VAL_SEED = 11


@dataclass(frozen=True)
class StudentConfig(StageConfig):
    """Knobs of the consistency distillation of the teacher."""

    phases: tuple[int, ...] = (1, 2, 4)
    """Step counts of a phased student, trained together, one named twice twice as often; empty: one
    that leads to the end from everywhere (LCM)."""
    own_share: float = 0.5
    """Share of a phased student's training steps that are its last jump from where its own earlier
    ones lead, from pure noise, as in generation; the discriminator sees these. With ``walk_steps``
    the others are those earlier jumps, else jumps from anywhere in recorded motion."""
    walk_steps: int = 0
    """Steps of the teacher's solver that walk the whole of a phased student's jump, which says
    exactly where it leads; 0: one step of it, from where on the student's own average is
    believed."""
    num_solver_steps: int = 8
    """Points of the solver's grid; each distillation step skips 1000 / num_solver_steps."""
    guidance_min: float = 0.0
    guidance_max: float = 3.0
    """Bounds of the guidance weights w = s - 1 in training."""
    guidance_skew: float = 2.0
    """Exponent: weights are min + (max - min) u^skew with u uniform; above 1 draws small ones more
    often."""
    guidance_scale: float = 1.5
    """Scale of the clips by which ``val`` chooses the best weights, and the finished model's
    default."""
    many_step_scale: float = 0.0
    """Likewise at two steps and more, which show more of the words and vary less; 0: the same."""
    follow_teacher: float = 0.5
    """Share of its teacher's change in this run by which, with ``start_from``, the student's
    weights are moved before it is trained."""
    target_decay: float = 0.95
    """Decay of the target network, a constant-rate average of the student."""
    huber_c: float = 0.5
    adversarial_weight: float = 0.0
    """Pull of the discriminator on each prediction, as a share of the distillation loss's own; 0:
    none."""
    discriminator_lr: float = 1e-3
    known_share: float = 0.0
    """Share of clips of which some tokens are given clean (see ``known_tokens``), so that the
    network learns to continue motion and to fill in between; 0: none, and it takes no such
    tokens."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.num_solver_steps < 1:
            raise ValueError(f"num_solver_steps must be 1 or more, got {self.num_solver_steps}")
        if any(count < 1 or self.num_solver_steps % count for count in self.phases):
            raise ValueError(
                f"phases must divide num_solver_steps {self.num_solver_steps}, "
                f"got {shown(list(self.phases))}"
            )

        if self.walk_steps < 0:
            raise ValueError(f"walk_steps must be 0 or more, got {self.walk_steps}")
        if self.walk_steps and not self.phases:
            raise ValueError("walk_steps needs a phased student: name phases, or leave it out")

        check_known_share(self.known_share)
        if not 0 <= self.follow_teacher <= 1:
            raise ValueError(f"follow_teacher must be between 0 and 1, got {self.follow_teacher}")

    def scale_at(self, num_steps: int) -> float:
        """The default guidance scale at a step count."""
        return (num_steps > 1 and self.many_step_scale) or self.guidance_scale


def student_inputs(config: StudentConfig) -> dict[str, Any]:
    """What the student's constructor gets beyond the teacher's arguments."""
    return {"guidance_width": 256, "end_width": 256 if config.phases else 0, **config.model}


class StudentStage(Stage):
    """Distillation of the teacher into a student that starts as its copy, its new inputs at zero.

    Teacher and target stay in eval mode. Where captions have other wordings, the student hears one
    of them half of the time, the teacher the caption itself.

    Args:
        config: what to train.
        teacher: frozen here.
        train, val, texts: latents and text vectors.
        embed: gives the vectors whose Frechet distance chooses the best weights; None: a latent's
            mean and deviation.
        schedule: of the noise; None: ``NoiseSchedule.scaled_linear``.
        device: where the networks lie.
    """

    name = "student"
    config_type = StudentConfig
    network = LatentDenoiser
    needs = ("vae", "teacher")
    config: StudentConfig

    def __init__(
        self,
        config: StudentConfig,
        teacher: LatentDenoiser,
        train: LatentDataset,
        val: LatentDataset,
        texts: TextCache,
        *,
        embed: Embed | None = None,
        schedule: NoiseSchedule | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        self.config = config
        self.train = train
        self.val = val
        self.texts = texts
        self.device = device
        self.embed = embed or mean_and_deviation
        self.schedule = (schedule or NoiseSchedule.scaled_linear()).to(device)
        self.grid = SolverGrid(config.num_solver_steps, self.schedule.num_timesteps)
        self.steps = student_steps(config.phases, self.schedule.num_timesteps)

        student = _student_of(teacher, config)
        self.trained: LatentDenoiser = student.to(device)
        self.teacher: LatentDenoiser = freeze(teacher.to(device))
        self.target: LatentDenoiser = freeze(copy.deepcopy(student).to(device))
        self.sampler = StudentSampler(
            self.schedule, self.steps, student.prediction_type, is_phased=bool(config.phases)
        )
        empty_text, empty_mask = texts.lookup([""])
        self.distillation = Distillation(
            self.trained,
            self.teacher,
            self.target,
            self.schedule,
            self.grid,
            self.sampler,
            empty_text.to(device),
            empty_mask.to(device),
            walk_steps=config.walk_steps,
        )

        self.discriminator = None
        if config.adversarial_weight > 0:
            self.discriminator = Discriminator(
                self.teacher, lr=config.discriminator_lr, schedule=self.schedule, device=device
            )

    @classmethod
    def build(cls, context: RunContext) -> StudentStage:
        """Make a student of the finished teacher; an evaluator chooses its best weights."""
        train, val = context.latents
        embed = None
        if "evaluator" in context.networks:
            embed = decoded_embedding(context.networks["vae"], context.networks["evaluator"], train)

        return cls(
            context.config.student,
            context.networks["teacher"],
            train,
            val,
            context.texts,
            embed=embed,
            schedule=context.schedule,
            device=context.device,
        )

    @classmethod
    def blueprint(cls, config: RunConfig) -> LatentDenoiser:
        """Make an untrained student from the config alone."""
        return LatentDenoiser(**{**denoiser_sizes(config), **student_inputs(config.student)})

    def losses(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """Distil random jumps; with a discriminator, its pull and the distillation loss beside."""
        whole = self.train.random_batch(
            rng,
            batch_size=self.config.batch_size,
            texts=self.texts,
            generator=self.processes.generator,
        ).to(self.device)
        generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
        whole = with_known(whole, rng, self.config.known_share)
        weight = self._guidance_weights(generator)
        heard = reworded(whole, rng, self.texts).chosen(self.processes.rows)
        batch = whole.chosen(self.processes.rows)

        jumps = self._jumps(heard, weight, generator)
        is_phased = bool(self.config.phases)
        distil = self.distillation.phased if is_phased else self.distillation.consistent
        predicted, target = distil(batch, heard, jumps)

        loss = pseudo_huber(predicted, target, c=self.config.huber_c, mask=batch.asked)
        loss = self.processes.part(loss, batch.asked)
        if self.discriminator is None or not self._total_clean():
            return {"loss": loss}

        clean = slice(jumps.num_clean)
        pull, critic = self.discriminator.pull(
            predicted[clean],
            batch.chosen(clean),
            generator,
            total=self._total_clean(),
            processes=self.processes,
        )
        total = with_pull(
            loss, pull, predicted, self.config.adversarial_weight, processes=self.processes
        )
        return {
            "loss": total,
            "distillation": loss.detach(),
            "pull": pull.detach(),
            "critic": critic,
        }

    def _guidance_weights(self, generator: torch.Generator) -> Tensor:
        """Random guidance weights ``[B]`` of this process's rows."""
        config = self.config
        span = config.guidance_max - config.guidance_min
        drawn = torch.rand(config.batch_size, generator=generator) ** config.guidance_skew
        return (config.guidance_min + span * drawn[self.processes.rows]).to(self.device)

    def _total_clean(self) -> int:
        """How many jumps of a whole batch, its first ones, lead to clean latents."""
        phases = self.config.phases
        if not phases or (self.config.walk_steps and max(phases) == 1):
            return self.config.batch_size
        return round(self.config.own_share * self.config.batch_size)

    def _jumps(self, batch: LatentBatch, weight: Tensor, generator: torch.Generator) -> Jumps:
        """Draw a batch's training steps.

        A phased student's first ones are its own last jumps (``own_share``). The others are its own
        earlier ones where they are walked whole, else they start from recorded motion.
        """
        size, phases = self.config.batch_size, self.config.phases
        rows = self.processes.rows
        start, end = (timesteps[rows] for timesteps in self.grid.sample(size, generator))
        noise = self.processes.normal(size, batch.latents)
        own = len(range(self._total_clean())[rows])
        if not phases:
            start, end = start.to(self.device), end.to(self.device)
            z_t = self.schedule.add_noise(batch.latents, noise, start)
            return Jumps(z_t, start, end, weight, own)

        drawn = drawn_jumps(
            phases,
            size,
            self._total_clean(),
            walks=self.config.walk_steps > 0,
            generator=generator,
        )
        count, number = (each[rows] for each in drawn)
        end = phase_ends(start, count, self.grid.num_timesteps)
        simulated = [
            (self.steps[steps], place, chosen)
            for steps in sorted(set(phases))
            for place in range(steps)
            if len(chosen := torch.nonzero((count == steps) & (number == place)).flatten())
        ]
        for times, place, chosen in simulated:
            start[chosen], end[chosen] = times[place], [*times, -1][place + 1]

        start, end = start.to(self.device), end.to(self.device)
        z_t = self.schedule.add_noise(batch.latents, noise, start)
        for times, place, chosen in simulated:
            z_t[chosen] = self.distillation.landing(
                batch.chosen(chosen), noise[chosen], weight[chosen], times[:place], times[place]
            )

        return Jumps(z_t, start, end, weight, own)

    @torch.no_grad()
    def after_step(self) -> None:
        """Move the target network towards the student."""
        update_ema(self.target, self.trained, self.config.target_decay)

    @torch.no_grad()
    def validate(self, model: Any) -> dict[str, float]:
        """Frechet distance to val's recorded clips at each step count (their mean is the score)."""
        figures = {f"frechet_{count}": self.frechet(count) for count in self.steps}
        return {"score": float(np.mean(list(figures.values()))), **figures}

    @torch.no_grad()
    def frechet(self, num_steps: int) -> float:
        """Frechet distance between val's clips and the student's for their captions."""
        weight = self.config.scale_at(num_steps) - 1
        return frechet_of_clips(
            lambda batch, index: self._generate(batch, num_steps, weight, index + _VAL_SEED),
            self.val,
            self.texts,
            self.embed,
        )

    def _generate(
        self, batch: LatentBatch, num_steps: int, weight: float, seeds: np.ndarray
    ) -> Tensor:
        """Latents ``[B L C]`` by the student for a batch's captions and lengths, seeds ``[B]``."""
        size, length, channels = batch.latents.shape
        draw = SeededNoise(seeds.tolist(), longest=length, channels=channels, length=length)

        def noise() -> Tensor:
            return torch.from_numpy(draw()).to(self.device)

        condition = batch.condition(torch.full((size,), weight, device=self.device))
        return self.sampler.sample(self.trained.denoise, condition, noise, num_steps=num_steps)

    def state(self) -> dict[str, Any]:
        """The target network, and the discriminator with its optimiser."""
        state = {"target": self.target.state_dict()}
        if self.discriminator is not None:
            state["discriminator"] = self.discriminator.state()
        return state

    def load_state(self, state: dict[str, Any]) -> None:
        """Take back what ``state`` returned."""
        self.target.load_state_dict(state["target"])
        if self.discriminator is not None and "discriminator" in state:
            self.discriminator.load_state(state["discriminator"])

    def first_weights(self, model: Path) -> dict[str, Tensor] | None:
        """Return a model's student, moved by ``follow_teacher`` of its teacher's change."""
        weights, share = self.weights_in(model), self.config.follow_teacher
        before = teacher_weights(model) if share else None
        if weights is None or before is None:
            return weights

        moved = with_more_channels(weights, self.trained)
        now = self.teacher.state_dict()
        for name, value in with_more_channels(before, self.teacher).items():
            moved[name] = moved[name] + share * (now[name].to(value) - value)

        return moved

    def after_warm_start(self) -> None:
        """Set the target network to the student."""
        self.target.load_state_dict(self.trained.state_dict())


def _student_of(teacher: LatentDenoiser, config: StudentConfig) -> LatentDenoiser:
    """A copy of the teacher with the student's inputs, at zero; ValueError for another shape."""
    if config.known_share and not teacher.known_tokens:
        raise ValueError(
            "student.known_share needs a teacher that takes known tokens: train it with "
            "teacher.known_share, too"
        )
    student = LatentDenoiser(**{**teacher.config, **student_inputs(config)})
    missing, unexpected = student.load_state_dict(teacher.state_dict(), strict=False)
    differing = [name for name in missing if not name.startswith(("guidance_linear", "end_linear"))]

    if unexpected or differing:
        names = unexpected + differing
        raise ValueError(f"the student must have the teacher's shape; differing: {names}")
    return student
