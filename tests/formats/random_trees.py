"""Files of real motions on skeletons as programs have them: joints more and fewer, any rest pose.

What ``random_files.py`` leaves out: left-handed axes, fingers, helpers and props, missing ends of
limbs, joints above the hips, bodies of other sizes, a way in another unit than the bones, radians,
encodings and ways to write numbers. The writers are none of the package's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from motionlcm.formats.pose import local_motion
from motionlcm.formats.raw import local_to_world, rotations_in_world
from motionlcm.motion.motion import Motion
from motionlcm.motion.rotations import from_axis_angle, inverse, multiply, rotate, slerp, to_euler
from motionlcm.motion.skeleton import PARENTS
from tests.formats.fbx_text import Body, write_fbx_text
from tests.formats.random_files import NAMINGS, UNITS, UPS, Case, best_turn, joint_names

IDENTITY = np.array([1.0, 0, 0, 0])
RATES = (12.0, 15.0, 24.0, 29.97, 48.0, 75.0, 120.0, 240.0)
#: What the way is multiplied by; usual are 1, and units that are taken for one another.
WAYS = (1.0,) * 8 + (0.01, 0.0254, 0.3048, 2.54, 100.0)
EXTRAS = {
    "fingers": [(f"{side}Hand{finger}{n}", 20 + right, (0.03, 0.0, 0.01 * place))
                for right, side in enumerate(("Left", "Right"))
                for place, finger in enumerate(("Thumb", "Index", "Middle", "Ring", "Pinky"))
                for n in (1, 2, 3)],
    "face": [("Jaw", 15, (0, -0.02, 0.05)), ("HeadNub", 15, (0, 0.18, 0))],
    "prop": [("sword", 21, (0, 0, 0.8))],
    "ik": [("LeftFootIK", 0, (0.1, -0.9, 0)), ("ik_hand_r", 0, (-0.6, 0.3, 0))],
}  # fmt: skip
MISSING = {"toes": (10, 11), "hands": (20, 21), "collars": (13, 14), "spine": (6,)}


@dataclass(frozen=True)
class TreeCase:
    """How one file is written; ``up`` turns the root alone where ``is_root_turned``."""

    format: str
    unit: str
    up: str
    is_root_turned: bool
    is_mirrored: bool
    rate: float
    naming: str
    affix: str
    rest: str
    above: str
    extras: tuple[str, ...]
    missing: tuple[str, ...]
    size: float
    way: float
    is_radians: bool
    number: str
    encoding: str
    line_end: str
    order: str
    seed: int

    @classmethod
    def random(cls, seed: int) -> TreeCase:
        """The case of a seed."""
        generator = np.random.default_rng((seed, 1))

        def choose(*options):
            return options[generator.integers(len(options))]

        way = choose(*WAYS)

        def some(share, options):
            return tuple(option for option in options if generator.random() < share)

        return cls(
            format=choose("bvh", "bvh", "fbx"),
            unit=choose(*UNITS),
            up=choose("Y", "Y", *UPS),
            is_root_turned=choose(True, False),
            is_mirrored=generator.random() < 0.15,
            rate=choose(*RATES),
            naming=choose(*NAMINGS),
            affix=choose("{}", "{}", "{}_jnt", "DEF-{}", "chr_{}_bind", "Armature|{}", "{}.001"),
            rest=choose("T", "T", "A", "first", "random"),
            above=choose("", "", "Reference", "Scene", "carries"),
            extras=some(0.3, EXTRAS),
            missing=some(0.15, MISSING),
            size=choose(1.0, 1.0, 1.15, 0.8),
            way=way,
            is_radians=way == 1 and generator.random() < 0.15,
            number=choose("{:.6f}", "{:.8e}", "{:.10g}"),
            encoding=choose("utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252"),
            line_end=choose("\n", "\r\n", "\r"),
            order="".join(generator.permutation(list("XYZ"))),
            seed=seed,
        )


@dataclass
class Tree:
    """Joints with local transforms; ``smpl`` numbers those that are SMPL's, -1 the others."""

    names: list[str]
    parents: list[int]
    smpl: list[int]
    offsets: np.ndarray
    places: np.ndarray
    rotations: np.ndarray

    def with_joint(self, name: str, parent: int, offset: np.ndarray) -> Tree:
        """The tree with a joint more that does not move on its parent."""
        frames = len(self.places)
        place = np.tile(offset, (frames, 1, 1))
        still = np.tile(IDENTITY, (frames, 1, 1))
        return Tree(
            [*self.names, name],
            [*self.parents, parent],
            [*self.smpl, -1],
            np.concatenate([self.offsets, np.atleast_2d(offset)]),
            np.concatenate([self.places, place], axis=1),
            np.concatenate([self.rotations, still], axis=1),
        )

    def without(self, number: int) -> Tree:
        """The tree without one of SMPL's joints, which must not turn; what hangs on it stays."""
        gone = self.smpl.index(number)
        parents, offsets, places = list(self.parents), self.offsets.copy(), self.places.copy()
        for joint, parent in enumerate(self.parents):
            if parent == gone:
                parents[joint] = parents[gone]
                offsets[joint] += offsets[gone]
                places[:, joint] += places[:, gone]
        kept = [joint for joint in range(len(parents)) if joint != gone]
        return Tree(
            [self.names[joint] for joint in kept],
            [kept.index(parents[joint]) if parents[joint] >= 0 else -1 for joint in kept],
            [self.smpl[joint] for joint in kept],
            offsets[kept],
            places[:, kept],
            self.rotations[:, kept],
        )

    def from_rest(self, rest: np.ndarray) -> Tree:
        """The same motion told from another rest pose: world rotations ``[J 4]``."""
        world = multiply(rotations_in_world(tuple(self.parents), self.rotations), inverse(rest))
        above = np.array([IDENTITY if parent < 0 else rest[parent] for parent in self.parents])
        local = world.copy()
        for joint, parent in enumerate(self.parents):
            if parent >= 0:
                local[:, joint] = multiply(inverse(world[:, parent]), world[:, joint])
        return replace(
            self,
            offsets=rotate(above, self.offsets),
            places=rotate(above, self.places),
            rotations=local,
        )

    def below(self, name: str, place: np.ndarray, turn: np.ndarray) -> Tree:
        """The tree under a joint that is at ``place [T 3]``, turned."""
        frames, back = len(self.places), inverse(turn)
        places, rotations = self.places.copy(), self.rotations.copy()
        places[:, 0] = rotate(back, places[:, 0] - place)
        rotations[:, 0] = multiply(back, rotations[:, 0])
        return Tree(
            [name, *self.names],
            [-1, *(parent + 1 for parent in self.parents)],
            [-1, *self.smpl],
            np.concatenate([np.zeros((1, 3)), self.offsets]),
            np.concatenate([place[:, None], places], axis=1),
            np.concatenate([np.broadcast_to(turn, (frames, 1, 4)), rotations], axis=1),
        )

    def resampled(self, rate: float) -> Tree:
        """The tree at another rate than 20."""
        times = np.arange(int((len(self.places) - 1) * rate / 20 + 1e-6) + 1) * 20 / rate
        first = np.minimum(times.astype(int), len(self.places) - 2)
        share = np.clip(times - first, 0, 1)[:, None]
        places = self.places[first] * (1 - share[..., None])
        places += self.places[first + 1] * share[..., None]
        turns = slerp(self.rotations[first], self.rotations[first + 1], share)
        return replace(self, places=places, rotations=turns)


