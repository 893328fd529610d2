"""A whole run: evaluator, VAE, latents, teacher, student, the finished model. Finished stages are skipped."""

from __future__ import annotations

import dataclasses
import json
import logging
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from safetensors.torch import load_file
from torch import Tensor, nn

from motionlcm.data.cache import TextCache
from motionlcm.data.dataset import MotionDataset
from motionlcm.data.latents import LatentDataset
from motionlcm.data.store import FeatureStore
from motionlcm.models.attention import TransformerLayer
from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.models.embedder import TextMotionEmbedder
from motionlcm.models.saving import freeze
from motionlcm.models.text import FrozenTextEncoder
from motionlcm.models.vae import MotionVAE
from motionlcm.training.config import STAGES, RunConfig, StageConfig
from motionlcm.training.decoder_stage import DecoderStage
from motionlcm.training.evaluator_stage import EvaluatorStage
from motionlcm.training.export import export_model
from motionlcm.training.profiling import profile_steps
from motionlcm.training.student_stage import Embed, StudentStage, student_inputs
from motionlcm.training.teacher_stage import TeacherStage
from motionlcm.training.trainer import Stage, Trainer
from motionlcm.training.vae_stage import VAEStage
from motionlcm.training.warm_start import start_from_model, with_kept_shapes

logger = logging.getLogger(__name__)


class Run:
    """One output folder: one for each stage with checkpoints and metrics, ``cache/`` and the finished ``model/``."""

    def __init__(self, config: RunConfig) -> None:
        if not config.data or not config.output:
            raise ValueError("a run needs data=STORE (made by motionlcm-prepare) and output=FOLDER")
        self.config, self.folder = with_kept_shapes(config), Path(config.output)
        self.store = FeatureStore.open(config.data)
        self.accelerator = Accelerator(mixed_precision=config.mixed_precision)
        self.device = self.accelerator.device
        self.start_from = Path(config.start_from) if config.start_from else None
        self.latent_statistics: tuple[Tensor, Tensor] | None = None
        if self.start_from is not None:
            self._take_statistics(self.start_from)
        self.train = MotionDataset(self.store, "train", device=self.device, boost=config.boost)
        self.val = MotionDataset(self.store, "val", device=self.device)
        torch.set_flush_denormal(True)

    def execute(self) -> Path:
        """Run all stages; returns the folder of the finished model, or of the last stage when not all are asked for."""
        self.folder.mkdir(parents=True, exist_ok=True)
        resolved = json.dumps(dataclasses.asdict(self.config), indent=1)
        (self.folder / "config.json").write_text(resolved + "\n")
        texts, evaluator = self._texts(), None
        last = max((STAGES.index(stage) for stage in self.config.stages), default=0)
        if "evaluator" in (*self.config.stages, *self.config.keep):
            torch.manual_seed(self.config.seed)  # of the first weights
            evaluator = self._stage(
                EvaluatorStage(
                    self.config.evaluator, self.train, self.val, texts, device=self.device
                )
            )
        if last < STAGES.index("vae"):
            return self.folder / "evaluator"
        torch.manual_seed(self.config.seed)
        vae = self._vae()
        if "decoder" in self.config.stages:
            vae = self._with_new_decoder(vae)
        if last < STAGES.index("teacher"):
            return self.folder / "vae"
        train, val = self._latents(vae)
        teacher = self._stage(
            TeacherStage(self.config.teacher, train, val, texts, device=self.device)
        )
        if last < STAGES.index("student"):
            return self.folder / "teacher"
        embed = None if evaluator is None else _decoded_embedding(vae, freeze(evaluator), train)
        stage = StudentStage(
            self.config.student, teacher, train, val, texts, embed=embed, device=self.device
        )
        student = self._stage(stage)
        folder = self.folder / "model"
        models = {"vae": vae, "teacher": teacher, "student": student, "evaluator": evaluator}
        export_model(folder, self.config, models, train, texts)
        return folder

    def _take_statistics(self, folder: Path) -> None:
        path = folder / "statistics.safetensors"
        if not path.is_file():
            raise FileNotFoundError(
                f"start_from must be a finished model's folder with {path.name}, got {folder}"
            )
        statistics = load_file(path)
        self.store.mean, self.store.std = (
            statistics[f"feature_{name}"].numpy() for name in ("mean", "std")
        )
        if "vae" in self.config.keep or self.config.vae.anchor_weight:
            # the same latents, which teacher and student know in this scale
            self.latent_statistics = statistics["latent_mean"], statistics["latent_std"]

    def profile(self, name: str, num_steps: int) -> str:
        """Where the steps of one stage go; earlier stages must be finished. Trains nothing that is kept."""
        config = dataclasses.replace(self.config, stages=STAGES)
        for earlier in STAGES[: STAGES.index(name)]:
            is_there = earlier in self.config.keep or (self.folder / earlier / "best.pt").is_file()
            if earlier not in ("evaluator", "decoder") and not is_there:
                raise ValueError(
                    f"to profile {name}, train {earlier} first: {self.folder / earlier} holds no weights"
                )
        stage = self._unfinished_stage(name)
        if config.compile:
            _compile_layers(stage)
        with tempfile.TemporaryDirectory() as folder:
            trainer = Trainer(
                stage, getattr(config, name), Path(folder), seed=0, accelerator=self.accelerator
            )
            return profile_steps(trainer, num_steps)

    def _unfinished_stage(self, name: str) -> Stage:
        if name == "evaluator":
            return EvaluatorStage(
                self.config.evaluator, self.train, self.val, self._texts(), device=self.device
            )
        stage: Stage = VAEStage(self.config.vae, self.train, self.val, device=self.device)
        if name == "vae":
            return stage
        vae = freeze(self._with_weights(stage))
        stage = DecoderStage(self.config.decoder, vae, self.train, self.val, device=self.device)
        if name == "decoder":
            return stage
        train, val = self._latents(vae)
        texts = self._texts()
        stage = TeacherStage(self.config.teacher, train, val, texts, device=self.device)
        if name == "teacher":
            return stage
        teacher = self._with_weights(stage)
        return StudentStage(self.config.student, teacher, train, val, texts, device=self.device)

    def _with_weights(self, stage: Stage) -> Any:
        if stage.name in self.config.keep:
            return self._stage(stage)
        state = torch.load(
            self.folder / stage.name / "best.pt", map_location="cpu", weights_only=True
        )
        stage.trained.load_state_dict(state)
        return stage.trained.eval()

    def _vae(self) -> MotionVAE:
        stage = VAEStage(self.config.vae, self.train, self.val, device=self.device)
        if (
            self.start_from is not None
            and self.config.vae.anchor_weight
            and "vae" not in self.config.keep
        ):
            stage.anchor = freeze(
                MotionVAE.from_pretrained(self.start_from / "vae").to(self.device)
            )
        vae = freeze(self._stage(stage))
        torch.manual_seed(
            self.config.seed
        )  # the teacher starts alike whether the VAE was trained now or before
        return vae

    def _with_new_decoder(self, vae: MotionVAE) -> MotionVAE:
        torch.manual_seed(self.config.seed)
        stage = DecoderStage(self.config.decoder, vae, self.train, self.val, device=self.device)
        return freeze(self._stage(stage))

    def _stage(self, stage: Stage) -> Any:
        config: StageConfig = getattr(self.config, stage.name)
        is_kept = stage.name in self.config.keep
        follow = 0.0 if is_kept else self.config.student.follow_teacher
        started = self.start_from is not None and start_from_model(
            stage, self.start_from, follow_teacher=follow
        )
        if is_kept:
            if not started:
                raise ValueError(
                    f"keep: {self.start_from} holds no {stage.name} to keep; take it out of keep="
                )
            return stage.trained.eval()
        if self.config.compile:
            _compile_layers(stage)
        trainer = Trainer(
            stage,
            config,
            self.folder / stage.name,
            seed=self.config.seed,
            accelerator=self.accelerator,
            checkpoint_minutes=self.config.checkpoint_minutes,
            log_every=self.config.log_every,
            tensorboard=self.config.tensorboard,
        )
        if trainer.is_finished:
            logger.info("%s: finished before", stage.name)
            return trainer.best()
        return trainer.run()

    def _latents(self, vae: MotionVAE) -> tuple[LatentDataset, LatentDataset]:
        cache = self.folder / "cache"
        train = LatentDataset(self.train, vae, folder=cache, statistics=self.latent_statistics)
        return train, LatentDataset(self.val, vae, folder=cache, statistics=train.statistics)

    def _texts(self) -> TextCache:
        encoder = FrozenTextEncoder(self.config.text_encoder, device=self.device)
        captions = [*self.train.all_captions(), *self.val.all_captions(), ""]
        cache = self.folder / "cache"
        texts = TextCache.build(
            captions,
            folder=cache,
            name=encoder.name,
            encode=encoder.encode,
            num_paraphrases=self.config.paraphrases,
        )
        return texts.to(self.device)


