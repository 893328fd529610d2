"""Clean-up: limbs, feet and floor are repaired, what was right stays."""

import numpy as np
import pytest

from motionlcm.motion.cleanup import clean_features, clean_positions
from motionlcm.motion.features import HUMANML, decode_positions, encode_features
from motionlcm.motion.physics import bone_variation, deepest_point, mean_jerk, skate_ratio
from motionlcm.motion.rotations import from_yaw, rotate
from motionlcm.motion.skeleton import TARGET_LENGTHS, bone_lengths
from tests.conftest import walking


@pytest.fixture(scope="module")
def real(shared_data):
    stored = np.load(shared_data / "reference" / "humanml3d_features.npz")
    return [stored[name] for name in sorted(stored.files) if name.startswith("features/")][:12]


@pytest.fixture(scope="module")
def small():
    from motionlcm import MotionPipeline

    return MotionPipeline.from_pretrained("small", device="cpu")


def noisy(features, seed=0):
    rng = np.random.default_rng(seed)
    wrong = features.copy()
    wrong[:, HUMANML.joint_positions] += rng.normal(0, 0.01, (len(features), 63))
    wrong[:, HUMANML.root_velocity] += rng.normal(0, 0.01, (len(features), 2))
    return wrong


def test_real_motion_is_hardly_changed(real):
    for features in real:
        truth, made = decode_positions(features), decode_positions(clean_features(features))
        local = (made - made[:, :1]) - (truth - truth[:, :1])
        assert np.linalg.norm(local, axis=-1).mean() < 0.012


def test_limbs_have_the_skeletons_length_and_nothing_is_under_the_floor(real):
    for features in real:
        made = decode_positions(clean_features(noisy(features)))
        assert bone_variation(decode_positions(noisy(features))) > 0.05
        assert np.abs(bone_lengths(made) - TARGET_LENGTHS).max() < 1e-3
        assert deepest_point(made) < 1e-4


def test_hands_stay_where_they_are_when_an_elbow_is_wrong(real):
    for features in real[:4]:
        truth, contacts = decode_positions(clean_features(features)), features[:, HUMANML.contacts]
        wrong = truth.copy()
        middle = 0.5 * (truth[:, [16, 17]] + truth[:, [20, 21]])
        wrong[:, [18, 19]] += 0.5 * (truth[:, [18, 19]] - middle)  # arms a little too long
        hands = _hands(clean_positions(wrong, contacts)) - _hands(truth)
        assert (
            np.linalg.norm(hands, axis=-1).mean() < 0.01
        )  # over 4 cm where bones keep their directions


def test_arms_that_are_too_short_reach_farther(real):
    for features in real[:4]:
        truth, contacts = decode_positions(clean_features(features)), features[:, HUMANML.contacts]
        wrong = truth.copy()
        wrong[:, [18, 20]] -= 0.1 * (truth[:, [18, 20]] - truth[:, 16:17])
        wrong[:, [19, 21]] -= 0.1 * (truth[:, [19, 21]] - truth[:, 17:18])
        hands = _hands(clean_positions(wrong, contacts)) - _hands(truth)
        assert np.linalg.norm(hands, axis=-1).mean() < 0.01  # 3.5 cm where hands stay


def _hands(positions):
    return positions[:, [20, 21]] - positions[:, [16, 17]]


def test_knees_stay_as_bent_as_they_were_when_legs_are_too_short(real):
    changes = []
    for features in real:
        truth, contacts = decode_positions(clean_features(features)), features[:, HUMANML.contacts]
        wrong = truth.copy()
        wrong[..., 1] *= 0.99
        changes.append(np.abs(_bend(clean_positions(wrong, contacts)) - _bend(truth)).mean())
    assert np.mean(changes) < 1  # degree; 3.6 when the hips stay where they are


def _bend(positions):
    thighs = positions[:, [4, 5]] - positions[:, [1, 2]]
    shins = positions[:, [7, 8]] - positions[:, [4, 5]]
    sizes = np.linalg.norm(thighs, axis=-1) * np.linalg.norm(shins, axis=-1)
    return np.degrees(np.arccos(np.clip((thighs * shins).sum(-1) / sizes, -1, 1)))


@pytest.mark.parametrize("yaw", [0.5, 2.0, -2.5])
def test_rotations_keep_the_heading_in_which_they_were_recorded(real, yaw):
    turn = from_yaw(np.array(yaw))
    for features in real[:6]:
        positions = decode_positions(features.astype(np.float64))
        turned = encode_features(rotate(turn, positions), is_canonical=True)[
            5:
        ]  # a crop forgets where it faced
        made = clean_features(turned)[:, HUMANML.joint_rotations]
        assert np.abs(made - turned[:, HUMANML.joint_rotations]).mean() < 0.02
        other = encode_features(decode_positions(turned), is_canonical=True)[
            :, HUMANML.joint_rotations
        ]
        assert np.abs(other - turned[:-1, HUMANML.joint_rotations]).mean() > 0.04


