"""One frame of motion as a picture: own perspective projection, drawn with Pillow at twice the size.

Pillow needs nothing from the system (skia would need libEGL and libGL, Axes3D paints the floor over the body).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from motionlcm.motion.features import facing_rotations, smooth_in_time
from motionlcm.motion.motion import Motion
from motionlcm.motion.rotations import inverse, rotate
from motionlcm.motion.skeleton import Skeleton

LEFT_COLOUR, RIGHT_COLOUR, TRUNK_COLOUR = (46, 110, 214), (226, 94, 46), (66, 74, 90)
BACKGROUND, GRID_COLOUR = (246, 247, 249), (188, 195, 205)
TRAIL_COLOUR, SHADOW_COLOUR = (120, 170, 140), (214, 218, 224)
TEXT_COLOUR = (52, 58, 68)
_SCALE = 2  #: supersampling
_TRAIL_BANDS = 10  #: shades of the trail
_FEET = ("left_ankle", "left_foot", "right_ankle", "right_foot")
_TRUNK_WIDTH, _LEG_WIDTH, _LIMB_WIDTH = 0.085, 0.066, 0.055  #: metres
_AZIMUTH, _EYE_HEIGHT, _LOOK_HEIGHT = np.radians(38.0), 1.75, 0.92
_GRID_STEP, _GRID_REACH = 0.5, 6.0  #: metres
_CIRCLE = np.stack(
    [np.cos(np.linspace(0, 2 * np.pi, 17)[:-1]), np.sin(np.linspace(0, 2 * np.pi, 17)[:-1])],
    axis=-1,
)


@dataclass(frozen=True, eq=False)
class Scene:
    """A motion with the camera that follows it.

    Attributes:
        motion: what to draw.
        width, height: pixels, even.
        caption: shown at the top; None shows the motion's own.
    Raises:
        ValueError: an odd or tiny size.
    """

    motion: Motion
    width: int = 640
    height: int = 480
    caption: str | None = None

    def __post_init__(self) -> None:
        for name in ("width", "height"):
            value = getattr(self, name)
            if value < 64 or value > 4096 or value % 2:
                raise ValueError(
                    f"{name} must be an even number of pixels from 64 to 4096, got {value}"
                )

    @cached_property
    def targets(self) -> np.ndarray:
        """``[T 3]`` what the camera looks at: the root's path, smoothed over half a second."""
        path = self.motion.positions[:, 0].astype(np.float64)
        if len(path) > 1:
            path = smooth_in_time(path, 0.5 * self.motion.fps)
        return np.stack([path[:, 0], np.full(len(path), _LOOK_HEIGHT), path[:, 2]], axis=-1)

    @cached_property
    def axes(self) -> np.ndarray:
        """``[3 3]`` rows right, up, ahead of the camera, which stands in front of the person and to the side."""
        facing = inverse(
            facing_rotations(self.motion.positions[:1].astype(np.float64), self.motion.skeleton)
        )[0]
        offset = np.array([np.sin(_AZIMUTH), 0, np.cos(_AZIMUTH)])
        ahead = -rotate(facing, offset) * 4.2 - np.array([0, _EYE_HEIGHT - _LOOK_HEIGHT, 0])
        ahead /= np.linalg.norm(ahead)
        right = np.cross(ahead, [0, 1, 0])
        right /= np.linalg.norm(right)
        return np.stack([right, np.cross(right, ahead), ahead])

    @cached_property
    def distance(self) -> float:
        """Metres from the camera to the target, such that no joint ever leaves the picture."""
        local = (self.motion.positions - self.targets[:, None]) @ self.axes.T  # [T J 3]
        across, up, depth = np.abs(local[..., 0]) + 0.12, local[..., 1], local[..., 2]
        half = np.array([self.width, self.height]) / (2 * self._focal)
        need = [
            across / (0.94 * half[0]) - depth,
            (up + 0.2) / (0.84 * half[1]) - depth,
            (0.1 - up) / half[1] - depth,
        ]
        return float(max(3.4, *(float(values.max()) for values in need)))

    @property
    def _focal(self) -> float:
        return 1.35 * self.height

    def project(self, points: np.ndarray, frame: int) -> tuple[np.ndarray, np.ndarray]:
        """World points ``[... 3]`` metres to pixels ``[... 2]`` and depth ``[...]`` metres from the camera."""
        local = (points - self.targets[frame]) @ self.axes.T
        depth = local[..., 2] + self.distance
        scale = self._focal / np.maximum(depth, 0.05)
        x = self.width / 2 + local[..., 0] * scale
        return np.stack([x, self.height / 2 - local[..., 1] * scale], axis=-1), depth

    @cached_property
    def lettering(self) -> Image.Image:
        """The caption as a mask ``[H W]`` (mode L) of only the rows it needs; drawn once for all frames."""
        caption = self.caption if self.caption is not None else self.motion.caption
        size = max(12, self.height // 26)
        font = _font(size)
        lines = _wrapped(caption or "", font, 0.92 * self.width)[:3]
        bottom = self.height * 0.025 + (len(lines) + 0.5) * 1.3 * size
        mask = Image.new("L", (self.width, min(self.height, round(bottom))))
        draw = ImageDraw.Draw(mask)
        for row, line in enumerate(lines):
            x = (self.width - font.getlength(line)) / 2
            draw.text((x, self.height * 0.025 + row * 1.3 * size), line, fill=255, font=font)
        return mask


def draw_frame(scene: Scene, frame: int) -> np.ndarray:
    """Draw one frame.

    Args:
        scene: motion and camera.
        frame: 0 to T - 1.
    Returns:
        ``[H W 3]`` uint8.
    """
    image = Image.new("RGB", (scene.width * _SCALE, scene.height * _SCALE), BACKGROUND)
    draw = ImageDraw.Draw(image)
    _draw_grid(draw, scene, frame)
    _draw_shadow(draw, scene, frame)
    _draw_trail(draw, scene, frame)
    _draw_body(draw, scene, frame)
    small = image.reduce(_SCALE)
    _draw_text(small, scene, frame)
    return np.asarray(small)


def _segments(
    draw: ImageDraw.ImageDraw, scene: Scene, frame: int, ends: np.ndarray, colours: np.ndarray
) -> None:
    """Thin floor lines; ``ends`` ``[N 2 3]``, ``colours`` ``[N 3]``; those outside of the picture are left out."""
    pixels, depth = scene.project(ends, frame)
    visible = (depth > 0.3).all(1) & _is_in_picture(scene, pixels)
    for line, colour in zip(
        (pixels[visible] * _SCALE).reshape(-1, 4).tolist(), colours[visible].tolist(), strict=True
    ):
        draw.line(line, fill=tuple(colour), width=_SCALE)


def _is_in_picture(scene: Scene, pixels: np.ndarray) -> np.ndarray:
    """Whether lines ``[N 2 2]`` may touch the picture: not both ends beyond the same edge; ``[N]``."""
    margin = 2.0
    is_beyond = (pixels < -margin).all(1) | np.all(
        pixels > [scene.width + margin, scene.height + margin], axis=1
    )
    return ~is_beyond.any(1)


def _draw_grid(draw: ImageDraw.ImageDraw, scene: Scene, frame: int) -> None:
    centre = scene.targets[frame][[0, 2]]
    ticks = np.arange(-_GRID_REACH, _GRID_REACH + 1e-6, _GRID_STEP)
    a = ticks + np.round(centre[0] / _GRID_STEP) * _GRID_STEP
    b = ticks + np.round(centre[1] / _GRID_STEP) * _GRID_STEP
    coarse = slice(None, None, 3)
    first = np.stack(np.meshgrid(a, b[coarse], indexing="ij"), axis=-1)  # lines along z at each x
    second = np.stack(np.meshgrid(a[coarse], b, indexing="ij"), axis=-1)
    ends = [np.stack([first[:, :-1], first[:, 1:]], axis=-2).reshape(-1, 2, 2)]
    ends.append(np.stack([second[:-1], second[1:]], axis=-2).reshape(-1, 2, 2))
    flat = np.concatenate(ends)
    away = np.linalg.norm(flat.mean(1) - centre, axis=-1)
    keep = away < _GRID_REACH
    flat, away = flat[keep], away[keep]
    points = np.stack([flat[..., 0], np.zeros(flat.shape[:2]), flat[..., 1]], axis=-1)
    share = np.clip(1.1 - away / _GRID_REACH, 0, 1)[:, None]
    colours = np.array(BACKGROUND) + share * (np.array(GRID_COLOUR) - np.array(BACKGROUND))
    _segments(draw, scene, frame, points, colours.astype(int))


def _draw_shadow(draw: ImageDraw.ImageDraw, scene: Scene, frame: int) -> None:
    joints, skeleton = scene.motion.positions[frame], scene.motion.skeleton
    for joint, radius in ((0, 0.24), *((skeleton.index(foot), 0.11) for foot in _FEET)):
        height = max(0.0, float(joints[joint, 1]) - (0.9 if joint == 0 else 0.0))
        size = radius * max(0.25, 1 - 1.2 * height)
        ring = np.zeros((len(_CIRCLE), 3))
        ring[:, [0, 2]] = joints[joint, [0, 2]] + size * _CIRCLE
        pixels, depth = scene.project(ring, frame)
        if (depth > 0.3).all():
            draw.polygon([tuple(p) for p in (pixels * _SCALE).tolist()], fill=SHADOW_COLOUR)


def _draw_trail(draw: ImageDraw.ImageDraw, scene: Scene, frame: int) -> None:
    """The root's way over the last four seconds, fading in ``_TRAIL_BANDS`` shades."""
    start = max(0, frame - int(4 * scene.motion.fps))
    path = scene.motion.positions[start : frame + 1, 0].astype(np.float64)
    if len(path) < 2:
        return
    path[:, 1] = 0
    pixels, depth = scene.project(path, frame)
    points = (pixels * _SCALE).tolist()
    edges = np.unique(np.linspace(0, len(path) - 1, _TRAIL_BANDS + 1).round().astype(int)).tolist()
    for first, last in zip(edges, edges[1:], strict=False):
        share = (first + last + 2) / (2 * len(path))
        colour = tuple(
            int(b + share * (t - b)) for b, t in zip(BACKGROUND, TRAIL_COLOUR, strict=True)
        )
        if depth[first : last + 1].min() > 0.3:
            draw.line(
                [tuple(p) for p in points[first : last + 1]], fill=colour, width=3 * _SCALE // 2
            )


def _colour(skeleton: Skeleton, joint: int) -> tuple[int, int, int]:
    is_left, is_right = joint in skeleton.left_joints, joint in skeleton.right_joints
    return LEFT_COLOUR if is_left else RIGHT_COLOUR if is_right else TRUNK_COLOUR


def _width(name: str) -> float:
    """Metres, of the bone that ends in the joint."""
    side, _, part = name.rpartition("_")
    return _LEG_WIDTH if part in ("knee", "ankle") else _LIMB_WIDTH if side else _TRUNK_WIDTH


def _draw_body(draw: ImageDraw.ImageDraw, scene: Scene, frame: int) -> None:
    pixels, depth = scene.project(scene.motion.positions[frame].astype(np.float64), frame)
    pixels = pixels * _SCALE
    skeleton = scene.motion.skeleton
    order = sorted(
        range(1, len(depth)), key=lambda joint: -(depth[joint] + depth[skeleton.parents[joint]])
    )
    for joint in order:
        parent = skeleton.parents[joint]
        scale = scene._focal / max(0.3, float(depth[joint] + depth[parent]) / 2) * _SCALE
        colour = _colour(skeleton, joint)
        if skeleton.names[joint] == "head":
            _disc(draw, (pixels[joint] * 1.5 - pixels[parent] * 0.5), 0.115 * scale, TRUNK_COLOUR)
            continue
        width = _width(skeleton.names[joint]) * scale
        _stroke(draw, pixels[parent], pixels[joint], width + 3 * _SCALE, BACKGROUND)
        _stroke(draw, pixels[parent], pixels[joint], width, colour)


def _stroke(
    draw: ImageDraw.ImageDraw, a: np.ndarray, b: np.ndarray, width: float, colour: tuple
) -> None:
    draw.line([*a.tolist(), *b.tolist()], fill=colour, width=max(1, round(width)))
    for end in (a, b):
        _disc(draw, end, width / 2, colour)


def _disc(draw: ImageDraw.ImageDraw, centre: np.ndarray, radius: float, colour: tuple) -> None:
    x, y = centre.tolist()
    draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=colour)


def _draw_text(image: Image.Image, scene: Scene, frame: int) -> None:
    mask = scene.lettering
    image.paste(TEXT_COLOUR, (0, 0, *mask.size), mask)
    size = max(12, scene.height // 26)
    time = f"{frame / scene.motion.fps:.1f} s"
    clock = _font(max(10, size * 2 // 3))
    ImageDraw.Draw(image).text((10, scene.height - 2 * size), time, fill=GRID_COLOUR, font=clock)


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own, read once a size."""
    return ImageFont.load_default(size)


def _wrapped(
    text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: float
) -> list[str]:
    lines = [""]
    for word in " ".join(text.split())[:300].split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def contact_sheet(
    motion: Motion, *, frames: int = 8, width: int = 240, height: int = 300
) -> np.ndarray:
    """Poses evenly spaced in time, side by side: ``[height frames*width 3]`` uint8."""
    scene = Scene(motion, width, height, caption="")
    picked = np.linspace(0, motion.num_frames - 1, frames).round().astype(int)
    return np.concatenate([draw_frame(scene, int(frame)) for frame in picked], axis=1)
