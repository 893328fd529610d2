"""Loops close in pose and speed, feet do not slide for it; in place the root stays."""

import json

import numpy as np
import pytest

from motionlcm.cli.convert import main as convert
from motionlcm.formats.gltf import read_glb
from motionlcm.formats.pose import local_motion
from motionlcm.formats.read import load_motion_file
from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.motion import loops
from motionlcm.motion.features import decode_positions
from motionlcm.motion.footing import FEET, stances
from motionlcm.motion.limb_seams import begun_at
from motionlcm.motion.loops import is_looped, make_loop
from motionlcm.motion.motion import Motion
from motionlcm.motion.rotations import (
    from_axis_angle,
    from_yaw,
    inverse,
    multiply,
    rotate,
    to_axis_angle,
)
from motionlcm.motion.seams import unrolled
from motionlcm.motion.skeleton import KIT_21, PARENTS, SMPL_22, bone_lengths
from motionlcm.motion.swinging_limbs import left_bend, straightened
from tests.formats.rigs import RIGS, write_rig

PROMPTS = {
    "walk": "a person walks forward",
    "run": "a person runs forward",
    "jump": "a person jumps",
    "wave": "a person waves with the right hand",
    "kick": "a person kicks with the left leg",
    "circle": "a person walks in a circle",
}
LEVEL = np.array([1.0, 0.0, 1.0])


@pytest.fixture(scope="module")
def motions():
    made = MotionPipeline.from_pretrained("small")(list(PROMPTS.values()), seed=3)
    return dict(zip(PROMPTS, made, strict=True))


def seam(motion: Motion) -> tuple[float, float]:
    """Pose gap (mm, the largest of a joint) and speed gap (share, all joints) at a loop's seam."""
    positions = motion.positions.astype(float)
    travel = (positions[-1, 0] - positions[0, 0]) * LEVEL
    pose = np.linalg.norm(positions[-1] - travel - positions[0], axis=-1).max()
    start, end = positions[1] - positions[0], positions[-1] - positions[-2]
    return 1000 * float(pose), float(np.linalg.norm(end - start) / np.linalg.norm(start))


def slip(positions: np.ndarray) -> float:
    """Millimetres a frame by which standing feet move over the floor, on average."""
    planted, ways = stances(positions), []
    for side, joints in enumerate(FEET):
        steps = np.diff(positions[:, joints] * LEVEL, axis=0)
        still = np.linalg.norm(steps, axis=-1).min(axis=-1)
        ways += still[planted[1:, side] & planted[:-1, side]].tolist()
    return 1000 * float(np.mean(ways)) if ways else 0.0


@pytest.mark.parametrize("name", PROMPTS)
@pytest.mark.parametrize("fps", [20, 30, 60])
def test_pose_and_speed_meet_at_the_seam(motions, name, fps):
    pose, speed = seam(motions[name].resampled(fps).looped())
    assert pose < 0.1
    assert speed < 0.01


def fastest_share(motion: Motion) -> float:
    """The largest change of a joint's speed over the seam, as a share of the fastest joint's."""
    positions = motion.positions.astype(float)
    before, after = positions[-1] - positions[-2], positions[1] - positions[0]
    return float(
        np.linalg.norm(after - before, axis=-1).max() / np.linalg.norm(after, axis=-1).max()
    )


@pytest.mark.parametrize("name", PROMPTS)
@pytest.mark.parametrize("shape", [Motion.looped, lambda it: it.looped().in_place()])
def test_limbs_of_constant_length_meet_at_the_seam_too(motions, tmp_path, name, shape):
    """VRMA and characters have no other bones: a swinging foot's way bends between two frames, and
    soles leave the floor with a kink."""
    motion = shape(motions[name])
    rig = write_rig(tmp_path / "rig.glb", RIGS["mixamo"])
    files = [motion.save(tmp_path / "x.vrma"), motion.save(tmp_path / "x.glb", character=rig)]
    for path in files:
        rate = read_glb(path).fps
        assert rate in (60, 120, 240)
        again, _ = load_motion_file(path, fps=rate)
        pose, speed = seam(again)
        assert pose < 0.1 and speed < 0.05 and fastest_share(again) < 0.05, (path, pose, speed)
        assert again.num_frames - 1 == rate / 20 * (motion.num_frames - 1)


