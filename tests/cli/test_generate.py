"""Generation: determinism, lengths, files, and one clear line for every wrong input."""

import re
import subprocess
import sys

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
    assert (
        motion.positions.shape == (60, 22, 3)
        and motion.positions.dtype == np.float32
        and motion.fps == 20
    )
    assert motion.features.shape == (60, 263) and motion.features.dtype == np.float32
    assert motion.caption == "a person jumps" and -1e-5 < motion.positions[..., 1].min() < 0.05
    assert np.allclose(decode_positions(motion.features), motion.positions, atol=1e-5)
    assert 0.5 <= pipeline("a person jumps")[0].duration <= 9.8


def test_the_guidance_scale_is_taken_in_its_range(pipeline):
    pipeline("a person jumps", guidance_scale=1.0)
    with pytest.raises(ValueError, match="guidance_scale"):
        pipeline("a person jumps", guidance_scale=100.0)


@pytest.mark.parametrize("name", [None, "open"])
def test_the_packaged_models_make_motion_that_moves(name):
    motion = MotionPipeline.from_pretrained(name)("a person walks forward", seconds=4.0)[0]
    assert motion.positions[-1, 0, 2] - motion.positions[0, 0, 2] > 0.5
    assert 0.6 < motion.positions[:, 0, 1].mean() < 1.2


def test_files_of_every_format_are_written_and_read(tiny_model, tmp_path, capsys):
    formats = "mp4,gif,npz,npy,bvh,glb"
    code = main(["a person jumps!", "--model", str(tiny_model), "--output", str(tmp_path / "new"), "--seconds", "1",
                 "--samples", "2", "--format", formats])  # fmt: skip
    assert code == 0 and capsys.readouterr().out.count("wrote") == 12
    for name in ("a-person-jumps-0", "a-person-jumps-1"):
        files = {path.suffix[1:]: path for path in (tmp_path / "new").glob(f"{name}.*")}
        assert set(files) == set(formats.split(",")) and all(
            path.stat().st_size > 500 for path in files.values()
        )
        positions = [Motion.load(files[kind]).positions for kind in ("npz", "npy", "bvh", "glb")]
        assert (
            np.array_equal(positions[0], positions[1])
            and np.abs(positions[2] - positions[0]).max() < 1e-3
        )
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
        (["jump", "--guidance-scale", "-1"], "--guidance-scale must be"),
        (["--file", "missing.txt"], "missing.txt"),
    ],
)
def test_wrong_input_is_one_clear_line_and_writes_nothing(
    arguments, words, tiny_model, tmp_path, monkeypatch, capsys
):
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


def test_a_long_list_is_sharded_and_resumed_and_each_motion_depends_on_its_prompt_and_seed_alone(
    tiny_model, tmp_path
):
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("a person walks\na person jumps\n\nsomeone turns left\n")
    common = [
        "--file",
        str(prompts),
        "--samples",
        "13",
        "--format",
        "npz",
        "--model",
        str(tiny_model),
    ]
    common += ["--seconds", "1.5"]
    assert main([*common, "--output", str(tmp_path / "whole")]) == 0
    for shard in ("1/2", "2/2"):
        assert main([*common, "--output", str(tmp_path / "parts"), "--shard", shard]) == 0
    whole, parts = (
        sorted(path.name for path in (tmp_path / name).iterdir()) for name in ("whole", "parts")
    )
    assert whole == parts and len(whole) == 39
    for name in whole[::5]:
        one, other = (Motion.load(tmp_path / folder / name) for folder in ("whole", "parts"))
        assert np.abs(one.positions - other.positions).max() < 1e-5