def _decoded_embedding(
    vae: MotionVAE, evaluator: TextMotionEmbedder, train: LatentDataset
) -> Embed:
    """The evaluator's vector of the motion that normalised latents decode to."""
    mean, std = train.statistics

    def embed(latents: Tensor, mask: Tensor) -> np.ndarray:
        frames = mask.repeat_interleave(vae.frames_per_token, dim=1)
        features = vae.decode(latents * std.to(latents) + mean.to(latents), frames)
        return evaluator.embed_motion(features, frames).cpu().numpy()

    return embed


def _compile_layers(stage: Stage) -> None:
    """One graph for all layers of all networks of a stage, whatever the batch's length."""
    for network in vars(stage).values():
        for module in network.modules() if isinstance(network, nn.Module) else ():
            if isinstance(module, TransformerLayer):
                module.compile(dynamic=True)


def describe(config: RunConfig) -> str:
    """The resolved config and each network's number of parameters, for ``--dry-run``."""
    config = with_kept_shapes(config)
    vae = MotionVAE(**config.vae.model)
    sizes = {"latent_channels": vae.latent_channels}
    if config.text_encoder == "minilm":
        sizes["text_width"] = 384
    models = {
        "evaluator": TextMotionEmbedder(**config.evaluator.model),
        "vae": vae,
        "teacher": LatentDenoiser(**{**sizes, **config.teacher.model}),
        "student": LatentDenoiser(
            **{**sizes, **config.teacher.model, **student_inputs(config.student)}
        ),
    }
    lines = [json.dumps(dataclasses.asdict(config), indent=1)]
    for name, model in models.items():
        count = int(np.sum([parameter.numel() for parameter in model.parameters()]))
        lines.append(f"{name}: {count:,} parameters")
    return "\n".join(lines)