@pytest.mark.parametrize("name", PROMPTS)
@pytest.mark.parametrize("shape", [Motion.looped, lambda it: it.looped().in_place()])
def test_every_file_meets_at_the_seam_at_twenty_frames_a_second(motions, tmp_path, name, shape):
    """Whatever rate it was written at: readers take 20. A runner's limbs turn by 30 degrees from
    frame to frame there, on bones that keep their length, and a character's root lifts its soles."""
    motion = shape(motions[name])
    rig = write_rig(tmp_path / "rig.glb", RIGS["mixamo"])
    files = [motion.save(tmp_path / f"x.{suffix}") for suffix in ("bvh", "glb", "vrma")]
    files.append(motion.save(tmp_path / "fine.bvh", fps=60))
    files.append(motion.save(tmp_path / "hero.glb", character=rig))
    for path in files:
        again, _ = load_motion_file(path)
        pose, speed = seam(again)
        assert again.fps == 20 and again.num_frames == motion.num_frames
        assert pose < 0.1 and speed < 0.045, (path, pose, speed)


def test_limbs_turn_evenly_over_the_seam(motions):
    """Not only joints: rotations go as far before the seam as after it."""
    for name in PROMPTS:
        turns = local_motion(motions[name].looped()).world_rotations
        before = to_axis_angle(multiply(turns[-1], inverse(turns[-2])))
        after = to_axis_angle(multiply(turns[1], inverse(turns[0])))
        assert np.linalg.norm(after - before) < 0.05 * np.linalg.norm(after), name


@pytest.mark.parametrize("suffix", ["npz", "bvh", "glb", "vrma"])
@pytest.mark.parametrize("fps", [24, 30, 48])
def test_a_loop_stays_one_at_any_rate(motions, tmp_path, suffix, fps):
    """The last frame of a loop is not a whole frame at another rate: it is made one, by who writes
    it and by who reads it at 20 again."""
    for name in ("walk", "jump", "kick"):
        path = motions[name].looped().save(tmp_path / f"x.{suffix}", fps=fps)
        again, _ = load_motion_file(path, fps=fps)
        pose, speed = seam(again)
        assert pose < 0.1 and speed < 0.05, (name, pose, speed)

        pose, speed = seam(load_motion_file(path, fps=20)[0])
        assert pose < 0.1 and speed < 0.1, (name, pose, speed)


def test_slow_seams_of_bvh_are_as_even_as_fast_ones(motions, tmp_path):
    """Half a millimetre that a joint may be off is a tenth of its way between two frames there."""
    for motion in motions.values():
        again, _ = load_motion_file(motion.looped().save(tmp_path / "x.bvh"))
        assert seam(again)[1] < 0.03


def test_the_rate_that_was_written_is_told(motions, tmp_path, capsys):
    source = motions["walk"].save(tmp_path / "walk.npz")
    for name, rate in (("loop.vrma", 60), ("loop.bvh", 20)):
        assert convert([str(source), str(tmp_path / name), "--loop"]) == 0
        told = float(capsys.readouterr().out.split(" at ")[1].split(" fps")[0])
        assert told >= 60 if rate == 60 else told == 20
        if name.endswith("vrma"):
            assert told == read_glb(tmp_path / name).fps


def test_a_loop_in_place_keeps_its_way_on_a_character(motions, tmp_path):
    motion = motions["walk"].looped().in_place()
    rig = write_rig(tmp_path / "rig.glb", RIGS["mixamo"])
    document = json.loads(parts_of(motion.save(tmp_path / "x.glb", character=rig)))
    names = [node.get("name") for node in document["nodes"]]
    assert "root_motion" in names
    counts = {accessor["count"] for accessor in document["accessors"][-4:]}
    finer = read_glb(tmp_path / "x.glb").fps / 20
    assert finer * (motion.num_frames - 1) + 1 in counts


def parts_of(path):
    """The JSON of a GLB."""
    content = path.read_bytes()
    return content[20 : 20 + int.from_bytes(content[12:16], "little")]


