"""Action probes: does the body do what the prompt says?

Physical tests on joint positions that a person understands. Every probe has prompts, and the labels
of recorded clips that it must accept, so that the probe itself can be judged.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from motionlcm.data.store import FeatureStore
from motionlcm.evaluation.everyday_probes import BODIES, GOINGS, HANDS
from motionlcm.evaluation.probe import Probe
from motionlcm.evaluation.probe_prompts import EVERYDAY_HELD_OUT
from motionlcm.evaluation.sequence_probes import SEQUENCES
from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.generation.request import Request
from motionlcm.motion.features import decode_positions
from motionlcm.motion.measures import Body
from motionlcm.motion.physics import physical_figures
from motionlcm.progress import RowProgress

PROBES = (
    Probe(
        "jumps",
        ("a person jumps", "someone hops up into the air", "a man leaps forward",
         "the person springs off the ground"),
        r"^([Jj]ump|forward jump|high jump|hopBothLegs.*)$",
    ),
    Probe(
        "walks forward",
        ("a person walks forward", "someone strolls straight on", "a man takes several steps ahead",
         "a woman is walking"),
        r"^walk$",
    ),
    Probe(
        "walks backward",
        ("a person walks backward", "someone steps back", "a man retreats walking backwards",
         "a woman moves in reverse on foot"),
        r"^walk-back$",
    ),
    Probe(
        "runs",
        ("a person runs", "someone sprints ahead", "a man is running fast",
         "a woman dashes forward"),
        r"^(run|dash)$",
    ),
    Probe(
        "turns left",
        ("a person turns left", "someone walks and then turns to the left",
         "a man makes a left turn", "a woman walks round a left corner"),
        r"^(walk-turn-left|.*90-degree left turn)$",
    ),
    Probe(
        "turns right",
        ("a person turns right", "someone walks and then turns to the right",
         "a man makes a right turn", "a woman walks round a right corner"),
        r"^(walk-turn-right|.*90-degree right turn)$",
    ),
    Probe(
        "raises both hands",
        ("a person raises both hands", "someone puts both arms up in the air",
         "a man lifts his two arms overhead", "a woman throws her hands up"),
        r"^raise-up-both-hands$",
    ),
    Probe(
        "raises the left hand",
        ("a person raises the left hand", "someone stretches the left arm upward",
         "a man puts up his left hand", "a woman holds her left arm high"),
        r"^raise-up-left-hand$",
    ),
    Probe(
        "raises the right hand",
        ("a person raises the right hand", "someone stretches the right arm upward",
         "a man puts up his right hand", "a woman holds her right arm high"),
        r"^raise-up-right-hand$",
    ),
    Probe(
        "waves with the right hand",
        ("a person waves with the right hand", "someone greets waving the right arm",
         "a man is waving his right hand"),
        r"^wave-right-hand$",
    ),
    Probe(
        "waves with the left hand",
        ("a person waves with the left hand", "someone greets waving the left arm",
         "a man is waving his left hand"),
        r"^wave-left-hand$",
    ),
    Probe(
        "waves with both hands",
        ("a person waves with both hands", "someone waves both arms",
         "a woman is waving her two hands"),
        r"^wave-both-hands$",
    ),
    Probe(
        "kicks with the left leg",
        ("a person kicks with the left leg", "a man does a left front kick",
         "someone kicks with the left foot"),
        r"^kickLFront.*$",
    ),
    Probe(
        "kicks with the right leg",
        ("a person kicks with the right leg", "a man does a right front kick",
         "someone kicks with the right foot"),
        r"^(Front Kick|kickRFront.*)$",
    ),
    Probe(
        "squats",
        ("a person squats", "someone does a deep knee bend", "a man squats down and comes up again",
         "a woman crouches and rises"),
        r"^squat.*$",
    ),
    Probe(
        "sits down",
        ("a person sits down", "someone takes a seat", "a man lowers himself onto a chair"),
        r"^sit .*$",
    ),
    Probe(
        "lies down",
        ("a person lies down", "someone lays down on the ground", "a man gets down and lies flat"),
        r"^lieDownFloor$",
    ),
    Probe(
        "jumping jacks",
        ("a person does jumping jacks", "someone performs star jumps"),
        r"^.*jumping.?jack.*$",
    ),
    Probe(
        "punches",
        ("a person punches", "someone boxes", "a man throws a punch"),
        r"^(punch.*|boxing)$",
    ),
    Probe(
        "bows",
        ("a person bows", "someone takes a bow", "a man bends forward in a bow"),
        r"^bow$",
    ),
    Probe(
        "stands still",
        ("a person stands still", "someone stands without moving"),
        r"^Motorcycle$",
    ),
)  # fmt: skip

#: Five more wordings of each action, written by somebody who knew neither captions nor rewordings,
#: and in none of them: to be read, not to choose by.
HELD_OUT = {
    "jumps": ("a person jumps up in the air", "the kid hops up off the floor with both feet",
        "jump straight up as high as you can", "she leaps upwards to touch the ceiling",
        "jumping on the spot"),
    "walks forward": ("a person walks straight ahead", "the man strolls forward along the pavement",
        "walk forward a few steps", "she is walking straight down the hallway",
        "my grandmother takes several steps forward"),
    "walks backward": ("a person walks backwards",
        "the man steps back several paces facing forward", "walk in reverse",
        "she backs away from the door", "my uncle is backing up step by step"),
    "runs": ("the man sprints down the track", "run straight ahead", "she runs to catch the bus",
        "my neighbour goes jogging in the park", "sprinting across the field"),
    "turns left": ("the man makes a left turn while walking", "walk on and take a left",
        "she rounds the corner to the left on foot", "walking along a path that bends left",
        "my grandfather veers to his left as he walks"),
    "turns right": ("a person turns right while walking", "the woman walks and makes a right turn",
        "keep walking and take a right", "he goes around the corner to the right on foot",
        "walking in a curve towards the right"),
    "raises both hands": ("a person raises both hands above their head",
        "the man puts both arms up in the air", "put your hands up",
        "she lifts her two arms overhead", "raising both arms towards the ceiling"),
    "raises the left hand": ("a person raises their left hand",
        "the student puts his left hand up in class", "lift your left arm above your head",
        "she holds her left hand high in the air", "raising the left arm straight up"),
    "raises the right hand": ("a person lifts the right hand above the head",
        "the pupil puts up her right hand", "raise your right arm straight up",
        "he holds his right hand high in the air", "lifting only the right arm overhead"),
    "waves with the right hand": ("a person waves with their right hand",
        "the man waves hello using his right hand", "wave goodbye with your right hand",
        "she is waving her right hand at a friend", "waving to the crowd with the right arm"),
    "waves with the left hand": ("a person is waving their left hand",
        "the woman waves goodbye with her left hand", "wave hello using your left hand",
        "he waves his left hand at the neighbours", "waving to someone with the left arm"),
    "waves with both hands": ("the man waves both arms to get attention",
        "wave hello using both hands", "she waves her two hands at the crowd",
        "waving both hands in greeting", "my grandmother waves goodbye with both her hands"),
    "kicks with the left leg": ("a person kicks with their left leg",
        "the man kicks the ball with his left foot", "kick using your left leg",
        "she throws a left kick", "kicking out with the left foot"),
    "kicks with the right leg": ("a person kicks with the right foot",
        "the woman kicks a football with her right leg", "give a kick with your right leg",
        "he throws a right kick", "kicking forward with the right leg"),
    "squats": ("a person does a squat", "the man squats down", "do some squats",
        "she is doing bodyweight squats at the gym", "squatting with feet shoulder width apart"),
    "sits down": ("the man takes a seat on a chair", "have a seat",
        "she lowers herself onto the sofa to sit", "sitting down on a bench",
        "my grandmother sits down in her armchair"),
    "lies down": ("the man goes from standing to lying on his back", "lie down on the ground",
        "she lies down on her bed", "lying down flat for a nap",
        "my grandfather gets down to lie on the mat"),
    "jumping jacks": ("the man is doing star jumps", "do ten jumping jacks",
        "she warms up with some jumping jacks", "doing side straddle hops in gym class",
        "my sister performs a set of jumping jacks"),
    "punches": ("a person throws a punch", "the boxer is punching a heavy bag",
        "punch the air in front of you", "she jabs at her opponent",
        "throwing punches with clenched fists"),
    "bows": ("a person bows politely", "the man bows in greeting", "take a bow",
        "she bends at the waist to bow to her teacher", "bowing respectfully to a guest"),
    "stands still": ("the man is standing without moving", "stay standing and do not move",
        "she stands motionless at the bus stop", "standing in place like a statue",
        "my grandfather just stands there quietly"),
}  # fmt: skip

#: Everyday actions and sequences.
EVERYDAY = (*GOINGS, *HANDS, *BODIES, *SEQUENCES)
#: Lists of probes by the word that chooses them.
LISTS = {"known": PROBES, "everyday": EVERYDAY, "all": PROBES + EVERYDAY}

#: Passes and clips of each prompt, by the name of the probe.
Counts = dict[str, dict[str, tuple[int, int]]]


@dataclass(frozen=True)
class ProbeReport:
    """What passed.

    Attributes:
        passed: clips of the probes' own prompts.
        held_out: clips of ``HELD_OUT``.
        physical: physical figures of the clips of the probes' own prompts.
    """

    passed: Counts
    held_out: Counts
    physical: dict[str, float]

    @property
    def share(self) -> float:
        """Share of the clips of the probes' own prompts that passed."""
        return _share(self.passed)

    @property
    def held_out_share(self) -> float:
        """Share of the clips of the held-out prompts that passed."""
        return _share(self.held_out)

    def figures(self) -> dict[str, Any]:
        """The figures under the names that they have in a JSON report."""
        return {
            "passed": self.passed,
            "further": self.held_out,
            "physical": self.physical,
            "share": self.share,
            "further_share": self.held_out_share,
        }


