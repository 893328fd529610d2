"""Probes of sequences: two actions, one after the other."""

from __future__ import annotations

from motionlcm.evaluation.everyday_probes import HOPS, RISING, SQUATS
from motionlcm.evaluation.probe import everyday_probe

SEQUENCES = (
    everyday_probe(
        "walks, then sits down",
        joined=(r"walk$", r"sit down on a chair"),
        similar=r"walking, sitting|WalkToCrouch|.*sit on",
    ),
    everyday_probe(
        "walks, then waves",
        joined=(r"walk$", r"waving with the right"),
    ),
    everyday_probe(
        "squats, then jumps",
        joined=(r"squat1Reps", r"(Jump|forward jump)$"),
        similar=HOPS + r"|jumping jack",
    ),
    everyday_probe(
        "turns, then walks",
        joined=(r"turn_(left|right)_(90|120|180)_xyz", r"walk$"),
        similar=r"turn_.*_to_walk|[Ww]alk.*[Tt]urn",
    ),
    everyday_probe(
        "jumps, then waves",
        joined=(r"Jump$|forward jump|hopBoth", r"waving with the right"),
        similar=HOPS + r"|jumping jack",
    ),
    everyday_probe(
        "stands up, then walks",
        joined=(r"stand up from a chair", r"walk$"),
        similar=r"CrouchTo|WalkToPick",
    ),
    everyday_probe(
        "stands, then walks",
        r"StandToWalk$",
        similar=r"StandTo|PutDownBox|Start|walk_start",
    ),
    everyday_probe(
        "walks, then stops",
        r"WalkToStand|walk_stop|slow walk, stop|Start Walk Stop",
        similar=r".*ToStand|.*Stop|WalkTo",
    ),
    everyday_probe(
        "walks, then runs",
        r"WalkToRun|walk_to_run|Walk to Run",
        similar=r"[Ss]kip|.*[Ss]kip|jog|run|Run|.*[Rr]un",
    ),
    everyday_probe(
        "walks, then jumps",
        r"Walk(To|2)(Leap|Hop)",
        similar=r".*[Jj]ump|.*[Ss]kip|Skip|.*Hop|.*Leap|CartWheel|cartw",
    ),
    everyday_probe(
        "sits down, then stands up",
        joined=(r"sit down on a chair", r"stand up from a chair"),
        similar=RISING + "|" + SQUATS + r"|.*lunge|depositFloor|.*[Cc]rouch",
    ),
    everyday_probe(
        "walks, then picks something up",
        r"WalkToPickUp",
        similar=r".*Box",
    ),
    everyday_probe(
        "puts something down, then walks",
        r"PutDownBoxToWalk",
        similar=r".*Box",
    ),
    everyday_probe(
        "claps, then bows",
        joined=(r"clapping hands", r"[Bb]ow$"),
    ),
)