@pytest.mark.parametrize("name", PROMPTS)
def test_no_sliding_and_no_jerk_is_added(motions, name):
    motion = motions[name]
    loop = make_loop(motion.positions)
    taken = motion.positions[round(loop.start * 20) : round(loop.stop * 20) + 1]
    three = unrolled(loop.positions.astype(float), rounds=3)
    # a foot that lands at the seam is slower there, and counts as one that stands
    assert slip(three) < slip(taken.astype(float)) + 3.5

    frames = len(loop.positions) - 1
    bends = np.linalg.norm(np.diff(three, 2, axis=0), axis=-1).max(axis=-1)
    usual = np.linalg.norm(np.diff(motion.positions, 2, axis=0), axis=-1).max(axis=-1)
    assert bends[frames - 3 : frames + 2].max() < 1.25 * usual.max()


@pytest.mark.parametrize("name", PROMPTS)
def test_bones_keep_their_length_and_feet_the_floor(motions, name):
    loop = motions[name].looped()
    lengths = bone_lengths(loop.positions)
    assert np.abs(lengths - np.median(lengths, axis=0)).max() < 0.03  # at the seam, of a runner
    assert np.abs(lengths[6:-6] - np.median(lengths, axis=0)).max() < 1e-3
    assert abs(loop.positions[..., 1].min()) < 1e-4


def test_what_travels_goes_on_and_what_stays_comes_back(motions):
    walk, jump = motions["walk"].looped(), motions["jump"].looped()
    assert np.linalg.norm((walk.positions[-1, 0] - walk.positions[0, 0]) * LEVEL) > 0.5
    assert np.abs(jump.positions[-1] - jump.positions[0]).max() < 1e-4


def test_a_rest_is_not_the_loop_of_what_moved_before_it():
    """A jump that ends elsewhere than it began: its ends fit worse than those of the rest."""
    time = np.arange(60) / 20
    body = np.tile(Motion(np.zeros((1, 22, 3), np.float32)).skeleton.offsets, (60, 1, 1))
    moving = np.clip(time, 0, 2.0)
    swing = np.zeros((60, 22, 3))
    swing[:, :, 1] = 0.3 * np.sin(np.pi * moving)[:, None] ** 2
    swing[:, 20, 0] = 0.15 * moving
    loop = make_loop(standing(body) + swing)
    assert np.ptp(loop.positions[:, 0, 1]) > 0.25


def standing(offsets):
    """Positions of rest offsets ``[T 22 3]``, on the floor."""
    positions = offsets.copy()
    for joint, parent in enumerate(PARENTS[1:], start=1):
        positions[:, joint] += positions[:, parent]
    return positions - [0, positions[..., 1].min(), 0]


def test_the_jump_is_in_the_loop_of_a_jump(motions):
    height = motions["jump"].positions[:, 0, 1]
    assert np.ptp(motions["jump"].looped().positions[:, 0, 1]) > 0.95 * np.ptp(height)


def test_the_note_says_what_was_kept(motions):
    notes = []
    loop = motions["walk"].looped(notes)
    assert len(notes) == 1 and "are kept" in notes[0] and "each round leads" in notes[0]
    assert f"of {(motions['walk'].num_frames - 1) / 20:.2f} s" in notes[0]
    assert loop.caption == PROMPTS["walk"]


@pytest.mark.parametrize("name", PROMPTS)
@pytest.mark.parametrize(
    "make", [Motion.looped, Motion.in_place, lambda it: it.looped().in_place()]
)
def test_features_agree_with_the_positions(motions, name, make):
    motion = make(motions[name])
    assert motion.features.shape == (motion.num_frames, 263)
    decoded = decode_positions(motion.features.astype(float))
    assert np.linalg.norm(decoded - motion.positions, axis=-1).max() < 1e-3

    plain = make(Motion(motions[name].positions))
    assert plain.features.shape == (plain.num_frames - 1, 263)


@pytest.mark.parametrize("name", PROMPTS)
def test_in_place_only_the_way_over_the_floor_is_gone(motions, name):
    motion = motions[name]
    still = motion.in_place()
    away = (still.positions[:, 0] - still.positions[0, 0]) * LEVEL
    assert np.linalg.norm(away, axis=-1).max() < 1e-6
    whole = still.positions + still.root_path[:, None]
    assert np.abs(whole - motion.positions).max() < 1e-5


def test_in_place_and_loop_go_together_in_either_order(motions):
    first, second = motions["walk"].looped().in_place(), motions["walk"].in_place().looped()
    assert np.abs(first.positions - second.positions).max() < 1e-5
    assert np.abs(first.root_path - second.root_path).max() < 1e-5
    assert np.abs(first.positions[-1] - first.positions[0]).max() < 1e-4
    assert seam(first)[1] < 0.01
    assert np.linalg.norm(first.root_path[-1]) > 0.5  # how far a round leads


