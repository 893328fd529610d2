"""Pictures and video: sizes, framing, colours, whole files."""

import imageio_ffmpeg
import numpy as np
import pytest

from motionlcm.motion.motion import Motion
from motionlcm.render import figure, video
from motionlcm.render.figure import LEFT_COLOUR, RIGHT_COLOUR, Scene, contact_sheet, draw_frame
from tests.conftest import walking


def test_an_mp4_has_every_frame_in_h264_at_the_asked_size(tmp_path):
    path = video.render_video(Motion(walking(30), caption="a person walks"), tmp_path / "walk.mp4")
    reader = imageio_ffmpeg.read_frames(path)
    meta = next(reader)
    assert meta["size"] == (640, 480) and meta["codec"] == "h264" and "yuv420p" in meta["pix_fmt"]
    assert sum(1 for _ in reader) == 30 and abs(meta["duration"] - 1.5) < 0.06
    faster = video.render_video(
        Motion(walking(30)), tmp_path / "fast.mp4", fps=60, width=320, height=240
    )
    assert imageio_ffmpeg.count_frames_and_secs(str(faster))[0] == 88


def test_the_figure_never_leaves_the_picture():
    for speed, turn in ((0.0, 0.0), (0.3, 0.0), (0.15, 0.1)):
        clip = walking(80, speed=speed, turn=turn)
        clip[30:40, :, 1] += 0.6  # a high jump
        scene = Scene(Motion(clip))
        for frame in range(80):
            pixels, _ = scene.project(scene.motion.positions[frame], frame)
            assert (pixels >= 0).all() and (pixels <= [640, 480]).all()


def test_left_and_right_have_their_colours_on_the_right_sides():
    frame = draw_frame(Scene(Motion(walking(2))), 0).astype(int)
    columns = []
    for colour in (LEFT_COLOUR, RIGHT_COLOUR):
        found = np.argwhere(np.abs(frame - colour).sum(-1) < 30)
        assert len(found) > 200
        columns.append(found[:, 1].mean())
    assert columns[0] > columns[1]  # seen from the front the person's left is on the right


def test_a_caption_of_any_kind_is_drawn_and_nothing_crashes():
    scene = Scene(Motion(walking(2)), caption="a person jumps 🦘 " * 40)
    assert (
        draw_frame(scene, 0)[:60] != draw_frame(Scene(Motion(walking(2)), caption=""), 0)[:60]
    ).any()
    assert contact_sheet(Motion(walking(9)), frames=3).shape == (300, 720, 3)


def test_lines_left_out_of_the_drawing_would_not_have_been_seen(monkeypatch):
    small = Scene(Motion(walking(3, speed=0.2)), 96, 64)
    large = Scene(Motion(walking(3, speed=0.2)), 640, 480)
    before = [draw_frame(scene, 1) for scene in (small, large)]
    lines, everything = [], figure._is_in_picture
    monkeypatch.setattr(
        figure,
        "_is_in_picture",
        lambda scene, pixels: lines.append(everything(scene, pixels)) or True,
    )
    assert all(
        np.array_equal(draw_frame(scene, 1), was)
        for scene, was in zip((small, large), before, strict=True)
    )
    assert all(0.05 < inside.mean() < 0.9 for inside in lines)  # and leaving them out pays


def test_the_trail_is_drawn_behind_the_walker_and_fades():
    scene = Scene(Motion(walking(80, speed=0.1)))
    shades = []
    for frame in (0, 79):
        picture = draw_frame(scene, frame).astype(int)
        is_green = (picture[..., 1] - picture[..., 0] > 12) & (
            picture[..., 1] - picture[..., 2] > 4
        )
        shades.append(len(np.unique(picture[is_green], axis=0)))
    assert shades[0] == 0 and shades[1] > 10


def test_a_failure_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setitem(video._ENCODERS, ".mp4", ["-c:v", "no-such-codec"])
    with pytest.raises(OSError, match="no-such-codec"):
        video.render_video(Motion(walking(5)), tmp_path / "a.mp4")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [{"width": 641}, {"height": 10}, {"fps": 0}])
def test_wrong_values_are_refused(arguments, tmp_path):
    with pytest.raises(ValueError, match="must be"):
        video.render_video(Motion(walking(5)), tmp_path / "a.mp4", **arguments)
    with pytest.raises(ValueError, match="ends in"):
        video.render_video(Motion(walking(5)), tmp_path / "a.avi")
