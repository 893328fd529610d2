"""Other wordings of a caption, by rules: another subject, other verbs and set phrases, orders, or no verb at all.

Captions of motion capture are few and alike; people do not type like them. The rules only exchange what means the same
motion; words for sides, speed and style stay.
"""

from __future__ import annotations

import re
import zlib
from functools import cache

import numpy as np

_POSSESSIVES = {"his": ("he", "the man", "a man", "a guy", "the guy", "a boy", "the athlete", "a dad"),
                "her": ("she", "the woman", "a woman", "a girl", "the girl", "a lady", "a mom"),
                "their": ("someone", "somebody", "a person", "the person", "a human", "a student", "an actor", "a kid"),
                "its": ("the figure", "a figure", "the character")}  # fmt: skip
_SUBJECT = re.compile(
    r"^(a person|the person|someone|somebody|a man|the man|a woman|the woman|the figure|a figure|a guy|a human)\b"
)
_OWN = re.compile(r"\b(his|her|their|its)\b")
#: Phrases of a group may stand for each other.
_GROUPS = (
    ("walks forward", "walks ahead", "walks straight ahead", "strolls forward", "strides ahead", "paces ahead",
     "moves forward on foot", "steps forward", "ambles along", "goes forward", "takes steps forward", "walks along"),
    ("walks", "strolls", "strides", "paces", "ambles", "goes on foot", "goes for a walk"),
    ("is walking", "is strolling", "is striding", "is pacing along", "is going on foot"),
    ("walks backward", "walks backwards", "backs up", "backs away", "steps back", "moves backward", "walks in reverse",
     "goes backwards", "takes steps backwards"),
    ("runs forward", "runs ahead", "sprints ahead", "races forward", "rushes ahead", "dashes forward", "keeps running"),
    ("runs", "races", "rushes", "sprints", "dashes", "goes at a run"),
    ("is running", "is racing along", "is sprinting", "is rushing"),
    ("jogs", "trots", "runs at an easy pace"),
    ("turns left", "turns to the left", "makes a left turn", "goes left", "rotates to the left", "takes a left",
     "veers left", "heads to the left"),
    ("turns right", "turns to the right", "makes a right turn", "goes right", "rotates to the right", "takes a right",
     "veers right", "heads to the right"),
    ("walks to the left", "veers left while walking", "drifts left while walking", "walks off to the left"),
    ("walks to the right", "veers right while walking", "drifts right while walking", "walks off to the right"),
    ("turns left while walking", "walks and goes around a corner to the left", "walks and then rotates to the left"),
    ("turns right while walking", "walks and goes around a corner to the right", "walks and then rotates to the right"),
    ("raises both hands", "lifts both hands", "puts both hands up", "raises both arms", "lifts both arms overhead",
     "stretches both arms above the head", "holds both hands up", "throws both hands up", "sticks up two hands",
     "reaches up with both hands", "has the hands up", "surrenders with both hands up", "raises the hands",
     "puts the hands up high"),
    ("raises the left hand", "lifts the left hand", "puts the left hand up", "raises the left arm",
     "holds the left hand high", "stretches the left arm up", "puts the left hand in the air",
     "raises the left hand above the head", "reaches up with the left hand"),
    ("raises the right hand", "lifts the right hand", "puts the right hand up", "raises the right arm",
     "holds the right hand high", "stretches the right arm up", "puts the right hand in the air",
     "raises the right hand above the head", "reaches up with the right hand"),
    ("waves the left hand", "waves with the left hand", "waves with the left arm", "says hello with the left hand",
     "is waving the left arm", "greets with the left hand"),
    ("waves the right hand", "waves with the right hand", "waves with the right arm", "says hello with the right hand",
     "is waving the right arm", "greets with the right hand"),
    ("waves both hands", "waves with both hands", "waves both arms", "waves with two hands", "is waving both arms",
     "waves with both arms", "waves the arms over the head"),
    ("waves goodbye", "says goodbye with a wave", "waves bye-bye", "waves farewell"),
    ("jumps up", "leaps up", "jumps into the air", "springs up", "bounces up", "hops into the air"),
    ("jumps", "leaps", "makes a jump", "does a jump", "takes a leap", "jumps up", "jumps off the floor"),
    ("is jumping", "is leaping", "is bouncing up"),
    ("jumps forward", "leaps forward", "leaps ahead", "makes a jump forward", "bounds forward"),
    ("hops", "bounces", "makes a hop", "springs up"),
    ("hops on both legs", "jumps on both feet", "hops with both feet together", "jumps with both legs"),
    ("kicks with the left leg", "kicks with the left foot", "does a left kick", "performs a left kick",
     "swings the left leg up in a kick", "does a front kick with the left leg", "throws a left front kick"),
    ("kicks with the right leg", "kicks with the right foot", "does a right kick", "performs a right kick",
     "swings the right leg up in a kick", "does a front kick with the right leg", "throws a right front kick"),
    ("squats", "squats down", "does a squat", "goes into a squat", "crouches down and gets up again",
     "does a deep knee bend", "bends the knees deeply and stands up again", "does one squat"),
    ("lies down", "lies down on the floor", "gets down and lies on the ground", "lies on the floor",
     "gets down to lie on the floor", "drops to the floor and lies there", "lays down on the ground"),
    ("sits down", "takes a seat", "has a seat", "sits down on a chair", "sits on a chair", "is sitting down",
     "settles on a chair", "sinks onto a seat"),
    ("stands up", "gets up from a chair", "rises from a seat", "gets to the feet"),
    ("does jumping jacks", "is doing jumping jacks", "exercises with jumping jacks", "does star jumps",
     "performs jumping jacks", "jumps spreading arms and legs"),
    ("punches", "throws punches", "boxes", "throws a punch", "strikes out with the fists", "jabs", "hits the air",
     "throws a few quick punches"),
    ("is boxing", "is punching", "is throwing punches"),
    ("bows", "takes a bow", "makes a bow", "bows politely", "bends at the waist to bow", "bends forward in a bow",
     "bows to greet another person", "bows forward", "bends forward and straightens up again"),
    ("stands still", "stands in place", "is standing without moving", "stands quietly", "stands motionless",
     "stands and does nothing", "remains standing still", "does not move", "idles"),
    ("throws", "tosses", "hurls"), ("picks up", "lifts up"), ("grabs", "takes hold of", "grasps"),
    ("slowly", "at a slow pace"), ("in a lively way", "energetically", "with plenty of energy", "brisk and active"),
    ("the floor", "the ground"), ("is dancing", "is doing a dance"), ("performs", "does"),
)  # fmt: skip
_PHRASES = {phrase: group for group in reversed(_GROUPS) for phrase in group}
_PATTERN = re.compile(r"\b(" + "|".join(sorted(map(re.escape, _PHRASES), key=len, reverse=True)) + r")\b")
_VERB = re.compile(r"^(is )?([a-z]+)\b")
_NOUN = re.compile(r"^(?:does|performs|makes|takes|goes for|exercises with|throws) (?:an? )?(?=[a-z]+)")
_DOUBLED = re.compile(r"^(?:[^aeiou]*[aeiou][bdgmnprt]|squat)$")  # run: running
_BASES = {"does": "do", "goes": "go", "has": "have", "is": "be", "lies": "lie"}
_OWN_HAND = re.compile(r"\b(his|her|their|its) (left|right) (hand|arm|leg|foot)\b")


