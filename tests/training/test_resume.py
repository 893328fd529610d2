"""A run goes on exactly, and refuses what it cannot mean."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch

from motionlcm.cli.train import main
from motionlcm.training import checkpoints, run
from motionlcm.training.failures import named_failures
from motionlcm.training.metrics_log import drop_rows_after
from motionlcm.training.run_folder import locked
from motionlcm.training.stages import stage_names
from motionlcm.training.trainer import Trainer
from motionlcm.training.vae_stage import VAEStage
from tests.conftest import REPOSITORY


@pytest.fixture
def arguments(tiny_config, store, tmp_path):
    """A run of the evaluator and the VAE."""
    return [
        str(tiny_config),
        f"data={store}",
        f"output={tmp_path / 'run'}",
        "stages=[evaluator,vae]",
    ]


def rows(folder, stage):
    lines = (folder / stage / "metrics.jsonl").read_text().splitlines()
    return [
        {key: value for key, value in json.loads(line).items() if key != "steps_per_second"}
        for line in lines
    ]


def stops_at(monkeypatch, number, act):
    """Let ``act`` happen in place of the training's step of this number, counted from here."""
    original, taken = Trainer.step, {"count": 0}

    def step(self):
        taken["count"] += 1
        if taken["count"] == number:
            act()
        return original(self)

    monkeypatch.setattr(Trainer, "step", step)


def die():
    raise KeyboardInterrupt


def test_kills_at_random_moments_resume_to_the_losses_of_the_unbroken_run(
    tiny_config, store, tmp_path, monkeypatch
):
    monkeypatch.setattr(run, "export_model", lambda folder, context: None)
    # every other start writes no checkpoint within a stage, so that steps are taken twice
    config = [str(tiny_config), f"data={store}", "log_every=3", "student.adversarial_weight=0.5"]
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert main([*config, f"output={whole}"]) == 0

    rng, codes = np.random.default_rng(0), []
    while 0 not in codes and len(codes) < 40:
        with monkeypatch.context() as patch:
            stops_at(patch, int(rng.integers(5, 12)), die)
            minutes = "checkpoint_minutes=0" if len(codes) % 2 == 0 else "checkpoint_minutes=9"
            codes.append(main([*config, f"output={broken}", minutes]))
    assert codes[-1] == 0 and len(codes) > 3

    for stage in stage_names():
        assert rows(broken, stage) == rows(whole, stage), stage
        one, two = (checkpoints.read_checkpoint(path / stage) for path in (whole, broken))
        assert all(torch.equal(one["model"][name], two["model"][name]) for name in one["model"])
    heads, others = (state["stage"]["discriminator"]["heads"] for state in (one, two))
    assert all(torch.equal(heads[name], others[name]) for name in heads)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_leaves_a_checkpoint_of_the_last_step(
    arguments, tmp_path, monkeypatch, capsys, number, code
):
    with monkeypatch.context() as patch:
        stops_at(patch, 4, lambda: os.kill(os.getpid(), number))
        assert main(arguments) == code
    assert "behind step 4" in capsys.readouterr().err
    state = checkpoints.read_checkpoint(tmp_path / "run" / "evaluator")
    assert state["progress"]["step"] == 4
    assert main(arguments) == 0
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_one_training_per_folder_and_a_killed_one_lets_go(tmp_path):
    code = (
        "import sys, time; from pathlib import Path\n"
        "from motionlcm.training.run_folder import locked\n"
        "with locked(Path(sys.argv[1])): print('held', flush=True); time.sleep(100)"
    )
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-c", code, str(tmp_path)]
    holder = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(ValueError, match=f"in use by another training .process {holder.pid}"):
        with locked(tmp_path):
            pass
    holder.kill()
    holder.wait()
    with locked(tmp_path):
        pass