def write_tree(case: TreeCase, truth: np.ndarray, folder: Path) -> tuple[Path, np.ndarray, list]:
    """Write a motion ``[T 22 3]`` (20 fps, metres, Y up) as a case has it.

    Returns:
        The path, the motion that it holds, and the joints of SMPL that the file has.
    """
    raw = local_motion(Motion(truth))
    rotations = raw.rotations.copy()
    for part in ("collars", "spine"):  # what is left out must not turn
        if part in case.missing:
            rotations[:, list(MISSING[part])] = IDENTITY
    places = np.tile(raw.offsets * case.size, (len(rotations), 1, 1))
    places[:, 0] = raw.translations[:, 0] * case.size
    shown = local_to_world(PARENTS, places, rotations)

    names = joint_names(replace(Case.random(0), naming=case.naming, affix="{}"))
    tree = Tree(names, list(PARENTS), list(range(22)), raw.offsets * case.size, places, rotations)
    tree = _dressed(case, _changed(case, tree))
    path = folder / f"tree.{case.format}"
    (_write_bvh if case.format == "bvh" else _write_fbx)(case, tree, path)
    return path, shown, sorted(number for number in tree.smpl if number >= 0)


def _changed(case: TreeCase, tree: Tree) -> Tree:
    """The tree with joints more and fewer."""
    for extra in case.extras:
        last = {}
        for name, on, offset in EXTRAS[extra]:
            chain = name.rstrip("123")
            parent = last.get(chain, tree.smpl.index(on))
            tree = tree.with_joint(name, parent, np.array(offset, float))
            last[chain] = len(tree.names) - 1
    for part in case.missing:
        if part != "hands" or not {"fingers", "prop"} & set(case.extras):
            for number in MISSING[part]:
                tree = tree.without(number)
    return tree


