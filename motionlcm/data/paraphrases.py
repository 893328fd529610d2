"""Other wordings of a caption, by rules: another subject, other verbs and phrases, orders, no verb;
and, where it names a movement and nothing else, what people say for that (``sayings``).

Captions of motion capture are few and alike; people do not type like them. The rules only exchange
what means the same motion; words for sides, speed and style stay.
"""

from __future__ import annotations

import re
import zlib
from functools import cache

import numpy as np

from motionlcm.data.sayings import sayings_for

_SAYINGS_SHARE = 0.6  #: of the wordings of a caption that has sayings
_POSSESSIVES = {
    "his": ("he", "the man", "a man", "a guy", "the guy", "a boy", "the athlete", "a dad",
        "the boy", "an old man", "a young man", "a gentleman", "the guy in the middle",
        "my brother"),
    "her": ("she", "the woman", "a woman", "a girl", "the girl", "a lady", "a mom", "an old woman",
        "a young woman", "my sister"),
    "their": ("someone", "somebody", "a person", "the person", "a human", "a student", "an actor",
        "a kid", "a child", "a teenager", "a player", "one person", "an adult", "the performer",
        "a worker", "an individual", "a human being", "a character"),
    "its": ("the figure", "a figure", "the character", "a robot", "the avatar"),
}  # fmt: skip
#: Where and when, which change nothing: said behind one rewording in ten.
_SETTINGS = ("in the park", "outside", "on the street", "at home", "in the room", "in a hall",
    "on the grass", "in the gym", "in front of a camera", "on a stage", "for a moment", "as usual",
    "again", "in the morning", "to the music", "in an empty room", "on the beach", "at the office",
    "carefully", "with ease")  # fmt: skip
