"""Action probes: does the body do what the prompt says? Physical tests on joint positions that a person understands.

Every probe has prompts and the labels of real clips it must accept, so that the probe itself can be judged.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motionlcm.data.store import FeatureStore
from motionlcm.evaluation.physics import physical_figures
from motionlcm.motion import actions
from motionlcm.motion.body import Body
from motionlcm.motion.features import HUMANML, decode_positions
from motionlcm.pipeline import MotionPipeline


@dataclass(frozen=True)
class Probe:
    """One action: what to ask for, how to see it, and which real clips show it (a pattern for their labels)."""

    name: str
    prompts: tuple[str, ...]
    is_shown: Callable[[Body], bool]
    labels: str


PROBES = (
    Probe("jumps", ("a person jumps", "someone hops up into the air", "a man leaps forward",
                    "the person springs off the ground"), actions.jumps,
          r"^([Jj]ump|forward jump|high jump|hopBothLegs.*)$"),
    Probe("walks forward", ("a person walks forward", "someone strolls straight on", "a man takes several steps ahead",
                            "a woman is walking"), actions.walks_forward, r"^walk$"),
    Probe("walks backward", ("a person walks backward", "someone steps back", "a man retreats walking backwards",
                             "a woman moves in reverse on foot"), actions.walks_backward, r"^walk-back$"),
    Probe("runs", ("a person runs", "someone sprints ahead", "a man is running fast", "a woman dashes forward"),
          actions.runs, r"^(run|dash)$"),
    Probe("turns left", ("a person turns left", "someone walks and then turns to the left",
                         "a man makes a left turn", "a woman walks round a left corner"), actions.turns_left,
          r"^(walk-turn-left|.*90-degree left turn)$"),
    Probe("turns right", ("a person turns right", "someone walks and then turns to the right",
                          "a man makes a right turn", "a woman walks round a right corner"), actions.turns_right,
          r"^(walk-turn-right|.*90-degree right turn)$"),
    Probe("raises both hands", ("a person raises both hands", "someone puts both arms up in the air",
                                "a man lifts his two arms overhead", "a woman throws her hands up"),
          actions.raises_both_hands, r"^raise-up-both-hands$"),
    Probe("raises the left hand", ("a person raises the left hand", "someone stretches the left arm upward",
                                   "a man puts up his left hand", "a woman holds her left arm high"),
          actions.raises_left_hand, r"^raise-up-left-hand$"),
    Probe("raises the right hand", ("a person raises the right hand", "someone stretches the right arm upward",
                                    "a man puts up his right hand", "a woman holds her right arm high"),
          actions.raises_right_hand, r"^raise-up-right-hand$"),
    Probe("waves with the right hand", ("a person waves with the right hand", "someone greets waving the right arm",
                                        "a man is waving his right hand"), actions.waves_right, r"^wave-right-hand$"),
    Probe("waves with the left hand", ("a person waves with the left hand", "someone greets waving the left arm",
                                       "a man is waving his left hand"), actions.waves_left, r"^wave-left-hand$"),
    Probe("waves with both hands", ("a person waves with both hands", "someone waves both arms",
                                    "a woman is waving her two hands"), actions.waves_both, r"^wave-both-hands$"),
    Probe("kicks with the left leg", ("a person kicks with the left leg", "a man does a left front kick",
                                      "someone kicks with the left foot"), actions.kicks_left, r"^kickLFront.*$"),
    Probe("kicks with the right leg", ("a person kicks with the right leg", "a man does a right front kick",
                                       "someone kicks with the right foot"), actions.kicks_right,
          r"^(Front Kick|kickRFront.*)$"),
    Probe("squats", ("a person squats", "someone does a deep knee bend", "a man squats down and comes up again",
                     "a woman crouches and rises"), actions.squats, r"^squat.*$"),
    Probe("sits down", ("a person sits down", "someone takes a seat", "a man lowers himself onto a chair"),
          actions.sits_down, r"^sit .*$"),
    Probe("lies down", ("a person lies down", "someone lays down on the ground", "a man gets down and lies flat"),
          actions.lies_down, r"^lieDownFloor$"),
    Probe("jumping jacks", ("a person does jumping jacks", "someone performs star jumps"), actions.does_jumping_jacks,
          r"^.*jumping.?jack.*$"),
    Probe("punches", ("a person punches", "someone boxes", "a man throws a punch"), actions.punches,
          r"^(punch.*|boxing)$"),
    Probe("bows", ("a person bows", "someone takes a bow", "a man bends forward in a bow"), actions.bows, r"^bow$"),
    Probe("stands still", ("a person stands still", "someone stands without moving"), actions.stands_still,
          r"^Motorcycle$"),
)  # fmt: skip

#: Three more wordings of each action, in no caption and in no rewording of one: to be read, not to choose by.
FURTHER = {
    "jumps": ("jump up high", "a kid hops up and down", "an athlete leaps into the air"),
    "walks forward": ("walk along the street", "the man saunters along", "somebody paces ahead calmly"),
    "walks backward": ("go backwards on foot", "a guy backs away", "the woman steps rearward slowly"),
    "runs": ("run fast", "an athlete races ahead", "the boy jogs along quickly"),
    "turns left": ("turn left", "he rounds a corner to his left", "a person goes ahead, then heads off to the left"),
    "turns right": ("turn right", "he rounds a corner to his right",
                    "a person goes ahead, then heads off to the right"),
    "raises both hands": ("hands up", "she reaches for the sky with both arms",
                          "the man raises his arms above his head"),
    "raises the left hand": ("left hand up", "he reaches up with his left arm",
                             "the girl lifts her left hand over her head"),
    "raises the right hand": ("right hand up", "he reaches up with his right arm",
                              "the girl lifts her right hand over her head"),
    "waves with the right hand": ("wave with your right hand", "he says hello with his right hand",
                                  "a person waves goodbye with the right arm"),
    "waves with the left hand": ("wave with your left hand", "he says hello with his left hand",
                                 "a person waves goodbye with the left arm"),
    "waves with both hands": ("waving with both hands", "he signals with both arms",
                              "a girl waves both of her hands above her head"),
    "kicks with the left leg": ("left kick", "he kicks a ball with his left foot",
                                "a fighter strikes with a front kick of the left leg"),
    "kicks with the right leg": ("right kick", "he kicks a ball with his right foot",
                                 "a fighter strikes with a front kick of the right leg"),
    "squats": ("squat down", "an athlete performs a squat", "she bends her knees and goes down low"),
    "sits down": ("sit down", "she sits herself on a bench", "he sits down to rest"),
    "lies down": ("lie down", "she lies on her back on the floor", "a person stretches out on the ground"),
    "jumping jacks": ("do some star jumps", "he does a few jumping jacks as exercise",
                      "she jumps, opening and closing her arms and legs"),
    "punches": ("punch", "a boxer punches ahead", "he strikes with his fist"),
    "bows": ("bow deeply", "she bows her upper body in respect", "the actor bows before the audience"),
    "stands still": ("stand still and wait", "he stands there motionless", "a woman waits without moving"),
}  # fmt: skip

Counts = dict[str, dict[str, tuple[int, int]]]  #: of each probe by name, of each prompt: passes and clips


@dataclass(frozen=True)
class ProbeReport:
    """``passed`` of the probes' own prompts, ``further`` of ``FURTHER``; physical figures of the former's clips."""

    passed: Counts
    further: Counts
    physical: dict[str, float]

    @property
    def share(self) -> float:
        """Of the probes' own clips, the share that passed."""
        return _share(self.passed)

    @property
    def further_share(self) -> float:
        """Of the clips of the further wordings, the share that passed."""
        return _share(self.further)