def _dressed(case: TreeCase, tree: Tree) -> Tree:
    """The tree in the case's rest pose, unit, axes and rate, its names as they are written."""
    generator = np.random.default_rng(case.seed)
    rest = np.tile(IDENTITY, (len(tree.names), 1))
    if case.rest == "first":
        rest = rotations_in_world(tuple(tree.parents), tree.rotations)[0]
    if case.rest == "random":
        rest = from_axis_angle(generator.normal(size=(len(tree.names), 3)))
    if case.rest == "A":
        for joint in range(len(tree.names)):
            arm = _arm_above(tree, joint)
            rest[joint] = from_axis_angle(np.array([0, 0, 0.8 * arm]))
    tree = tree.from_rest(rest)

    tree.places[:, 0] *= case.way
    if case.above == "carries":
        tree = tree.below("root", tree.places[:, 0] * [1, 0, 1], IDENTITY)
    elif case.above:
        place = np.tile(
            [0.4, 0, 1.1] if case.above == "Scene" else [0.0, 0, 0], (len(tree.places), 1)
        )
        tree = tree.below(
            case.above, place, from_axis_angle(np.array([0, 0.7 * len(case.above) % 2, 0]))
        )

    turn = UPS[case.up]
    tree = replace(
        tree, offsets=tree.offsets * UNITS[case.unit], places=tree.places * UNITS[case.unit]
    )
    if case.is_root_turned:
        tree.rotations[:, 0] = multiply(turn, tree.rotations[:, 0])
        tree.places[:, 0] = rotate(turn, tree.places[:, 0])
    else:
        turned = multiply(multiply(turn, tree.rotations), inverse(turn))
        tree = replace(
            tree,
            offsets=rotate(turn, tree.offsets),
            places=rotate(turn, tree.places),
            rotations=turned,
        )
    if case.is_mirrored:
        tree = replace(tree, offsets=tree.offsets * [-1, 1, 1], places=tree.places * [-1, 1, 1],
                       rotations=tree.rotations * [1, 1, -1, -1])  # fmt: skip
    tree = replace(tree, names=[case.affix.format(name) for name in tree.names])
    return tree.resampled(case.rate)


def _arm_above(tree: Tree, joint: int) -> int:
    """-1 for a joint of the left arm, 1 for one of the right arm, else 0."""
    while joint >= 0:
        if tree.smpl[joint] in (16, 17):
            return -1 if tree.smpl[joint] == 16 else 1
        joint = tree.parents[joint]
    return 0


