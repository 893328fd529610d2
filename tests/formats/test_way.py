"""The way of a body whose bones are in another unit, or that its feet do not go along with."""

import numpy as np
import pytest

from motionlcm.formats.amass import load_amass
from motionlcm.formats.read import load_motion_file
from motionlcm.formats.way import way_notes, way_of_feet
from motionlcm.motion.skeleton import SMPL_22, forward_kinematics
from tests.formats.test_field_rules import WALK, off, saved, smpl
from tests.formats.test_field_variants import bvh, going_farther

LIMBS = SMPL_22.limbs


def stepping(speed: float = 1.0, frames: int = 60, stride: int = 15) -> np.ndarray:
    """A body at 20 fps that goes along +Z, one foot still while the other swings over it."""
    still = np.tile([1.0, 0, 0, 0], (frames, 22, 1))
    root = np.zeros((frames, 3))
    root[:, 1] = 0.9
    root[:, 2] = np.arange(frames) * speed / 20
    positions = forward_kinematics(still, root, SMPL_22)

    step = np.arange(frames) // stride
    for side, parity in enumerate((0, 1)):
        feet = [LIMBS.ankles[side], LIMBS.toes[side]]
        is_down = step % 2 == parity
        place = (step + 0.5) * stride * speed / 20  # of the foot that stands
        positions[:, feet, 2] += np.where(is_down, place - root[:, 2], 0)[:, None]
        positions[:, feet, 1] += np.where(is_down, 0, 0.1)[:, None]
    return positions


def with_way(positions: np.ndarray, factor: float) -> np.ndarray:
    return positions + (factor - 1) * positions[:, :1] * [1, 0, 1]


@pytest.mark.parametrize("factor", [0.01, 0.3048, 0.5, 2.0, 2.54, 100.0])
def test_a_way_that_feet_do_not_go_along_with_is_noted(factor):
    moved = with_way(stepping(), factor)
    assert way_of_feet(moved, 20) == pytest.approx(1 / factor, rel=0.01)
    (note,) = way_notes(moved, 20)
    assert "the feet slide" in note and f"{1 / factor:.2g} times" in note


def test_feet_that_stand_where_they_step_are_no_matter():
    walk = stepping()
    assert way_of_feet(walk, 20) is None and way_notes(walk, 20) == []


def test_a_run_on_the_spot_and_a_skater_are_believed():
    """Their feet stand by no way at all."""
    run = stepping()
    run[..., 2] -= run[:, :1, 2]
    run[:, :, 0] += 0.02 * np.sin(np.arange(len(run)))[:, None]
    assert way_notes(run, 20) == []
    skater = stepping(0.0)
    skater[..., 2] += 0.3 * np.arange(len(skater))[:, None]
    assert way_notes(skater, 20) == []


def test_who_sways_on_the_spot_while_the_feet_turn_is_believed():
    """As boxers do; the same feet on a way of half a metre are noted."""
    for frames, count in ((30, 0), (60, 1)):
        sways = with_way(stepping(speed=0.3, frames=frames, stride=frames), 0.5)
        assert len(way_notes(sways, 20)) == count


def test_hips_faster_than_any_person_are_noted():
    flying = stepping(0.0)
    flying[..., 0] += 2.0 * np.arange(len(flying))[:, None]
    (note,) = way_notes(flying, 20)
    assert "the hips move at 40 m/s" in note


@pytest.mark.parametrize("factor", [0.3048, 39.37])
def test_a_way_in_any_usual_unit_is_put_right_of_children_too(shared_data, tmp_path, factor):
    """A body of 1.3 m, whose way is in feet beside metres, or in inches beside metres."""
    walk = np.load(shared_data / "field-cases" / "truth.npy").astype(float) * 0.75

    motion, notes = load_motion_file(bvh(tmp_path, going_farther(factor), walk))
    assert any("another unit than the bones" in note for note in notes)
    assert np.ptp(motion.positions[:, 0] - walk[:, 0], axis=0).max() < 0.02


def test_positions_seen_from_the_hips_are_told_to_stay_in_their_place(tmp_path):
    path = saved(tmp_path / "x.npy", WALK - WALK[:, :1] + [0, 0.95, 0])
    _, notes = load_motion_file(path)
    assert any("the body stays in its place" in note for note in notes)


def test_parameters_far_above_the_floor_are_put_onto_it_at_their_own_rate(tmp_path):
    np.savez(tmp_path / "x.npz", **smpl(trans=np.tile([0.0, 9.0, 0.0], (30, 1))))
    motion, notes = load_amass(tmp_path / "x.npz")
    assert any("floor moved" in note for note in notes)
    assert abs(motion.positions[..., 1].min()) < 1e-6
    assert off(motion.positions, load_motion_file(tmp_path / "x.npz")[0].positions) < 1e-3