_SUBJECT = re.compile(
    r"^(a person|the person|someone|somebody|a man|the man|a woman|the woman|the figure|a figure"
    r"|a guy|a human)\b"
)
_POSSESSIVE = re.compile(r"\b(his|her|their|its)\b")
#: Phrases of a group may stand for each other.
_GROUPS = (
    ("walks forward", "walks ahead", "walks straight ahead", "strolls forward", "strides ahead",
     "paces ahead", "moves forward on foot", "steps forward", "ambles along", "goes forward",
     "takes steps forward", "walks along", "walks onward", "wanders ahead",
     "makes some steps to the front", "advances on foot", "heads straight on",
     "comes forward step by step", "keeps stepping ahead", "goes straight ahead on foot"),
    ("walks", "strolls", "strides", "paces", "ambles", "goes on foot", "goes for a walk",
     "takes a walk", "wanders", "walks about", "takes a stroll", "roams"),
    ("is walking", "is strolling", "is striding", "is pacing along", "is going on foot",
     "is taking a walk", "is out for a walk", "is wandering along"),
    ("walks backward", "walks backwards", "backs up", "backs away", "steps back", "moves backward",
     "walks in reverse", "goes backwards", "takes steps backwards", "steps backwards",
     "paces backwards", "retreats", "backs off", "withdraws step by step",
     "walks back without turning around", "goes back facing the front", "strides backward",
     "reverses on foot", "moves away to the rear", "walks rearward", "strolls backwards"),
    ("runs forward", "runs ahead", "sprints ahead", "races forward", "rushes ahead",
     "dashes forward", "keeps running", "runs straight on", "bolts forward", "charges ahead",
     "speeds forward on foot", "hurries ahead at a run"),
    ("runs", "races", "rushes", "sprints", "dashes", "goes at a run", "goes for a run",
     "runs along", "bolts", "takes off running", "hurries at a run", "goes running"),
    ("is running", "is racing along", "is sprinting", "is rushing", "is on a run",
     "is dashing along"),
    ("jogs", "trots", "runs at an easy pace", "goes jogging", "goes for a jog", "runs slowly"),
    ("turns left", "turns to the left", "makes a left turn", "goes left", "rotates to the left",
     "takes a left", "veers left", "heads to the left", "bends off to the left",
     "swings around to the left", "takes a turn to the left", "changes direction to the left",
     "goes around the left corner", "turns leftward", "curves left"),
    ("turns right", "turns to the right", "makes a right turn", "goes right",
     "rotates to the right", "takes a right", "veers right", "heads to the right",
     "bends off to the right", "swings around to the right", "takes a turn to the right",
     "changes direction to the right", "goes around the right corner", "turns rightward",
     "curves right"),
    ("walks to the left", "veers left while walking", "drifts left while walking",
     "walks off to the left", "slants left on foot", "walks diagonally to the left",
     "keeps drifting to the left as they walk"),
    ("walks to the right", "veers right while walking", "drifts right while walking",
     "walks off to the right", "slants right on foot", "walks diagonally to the right",
     "keeps drifting to the right as they walk"),
    ("turns left while walking", "walks and goes around a corner to the left",
     "walks and then rotates to the left", "walks on and changes direction to the left",
     "goes for a walk and turns left"),
    ("turns right while walking", "walks and goes around a corner to the right",
     "walks and then rotates to the right", "walks on and changes direction to the right",
     "goes for a walk and turns right"),
    ("raises both hands", "lifts both hands", "puts both hands up", "raises both arms",
     "lifts both arms overhead", "stretches both arms above the head", "holds both hands up",
     "throws both hands up", "sticks up two hands", "reaches up with both hands",
     "has the hands up", "surrenders with both hands up", "raises the hands",
     "puts the hands up high", "puts the arms up", "lifts both arms", "puts two arms in the air",
     "raises two hands", "has both arms in the air", "raises the arms overhead",
     "brings both hands above the head", "holds the arms up high", "throws the arms into the air",
     "cheers with both arms up", "stretches the arms to the ceiling",
     "raises both hands to the sky"),
    ("raises the left hand", "lifts the left hand", "puts the left hand up", "raises the left arm",
     "holds the left hand high", "stretches the left arm up", "puts the left hand in the air",
     "lifts the left arm", "raises the left hand above the head", "reaches up with the left hand",
     "has the left hand up", "holds up the left arm", "raises a hand, the left one",
     "brings the left arm up", "sticks the left arm in the air",
     "points the left arm at the ceiling", "lifts the left hand high"),
    ("raises the right hand", "lifts the right hand", "puts the right hand up",
     "raises the right arm", "holds the right hand high", "stretches the right arm up",
     "puts the right hand in the air", "lifts the right arm",
     "raises the right hand above the head", "reaches up with the right hand",
     "has the right hand up", "holds up the right arm", "raises a hand, the right one",
     "brings the right arm up", "sticks the right arm in the air",
     "points the right arm at the ceiling", "lifts the right hand high"),
    ("waves the left hand", "waves with the left hand", "waves with the left arm",
     "says hello with the left hand", "is waving the left arm", "greets with the left hand",
     "gives a wave with the left hand", "waves hello, left-handed", "shakes the raised left hand",
     "swings the left hand to and fro in the air", "waves at a friend with the left hand"),
    ("waves the right hand", "waves with the right hand", "waves with the right arm",
     "says hello with the right hand", "is waving the right arm", "greets with the right hand",
     "gives a wave with the right hand", "waves hello, right-handed",
     "shakes the raised right hand", "swings the right hand to and fro in the air",
     "waves at a friend with the right hand"),
    ("waves both hands", "waves with both hands", "waves both arms", "waves with two hands",
     "is waving both arms", "waves with both arms", "waves the arms over the head",
     "waves the two arms in the air", "shakes both raised hands", "swings both arms overhead",
     "waves for help with both arms", "waves hello with both hands",
     "makes signs with both raised arms"),
    ("waves goodbye", "says goodbye with a wave", "waves bye-bye", "waves farewell",
     "waves so long"),
    ("jumps up", "leaps up", "jumps into the air", "springs up", "bounces up", "hops into the air",
     "vaults upward", "jumps straight up", "makes a leap upward", "jumps as high as possible",
     "bounds into the air"),
    ("jumps", "leaps", "makes a jump", "does a jump", "takes a leap", "jumps up",
     "jumps off the floor", "does a leap", "jumps from the ground", "takes a jump",
     "makes a high jump", "is up in the air for a moment"),
    ("is jumping", "is leaping", "is bouncing up", "is making jumps", "keeps jumping"),
    ("jumps forward", "leaps forward", "leaps ahead", "makes a jump forward", "bounds forward",
     "jumps ahead", "takes a leap to the front", "does a long jump"),
    ("hops", "bounces", "makes a hop", "springs up", "does a hop", "takes a hop"),
    ("hops on both legs", "jumps on both feet", "hops with both feet together",
     "jumps with both legs", "bounces on two feet"),
    ("kicks with the left leg", "kicks with the left foot", "does a left kick",
     "performs a left kick", "swings the left leg up in a kick",
     "does a front kick with the left leg", "throws a left front kick",
     "throws the left leg forward", "kicks out with the left leg",
     "delivers a kick with the left foot", "kicks the air with the left leg",
     "kicks something with the left foot", "lands a left kick"),
    ("kicks with the right leg", "kicks with the right foot", "does a right kick",
     "performs a right kick", "swings the right leg up in a kick",
     "does a front kick with the right leg", "throws a right front kick",
     "throws the right leg forward", "kicks out with the right leg",
     "delivers a kick with the right foot", "kicks the air with the right leg",
     "kicks something with the right foot", "lands a right kick"),
    ("squats", "squats down", "does a squat", "goes into a squat",
     "crouches down and gets up again", "does a deep knee bend",
     "bends the knees deeply and stands up again", "does one squat", "drops into a squat",
     "lowers the hips and rises again", "sinks into the knees and comes up", "performs a knee bend",
     "crouches low", "hunkers down and stands up"),
    ("lies down", "lies down on the floor", "gets down and lies on the ground", "lies on the floor",
     "gets down to lie on the floor", "drops to the floor and lies there",
     "lays down on the ground", "lies down to sleep", "lies down flat",
     "lowers the body to the floor and lies there", "goes to lie down", "lies down to rest",
     "settles down flat on the ground", "kneels down and then lies on the floor",
     "lies down on the back"),
    ("sits down", "takes a seat", "has a seat", "sits down on a chair", "sits on a chair",
     "is sitting down", "settles on a chair", "sinks onto a seat", "sits down on a stool",
     "sits on the sofa", "sits down for a while", "lowers into a chair", "gets onto a chair",
     "plops down on the couch", "goes to sit down"),
    ("stands up", "gets up from a chair", "rises from a seat", "gets to the feet"),
    ("does jumping jacks", "is doing jumping jacks", "exercises with jumping jacks",
     "does star jumps", "performs jumping jacks", "jumps spreading arms and legs",
     "does a set of jumping jacks", "keeps doing star jumps",
     "jumps with arms and legs going out and in", "trains with jumping jacks", "jumps like a star",
     "hops while clapping the hands overhead and spreading the legs", "works out with star jumps"),
    ("punches", "throws punches", "boxes", "throws a punch", "strikes out with the fists", "jabs",
     "hits the air", "throws a few quick punches", "punches the air", "delivers a punch",
     "hits with the fists", "throws jabs", "fights with the fists", "punches at an opponent",
     "lands a blow with the fist", "swings the fists", "punches forward", "shadowboxes",
     "thrusts out a fist", "throws a hook", "gives somebody a punch", "beats a punching bag"),
    ("is boxing", "is punching", "is throwing punches", "is shadowboxing",
     "is hitting out with the fists", "is in a boxing match"),
    ("bows", "takes a bow", "makes a bow", "bows politely", "bends at the waist to bow",
     "bends forward in a bow", "bows to greet another person", "bows forward",
     "bends forward and straightens up again", "gives a bow", "bows down", "bows low",
     "bows the head and the upper body", "takes a deep bow", "bows out of respect",
     "leans forward to bow", "greets with a bow", "bows in thanks", "bows to the crowd"),
    ("stands still", "stands in place", "is standing without moving", "stands quietly",
     "stands motionless", "stands and does nothing", "remains standing still", "does not move",
     "idles", "stays in one place", "keeps still", "is waiting", "stands around",
     "freezes on the spot", "holds still while standing"),
    ("throws", "tosses", "hurls", "flings"),
    ("picks up", "lifts up", "gathers up"),
    ("grabs", "takes hold of", "grasps"),
    ("slowly", "at a slow pace", "without haste", "in slow motion", "unhurriedly"),
    ("quickly", "rapidly", "swiftly", "at high speed"),
    ("in a lively way", "energetically", "with plenty of energy", "brisk and active",
     "full of energy", "vigorously"),
    ("the floor", "the ground"),
    ("is dancing", "is doing a dance"),
    ("performs", "does"),
)  # fmt: skip
_PHRASES = {phrase: group for group in reversed(_GROUPS) for phrase in group}
_PATTERN = re.compile(
    r"\b(" + "|".join(sorted(map(re.escape, _PHRASES), key=len, reverse=True)) + r")\b"
)
_VERB = re.compile(r"^(is )?([a-z]+)\b")
_NOUN = re.compile(
    r"^(?:does|performs|makes|takes|goes for|exercises with|throws) (?:an? )?(?=[a-z]+)"
)
_DOUBLED = re.compile(r"^(?:[^aeiou]*[aeiou][bdgmnprt]|squat)$")  # run: running
_BASES = {"does": "do", "goes": "go", "has": "have", "is": "be", "lies": "lie"}
_OWN_HAND = re.compile(r"\b(his|her|their|its) (left|right) (hand|arm|leg|foot)\b")


