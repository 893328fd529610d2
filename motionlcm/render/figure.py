"""One frame of motion as a picture: perspective projection, drawn with Pillow at twice the size.

Pillow needs nothing from the system (skia would need libEGL and libGL, Axes3D paints the floor over
the body).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from motionlcm.motion.features import facing_rotations
from motionlcm.motion.motion import Motion
from motionlcm.motion.rotations import inverse, rotate
from motionlcm.motion.skeleton import Skeleton
from motionlcm.motion.timeline import smooth_in_time
from motionlcm.render.marks import Marks, draw_marks

Colour = tuple[int, int, int]  #: red, green, blue, 0 to 255

LEFT_COLOUR, RIGHT_COLOUR = (46, 110, 214), (226, 94, 46)
TRUNK_COLOUR = (66, 74, 90)
BACKGROUND, GRID_COLOUR = (246, 247, 249), (188, 195, 205)
TRAIL_COLOUR, SHADOW_COLOUR = (120, 170, 140), (214, 218, 224)
TEXT_COLOUR = (52, 58, 68)
_SCALE = 2  #: supersampling
_TRAIL_BANDS = 10  #: shades of the trail
_TRAIL_SECONDS = 4
_MEASURED = 2000  #: frames measured at once
_FEET = ("left_ankle", "left_foot", "right_ankle", "right_foot")
_TRUNK_WIDTH, _LEG_WIDTH = 0.085, 0.066  #: metres
_LIMB_WIDTH, _HEAD_RADIUS = 0.055, 0.115  #: metres
_AZIMUTH = np.radians(38.0)  #: of the camera, from straight ahead of the person
_EYE_HEIGHT, _LOOK_HEIGHT = 1.75, 0.92  #: metres
_NEAREST = 0.3  #: metres from the camera to what is drawn
_GRID_STEP, _GRID_REACH = 0.5, 6.0  #: metres
_ANGLES = np.linspace(0, 2 * np.pi, 17)[:-1]
_CIRCLE = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=-1)


@dataclass(frozen=True, eq=False)
class Scene:
    """A motion with the camera that follows it.

    Attributes:
        motion: what to draw.
        width, height: pixels, even.
        caption: shown at the top; None shows the motion's own.
        marks: what was fixed of the motion; None: nothing.
    Raises:
        ValueError: an odd or tiny size.
    """

    motion: Motion
    width: int = 640
    height: int = 480
    caption: str | None = None
    marks: Marks | None = None

    def __post_init__(self) -> None:
        for name in ("width", "height"):
            value = getattr(self, name)
            if value < 64 or value > 4096 or value % 2:
                raise ValueError(
                    f"{name} must be an even number of pixels from 64 to 4096, got {value}"
                )

    @cached_property
    def targets(self) -> np.ndarray:
        """What the camera looks at ``[T 3]``: the root's path, smoothed over half a second."""
        path = self.motion.positions[:, 0].astype(np.float64)
        if len(path) > 1:
            path = smooth_in_time(path, 0.5 * self.motion.fps)
        return np.stack([path[:, 0], np.full(len(path), _LOOK_HEIGHT), path[:, 2]], axis=-1)

    @cached_property
    def axes(self) -> np.ndarray:
        """The camera's right, up and ahead as rows ``[3 3]``.

        It stands in front of the person and to the side.
        """
        first = self.motion.positions[:1].astype(np.float64)
        facing = inverse(facing_rotations(first, self.motion.skeleton))[0]
        offset = np.array([np.sin(_AZIMUTH), 0, np.cos(_AZIMUTH)])
        ahead = -rotate(facing, offset) * 4.2 - np.array([0, _EYE_HEIGHT - _LOOK_HEIGHT, 0])
        ahead /= np.linalg.norm(ahead)

        right = np.cross(ahead, [0, 1, 0])
        right /= np.linalg.norm(right)
        return np.stack([right, np.cross(right, ahead), ahead])

    @cached_property
    def distance(self) -> float:
        """Metres from the camera to the target, such that no joint ever leaves the picture."""
        count = self.motion.num_frames
        spans = (slice(start, start + _MEASURED) for start in range(0, count, _MEASURED))
        return max(3.4, *(self._distance_in(span) for span in spans))

    def _distance_in(self, span: slice) -> float:
        """What some frames need as ``distance``."""
        body = self.motion.positions[span]
        local = (body - self.targets[span, None]) @ self.axes.T  # [t J 3]
        across = np.abs(local[..., 0]) + 0.12
        up, depth = local[..., 1], local[..., 2]

        # A distance for each edge: the sides, the top with its caption, the bottom.
        half = np.array([self.width, self.height]) / (2 * self.focal)
        needed = [
            across / (0.94 * half[0]) - depth,
            (up + 0.2) / (0.84 * half[1]) - depth,
            (0.1 - up) / half[1] - depth,
        ]
        return max(float(distances.max()) for distances in needed)

    @property
    def focal(self) -> float:
        """Pixels of a metre at a distance of one metre."""
        return 1.35 * self.height

    def project(self, points: np.ndarray, frame: int) -> tuple[np.ndarray, np.ndarray]:
        """Project points into a frame's picture.

        Args:
            points: ``[... 3]`` metres, in the world.
            frame: 0 to T - 1.
        Returns:
            Pixels ``[... 2]``, and depths ``[...]`` in metres from the camera.
        """
        local = (points - self.targets[frame]) @ self.axes.T
        depth = local[..., 2] + self.distance

        scale = self.focal / np.maximum(depth, 0.05)
        x = self.width / 2 + local[..., 0] * scale
        return np.stack([x, self.height / 2 - local[..., 1] * scale], axis=-1), depth

    @cached_property
    def lettering(self) -> Image.Image:
        """The caption as a mask ``[H W]`` (mode L) of only the rows it needs."""
        caption = self.caption if self.caption is not None else self.motion.caption
        font = _font(self.text_size)
        lines = _wrapped(caption or "", font, 0.92 * self.width)[:3]
        top, step = self.height * 0.025, 1.3 * self.text_size
        bottom = top + (len(lines) + 0.5) * step

        mask = Image.new("L", (self.width, min(self.height, round(bottom))))
        draw = ImageDraw.Draw(mask)
        for row, line in enumerate(lines):
            x = (self.width - font.getlength(line)) / 2
            draw.text((x, top + row * step), line, fill=255, font=font)
        return mask

    @property
    def text_size(self) -> int:
        """Pixels, of the caption's letters."""
        return max(12, self.height // 26)


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
    draw_marks(draw, scene, frame, scale=_SCALE)
    _draw_body(draw, scene, frame)

    small = image.reduce(_SCALE)
    _draw_text(small, scene, frame)
    return np.asarray(small)


def _segments(
    draw: ImageDraw.ImageDraw, scene: Scene, frame: int, ends: np.ndarray, colours: np.ndarray
) -> None:
    """Draw lines of the floor, ``ends [N 2 3]`` in ``colours [N 3]``, but none out of sight."""
    pixels, depth = scene.project(ends, frame)
    is_visible = (depth > _NEAREST).all(1) & _is_in_picture(scene, pixels)

    lines = (pixels[is_visible] * _SCALE).reshape(-1, 4).tolist()
    for line, colour in zip(lines, colours[is_visible].tolist(), strict=True):
        draw.line(line, fill=tuple(colour), width=_SCALE)


def _is_in_picture(scene: Scene, pixels: np.ndarray) -> np.ndarray:
    """Whether lines ``[N 2 2]`` may touch the picture ``[N]``: no edge has both ends beyond it."""
    margin = 2.0
    farthest = np.array([scene.width, scene.height]) + margin
    is_beyond = np.all(pixels < -margin, axis=1) | np.all(pixels > farthest, axis=1)
    return ~is_beyond.any(axis=1)


def _draw_grid(draw: ImageDraw.ImageDraw, scene: Scene, frame: int) -> None:
    """Draw a floor around the figure that fades into the distance."""
    centre = scene.targets[frame][[0, 2]]
    flat = _grid_lines(centre)  # [N 2 2]
    away = np.linalg.norm(flat.mean(1) - centre, axis=-1)
    is_near = away < _GRID_REACH
    flat, away = flat[is_near], away[is_near]

    points = np.stack([flat[..., 0], np.zeros(flat.shape[:2]), flat[..., 1]], axis=-1)
    share = np.clip(1.1 - away / _GRID_REACH, 0, 1)[:, None]
    colours = np.array(BACKGROUND) + share * (np.array(GRID_COLOUR) - np.array(BACKGROUND))
    _segments(draw, scene, frame, points, colours.astype(int))


def _grid_lines(centre: np.ndarray) -> np.ndarray:
    """Pieces ``[N 2 2]`` of lines along x and z, on whole steps of the floor around a centre."""
    ticks = np.arange(-_GRID_REACH, _GRID_REACH + 1e-6, _GRID_STEP)
    x, z = (ticks + np.round(value / _GRID_STEP) * _GRID_STEP for value in centre)
    coarse = slice(None, None, 3)  # a line is drawn in pieces of one step, every third has one
    along_z = np.stack(np.meshgrid(x, z[coarse], indexing="ij"), axis=-1)
    along_x = np.stack(np.meshgrid(x[coarse], z, indexing="ij"), axis=-1)

    pieces_z = np.stack([along_z[:, :-1], along_z[:, 1:]], axis=-2).reshape(-1, 2, 2)
    pieces_x = np.stack([along_x[:-1], along_x[1:]], axis=-2).reshape(-1, 2, 2)
    return np.concatenate([pieces_z, pieces_x])


def _draw_shadow(draw: ImageDraw.ImageDraw, scene: Scene, frame: int) -> None:
    """Draw a disc below the pelvis and each foot; it shrinks as they rise."""
    joints, skeleton = scene.motion.positions[frame], scene.motion.skeleton
    radii = {0: 0.24, **{skeleton.index(foot): 0.11 for foot in _FEET}}  # metres
    for joint, radius in radii.items():
        height = max(0.0, float(joints[joint, 1]) - (0.9 if joint == 0 else 0.0))
        size = radius * max(0.25, 1 - 1.2 * height)
        ring = np.zeros((len(_CIRCLE), 3))
        ring[:, [0, 2]] = joints[joint, [0, 2]] + size * _CIRCLE

        pixels, depth = scene.project(ring, frame)
        if (depth > _NEAREST).all():
            draw.polygon([tuple(p) for p in (pixels * _SCALE).tolist()], fill=SHADOW_COLOUR)


def _draw_trail(draw: ImageDraw.ImageDraw, scene: Scene, frame: int) -> None:
    """Draw the root's way over the last seconds, fading in ``_TRAIL_BANDS`` shades."""
    start = max(0, frame - int(_TRAIL_SECONDS * scene.motion.fps))
    path = scene.motion.positions[start : frame + 1, 0].astype(np.float64)
    if len(path) < 2:
        return

    path[:, 1] = 0
    pixels, depth = scene.project(path, frame)
    points = [tuple(point) for point in (pixels * _SCALE).tolist()]
    edges = np.unique(np.linspace(0, len(path) - 1, _TRAIL_BANDS + 1).round().astype(int)).tolist()
    for first, last in zip(edges, edges[1:], strict=False):
        band = slice(first, last + 1)
        if depth[band].min() > _NEAREST:
            colour = _blend(BACKGROUND, TRAIL_COLOUR, (first + last + 2) / (2 * len(path)))
            draw.line(points[band], fill=colour, width=3 * _SCALE // 2)


def _blend(first: Colour, second: Colour, share: float) -> Colour:
    """The colour a share of the way from the first to the second."""
    red, green, blue = (int(a + share * (b - a)) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _colour(skeleton: Skeleton, joint: int) -> Colour:
    """The colour of the bone that ends in the joint."""
    if joint in skeleton.left_joints:
        return LEFT_COLOUR
    return RIGHT_COLOUR if joint in skeleton.right_joints else TRUNK_COLOUR


def _width(name: str) -> float:
    """The width in metres of the bone that ends in the joint."""
    side, _, part = name.rpartition("_")
    if part in ("knee", "ankle"):
        return _LEG_WIDTH
    return _LIMB_WIDTH if side else _TRUNK_WIDTH


def _draw_body(draw: ImageDraw.ImageDraw, scene: Scene, frame: int) -> None:
    """Draw every bone with a rim, the farthest first, and the head as a disc."""
    pixels, depth = scene.project(scene.motion.positions[frame].astype(np.float64), frame)
    pixels = pixels * _SCALE
    skeleton = scene.motion.skeleton

    far_to_near = sorted(
        range(1, len(depth)), key=lambda joint: -(depth[joint] + depth[skeleton.parents[joint]])
    )
    for joint in far_to_near:
        parent = skeleton.parents[joint]
        start, end = pixels[parent], pixels[joint]
        middle = float(depth[joint] + depth[parent]) / 2
        scale = scene.focal / max(_NEAREST, middle) * _SCALE  # pixels per metre

        if skeleton.names[joint] == "head":
            _disc(draw, end * 1.5 - start * 0.5, _HEAD_RADIUS * scale, TRUNK_COLOUR)
            continue
        width = _width(skeleton.names[joint]) * scale
        _stroke(draw, start, end, width + 3 * _SCALE, BACKGROUND)
        _stroke(draw, start, end, width, _colour(skeleton, joint))


def _stroke(
    draw: ImageDraw.ImageDraw, a: np.ndarray, b: np.ndarray, width: float, colour: Colour
) -> None:
    """Draw a line with round ends."""
    draw.line([*a.tolist(), *b.tolist()], fill=colour, width=max(1, round(width)))
    for end in (a, b):
        _disc(draw, end, width / 2, colour)


def _disc(draw: ImageDraw.ImageDraw, centre: np.ndarray, radius: float, colour: Colour) -> None:
    x, y = centre.tolist()
    draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=colour)


def _draw_text(image: Image.Image, scene: Scene, frame: int) -> None:
    """Draw the caption at the top and the time at the bottom."""
    mask = scene.lettering
    image.paste(TEXT_COLOUR, (0, 0, *mask.size), mask)

    size = scene.text_size
    time = f"{frame / scene.motion.fps:.1f} s"
    clock = _font(max(10, size * 2 // 3))
    ImageDraw.Draw(image).text((10, scene.height - 2 * size), time, fill=GRID_COLOUR, font=clock)


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own font, read once a size."""
    return ImageFont.load_default(size)


def _wrapped(
    text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: float
) -> list[str]:
    """The text in lines of at most ``width`` pixels, cut after 300 characters."""
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
    """Draw poses evenly spaced in time, side by side: ``[height frames*width 3]`` uint8."""
    scene = Scene(motion, width, height, caption="", marks=Marks.of(motion))
    chosen = np.linspace(0, motion.num_frames - 1, frames).round().astype(int)
    return np.concatenate([draw_frame(scene, int(frame)) for frame in chosen], axis=1)