def test_a_changed_config_is_refused_and_named(arguments, tmp_path, capsys):
    assert main(arguments) == 0
    capsys.readouterr()
    for override, words in {
        "seed=7": "seed=1234 (now 7)",
        "vae.lr=0.5": "vae.lr=0.0002 (now 0.5)",
        "vae.model.width=48": 'vae.model={"width": 32',
        "paraphrases=2": "paraphrases=0 (now 2)",
    }.items():
        assert main([*arguments, override]) == 2
        error = capsys.readouterr().err
        assert words in error and "another output=FOLDER" in error and error.count("\n") == 1

    # what changes no step that was taken, and stages that have none yet
    free = ["log_every=1", "checkpoint_minutes=1", "vae.validate_every=2", "teacher.lr=0.5"]
    assert main([*arguments, *free, "vae.steps=7"]) == 0
    state = checkpoints.read_checkpoint(tmp_path / "run" / "vae")
    assert state["progress"]["step"] == 7


def test_another_store_is_refused_and_a_moved_one_is_not(
    arguments, store, tmp_path, motion_folder, capsys
):
    assert main(arguments) == 0
    other = tmp_path / "other"
    shutil.copytree(store, other)
    assert main([*arguments, f"data={other}"]) == 0

    features = np.load(other / "features.npy")
    features[:100] += 0.25
    np.save(other / "features.npy", features)
    assert main([*arguments, f"data={other}"]) == 2
    error = capsys.readouterr().err
    assert "another data= than this" in error and '"clips": 20' in error


def damage(path):
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    for place in range(middle, middle + 200):  # some of it may be padding
        content[place] ^= 255
    path.write_bytes(bytes(content))


def test_a_damaged_checkpoint_is_named_and_the_one_before_it_is_used(
    arguments, tmp_path, monkeypatch, caplog, capsys
):
    whole, broken = tmp_path / "whole", tmp_path / "run"
    assert main([*arguments, f"output={whole}"]) == 0
    with monkeypatch.context() as patch:
        stops_at(patch, 10, die)
        assert main([*arguments, "checkpoint_minutes=0"]) == 130
    damage(broken / "vae" / "checkpoint.pt")
    assert main(arguments) == 0
    assert "checkpoint.pt is damaged" in caplog.text
    assert "going on from checkpoint-before.pt" in caplog.text
    assert rows(broken, "vae") == rows(whole, "vae")

    for name in ("checkpoint.pt", "checkpoint-before.pt"):
        damage(broken / "vae" / name)
    assert main(arguments) == 2
    assert f"remove {broken / 'vae'} to train this stage anew" in capsys.readouterr().err


@pytest.mark.parametrize("size", [0, 10, 2000])
def test_a_file_cut_short_is_damaged(tmp_path, size):
    path = tmp_path / "x.pt"
    checkpoints.write_tensors({"x": torch.randn(1000)}, path)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(checkpoints.DamagedFile, match="x.pt is damaged"):
        checkpoints.read_tensors(path)


def test_any_flipped_byte_is_seen_or_changes_nothing(tmp_path):
    path = tmp_path / "x.pt"
    state = {"x": torch.arange(300.0), "step": 5}
    checkpoints.write_tensors(state, path)
    content = path.read_bytes()
    for place in range(0, len(content), 7):
        damaged = bytearray(content)
        damaged[place] ^= 255
        path.write_bytes(bytes(damaged))
        try:
            read = checkpoints.read_tensors(path)
        except checkpoints.DamagedFile:
            continue
        assert torch.equal(read["x"], state["x"]) and read["step"] == 5