def test_planted_feet_slide_less(real):
    before = np.mean([skate_ratio(decode_positions(noisy(f, i))) for i, f in enumerate(real)])
    after = np.mean(
        [skate_ratio(decode_positions(clean_features(noisy(f, i)))) for i, f in enumerate(real)]
    )
    assert after < 0.75 * before


def test_features_and_positions_agree(real):
    made = clean_features(noisy(real[0]))
    positions = decode_positions(made.astype(np.float64))
    step = np.diff(positions, axis=0)
    speed = np.linalg.norm(made[:-1, HUMANML.joint_velocities].reshape(-1, 22, 3), axis=-1)
    assert np.allclose(speed, np.linalg.norm(step, axis=-1), atol=1e-4)
    again = clean_features(made)
    assert np.abs(decode_positions(again) - decode_positions(made)).mean() < 0.01


def test_a_clip_of_few_frames_is_no_trouble():
    features = encode_features(walking(9))
    for count in (1, 2, 8):
        assert clean_features(features[:count]).shape == (count, 263)
        assert np.isfinite(
            clean_positions(decode_positions(features[:count]), features[:count, -4:])
        ).all()


def test_seams_between_tokens_are_smoothed_and_nothing_else_moves(real):
    features = real[0].copy()
    stepped = features.copy()
    for start in range(8, len(features), 16):
        stepped[start : start + 8, HUMANML.joint_positions] += 0.02

    def jerk(array):
        return mean_jerk(decode_positions(array))

    assert jerk(clean_features(stepped, seam_period=8)) < 0.7 * jerk(clean_features(stepped))
    smooth = np.abs(clean_features(features, seam_period=8) - clean_features(features))
    assert smooth[:, HUMANML.joint_positions].mean() < 0.001


def test_knees_bend_towards_the_toes_and_do_not_flip_for_a_hair(real):
    rng = np.random.default_rng(0)
    for features in real[:4]:
        positions = decode_positions(noisy(features))
        for hip, knee, ankle, toe in ((1, 4, 7, 10), (2, 5, 8, 11)):
            ahead = (
                positions[:, toe] - positions[:, ankle]
            )  # knees put behind: as far as makes both cancel out
            positions[:, knee] = 0.5 * (positions[:, hip] + positions[:, ankle]) - 0.05 * ahead
        contacts = features[:, -4:]
        made = clean_positions(positions, contacts)
        for hip, knee, ankle, toe in ((1, 4, 7, 10), (2, 5, 8, 11)):
            line = made[:, ankle] - made[:, hip]
            line /= np.linalg.norm(line, axis=-1, keepdims=True)
            side, ahead = made[:, knee] - made[:, hip], made[:, toe] - made[:, ankle]
            side = side - (side * line).sum(-1, keepdims=True) * line
            assert ((side * ahead).sum(-1) > -1e-3).all()
        moved = clean_positions(positions + rng.normal(0, 1e-7, positions.shape), contacts)
        assert np.abs(moved - made).max() < 5e-3  # 3 cm where they may cancel out


@pytest.mark.parametrize(("parted", "is_kept"), [(0.4, True), (0.1, False)])
def test_feet_that_spread_as_in_jumping_jacks_are_not_held(parted, is_kept):
    pose = np.tile(decode_positions(encode_features(walking(60)))[:1], (40, 1, 1)) - [
        0,
        0.08,
        0,
    ]  # knees a little bent
    across = np.array([1.0, 0, 0])
    moved = 0.25 * parted * (1 - np.cos(np.arange(40) / 40 * 4 * np.pi))[:, None] * across
    for sign, (hip, knee, ankle, toe) in ((1, (1, 4, 7, 10)), (-1, (2, 5, 8, 11))):
        under = pose[:, hip] * [1, 0, 1]
        pose[:, knee] = under + 0.5 * sign * moved + [0, 0.42, 0.1]
        pose[:, ankle], pose[:, toe] = (
            under + sign * moved + [0, 0.06, 0],
            under + sign * moved + [0, 0.02, 0.12],
        )
    made = clean_positions(pose, np.ones((40, 4)))
    gap = ((made[:, 10] - made[:, 11]) * across).sum(-1)
    assert np.ptp(gap) > 0.8 * parted if is_kept else np.ptp(gap) < 0.01


@pytest.mark.parametrize(
    ("prompt", "seed"),
    [
        ("a person kneels down", 60),
        ("a person runs", 3),
        ("a person puts the hands on the hips", 49),
        ("a person balances on one leg", 573),
    ],
)
def test_the_knee_of_a_folded_leg_does_not_turn_over_because_of_its_toes(small, prompt, seed):
    (motion,) = small(prompt, seconds=5.0, seed=seed)
    knees = motion.positions[:, [4, 5]].astype(float)
    jerk = np.linalg.norm(np.diff(knees, n=3, axis=0), axis=-1) * 20**3
    assert jerk.max() < 4000  # m/s^3; half as far as to the other side of the leg is 10,000