def test_processes_of_torchrun_share_the_work(tiny_model, tmp_path):
    common = [
        "a person walks",
        "--samples",
        "5",
        "--format",
        "npy",
        "--model",
        str(tiny_model),
        "--seconds",
        "1",
    ]
    script = [
        "-m",
        "torch.distributed.run",
        "--nproc-per-node",
        "2",
        "-m",
        "motionlcm.cli.generate",
    ]
    done = subprocess.run(
        [sys.executable, *script, *common, "--output", str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert len(list(tmp_path.iterdir())) == 5
    assert sorted(re.findall(r"\[(\d)/(\d)\]", done.stdout)) == [
        ("1", "2"),
        ("1", "3"),
        ("2", "2"),
        ("2", "3"),
        ("3", "3"),
    ]


def test_resuming_makes_only_what_is_missing(tiny_model, tmp_path, capsys):
    common = [
        "a person walks",
        "--samples",
        "3",
        "--format",
        "npy",
        "--model",
        str(tiny_model),
        "--seconds",
        "1",
    ]
    common += ["--output", str(tmp_path), "--resume"]
    assert main(common) == 0 and len(list(tmp_path.iterdir())) == 3
    gone = sorted(tmp_path.iterdir())[1]
    gone.unlink()
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    capsys.readouterr()
    assert main(common) == 0 and gone.is_file() and capsys.readouterr().out.count("wrote") == 1
    assert all(path.stat().st_mtime_ns == time for path, time in kept.items())
    assert main(common) == 0 and "nothing to do" in capsys.readouterr().out


def test_resuming_makes_a_truncated_file_again(tiny_model, tmp_path, capsys):
    common = [
        "a person walks",
        "--samples",
        "2",
        "--format",
        "npz",
        "--model",
        str(tiny_model),
        "--seconds",
        "1",
    ]
    common += ["--output", str(tmp_path / "run-1.5"), "--resume"]
    assert main(common) == 0
    first, second = sorted((tmp_path / "run-1.5").iterdir())
    content = first.read_bytes()
    first.write_bytes(content[: len(content) // 2])
    capsys.readouterr()
    assert main(common) == 0
    assert capsys.readouterr().out.count("wrote") == 1 and first.read_bytes() == content


def test_videos_of_many_motions_are_drawn_in_processes_and_have_the_size_asked_for(
    tiny_model, tmp_path
):
    import imageio_ffmpeg

    arguments = ["a person walks", "--samples", "4", "--model", str(tiny_model), "--seconds", "0.5"]
    arguments += ["--output", str(tmp_path), "--size", "320x180", "--video-fps", "60"]
    assert main(arguments) == 0
    videos = sorted(tmp_path.glob("*.mp4"))
    assert len(videos) == 4
    facts = next(imageio_ffmpeg.read_frames(str(videos[0])))
    assert facts["size"] == (320, 180) and facts["fps"] == 60


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--shard", "3/2"], "--shard must be i/n"),
        (["--size", "641x480"], "--size must be"),
        (["--size", "big"], "--size must be"),
        (["--video-fps", "0"], "--video-fps must be"),
        (["--device", "abacus"], "device must be one of"),
    ],
)
def test_wrong_options_are_one_clear_line(arguments, words, tmp_path, capsys):
    assert main(["a person walks", "--output", str(tmp_path), *arguments]) == 2
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1 and not list(tmp_path.iterdir())


def test_only_the_suffix_of_a_format_makes_the_output_a_file(tiny_model, tmp_path, capsys):
    common = ["a person walks", "--model", str(tiny_model), "--seconds", "1"]
    folder = tmp_path / "out.take"
    assert main([*common, "--output", str(folder), "--format", "npz,bvh"]) == 0
    assert sorted(path.suffix for path in folder.iterdir()) == [".bvh", ".npz"]
    assert sorted(tmp_path.iterdir()) == [folder]

    assert main([*common, "--output", str(tmp_path / "walk.mvp")]) == 2
    assert "unknown format '.mvp'" in capsys.readouterr().err
    assert main([*common, "--output", str(tmp_path / "Walk.BVH")]) == 0
    assert (tmp_path / "Walk.bvh").is_file() or (tmp_path / "Walk.BVH").is_file()