def test_a_loop_is_the_same_wherever_the_clip_faces(motions):
    motion = motions["walk"].positions.astype(float)
    turned = rotate(from_yaw(np.asarray(2.0)), motion) + [3.0, 0.0, -1.0]
    expected = rotate(from_yaw(np.asarray(2.0)), make_loop(motion).positions) + [3.0, 0.0, -1.0]
    assert np.abs(make_loop(turned).positions - expected).max() < 1e-3


def test_rotations_meet_at_the_seam_too(motions):
    for name in ("walk", "wave"):
        rotations = local_motion(motions[name].looped()).rotations
        assert (rotations[0] * rotations[-1]).sum(axis=-1).min() > 1 - 1e-9


def test_only_loops_are_told_as_such(motions):
    assert is_looped(motions["walk"].looped().positions)
    assert not is_looped(motions["walk"].positions)
    assert not is_looped(np.repeat(motions["walk"].positions[:1], 5, axis=0))


def test_what_cannot_be_looped_is_one_line(motions):
    with pytest.raises(ValueError, match=r"at least 0\.2 s, the motion has 0\.10 s"):
        motions["walk"].cropped(0, 3).looped()
    body = Motion(np.zeros((20, 21, 3), np.float32), skeleton=KIT_21)
    with pytest.raises(ValueError, match="this motion has 21"):
        body.looped()


def test_root_paths_follow_their_motion(motions):
    still = motions["walk"].in_place()
    assert np.abs(still.mirrored().root_path - still.root_path * [-1, 1, 1]).max() < 1e-6
    assert np.abs(still.cropped(3, 9).root_path - still.root_path[3:9]).max() == 0
    assert np.abs(still.resampled(40).root_path[::2] - still.root_path).max() < 1e-5
    with pytest.raises(ValueError, match="root_path must be"):
        Motion(still.positions, root_path=still.root_path[:-1])


@pytest.mark.parametrize("name", ["run", "kick"])
def test_limbs_give_way_little_and_standing_feet_hardly(motions, name):
    """A sprinter's joints move 20 cm between two frames: of those a few centimetres."""
    cycle = motions[name].looped().positions.astype(float)
    straight = straightened(cycle, 20.0)
    moved = np.linalg.norm(straight - cycle, axis=-1)
    lengths = bone_lengths(straight)

    assert moved.max() < 0.065  # 5 cm, and what bones of the loop were stretched by
    assert np.allclose(lengths, lengths[:1], atol=1e-9)
    assert moved[4:-4].max() < 0.03 and np.allclose(straight[:, 0], cycle[:, 0])

    stands = stances(cycle)
    for side, joints in enumerate(FEET):
        assert (moved[stands[:, side]][:, joints] < 0.02).all()


@pytest.mark.parametrize("starts", [[0, 20], [20, 0], [0, 2, 20]])
def test_a_loop_begins_where_limbs_can_go_straight_on(monkeypatch, starts):
    """Whatever seems calmest: arms that go round are fastest at frame 0 and slowest at frame 20."""
    time = np.linspace(0, 2 * np.pi, 41)
    turn = from_axis_angle(np.outer(2 * time + 1.5 * np.sin(time), [0, 0, 1.0]))
    offsets = np.tile(SMPL_22.offsets, (41, 1, 1)).astype(float)
    for joint in (18, 19, 20, 21):
        offsets[:, joint] = rotate(turn, offsets[:, joint])
    cycle = standing(offsets)
    slowest = begun_at(cycle, 20)

    monkeypatch.setattr(loops, "calm_starts", lambda _: np.array(starts))
    assert left_bend(slowest, 20.0) < 0.04 < left_bend(cycle, 20.0)
    assert np.abs(loops._from_calmest(cycle)[0] - slowest[0]).max() < 1e-3


def test_a_loop_that_is_calm_stays_as_it_is():
    """Nobody moves fast: nothing gives way."""
    turn = from_yaw(0.02 * np.sin(np.linspace(0, 2 * np.pi, 21)))
    rest = np.cumsum(np.full((22, 3), 0.05), axis=0)
    cycle = rotate(turn[:, None], rest[None])
    assert np.array_equal(straightened(cycle, 20.0), cycle)
