"""A stage of one's own is one class: registered, it has keys, training, profile and dry run."""

import json
from dataclasses import dataclass

import pytest
import torch
import yaml
from torch.nn import functional

from motionlcm.cli.train import main
from motionlcm.models.saving import SavedModule
from motionlcm.training.config import StageConfig
from motionlcm.training.config_file import load_config, parse_config
from motionlcm.training.run import Run
from motionlcm.training.stage import Stage
from motionlcm.training.stages import planned, register, stage_names, unregister


class SpeedGuess(SavedModule):
    """Metres per second of a clip from the mean of its latents."""

    def __init__(self, *, latent_channels: int = 32, width: int = 8) -> None:
        super().__init__()
        self.hidden = torch.nn.Linear(latent_channels, width)
        self.out = torch.nn.Linear(width, 1)

    def forward(self, latents):
        return self.out(self.hidden(latents).tanh())[..., 0]


@dataclass(frozen=True)
class SpeedConfig(StageConfig):
    """Knobs of the guess of a speed."""

    scale: float = 1.0


class SpeedStage(Stage):
    """How far a clip's latents lie from zero, as a toy target."""

    name = "speed"
    config_type = SpeedConfig
    needs = ("vae",)

    def __init__(self, config, train, val, device):
        self.config = config
        self.train = train
        self.val = val
        self.trained = SpeedGuess(latent_channels=train.mean.shape[-1], **config.model).to(device)

    @classmethod
    def build(cls, context):
        return cls(context.config.speed, *context.latents, context.device)

    @classmethod
    def blueprint(cls, config):
        return SpeedGuess(**config.speed.model)

    def losses(self, rng):
        rows = rng.integers(len(self.train.captions), size=self.config.batch_size)
        return {"loss": self._loss(self.trained, self.train.mean[rows, 0])}

    def validate(self, model):
        with torch.no_grad():
            return {"score": float(self._loss(model, self.val.mean[:, 0]))}

    def _loss(self, model, latents):
        latents = latents.mean(1)
        return functional.mse_loss(model(latents), self.config.scale * latents.norm(dim=-1))


@pytest.fixture
def speed():
    register(SpeedStage, after="decoder")
    yield
    unregister("speed")


@pytest.fixture
def config(tiny_config):
    """The tiny config with a group of keys for the new stage."""
    values = yaml.safe_load(tiny_config.read_text())
    values["speed"] = {"model": {"width": 4}, "steps": 60, "lr": 0.02, "warmup": 1, "scale": 2}
    tiny_config.write_text(yaml.safe_dump(values))
    return tiny_config


def losses(run):
    rows = [json.loads(line) for line in (run / "speed" / "metrics.jsonl").read_text().splitlines()]
    return [row["loss"] for row in rows if "loss" in row]


def test_a_new_stage_is_trained_from_its_group_of_keys(speed, config, store, tmp_path):
    assert stage_names() == ("evaluator", "vae", "decoder", "speed", "teacher", "student")
    overrides = [f"data={store}", f"output={tmp_path / 'run'}", "stages=[vae,speed]"]
    assert Run(load_config(config, overrides)).execute() == tmp_path / "run" / "speed"
    assert json.loads((tmp_path / "run" / "config.json").read_text())["speed"]["scale"] == 2.0
    values = losses(tmp_path / "run")
    assert values[-1] < 0.5 * values[0]


def test_the_finished_model_holds_the_new_network_and_can_be_started_from(
    speed, config, store, tmp_path
):
    arguments = [str(config), f"data={store}", "stages=[vae,speed,teacher,student]"]
    assert main([*arguments, f"output={tmp_path / 'run'}"]) == 0
    model = tmp_path / "run" / "model"
    assert SpeedGuess.from_pretrained(model / "speed").config["width"] == 4

    more = [str(config), f"data={store}", f"start_from={model}", "keep=[vae]", "stages=[speed]"]
    assert main([*more, f"output={tmp_path / 'more'}"]) == 0
    assert losses(tmp_path / "more")[0] < 0.5 * losses(tmp_path / "run")[0]
    kept = parse_config({"start_from": str(model), "keep": ["vae", "speed"], "stages": ["teacher"]})
    assert [stage.name for stage in planned(kept)] == ["vae", "speed", "teacher"]


def test_the_dry_run_and_the_profile_know_the_new_stage(speed, config, store, tmp_path, capsys):
    arguments = [str(config), f"data={store}", f"output={tmp_path / 'run'}"]
    assert main([*arguments, "--dry-run"]) == 0
    assert "speed: 137 parameters" in capsys.readouterr().out
    assert main([*arguments, "--profile", "speed"]) == 2
    assert "to profile speed, train vae first" in capsys.readouterr().err
    assert main([*arguments, "stages=[vae]"]) == 0
    assert main([*arguments, "--profile", "speed"]) == 0
    assert "speed: " in capsys.readouterr().out


def test_keys_of_a_new_stage_are_checked_as_all_are(speed, config, capsys):
    for override, words in {
        "speed.scal=1": "did you mean speed.scale?",
        "speed.scale=fast": "speed.scale must be a number",
        "stages=[speed]": "speed needs vae; name vae there",
    }.items():
        assert main([str(config), override, "--dry-run"]) == 2
        assert words in capsys.readouterr().err


def test_a_stage_needs_a_free_name_and_what_it_is_built_from_before_it(speed):
    with pytest.raises(ValueError, match="taken"):
        register(SpeedStage)
    early = type("Early", (SpeedStage,), {"name": "early"})
    with pytest.raises(ValueError, match="early needs vae, which must come before it"):
        register(early, after="evaluator")
    with pytest.raises(ValueError, match="evaluator, vae, decoder, speed, teacher, student"):
        register(early, after="nothing")


def test_a_stage_that_is_not_registered_is_an_unknown_key(config):
    with pytest.raises(ValueError, match="unknown config key speed"):
        load_config(config, [])
