"""Training from a finished model: its weights, its statistics, its latents."""

import json
import shutil

import pytest
import torch

from motionlcm.cli.train import main
from motionlcm.diffusion.schedule import NoiseSchedule
from motionlcm.integrity import MANIFEST
from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.models.vae import MotionVAE
from motionlcm.training.config_file import load_config
from motionlcm.training.run import Run, resolved
from motionlcm.training.student_stage import StudentConfig, StudentStage
from motionlcm.training.teacher_stage import TeacherStage
from motionlcm.training.vae_stage import VAEStage
from motionlcm.training.warm_start import start_from_model, teacher_state


def bare(kind, trained, **attributes):
    """A stage that has no data: only the networks and knobs that a warm start looks at."""
    stage = kind.__new__(kind)
    vars(stage).update(trained=trained, **attributes)
    return stage


def test_fine_tuning_starts_from_a_models_weights_and_statistics(
    tiny_model, store, tiny_config, tmp_path
):
    output = tmp_path / "run"
    arguments = [
        str(tiny_config),
        f"data={store}",
        f"output={output}",
        "stages=[vae]",
        "vae.steps=1",
        "vae.lr=1e-9",
    ]
    assert main([*arguments, f"start_from={tiny_model}", "vae.validate_every=1"]) == 0
    tuned = torch.load(output / "vae" / "best.pt", weights_only=True)
    for name, value in MotionVAE.from_pretrained(tiny_model / "vae").state_dict().items():
        assert torch.allclose(tuned[name], value, atol=1e-6)


@pytest.mark.slow
def test_kept_stages_are_taken_as_they_are(tiny_model, store, tiny_config, tmp_path, capsys):
    arguments = [
        str(tiny_config),
        f"data={store}",
        f"output={tmp_path / 'run'}",
        "stages=[evaluator,vae,teacher]",
    ]
    assert main([*arguments, "keep=[vae]"]) == 2
    assert "needs start_from" in capsys.readouterr().err
    assert main([*arguments, f"start_from={tiny_model}", "keep=[evaluator,vae]"]) == 0
    assert (tmp_path / "run" / "teacher" / "best.pt").is_file()
    assert not (tmp_path / "run" / "vae").exists() and not (tmp_path / "run" / "evaluator").exists()
    assert main([*arguments, f"start_from={tiny_model}", "keep=[vae]", "--profile", "teacher"]) == 0
    run = Run(load_config(tiny_config, [*arguments[1:], f"start_from={tiny_model}", "keep=[vae]"]))
    mean, std = run.context.latent_statistics
    run.context.latent_statistics = mean + 1, std  # not those of these latents
    run.finish(VAEStage)
    assert torch.equal(run.context.latents[1].statistics[0], mean + 1)


@pytest.mark.slow
def test_kept_networks_have_their_own_shapes_and_need_no_stage(
    tiny_model, store, tiny_config, tmp_path, capsys
):
    output = tmp_path / "run"
    arguments = [
        str(tiny_config),
        f"data={store}",
        f"output={output}",
        "stages=[student]",
        f"start_from={tiny_model}",
    ]
    other = [
        "vae.model={width: 48}",
        "teacher.model={num_layers: 5}",
        "evaluator.model={width: 48}",
    ]
    arguments += [*other, "keep=[evaluator,vae,teacher]", "student.steps=2"]
    assert main([*arguments, "--dry-run"]) == 0
    assert '"width": 48' not in capsys.readouterr().out and not output.exists()
    assert main(arguments) == 0
    for name in ("vae", "teacher"):
        assert json.loads((output / "model" / name / "config.json").read_text()) == json.loads(
            (tiny_model / name / "config.json").read_text()
        )


def test_a_damaged_config_of_a_kept_network_is_named(
    tiny_model, store, tiny_config, tmp_path, capsys
):
    (tmp_path / "model" / "vae").mkdir(parents=True)
    damaged = tmp_path / "model" / "vae" / "config.json"
    damaged.write_text("{")
    arguments = [str(tiny_config), f"data={store}", f"output={tmp_path / 'run'}", "keep=[vae]"]
    assert main([*arguments, f"start_from={tmp_path / 'model'}"]) == 2
    error = capsys.readouterr().err
    assert (
        f"{damaged} is damaged" in error
        and error.count("\n") == 1
        and not (tmp_path / "run").exists()
    )


