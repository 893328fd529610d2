"""Files that are packed, padded, named after another format, or dicts in an npy."""

import gzip
import json
import pickle

import numpy as np
import pytest

from motionlcm.formats.bvh_writer import write_bvh
from motionlcm.formats.gltf_writer import write_glb
from motionlcm.formats.read import load_motion_file
from motionlcm.motion.motion import Motion
from tests.formats.test_field_rules import WALK, off, smpl
from tests.formats.test_field_variants import bvh, parameters
from tests.formats.test_gltf import packed, parts


def saved_dict(path, value):
    np.save(path, value, allow_pickle=True)
    return path


def test_parameters_in_the_dict_of_an_npy_are_read_as_those_of_an_npz(tmp_path):
    """As TRAM and others save them; the pickle is not run."""
    np.savez(tmp_path / "x.npz", **parameters(), fps=20)
    expected, _ = load_motion_file(tmp_path / "x.npz")
    held = {**parameters(), "fps": 20.0, "frame": [1, 2], "about": {"name": "x"}}
    motion, notes = load_motion_file(saved_dict(tmp_path / "x.npy", held))
    assert off(motion.positions, expected.positions) < 0.01


class Runs:
    def __reduce__(self):
        return print, ("it was run",)


@pytest.mark.parametrize("held", [{**smpl(), "extra": Runs()}, {"other": np.ones(3)}])
def test_other_dicts_in_an_npy_are_refused_and_not_run(tmp_path, capsys, held):
    with pytest.raises(ValueError, match="pickles are refused"):
        load_motion_file(saved_dict(tmp_path / "x.npy", held))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (gzip.compress(b"HIERARCHY"), "is packed by gzip; unpack it first"),
        (b"7z\xbc\xaf\x27\x1c", "is packed by 7-Zip"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
    ],
)
@pytest.mark.parametrize("suffix", [".bvh", ".glb", ".npy", ".amc"])
def test_packed_files_and_pointers_are_told_as_such(tmp_path, content, words, suffix):
    if suffix == ".npy" and "packed" in words:
        words = "not a readable npy"
    (tmp_path / f"x{suffix}").write_bytes(content)
    with pytest.raises(ValueError, match=words):
        load_motion_file(tmp_path / f"x{suffix}")


def test_zeros_behind_a_file_do_not_matter(tmp_path):
    for path in (write_bvh(tmp_path / "x.bvh", Motion(WALK)),
                 write_glb(tmp_path / "x.glb", Motion(WALK))):  # fmt: skip
        path.write_bytes(path.read_bytes() + b"\0" * 300 + b"\n")
        assert off(load_motion_file(path)[0].positions) < 0.1
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(ValueError, match="cut short or damaged"):
        load_motion_file(path)


def test_gltf_that_is_called_glb_is_read(tmp_path):
    source = write_glb(tmp_path / "x.glb", Motion(WALK))
    document, binary = parts(source)
    document["buffers"][0]["uri"] = "x.bin"
    (tmp_path / "x.bin").write_bytes(binary)
    (tmp_path / "y.glb").write_text(json.dumps(document))
    assert off(load_motion_file(tmp_path / "y.glb")[0].positions) < 0.1
    (tmp_path / "y.gltf").write_bytes(packed(*parts(source)))
    assert off(load_motion_file(tmp_path / "y.gltf")[0].positions) < 0.1


def test_a_root_that_only_turns_is_noted_though_the_rest_is_as_we_write_it(tmp_path):
    def without_way(text: str) -> str:
        head, motion = text.split("MOTION\n")
        lines = motion.splitlines()
        rows = [" ".join(row.split()[3:]) for row in lines[2:]]
        head = head.replace("CHANNELS 6 Xposition Yposition Zposition", "CHANNELS 3", 1)
        return "\n".join([head + "MOTION", *lines[:2], *rows, ""])

    motion, notes = load_motion_file(bvh(tmp_path, without_way))
    assert any("no translations of the hips" in note for note in notes)
    assert abs(motion.positions[..., 1].min()) < 0.01


@pytest.mark.parametrize(("drop", "is_moved"), [(0.15, False), (0.45, True)])
def test_numbers_of_a_body_deep_in_the_floor_are_put_onto_it(tmp_path, drop, is_moved):
    positions = WALK - [0, WALK[..., 1].min() + drop, 0]
    np.save(tmp_path / "x.npy", positions)
    motion, notes = load_motion_file(tmp_path / "x.npy")
    assert any("floor moved" in note for note in notes) == is_moved
    assert motion.positions[..., 1].min() == pytest.approx(0 if is_moved else -drop, abs=1e-5)


def test_a_pickle_by_its_name_is_refused_with_the_remedy(tmp_path):
    (tmp_path / "x.pkl").write_bytes(pickle.dumps(smpl()))
    with pytest.raises(ValueError, match="pickles are never run"):
        load_motion_file(tmp_path / "x.pkl")


def test_a_last_row_that_is_cut_short_is_left_out(tmp_path):
    """As of a program that was ended; a wrapped row that is whole is none."""
    motion, notes = load_motion_file(bvh(tmp_path, lambda text: text[:-30]))
    assert "the last row is cut short: left out" in notes
    assert motion.num_frames == len(WALK) - 1 and off(motion.positions, WALK[:-1]) < 0.1

    def wrapped(text: str) -> str:
        rows = text.rstrip().split("\n")
        values = rows[-1].split()
        return "\n".join([*rows[:-1], " ".join(values[:60]), " ".join(values[60:]), ""])

    motion, notes = load_motion_file(bvh(tmp_path, wrapped))
    assert notes == [] and motion.num_frames == len(WALK)


@pytest.mark.parametrize("fps", ["25", np.array([25])])
def test_a_rate_may_be_a_text_and_a_count_of_frames_a_float(tmp_path, fps):
    np.savez(tmp_path / "x.npz", positions=WALK, fps=fps)
    assert load_motion_file(tmp_path / "x.npz")[0].fps == 25
    motion, _ = load_motion_file(
        bvh(tmp_path, lambda text: text.replace("Frames: 40", "Frames: 40.0"))
    )
    assert motion.num_frames == len(WALK) == 40
