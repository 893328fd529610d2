"""Motion to mp4 or gif: frames go through a pipe to ffmpeg, so drawing and encoding overlap."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg

from motionlcm.atomic_files import replaced
from motionlcm.motion.loops import is_looped
from motionlcm.motion.motion import Motion
from motionlcm.render.figure import Scene, draw_frame
from motionlcm.render.marks import Marks

#: What ffmpeg is told for each suffix. Without lookahead x264 is done when the last frame is drawn:
#: two thirds of the work, the same PSNR (45 dB), a tenth more bytes than with it at crf 20.
_ENCODERS = {
    ".mp4": (
        "-c:v libx264 -preset veryfast -crf 23 -bf 0 -x264-params rc-lookahead=0:sync-lookahead=0 "
        "-pix_fmt yuv420p -movflags +faststart"
    ).split(),
    ".gif": [
        "-filter_complex",
        "split[a][b];[a]palettegen=max_colors=64[p];[b][p]paletteuse=dither=none",
    ],
}


def render_video(
    motion: Motion,
    path: str | Path,
    *,
    width: int = 640,
    height: int = 480,
    fps: float | None = None,
    caption: str | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Path:
    """Write a motion as mp4 (h264) or gif; the file appears whole or not at all.

    Args:
        motion: what to draw.
        path: ends in .mp4 or .gif.
        width, height: pixels, even.
        fps: frames per second of the video; the default is the motion's own rate, at others
            positions are interpolated.
        caption: shown at the top; None shows the motion's own.
        progress: called with (frames done, frames) as they are drawn.
    Returns:
        The path written.
    Raises:
        ValueError: unknown suffix or odd size.
        OSError: the folder cannot be written, or ffmpeg failed (its words are in the message).
    """
    path = Path(path)
    if path.suffix.lower() not in _ENCODERS:
        raise ValueError(f"a video ends in {' or '.join(_ENCODERS)}, got {path.name}")
    marks = Marks.of(motion)
    motion = motion if fps is None else motion.resampled(fps)
    scene = Scene(motion, width, height, caption, marks)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"no folder {path.parent} to write {path.name} into")

    with replaced(path) as part:
        _encode(scene, part, progress)
    return path


def _encode(scene: Scene, path: Path, progress: Callable[[int, int], None]) -> None:
    """Draw every frame and have ffmpeg write the file."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error"]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{scene.width}x{scene.height}"]
    command += ["-r", f"{scene.motion.fps:g}", "-i", "-"]
    command += [*_ENCODERS[path.suffix.lower()], str(path)]

    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log)
        assert process.stdin is not None
        try:
            # players go from the last frame to the first: the pose of a loop's seam is shown once
            shown = scene.motion.num_frames - is_looped(scene.motion.positions)
            for frame in range(shown):
                process.stdin.write(draw_frame(scene, frame).data)
                progress(frame + 1, shown)
            process.stdin.close()
        except BrokenPipeError:
            pass  # ffmpeg's own words follow
        except BaseException:
            process.kill()
            raise
        finally:
            code = process.wait()

        if code:
            log.seek(0)
            words = log.read().decode(errors="replace").strip()
            raise OSError(f"ffmpeg failed with code {code}: {words[-400:]}")