@cache
def paraphrases(caption: str, count: int) -> tuple[str, ...]:
    """Up to ``count`` wordings, all different and other than the caption; always the same ones."""
    plain = caption.strip().rstrip(".")
    rng = np.random.default_rng(zlib.crc32(caption.encode()))
    sayings = sayings_for(caption)
    wordings = [
        str(rng.choice(sayings))
        if sayings and rng.random() < _SAYINGS_SHARE
        else _reworded(plain, rng)
        for _ in range(2 * count)
    ]
    return tuple(dict.fromkeys(wording for wording in wordings if wording != plain))[:count]


def _reworded(text: str, rng: np.random.Generator) -> str:
    """One other wording, which may come out as the text itself."""
    subject = _SUBJECT.match(text)
    body = text[subject.end() :] if subject else text
    if rng.random() < 0.8:
        body = _OWN_HAND.sub(r"the \2 \3", body)
        body = _PATTERN.sub(lambda match: str(rng.choice(_PHRASES[match[1]])), body)

    if subject is None:
        return body

    if rng.random() < 0.1:
        body = f"{body} {rng.choice(_SETTINGS)}"
    if rng.random() < 0.2:
        return _without_subject(body.strip(), rng)

    # a new subject, and the possessives that go with it
    possessive = str(rng.choice(list(_POSSESSIVES)))
    name = str(rng.choice(_POSSESSIVES[possessive]))
    return f"{name} {_POSSESSIVE.sub(possessive, body).strip()}"


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
        return _base(verb[2]) + _POSSESSIVE.sub("your", rest)
    gerund = verb[2] if is_gerund else _gerund(_base(verb[2]))
    return gerund + _POSSESSIVE.sub("the", rest)


def _base(verb: str) -> str:
    """Make "walk" of "walks", "dash" of "dashes"."""
    if verb in _BASES:
        return _BASES[verb]
    return verb[:-2] if re.search(r"(?:sh|ch|ss|x|zz)es$", verb) else verb.removesuffix("s")


def _gerund(base: str) -> str:
    """Make "walking" of "walk", "raising" of "raise", "running" of "run", "lying" of "lie"."""
    if base.endswith("ie"):
        return base[:-2] + "ying"
    if base.endswith("e") and not base.endswith("ee") and len(base) > 2:
        return base[:-1] + "ing"
    return base + (base[-1] if _DOUBLED.match(base) else "") + "ing"