def _write_bvh(case: TreeCase, tree: Tree, path: Path) -> None:
    angles = np.unwrap(to_euler(tree.rotations, case.order), axis=0)
    angles = angles if case.is_radians else np.degrees(angles)
    lines, columns = ["HIERARCHY"], []

    def number(values) -> str:
        return " ".join(case.number.format(value) for value in values)

    def visit(joint: int, depth: int) -> None:
        tab, moves = "\t" * depth, depth == 0 or np.ptp(tree.places[:, joint], axis=0).max() > 1e-9
        ways = "Xposition Yposition Zposition " if moves else ""
        turns = " ".join(f"{axis}rotation" for axis in case.order)
        lines.extend([f"{tab}{'JOINT' if depth else 'ROOT'} {tree.names[joint]}", f"{tab}{{"])
        lines.append(f"{tab}\tOFFSET {number(tree.offsets[joint])}")
        lines.append(f"{tab}\tCHANNELS {6 if moves else 3} {ways}{turns}")
        columns.extend([tree.places[:, joint]] * bool(moves) + [angles[:, joint]])
        children = [child for child, parent in enumerate(tree.parents) if parent == joint]
        for child in children:
            visit(child, depth + 1)
        if not children:
            lines.extend([f"{tab}\tEnd Site", f"{tab}\t{{", f"{tab}\t\tOFFSET 0 0 0", f"{tab}\t}}"])
        lines.append(f"{tab}}}")

    visit(0, 0)
    rows = np.concatenate(columns, axis=1)
    lines += ["MOTION", f"Frames: {len(rows)}", f"Frame Time: {1 / case.rate:.7f}"]
    text = case.line_end.join([*lines, *map(number, rows), ""])
    path.write_bytes(text.encode(case.encoding))


def _write_fbx(case: TreeCase, tree: Tree, path: Path) -> None:
    keys = list(range(len(tree.places)))
    moving = [joint for joint in range(1, len(tree.names))
              if np.ptp(tree.places[:, joint], axis=0).max() > 1e-9]  # fmt: skip
    body = Body(tree.names, tree.parents, tree.offsets, tree.places[:, 0], tree.rotations, keys,
                {joint: tree.places[:, joint] for joint in moving})  # fmt: skip
    write_fbx_text(path, [body], fps=case.rate, stop=(len(keys) - 1) / case.rate)


_NOTES = {
    "rate": "frame rate",
    "unit": "unknown unit|decimetres|inches|feet|CMU|millimetres|of the bones",
    "axis": "[XYZ] (up|down)|on its head|which axis is up|radians",
    "mirror": "handed|radians",
    "floor": "floor moved|the body lies|on its head|radians",
    "path": "the way is|feet slide|hips move|the body lies|on its head|radians|dropped|floor moved",
    "pose": "placed|radians|dropped",
}


def faults_of(
    case: TreeCase, truth: np.ndarray, joints: list[int], motion: Motion, notes: list[str]
) -> tuple[list[str], list[str]]:
    """What of the joints that a file has is not as it was written, and what of that is not noted.

    A way that another factor than 1 was written into counts only if a person cannot go it: feet of
    who stands, or runs on the spot, do not tell.
    """
    read = np.asarray(motion.resampled(20).positions, float)
    if any("dropped the first" in note for note in notes):
        truth = truth[-len(read) :]
    faults = ["rate"] if abs(len(read) - len(truth)) > 3 else []
    count = min(len(read), len(truth))
    read, truth = read[:count], truth[:count]

    limbs = [
        joint for joint in joints if joint in (4, 5, 7, 8, 18, 19) and PARENTS[joint] in joints
    ]
    above = [PARENTS[joint] for joint in limbs]
    sizes = [
        float(np.median(np.linalg.norm(item[:, limbs] - item[:, above], axis=-1).sum(axis=1)))
        for item in (read, truth)
    ]
    if abs(sizes[0] / sizes[1] - 1) > 0.02:
        faults.append("unit")
    read = read * sizes[1] / sizes[0]

    told = [joint for joint in joints if joint not in (3, 6, 9, 13, 14)]
    local, other = (item[:, told] - item[:, :1] for item in (read, truth))
    turn, is_mirrored = best_turn(local, other)
    faults += ["mirror"] * is_mirrored + ["axis"] * bool(turn[1, 1] < np.cos(np.radians(10)))
    if np.linalg.norm(local @ turn.T - other, axis=-1).mean() > 0.02:
        faults.append("pose")
    if "axis" not in faults and abs(read[..., 1].min() - truth[..., 1].min()) > 0.08:
        faults.append("floor")

    ways = [np.linalg.norm(np.diff(item[:, 0], axis=0), axis=-1).sum() for item in (read, truth)]
    speed = ways[0] / max(count - 1, 1) * 20
    if abs(ways[0] - ways[1]) > 0.08 + 0.15 * ways[1] and (case.way == 1 or speed > 13):
        faults.append("path")
    text = " ".join(notes)
    return faults, [fault for fault in faults if not re.search(_NOTES[fault], text)]
