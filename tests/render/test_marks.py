"""What was fixed of a motion is seen in its picture."""

from dataclasses import replace

import numpy as np
import pytest

from motionlcm.motion.constraints import Constraints
from motionlcm.motion.motion import Motion
from motionlcm.render.figure import Scene, draw_frame
from motionlcm.render.marks import KEPT_COLOUR, PATH_COLOUR, PIN_COLOUR, POSE_COLOUR, Marks
from tests.conftest import walking

WALK = Motion(walking(40))


def seen(constraints, frame, colour):
    """Pixels of nearly a colour in a frame."""
    motion = replace(WALK, targets=constraints.targets(40))
    picture = draw_frame(Scene(motion, 320, 240, caption="", marks=Marks.of(motion)), frame)
    return int((np.abs(picture.astype(int) - colour).max(-1) < 12).sum())


@pytest.mark.parametrize(
    ("constraints", "colour"),
    [
        (Constraints.root_path([[0, 0], [0, 1]], [0, 39]), PATH_COLOUR),
        (Constraints.joint("right_wrist", 20, WALK.positions[20, 21] + [0.2, 0.2, 0]), PIN_COLOUR),
        (Constraints.key_poses(Motion(walking(40) + [0.5, 0, 0]), [38], at=[5]), POSE_COLOUR),
        (Constraints.keep_part(WALK, "upper"), KEPT_COLOUR),
    ],
)
def test_each_kind_is_drawn(constraints, colour):
    assert seen(constraints, 10, colour) > 20
    assert seen(Constraints(), 10, colour) == 0


def test_given_frames_shine_while_they_last():
    ends = Constraints.in_between(WALK.cropped(0, 10), WALK.cropped(30, 40))
    shining = [seen(ends, frame, KEPT_COLOUR) > 100 for frame in (0, 9, 10, 29, 30, 39)]
    assert shining == [True, True, False, False, True, True]
