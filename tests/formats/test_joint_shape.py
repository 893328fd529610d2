"""Joints whose names are of no known language, told by the shape of the tree."""

import re
import time
from dataclasses import replace

import numpy as np
import pytest

from motionlcm.formats.bvh import read_bvh
from motionlcm.formats.joint_names import find_joints
from motionlcm.formats.joint_shape import match_by_shape
from motionlcm.formats.raw import RawMotion
from motionlcm.formats.read import load_motion_file
from tests.formats.random_files import rigid
from tests.formats.random_trees import TreeCase, write_tree
from tests.formats.test_field_rules import off
from tests.formats.test_field_variants import bvh
from tests.formats.test_handedness import without_toes
from tests.formats.test_random_files import known_clips

CASES = ("16-blender-001", "18-genesis8", "26-foot-leaf-end0", "57-ue5-manny", "58-x-rest")


@pytest.fixture
def walk(shared_data):
    return rigid(np.load(shared_data / "field-cases" / "truth.npy").astype(float))


def numbered(text: str) -> str:
    """A BVH whose joints are called after their numbers."""
    names = iter(range(1000))
    return re.sub(r"(ROOT|JOINT) [^\r\n]+", lambda it: f"{it[1]} z{next(names)}", text)


def nameless(raw):
    return replace(raw, names=tuple(f"z{joint}" for joint in range(len(raw.names))))


@pytest.mark.parametrize("case", CASES)
def test_the_tree_tells_what_names_tell(shared_data, case):
    for path in sorted((shared_data / "field-cases" / case).glob("*.bvh")):
        raw = read_bvh(path)
        named, shaped = find_joints(raw), match_by_shape(nameless(raw), {})
        assert len(shaped) >= 15
        assert {name: named[name] for name in shaped} == shaped


@pytest.mark.parametrize("change", [numbered, lambda text: numbered(without_toes(text))])
def test_a_body_of_unknown_names_is_read_with_a_note(tmp_path, walk, change):
    """Without toes knees tell which side is the left one."""
    motion, notes = load_motion_file(bvh(tmp_path, change, walk))
    legs_and_arms = [1, 2, 4, 5, 7, 8, 15, 16, 17, 18, 19, 20, 21]
    assert off(motion.positions[:, legs_and_arms], walk[:, legs_and_arms]) < 2
    (note,) = [note for note in notes if "unknown names" in note]
    assert "'z1' is the left hip" in note


def test_words_for_sides_tell_them_where_other_words_are_unknown(tmp_path, walk):
    def swapped(text: str) -> str:
        text = re.sub(r"(ROOT|JOINT) (Left|Right)?\S+", r"\1 q_\2_", text)
        return text.replace("_Left_", "_r").replace("_Right_", "_l")

    _, notes = load_motion_file(bvh(tmp_path, swapped, walk))
    assert any("unknown names" in note for note in notes)
    assert any("left-handed axes" in note for note in notes)  # so toes point backwards


def refused(tmp_path, walk, change) -> bool:
    try:
        load_motion_file(bvh(tmp_path, lambda text: change(numbered(text)), walk))
    except ValueError as error:
        return "unknown skeleton" in str(error)
    return False


def test_what_is_no_human_s_tree_is_refused(tmp_path, walk):
    """With one arm that is longer than the other; with arms that are longer than legs."""

    def one_arm(text: str) -> str:
        return re.sub(r"(JOINT z20\s*\{\s*OFFSET) \S+ \S+ \S+", r"\1 1 2 3", text)

    def long_arms(text: str) -> str:
        for joint in (16, 17, 20, 21):
            text = re.sub(
                rf"(JOINT z{joint}\s*\{{\s*OFFSET) (\S+) (\S+) (\S+)",
                lambda it: f"{it[1]} {float(it[2]) * 3} {float(it[3]) * 3} {float(it[4]) * 3}",
                text,
            )
        return text

    assert not refused(tmp_path, walk, lambda text: text)
    assert refused(tmp_path, walk, one_arm)
    assert refused(tmp_path, walk, long_arms)


def test_an_animal_on_four_legs_is_no_human():
    """Legs fore and hind as long as arms and legs, a trunk that lies, a head ahead of it."""
    bones = {"hip": (-1, (0, 0.6, 0)), "chest": (0, (0, 0.05, 0.7)), "head": (1, (0, 0.2, 0.3))}
    parents, offsets = [parent for parent, _ in bones.values()], [at for _, at in bones.values()]
    for top, length in ((0, 0.3), (1, 0.26)):
        for side in (0.1, -0.1):
            parents += [top, len(parents), len(parents) + 1, len(parents) + 2]
            offsets += [(side, 0, 0), (0, -length, 0), (0, -length, 0.02), (0, -0.02, 0.1)]
    count, frames = len(parents), 20
    places = np.tile(np.array(offsets), (frames, 1, 1))
    raw = RawMotion(
        names=tuple(f"z{joint}" for joint in range(count)),
        parents=tuple(parents),
        offsets=np.array(offsets),
        translations=places,
        rotations=np.tile([1.0, 0, 0, 0], (frames, count, 1)),
        fps=20.0,
        is_end_site=np.zeros(count, bool),
    )
    assert match_by_shape(raw, {}) == {}

    upright = np.array(offsets)  # the same lengths, but a trunk that stands
    upright[1], upright[2] = (0, 0.6, 0), (0, 0.3, 0)
    upright[3:7] *= 1.4
    upright[7:11] *= 1.4
    stands = replace(raw, offsets=upright, translations=np.tile(upright, (frames, 1, 1)))
    assert len(match_by_shape(stands, {})) == 15


def test_ropes_and_brushes_of_many_joints_take_no_time():
    """Two chains of three joints at each level, as a scene may have them."""
    parents, top = [-1], 0
    while len(parents) < 900:
        first = len(parents)
        parents += [top, first, first + 1, top, first + 3, first + 4]
        top = first + 5
    count, places = len(parents), np.random.default_rng(0).random((len(parents), 3))
    raw = RawMotion(
        names=tuple(f"z{joint}" for joint in range(count)),
        parents=tuple(parents),
        offsets=places,
        translations=np.tile(places, (60, 1, 1)),
        rotations=np.tile([1.0, 0, 0, 0], (60, count, 1)),
        fps=20.0,
        is_end_site=np.zeros(count, bool),
    )
    start = time.process_time()
    assert match_by_shape(raw, {}) == {}
    assert time.process_time() - start < 5


def test_skeletons_at_random_are_read_as_with_their_names_or_refused(shared_data, tmp_path):
    """Any rest pose, joints more and fewer, ways in other units. A mirrored body is one, too."""
    clips, counts = known_clips(shared_data), {"read": 0, "refused": 0}
    for seed in range(24):
        case = replace(TreeCase.random(seed), format="bvh", is_mirrored=False)
        path, _, _ = write_tree(case, clips[seed % len(clips)], tmp_path)
        named, _ = load_motion_file(path)
        path.write_text(numbered(path.read_bytes().decode(case.encoding)))
        try:
            motion, notes = load_motion_file(path)
        except ValueError:
            counts["refused"] += 1
            continue
        counts["read"] += 1
        assert any("unknown names" in note for note in notes), case
        assert np.allclose(motion.positions, named.positions, atol=0.02), case
    assert counts["read"] >= 18