def test_a_loss_that_is_not_finite_names_clips_and_the_good_checkpoint(
    arguments, tmp_path, monkeypatch, capsys
):
    original, taken = VAEStage.losses, {"count": 0}

    def losses(self, rng):
        figures = original(self, rng)
        taken["count"] += 1
        return {**figures, "loss": figures["loss"] * (float("nan") if taken["count"] == 4 else 1)}

    monkeypatch.setattr(VAEStage, "losses", losses)
    assert main([*arguments, "checkpoint_minutes=0", "log_every=50"]) == 1
    error = capsys.readouterr().err
    assert "vae: the loss is not finite at step 4" in error and error.count("\n") == 1
    assert f"the last good checkpoint is {tmp_path / 'run' / 'vae' / 'checkpoint.pt'}" in error
    assert any(f"{number:03d}" in error for number in range(12))
    state = checkpoints.read_checkpoint(tmp_path / "run" / "vae")
    assert state["progress"]["step"] == 3
    assert all(torch.isfinite(value).all() for value in state["model"].values())


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk of .* is full"),
        (OSError(errno.EROFS, "Read-only file system", "/x/y"), "no access to /x/y .Read-only"),
        (PermissionError(errno.EACCES, "Permission denied"), "no access to"),
        (MemoryError(), "the machine's memory is used up"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "memory is used up"),
        (torch.OutOfMemoryError("CUDA out of memory"), "the GPU's memory is used up"),
    ],
)
def test_what_the_machine_refuses_is_one_line_that_says_which(tmp_path, error, words):
    with pytest.raises((OSError, RuntimeError), match=words):
        with named_failures(tmp_path):
            raise error


def test_a_full_disk_stops_a_training_with_one_line(arguments, monkeypatch, capsys):
    def full(state, path):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoints, "write_tensors", full)
    assert main([*arguments, "checkpoint_minutes=0"]) == 1
    error = capsys.readouterr().err
    assert "is full: free some space" in error and error.count("\n") == 1


def test_a_line_of_the_log_that_a_kill_cut_short_goes(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 2}\n{"step": {}}\n[]\n{"step": 4}\n{"step": 6}\n{"ste')
    drop_rows_after(tmp_path, 4)
    assert path.read_text() == '{"step": 2}\n{"step": 4}\n'


def test_an_alias_that_stands_for_itself_or_for_millions_is_refused(arguments, capsys):
    doubled = ["a: &a0 [1, 1]", *(f"b{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 40))]
    for value in ("&a [*a]", "{" + ", ".join(doubled) + "}"):
        assert main([*arguments, f"schedule={value}"]) == 2
        assert "it holds more than 10,000 values" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["[]", "{", '{"vae": 3, "seed": 1234}', "\udcff"])
def test_a_damaged_note_of_what_a_run_was_begun_with_is_named(arguments, tmp_path, capsys, content):
    folder = tmp_path / "run"
    (folder / "vae").mkdir(parents=True)
    checkpoints.write_tensors({}, folder / "vae" / "checkpoint.pt")
    (folder / "config.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert f"{folder / 'config.json'} is damaged" in error and error.count("\n") == 1


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("vae.lr={", "not valid YAML"),
        ("vae.steps=.inf", "vae.steps must be a finite number"),
        ("vae.steps=inf", "vae.steps must be a finite number"),
        ("vae.lr=.nan", "vae.lr must be a finite number"),
        ("vae.model={wdth: 3}", "did you mean vae.model.width?"),
        ("vae.model={width: broad}", "vae.model.width must be a number"),
        ("vae.minutes=soon", "vae: minutes must be positive"),
        ("log_every=0", "log_every must be 1 or more"),
        ("checkpoint_minutes=-1", "checkpoint_minutes must be positive"),
        ("student.phases=[1, broad]", "student.phases must be a number, got 'broad'"),
        ("student.phases=[[1]]", "student.phases must be a number, got [1]"),
        ("student.num_solver_steps=0", "num_solver_steps must be 1 or more, got 0"),
        ("vae.steps=true", "vae.steps must be a number, got True"),
        ("vae.lr=1" + "0" * 400, "vae.lr must be a number"),
        ("boost={'(': 2}", "boost: '(' is no regular expression"),
        ("stages=[[vae]]", "stages must be a str"),
        ("licence=[" + "[" * 600, "opens more than 500 lists and groups"),
        ("boost={a: &a [1, 1], b: &b [*a, *a], c: &c [*b, *b]}", "must be a positive number"),
        ("memory_map=maybe", "memory_map must be auto, always or never"),
    ],
)
def test_a_wrong_value_is_one_clear_line(arguments, override, words, capsys):
    assert main([*arguments, override]) == 2
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1