@torch.no_grad()
def test_a_teacher_made_of_a_student_denoises_like_it_without_guidance():
    torch.manual_seed(0)
    sizes = {"width": 32, "num_layers": 3, "feedforward": 64}
    student = LatentDenoiser(**sizes, guidance_width=16, end_width=256).eval()
    for linear in (student.guidance_linear, student.end_linear):
        torch.nn.init.normal_(linear.weight, std=0.1)
    teacher = LatentDenoiser(**sizes).eval()
    teacher.load_state_dict(teacher_state(student))
    z, times, text = torch.randn(3, 6, 32), torch.tensor([10, 500, 999]), torch.randn(3, 4, 384)
    alike = student(z, times, text, guidance_weight=torch.zeros(3), end_timesteps=times - 1)
    assert torch.allclose(teacher(z, times, text), alike, atol=1e-5)
    assert not torch.allclose(alike, student(z, times, text), atol=1e-2)


def test_fine_tuning_from_another_shape_or_nothing_is_one_clear_line(
    tiny_model, store, tiny_config, tmp_path, capsys
):
    arguments = [str(tiny_config), f"data={store}", f"output={tmp_path / 'run'}", "stages=[vae]"]
    assert main([*arguments, "start_from=/nowhere"]) == 2
    assert "finished model" in capsys.readouterr().err
    assert main([*arguments, f"start_from={tiny_model}", "vae.model.width=48"]) in (1, 2)
    assert "another shape" in capsys.readouterr().err
    network = MotionVAE(latent_channels=8, width=32, num_layers=3, feedforward=64)
    fixed = MotionVAE(
        latent_channels=32,
        width=32,
        num_layers=3,
        feedforward=64,
        num_latents=2,
        project_latents=False,
    )
    fixed.save_pretrained(tmp_path / "vae")
    with pytest.raises(ValueError, match="another shape"):
        start_from_model(bare(VAEStage, network), tmp_path)


@torch.no_grad()
def test_more_latent_channels_mean_nothing_at_first(tmp_path):
    torch.manual_seed(0)
    sizes = {"width": 32, "num_layers": 3, "feedforward": 64}
    few, many = (
        MotionVAE(**sizes, latent_channels=8).eval(),
        MotionVAE(**sizes, latent_channels=12).eval(),
    )
    few.save_pretrained(tmp_path / "vae")
    assert start_from_model(bare(VAEStage, many), tmp_path)
    features, mask = torch.randn(2, 40, 263), torch.ones(2, 40, dtype=torch.bool)
    code, old = many.encode(features, mask), few.encode(features, mask)
    assert (
        torch.allclose(code.mean[..., :8], old.mean, atol=1e-6)
        and code.mean[..., 8:].abs().max() > 0
    )
    assert torch.allclose(code.log_variance[..., :8], old.log_variance, atol=1e-6)
    assert torch.allclose(many.decode(code.mean, mask), few.decode(old.mean, mask), atol=1e-6)
    teacher, wider = (
        LatentDenoiser(**sizes, latent_channels=8),
        LatentDenoiser(**sizes, latent_channels=12),
    )
    teacher.save_pretrained(tmp_path / "teacher")
    assert start_from_model(bare(TeacherStage, wider), tmp_path)
    z, text, times = torch.randn(2, 5, 12), torch.randn(2, 4, 384), torch.tensor([10, 900])
    made = wider(z, times, text)
    assert (
        torch.allclose(made[..., :8], teacher(z[..., :8], times, text), atol=1e-6)
        and not made[..., 8:].any()
    )


@torch.no_grad()
def test_a_student_is_moved_with_its_teacher(tmp_path):
    torch.manual_seed(0)
    sizes = {"width": 32, "num_layers": 3, "feedforward": 64}
    inputs = {"guidance_width": 16, "end_width": 256}
    teacher, student = LatentDenoiser(**sizes), LatentDenoiser(**sizes, **inputs)
    teacher.save_pretrained(tmp_path / "teacher")
    student.save_pretrained(tmp_path / "student")
    before = {name: value.clone() for name, value in teacher.state_dict().items()}
    for value in teacher.parameters():
        value += torch.randn_like(value)
    for share in (0.0, 0.25):
        stage = bare(
            StudentStage,
            LatentDenoiser(**sizes, **inputs),
            teacher=teacher,
            target=LatentDenoiser(**sizes, **inputs),
            config=StudentConfig(follow_teacher=share),
        )
        assert start_from_model(stage, tmp_path)
        for name, value in student.state_dict().items():
            change = teacher.state_dict()[name] - before[name] if name in before else 0
            assert torch.allclose(
                stage.trained.state_dict()[name], value + share * change, atol=1e-6
            )
            assert torch.equal(stage.target.state_dict()[name], stage.trained.state_dict()[name])


