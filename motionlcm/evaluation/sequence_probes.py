"""Probes of sequences: two actions, one after the other."""

from __future__ import annotations

from motionlcm.evaluation.everyday_probes import HOPS, RISING, SQUATS
from motionlcm.evaluation.probe import everyday_probe
from motionlcm.motion import actions, actions_arms, actions_body, sequences
from motionlcm.motion.sequences import then

SEQUENCES = (
    everyday_probe(
        "walks, then sits down",
        then(sequences.walks, actions.sits_down),
        joined=(r"walk$", r"sit down on a chair"),
        similar=r"walking, sitting|WalkToCrouch|.*sit on",
    ),
    everyday_probe(
        "walks, then waves",
        then(sequences.walks, sequences.waves),
        joined=(r"walk$", r"waving with the right"),
    ),
    everyday_probe(
        "squats, then jumps",
        then(actions.squats, actions.jumps, pause=0.25),
        joined=(r"squat1Reps", r"(Jump|forward jump)$"),
        similar=HOPS + r"|jumping jack",
    ),
    everyday_probe(
        "turns, then walks",
        then(sequences.turns, sequences.walks),
        joined=(r"turn_(left|right)_(90|120|180)_xyz", r"walk$"),
        similar=r"turn_.*_to_walk|[Ww]alk.*[Tt]urn",
    ),
    everyday_probe(
        "jumps, then waves",
        then(actions.jumps, sequences.waves),
        joined=(r"Jump$|forward jump|hopBoth", r"waving with the right"),
        similar=HOPS + r"|jumping jack",
    ),
    everyday_probe(
        "stands up, then walks",
        then(actions.stands_up, sequences.walks),
        joined=(r"stand up from a chair", r"walk$"),
        similar=r"CrouchTo|WalkToPick",
    ),
    everyday_probe(
        "stands, then walks",
        then(sequences.stands, sequences.walks),
        r"StandToWalk$",
        similar=r"StandTo|PutDownBox|Start|walk_start",
    ),
    everyday_probe(
        "walks, then stops",
        then(sequences.walks, sequences.stands),
        r"WalkToStand|walk_stop|slow walk, stop|Start Walk Stop",
        similar=r".*ToStand|.*Stop|WalkTo",
    ),
    everyday_probe(
        "walks, then runs",
        then(sequences.walks, sequences.runs),
        r"WalkToRun|walk_to_run|Walk to Run",
        similar=r"[Ss]kip|.*[Ss]kip|jog|run|Run|.*[Rr]un",
    ),
    everyday_probe(
        "walks, then jumps",
        then(sequences.walks, actions.jumps),
        r"Walk(To|2)(Leap|Hop)",
        similar=r".*[Jj]ump|.*[Ss]kip|Skip|.*Hop|.*Leap|CartWheel|cartw",
    ),
    everyday_probe(
        "sits down, then stands up",
        then(actions.sits_down, actions.stands_up),
        joined=(r"sit down on a chair", r"stand up from a chair"),
        similar=RISING + "|" + SQUATS + r"|.*lunge|depositFloor|.*[Cc]rouch",
    ),
    everyday_probe(
        "walks, then picks something up",
        then(sequences.walks, actions_body.picks_up),
        r"WalkToPickUp",
        similar=r".*Box",
    ),
    everyday_probe(
        "puts something down, then walks",
        then(actions_body.puts_down, sequences.walks),
        r"PutDownBoxToWalk",
        similar=r".*Box",
    ),
    everyday_probe(
        "claps, then bows",
        then(actions_arms.claps, actions.bows),
        joined=(r"clapping hands", r"[Bb]ow$"),
    ),
)
