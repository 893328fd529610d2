"""The table of ``docs/files.md``: how near motions on characters are to the motions themselves.

    python -m demo.characters [hero.glb ...] [--motions FOLDER] [--model MODEL] [--each]

The six rigs of the tests and one of them without toes, and further files; three motions of each of
seven prompts, or the ``.npz`` files of a folder, grouped by name up to the first digit.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from motionlcm import Motion, MotionPipeline
from motionlcm.formats.character import Character, open_character
from motionlcm.formats.character_pose import CharacterPose, pose_character
from motionlcm.formats.character_rest import t_pose_turns
from motionlcm.formats.character_soles import lowest_points
from motionlcm.formats.character_trunk import leads_alike, trunk_bone, trunk_joints
from motionlcm.formats.natural_rest import natural_motion
from motionlcm.formats.raw import RawMotion
from motionlcm.formats.source_feet import foot_heights
from motionlcm.motion.rotations import normalize
from motionlcm.motion.skeleton import JOINT_NAMES, SIDES
from tests.formats.rigs import RIGS, write_rig

KINDS = ("walks forward", "kicks", "jumps", "sits down", "kneels down", "crawls", "lies down")
SEEDS = (0, 1, 2)
LEGS, ARMS = ("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist")
ON_FLOOR = 0.01  # metres of a motion's foot above where it stands


@dataclass(frozen=True)
class Row:
    """Figures of one motion on one character: degrees, metres, and shares of the motion's jerk."""

    legs: np.ndarray
    arms: np.ndarray
    trunk: np.ndarray
    soles: np.ndarray
    jerk: float


def measured(character: Character, motion: Motion) -> Row:
    """How far a motion on a character is from the motion."""
    raw = natural_motion(motion)
    pose = pose_character(character, raw)
    soles = lowest_points(character, pose.world_rotations, pose.world_positions) / pose.scale
    feet = foot_heights(raw.positions)
    root = pose.world_positions[:, pose.root] / pose.scale
    jerk, own = (
        np.sqrt((np.diff(p, n=3, axis=0) ** 2).mean()) for p in (root, raw.positions[:, 0])
    )
    return Row(
        legs=_limbs(character, pose, raw, LEGS),
        arms=_limbs(character, pose, raw, ARMS),
        trunk=_trunk(character, pose, raw),
        soles=np.maximum(soles - np.maximum(feet, 0), np.maximum(-soles, 0))[feet < ON_FLOOR],
        jerk=float(jerk / own),
    )


def _limbs(
    character: Character, pose: CharacterPose, raw: RawMotion, chain: tuple[str, ...]
) -> np.ndarray:
    """Angles between the bones of limbs, of all sides and frames."""
    angles = []
    for side in SIDES:
        for upper, lower in zip(chain, chain[1:]):
            first, last = (character.joints[f"{side}_{part}"] for part in (upper, lower))
            if last >= character.count:
                continue
            own = [JOINT_NAMES.index(f"{side}_{part}") for part in (upper, lower)]
            bone = pose.world_positions[:, last] - pose.world_positions[:, first]
            angles.append(_apart(bone, raw.positions[:, own[1]] - raw.positions[:, own[0]]))
    return np.concatenate(angles)


def _trunk(character: Character, pose: CharacterPose, raw: RawMotion) -> np.ndarray:
    """Angles between the bones of the trunk and the motion's between the same heights."""
    turns, places = t_pose_turns(character, raw.offsets), pose.world_positions
    angles = [
        _apart(places[:, item.above] - places[:, item.joint], trunk_bone(raw.positions, item))
        for item in trunk_joints(character)
        if leads_alike(character, turns, raw, item)
    ]
    return np.concatenate(angles) if angles else np.zeros(1)


def _apart(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    cosine = (normalize(first) * normalize(second)).sum(axis=-1)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def _characters(folder: Path, files: list[Path]) -> dict[str, Character]:
    rigs = dict(RIGS)
    toeless = {key: name for key, name in RIGS["rigify"].names.items() if "foot" not in key}
    rigs["no toes"] = replace(RIGS["rigify"], names=toeless)
    made = {name: write_rig(folder / f"{name}.glb", rig) for name, rig in rigs.items()}
    return {
        name: open_character(path) for name, path in (made | {f.stem: f for f in files}).items()
    }


def _motions(options: argparse.Namespace) -> dict[str, list[Motion]]:
    motions = defaultdict(list)
    if options.motions:
        for path in sorted(options.motions.glob("*.npz")):
            kind = path.stem.rstrip("0123456789_-. ")
            motions[kind].append(Motion.load(path))
        return dict(motions)
    pipeline = MotionPipeline.from_pretrained(*[options.model][: options.model is not None])
    for kind in KINDS:
        for seed in SEEDS:
            motions[kind] += pipeline([f"a person {kind}"], seconds=6.0, seed=seed)
    return dict(motions)


def _cells(rows: list[Row]) -> str:
    cells = [f"{max(row.legs.max() for row in rows):.1f}"]
    for part in ("arms", "trunk"):
        angles = np.concatenate([getattr(row, part) for row in rows])
        cells += [f"{np.percentile(angles, 95):.1f}", f"{angles.max():.1f}"]
    soles = 100 * np.concatenate([row.soles for row in rows])
    soles = soles if len(soles) else np.zeros(1)
    cells += [f"{soles.mean():.2f}", f"{np.percentile(soles, 95):.1f}", f"{soles.max():.1f}"]
    return " | ".join([*cells, f"{np.mean([row.jerk for row in rows]):.1f}"])


def main() -> None:
    """Print the table in Markdown."""
    parser = argparse.ArgumentParser(description="Motions on characters beside the motions.")
    parser.add_argument("characters", nargs="*", type=Path, help="further characters' files")
    parser.add_argument("--motions", type=Path, help="folder of .npz motions; else generated ones")
    parser.add_argument("--model", help="that generates; the default is the packaged one")
    parser.add_argument("--each", action="store_true", help="a row of each character, too")
    options = parser.parse_args()

    print(
        "| | legs off | arms: 95 % | most | trunk: 95 % | most | sole: mean | 95 % | most | jerk |"
    )
    print("|---" * 10 + "|")
    motions = _motions(options)
    with TemporaryDirectory() as folder:
        characters = _characters(Path(folder), options.characters)
    for kind, group in motions.items():
        rows = {
            name: [measured(character, motion) for motion in group]
            for name, character in characters.items()
        }
        print(f"| {kind} | {_cells([row for each in rows.values() for row in each])} |", flush=True)
        for name, each in rows.items() if options.each else ():
            print(f"| {kind}, {name} | {_cells(each)} |", flush=True)


if __name__ == "__main__":
    main()