def test_an_anchored_vae_keeps_its_latents(tiny_model, store, tiny_config, tmp_path, capsys):
    arguments = [
        str(tiny_config),
        f"data={store}",
        "stages=[vae]",
        "vae.steps=40",
        "vae.lr=3e-3",
        "log_every=1",
    ]
    assert main([*arguments, f"output={tmp_path / 'none'}", "vae.anchor_weight=1"]) in (1, 2)
    assert "start_from=" in capsys.readouterr().err
    drift = {}
    for weight in (1e-9, 10):
        folder = tmp_path / f"run{weight}"
        more = [f"output={folder}", f"start_from={tiny_model}", f"vae.anchor_weight={weight}"]
        assert main([*arguments, *more]) == 0
        rows = [
            json.loads(line) for line in (folder / "vae" / "metrics.jsonl").read_text().splitlines()
        ]
        drift[weight] = [row["drift"] for row in rows if "drift" in row][-1]
    assert drift[10] < 0.5 * drift[1e-9]
    run = Run(load_config(tiny_config, [*arguments[1:], *more]))
    known, std = run.context.latent_statistics
    run.context.latent_statistics = known[:2] + 1, std[:2]  # as of a model with fewer channels
    run.finish(VAEStage)
    mean = run.context.latents[1].statistics[0]
    assert torch.equal(mean[:2], known[:2] + 1) and len(mean) == len(known)


def test_the_noise_schedule_is_that_of_the_model_started_from_unless_named(
    tiny_model, store, tiny_config, tmp_path
):
    model = tmp_path / "model"
    shutil.copytree(tiny_model, model)
    (model / MANIFEST).unlink()  # the change is meant
    card = json.loads((model / "pipeline.json").read_text())
    assert card["schedule"] == {"kind": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}
    stated = {"kind": "linear", "beta_start": 0.0001, "beta_end": 0.02}
    (model / "pipeline.json").write_text(json.dumps({**card, "schedule": stated}))
    arguments = [f"data={store}", f"output={tmp_path / 'run'}", f"start_from={model}"]
    assert resolved(load_config(tiny_config, arguments)).schedule == stated
    named = resolved(load_config(tiny_config, [*arguments, "schedule.beta_end=0.03"]))
    assert named.schedule == {**stated, "beta_end": 0.03}
    schedule = NoiseSchedule.from_config(named.schedule)
    assert (Run(named).context.schedule.alphas_cumprod.numpy() == schedule.alphas_cumprod).all()
    assert not (schedule.alphas_cumprod == NoiseSchedule.scaled_linear().alphas_cumprod).all()


@pytest.mark.slow
def test_a_run_trains_with_its_noise_schedule_and_exports_it(store, tiny_config, tmp_path):
    stages = "stages=[vae,teacher,student]"
    rows = {}
    for kind in ("scaled_linear", "linear"):
        output = tmp_path / kind
        arguments = [str(tiny_config), f"data={store}", f"output={output}", stages]
        assert main([*arguments, f"schedule.kind={kind}"]) == 0
        card = json.loads((output / "model" / "pipeline.json").read_text())
        assert card["schedule"] == {"kind": kind, "beta_start": 0.00085, "beta_end": 0.012}
        rows[kind] = {
            name: json.loads((output / name / "metrics.jsonl").read_text().splitlines()[0])["loss"]
            for name in ("vae", "teacher", "student")
        }
    assert rows["linear"]["vae"] == rows["scaled_linear"]["vae"]
    assert rows["linear"]["teacher"] != rows["scaled_linear"]["teacher"]
    assert rows["linear"]["student"] != rows["scaled_linear"]["student"]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_stage_on_a_gpu_starts_from_a_models_files(tiny_model):
    vae = MotionVAE.from_pretrained(tiny_model / "vae")
    stage = bare(VAEStage, MotionVAE(**vae.config).to("cuda"))
    assert start_from_model(stage, tiny_model)
    for name, value in vae.state_dict().items():
        assert torch.equal(stage.trained.state_dict()[name].cpu(), value)