def _share(passed: Counts) -> float:
    counts = [count for prompts in passed.values() for count in prompts.values()]
    return sum(count[0] for count in counts) / max(1, sum(count[1] for count in counts))


def check_body(pipeline: MotionPipeline) -> None:
    """Raise ValueError for a model whose body has not the 22 joints that the probes look at."""
    if not pipeline.layout.skeleton.supports("probes"):
        raise ValueError(
            f"the probes look at SMPL's 22 joints, this model makes {pipeline.layout.num_joints} "
            f"({pipeline.layout.name}); leave --probes out"
        )


def further_prompts(probe: Probe) -> tuple[str, ...]:
    """The held-out wordings of a probe's action, which nothing is chosen by."""
    return {**HELD_OUT, **EVERYDAY_HELD_OUT}[probe.name]


def run_probes(
    pipeline: MotionPipeline,
    *,
    probes: Sequence[Probe] = PROBES,
    steps: int = 1,
    scale: float | None = None,
    num_seeds: int = 16,
    progress: RowProgress | None = None,
) -> ProbeReport:
    """Generate and test every prompt of every probe, and the held-out ones.

    Args:
        pipeline: the model.
        probes: which ones.
        steps: of the student.
        scale: guidance scale; None: the model's own.
        num_seeds: clips for each prompt.
        progress: called with ("probes", done, total) prompts.
    Raises:
        ValueError: the model's body is not the one that the probes look at.
    """
    check_body(pipeline)
    passed: Counts = {probe.name: {} for probe in probes}
    held_out: Counts = {probe.name: {} for probe in probes}
    clips: list[np.ndarray] = []
    further = {probe.name: further_prompts(probe) for probe in probes}
    total = sum(len(probe.prompts) + len(further[probe.name]) for probe in probes)
    numbers = iter(range(1, total + 1))

    def generate(prompt: str) -> list[np.ndarray]:
        request = Request.of(prompt, samples=num_seeds, steps=steps, guidance_scale=scale)
        motions = pipeline.generate(request)
        if progress is not None:
            progress("probes", next(numbers), total)
        return [motion.positions for motion in motions]

    for probe in probes:
        for prompt in probe.prompts:
            generated = generate(prompt)
            passed[probe.name][prompt] = _count(probe, generated)
            clips += generated

        for prompt in further[probe.name]:
            held_out[probe.name][prompt] = _count(probe, generate(prompt))

    return ProbeReport(passed, held_out, physical_figures(clips))


def _count(probe: Probe, clips: list[np.ndarray]) -> tuple[int, int]:
    return sum(bool(probe.is_shown(Body(clip))) for clip in clips), len(clips)


def real_shares(
    data: str | Path,
    split: str,
    probes: Sequence[Probe] = PROBES,
    *,
    progress: RowProgress | None = None,
) -> dict[str, tuple[int, int]]:
    """Passes and clips, for each probe, of a split's recorded clips whose label fits it.

    ``progress`` is called with ("recordings of the probes", done, total) probes.
    """
    store = FeatureStore.open(data)
    windows = store.windows(split)

    shares = {}
    for number, probe in enumerate(probes, 1):
        clips = []
        for window in windows:
            if probe.labels and re.match(probe.labels, window.clip.label.split(" (")[0]):
                rows = slice(window.start, window.start + window.frames)
                clips.append(decode_positions(store.clip_features(window.clip)[rows]))
        shares[probe.name] = _count(probe, clips)
        if progress is not None:
            progress("recordings of the probes", number, len(probes))

    return shares