@cache
def paraphrases(caption: str, count: int) -> tuple[str, ...]:
    """Up to ``count`` other wordings, each another one; the same for the same caption."""
    rng = np.random.default_rng(zlib.crc32(caption.encode()))
    found = (_reworded(caption.strip().rstrip("."), rng) for _ in range(2 * count))
    return tuple(dict.fromkeys(text for text in found if text != caption.strip().rstrip(".")))[:count]


def _reworded(text: str, rng: np.random.Generator) -> str:
    subject = _SUBJECT.match(text)
    body = text[subject.end() :] if subject else text
    if rng.random() < 0.8:
        body = _PATTERN.sub(lambda match: str(rng.choice(_PHRASES[match[1]])), _OWN_HAND.sub(r"the \2 \3", body))
    if subject is None:
        return body
    if rng.random() < 0.2:
        return _without_subject(body.strip(), rng)
    own = str(rng.choice(list(_POSSESSIVES)))
    named = str(rng.choice(_POSSESSIVES[own]))
    return f"{named} {_OWN.sub(own, body).strip()}"


def _without_subject(body: str, rng: np.random.Generator) -> str:
    """What people type in haste: an order, a gerund, the noun alone or the predicate as it is."""
    verb = _VERB.match(body)
    form = rng.choice(["order", "gerund", "noun", "predicate"])
    if form == "noun" and _NOUN.match(body):
        return _NOUN.sub("", body)
    if verb is None or form == "predicate":
        return body
    rest = body[verb.end() :]
    is_gerund = bool(verb[1]) and verb[2].endswith("ing")
    if form == "order" and not is_gerund:
        return _base(verb[2]) + _OWN.sub("your", rest)
    return (verb[2] if is_gerund else _gerund(_base(verb[2]))) + _OWN.sub("the", rest)


def _base(verb: str) -> str:
    """walks: walk; dashes: dash."""
    if verb in _BASES:
        return _BASES[verb]
    return verb[:-2] if re.search(r"(?:sh|ch|ss|x|zz)es$", verb) else verb.removesuffix("s")


def _gerund(base: str) -> str:
    """walk: walking; raise: raising; run: running; lie: lying."""
    if base.endswith("ie"):
        return base[:-2] + "ying"
    if base.endswith("e") and not base.endswith("ee") and len(base) > 2:
        return base[:-1] + "ing"
    return base + (base[-1] if _DOUBLED.match(base) else "") + "ing"