def _share(passed: Counts) -> float:
    counts = [count for prompts in passed.values() for count in prompts.values()]
    return sum(count[0] for count in counts) / max(1, sum(count[1] for count in counts))


def check_body(pipeline: MotionPipeline) -> None:
    """Raise ValueError for a model whose body has not SMPL's 22 joints, which the probes look at."""
    if pipeline.layout.num_joints != HUMANML.num_joints:
        raise ValueError(
            f"the probes look at SMPL's 22 joints, this model makes {pipeline.layout.num_joints} "
            f"({pipeline.layout.name}); leave --probes out"
        )


def run_probes(
    pipeline: MotionPipeline, *, steps: int = 1, scale: float | None = None, num_seeds: int = 16
) -> ProbeReport:
    """Every prompt of every probe, ``num_seeds`` clips each; ValueError as of ``check_body``."""
    check_body(pipeline)
    passed: Counts = {probe.name: {} for probe in PROBES}
    further: Counts = {probe.name: {} for probe in PROBES}
    clips: list[np.ndarray] = []

    def clips_of(prompt: str) -> list[np.ndarray]:
        seeds = list(range(num_seeds))
        motions = pipeline.generate([prompt] * num_seeds, seeds=seeds, steps=steps, guidance_scale=scale)
        return [motion.positions for motion in motions]

    for probe in PROBES:
        for prompt in probe.prompts:
            made = clips_of(prompt)
            passed[probe.name][prompt] = _count(probe, made)
            clips += made
        for prompt in FURTHER[probe.name]:
            further[probe.name][prompt] = _count(probe, clips_of(prompt))
    return ProbeReport(passed, further, physical_figures(clips))


def _count(probe: Probe, clips: list[np.ndarray]) -> tuple[int, int]:
    return sum(bool(probe.is_shown(Body(clip))) for clip in clips), len(clips)


def real_shares(data: str | Path, split: str) -> dict[str, tuple[int, int]]:
    """How many of a split's real clips whose label fits each probe pass it, and how many fit."""
    store = FeatureStore.open(data)
    windows = store.windows(split)
    shares = {}
    for probe in PROBES:
        fitting = [w for w in windows if re.match(probe.labels, w.clip.label.split(" (")[0])]
        clips = [decode_positions(store.clip_features(w.clip)[w.start : w.start + w.frames]) for w in fitting]
        shares[probe.name] = _count(probe, clips)
    return shares
