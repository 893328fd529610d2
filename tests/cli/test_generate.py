"""Generation: determinism, lengths, files, and one clear line for every wrong input."""

import numpy as np
import pytest

from motionlcm import Motion, MotionPipeline
from motionlcm.cli.convert import main as convert
from motionlcm.cli.evaluate import main as evaluate
from motionlcm.cli.generate import main
from motionlcm.motion.features import decode_positions

PROMPTS = ["a person jumps", "someone walks slowly in a circle and sits down", "a man waves", "kick", "she runs",
           "a person dances", "a person turns left", "a person bows"]  # fmt: skip


@pytest.fixture(scope="module")
def pipeline(tiny_model):
    return MotionPipeline.from_pretrained(tiny_model)


@pytest.mark.parametrize("steps", [1, 2, 4])
def test_the_same_seed_gives_the_same_motion_alone_or_in_a_batch(pipeline, steps):
    together = pipeline(PROMPTS, steps=steps, seed=3)
    for i in (0, 1, 7):
        alone = pipeline([PROMPTS[i]], steps=steps, seed=3 + i)[0]
        assert alone.num_frames == together[i].num_frames
        assert np.abs(alone.positions - together[i].positions).max() < 1e-5
    other = pipeline([PROMPTS[0]], steps=steps, seed=4, seconds=together[0].duration)[0]
    assert np.abs(other.positions - together[0].positions).max() > 1e-4


def test_motions_have_the_interfaces_types_and_lengths(pipeline):
    motion = pipeline("a person jumps", seconds=3.0)[0]
    assert motion.positions.shape == (60, 22, 3) and motion.positions.dtype == np.float32 and motion.fps == 20
    assert motion.features.shape == (60, 263) and motion.features.dtype == np.float32
    assert motion.caption == "a person jumps" and abs(motion.positions[..., 1].min()) < 1e-5
    assert np.allclose(decode_positions(motion.features), motion.positions, atol=1e-5)
    assert 0.5 <= pipeline("a person jumps")[0].duration <= 9.8


def test_the_guidance_scale_is_taken_in_its_range(pipeline):
    pipeline("a person jumps", guidance_scale=1.0)
    with pytest.raises(ValueError, match="guidance scale"):
        pipeline("a person jumps", guidance_scale=100.0)


def test_the_packaged_model_makes_motion_that_moves():
    motion = MotionPipeline.from_pretrained()("a person walks forward", seconds=4.0)[0]
    assert motion.positions[-1, 0, 2] - motion.positions[0, 0, 2] > 0.5
    assert 0.6 < motion.positions[:, 0, 1].mean() < 1.2


def test_files_of_every_format_are_written_and_read(tiny_model, tmp_path, capsys):
    formats = "mp4,gif,npz,npy,bvh,glb"
    code = main(["a person jumps!", "--model", str(tiny_model), "--output", str(tmp_path / "new"), "--seconds", "1",
                 "--samples", "2", "--format", formats])  # fmt: skip
    assert code == 0 and capsys.readouterr().out.count("wrote") == 12
    for name in ("a-person-jumps-0", "a-person-jumps-1"):
        files = {path.suffix[1:]: path for path in (tmp_path / "new").glob(f"{name}.*")}
        assert set(files) == set(formats.split(",")) and all(path.stat().st_size > 500 for path in files.values())
        positions = [Motion.load(files[kind]).positions for kind in ("npz", "npy", "bvh", "glb")]
        assert np.array_equal(positions[0], positions[1]) and np.abs(positions[2] - positions[0]).max() < 1e-3
        assert np.abs(positions[3] - positions[0]).max() < 1e-4
    assert convert([str(files["bvh"]), str(tmp_path / "back.npz")]) == 0
    assert np.abs(Motion.load(tmp_path / "back.npz").positions - positions[0]).max() < 1e-3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "no prompt"),
        (["  "], "empty"),
        (["x" * 100_000], "100000 characters"),
        (["jump", "--steps", "3"], "steps must be one of [1, 2, 4]"),
        (["jump", "--steps", "0"], "--steps"),
        (["jump", "--seconds", "0"], "--seconds"),
        (["jump", "--seconds", "60"], "--seconds"),
        (["jump", "--seconds", "nan"], "--seconds"),
        (["jump", "--format", "fbx"], "unknown format"),
        (["jump", "--output", "jump.xyz"], "unknown format"),
        (["jump", "run", "--output", "one.mp4"], "one file"),
        (["jump", "--samples", "0"], "--samples"),
        (["jump", "--model", "nothing"], "no model"),
        (["jump", "--guidance-scale", "-1"], "guidance scale"),
        (["--file", "missing.txt"], "missing.txt"),
    ],
)
def test_wrong_input_is_one_clear_line_and_writes_nothing(arguments, words, tiny_model, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    if "--model" not in arguments:
        arguments = [*arguments, "--model", str(tiny_model)]
    code = main(arguments)
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert code in (1, 2) and words in error and error.startswith("error: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"HIERARCHY\nROOT", b"\x00\xff" * 200])
def test_a_damaged_motion_file_is_one_clear_line(content, tmp_path, capsys):
    path = tmp_path / "bad.bvh"
    path.write_bytes(content)
    assert convert([str(path), str(tmp_path / "out.npz")]) in (1, 2)
    assert capsys.readouterr().err.count("\n") == 1 and not (tmp_path / "out.npz").exists()


def test_the_evaluation_prints_its_table(tiny_model, store, tmp_path, capsys):
    teacher = tiny_model / "teacher"
    code = evaluate([str(tiny_model), "--data", str(store), "--split", "val", "--teacher", str(teacher),
                     "--steps", "1,4", "--json", str(tmp_path / "out.json"), "--debug"])  # fmt: skip
    printed = capsys.readouterr().out
    assert code == 0 and (tmp_path / "out.json").is_file()
    for row in ("MPJPE", "teacher, 50 steps", "student, 1 step", "student, 4 steps"):
        assert row in printed
    assert evaluate([str(tiny_model)]) == 2
