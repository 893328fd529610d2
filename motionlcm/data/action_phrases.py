"""What users call the actions in the recordings: a table of labels, verb phrases and what may be
done with each.

Phrases are predicates in the third person whose finite verbs come first or follow "and". Only what
the label really says is said. ``{side}`` is the side that the label names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache

from motionlcm.data.captions import mirror_caption
from motionlcm.data.wordings import more_phrases, more_reversed
from motionlcm.motion import actions
from motionlcm.motion.measures import Body


@dataclass(frozen=True)
class Action:
    """An action by name: how it is said, in which recordings it is, and what it can be made into.

    Attributes:
        name: short, for labels of composed clips.
        labels: pattern that a recording's whole label matches.
        traits: words out of those below.
        phrases: predicates, such as "walks forward".
        reverse: predicates that hold when it is played backwards; none where that would be nothing
            people do.

    Traits: ``go`` moves over the floor; ``straight`` may be bent and repeated, if it goes straight;
    ``legs`` can carry another clip's upper body; ``arms`` is done by the upper body alone; ``loop``
    goes on all the time, so any stretch shows it; ``once`` is one repetition, to be counted;
    ``pace`` may be slower and faster; ``turning`` turns on the spot and ends as it began.
    """

    name: str
    labels: str
    traits: frozenset[str]
    phrases: tuple[str, ...]
    reverse: tuple[str, ...] = ()


def _action(name: str, labels: str, traits: str, phrases: str, reverse: str = "") -> Action:
    def split(text: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in text.split("|") if part.strip())

    return Action(
        name,
        labels,
        frozenset(traits.split()),
        split(phrases) + more_phrases(name),
        split(reverse) + more_reversed(name),
    )


_SIT = "sits down|sits down on a chair|takes a seat|has a seat"
_RISE = "stands up|stands up from a chair|gets up from a chair|rises from a seat"

ACTIONS = (
    # getting about
    _action("walk",
            r"walk|Walk|walk/stride|walk_neutral_0?\d?_?xy|mass-bvh_walk|xia-style-bvh_m21_walk",
            "go straight legs loop pace",
            "walks|walks forward|walks ahead|takes some steps forward",
            "walks backward|walks backwards|steps back"),
    _action("stroll", r"walk_stroll_0\d_xy", "go straight legs loop",
            "strolls along|takes a stroll|walks leisurely"),
    _action("slow walk", r"slow walk|walk_slow_02_xy", "go straight legs loop",
            "walks slowly|walks at a slow pace"),
    _action("brisk walk", r"brisk walk|walk_fast_0\d_xy", "go straight legs loop",
            "walks fast|walks quickly|walks briskly"),
    _action("big strides", r"walk, exaggerated stride", "go straight loop",
            "walks with big strides|takes long steps forward"),
    _action("walk and stop", r"WalkToStand|slow walk, stop|walk_stop_xy", "go",
            "walks and stops|walks forward and comes to a halt"),
    _action("start to walk", r"StandToWalk|walk_start_xy", "go",
            "starts to walk|sets off on foot|begins to walk"),
    _action("confident walk", r"walk_self-assured_xy", "go straight legs loop",
            "walks with confidence|walks confidently"),
    _action("swagger", r"walk_cool_0\d_xy", "go straight loop",
            "swaggers along|walks in a cool way"),
    _action("stagger", r"walk_drunk_xy", "go straight loop",
            "staggers along|walks like a drunk|stumbles along drunk"),
    _action("limp", r"walk_injured_xy|walk_bruised_xy", "go straight loop",
            "limps|limps along|limps forward|walks with a limp|walks as if hurt"),
    _action("zombie walk", r"animateddrawings-bvh_fair1_zombie", "go loop", "walks like a zombie"),
    _action("sneak", r"sneak\dStepsL?R?Start|walk stealthily", "go straight loop pace",
            "sneaks|sneaks forward|tiptoes along|creeps forward quietly"),
    _action("walk backward", r"WalkBackwards?", "go straight loop pace",
            "walks backward|walks backwards|steps back|backs up", "walks|walks forward"),
    _action("run", r"run|Run|mass-bvh_run|dash", "go straight loop",
            "runs|runs forward|runs ahead"),
    _action("jog", r"run/jog", "go straight legs loop", "jogs|jogs forward|runs at an easy pace"),
    _action("jog in a circle", r"jogLeftCircle4StepsRstart", "go",
            "jogs in a circle to the left|runs around in a circle to the left"),
    _action("run and stop", r"RunToStand|run_stop_xy", "go",
            "runs and stops|runs and comes to a stop"),
    _action("run backward", r"RunBackwards", "go loop", "runs backward|runs backwards"),
    _action("sidestep", r"SideStep(Left|Right)", "go pace",
            "sidesteps to the {side}|steps to the {side}|steps sideways to the {side}|"
            "takes side steps to the {side}"),
    _action("quick sidestep", r"QuickSide[sS]tep(Left|Right)", "go",
            "sidesteps quickly to the {side}|steps quickly sideways to the {side}"),
    _action("skip", r"Skip|Skipping|SkipToStand", "go", "skips|skips forward|skips along"),
    _action("crawl", r"Crawl|CrawlForward|Crawl_RM", "go loop pace",
            "crawls|crawls forward|crawls along the floor"),
    _action("crawl backward", r"CrawlBackwards?", "go loop pace",
            "crawls backward|crawls backwards"),
    _action("carry a box", r"WalkWithBox", "go straight loop pace",
            "carries a box|walks carrying a box|carries a box while walking"),
    _action("walk and turn around", r"WalkTurnAround", "go",
            "walks, turns around and walks back|makes a u-turn while walking"),
    _action("walk and turn", r"walk, 90-degree (left|right) turn|walk turn (left|right) \d+", "go",
            "walks and turns {side}|turns {side} while walking|"
            "walks around a corner to the {side}"),
    _action("turn", r"turn_(left|right)_(60|90|120)_xyz", "pace turning",
            "turns {side}|turns to the {side}|turns on the spot to the {side}"),
    _action("turn around", r"turn_(left|right)_180_xyz|turn_180|turnback_180", "pace turning",
            "turns around|turns around on the spot|turns to face the other way"),
    # jumps
    _action("jump", r"[jJ]ump|Jump_Start|animateddrawings-bvh_fair1_jumping", "once",
            "jumps|jumps up|makes a jump"),
    _action("high jump", r"high jump", "once", "jumps high|jumps high into the air"),
    _action("jump forward", r"forward jump", "once", "jumps forward|leaps forward"),
    _action("jump in place", r"jump in place", "loop",
            "jumps up and down|jumps in place several times"),
    _action("hop", r"hopBothLegs1hops", "once", "hops|hops on both feet|makes a small jump"),
    _action("jumping jacks", r"jumping jacks|Jumping_Jacks|animateddrawings-bvh_cmu1_jumping_jacks",
            "loop", "does jumping jacks|does star jumps"),
    # hands and arms
    _action("clap", r"clapping hands|claphands_02|clap", "arms loop pace",
            "claps|claps the hands|applauds"),
    _action("wave", r"waving with the right hand|wave_01|Greeting", "arms loop pace",
            "waves with the right hand|waves the right hand|waves hello with the right hand"),
    _action("wave both", r"waving with both hands|wave_02", "arms loop pace",
            "waves with both hands|waves both arms|waves both hands over the head"),
    _action("punch", r"punching \(boxing\)|boxing|xia-style-bvh_m21_box-\d", "arms loop pace",
            "throws punches|boxes|punches the air"),
    _action("jab", r"Jab(Left|Right)|Fighting_(Left|Right)_Jab", "once",
            "throws a {side} jab|jabs with the {side} fist|punches with the {side} hand"),
    _action("cross", r"Cross(Left|Right)", "once",
            "throws a {side} cross|punches with the {side} fist"),
    _action("hook", r"Hook(Left|Right)", "once",
            "throws a {side} hook|punches with the {side} fist"),
    _action("uppercut", r"Uppercut(Left|Right)", "once", "throws a {side} uppercut"),
    _action("throw", r"throwing a ball|throw_R", "once pace",
            "throws a ball with the right hand|throws something with the right hand"),
    _action("throw basketball", r"throwBasketball", "once",
            "throws a basketball|throws a ball with both hands"),
    _action("reach up", r"grabHighR", "once pace",
            "reaches up and grabs something with the right hand|"
            "takes something from a high shelf with the right hand",
            "puts something on a high shelf with the right hand|"
            "reaches up and puts something away"),
    _action("raise an arm to the side", r"standing shoulder abduction x1", "once arms pace",
            "raises the right arm out to the side|lifts the right arm sideways over the head"),
    _action("raise an arm ahead", r"standing shoulder scaption x1", "once arms pace",
            "raises the right arm diagonally in front|lifts the right arm and lowers it"),
    _action("swing an arm back", r"standing shoulder extension x1", "once arms pace",
            "swings the straight right arm backward|moves the right arm back"),
    _action("circle the arms", r"rotateArmsBothBackward1Reps", "once",
            "circles both arms backward|rotates both arms backward"),
    _action("stretch", r"idle_stretch_arms_01", "arms",
            "stretches|stretches the arms|stretches the arms to the sides"),
    _action("drink", r"drink_drinking|drink", "arms", "drinks|drinks from a glass|takes a drink"),
    _action("drink soda", r"drink soda", "arms", "drinks soda|drinks"),
    _action("photo", r"take_picture|snapshot", "arms",
            "takes a picture|takes a photo|photographs something"),
    _action("knock", r"knock_door", "arms",
            "knocks on a door|knocks on a door with the right hand"),
    _action("door", r"try_door_(in|out)wards", "", "tries to open a door|tries a door handle"),
    _action("read", r"documents_check", "arms loop", "reads a document|looks through some papers"),
    _action("write", r"documents_note", "arms loop", "writes something down|takes notes on paper"),
    _action("cough", r"idle_cough_0\d", "arms", "coughs|coughs into the right hand"),
    _action("yawn", r"idle_yawn_01", "arms", "yawns|yawns behind the right hand"),
    _action("scratch", r"idle_scratch_head_0\d", "arms",
            "scratches the head with the right hand|scratches the head"),
    _action("touch the face", r"idle_touch_face_0\d", "arms",
            "touches the face with the right hand"),
    _action("touch the hair", r"idle_touch_hair_01", "arms",
            "touches the hair with the right hand"),
    _action("think", r"gestic_thoughtful_01", "arms", "thinks|stands thinking|ponders something"),
    _action("shrug", r"gestic_shrug_02|express_shrug", "arms", "shrugs|shrugs the shoulders"),
    _action("nod", r"gestic_listen_accept_0\d", "arms", "nods|nods in agreement|nods the head"),
    _action("shake the head", r"gestic_listen_deny_0[136]", "arms",
            "shakes the head|shakes the head in disagreement"),
    _action("look around", r"Look|LookAround|idle_look_around_03", "arms loop",
            "looks around|looks left and right"),
    _action("roll the head", r"idle_roll_head_0\d", "arms", "rolls the head|loosens the neck"),
    _action("talk", r"ConversationGestures|Idle_Talking_Loop", "arms loop",
            "talks|talks with the hands|gestures"),
    _action("laugh", r"gestic_laugh_(loud|low)|laugh_short", "arms", "laughs|laughs out loud"),
    _action("cheer", r"cheer_0[145]", "arms", "cheers|cheers happily"),
    _action("fist pump", r"cheer_03|Victory_Fist_Pump|fist_pump", "arms",
            "pumps the right fist|cheers with a fist pump"),
    _action("celebrate", r"Victory", "", "celebrates|celebrates a victory"),
    _action("wash windows", r"wash windows", "loop", "washes a window|wipes a window"),
    _action("mop", r"mop floor", "loop", "mops the floor"),
    _action("work", r"work_mid|work_table", "arms loop",
            "works with both hands|works on something"),
    _action("cry", r"express_cry", "", "cries|cries with the face in the hands"),
    _action("salute", r"salute", "", "salutes"),
    _action("point", r"point_you", "", "points forward"),
    # legs
    _action("kick", r"kickLFront1Reps|FrontKick", "once",
            "kicks with the {side} leg|kicks with the {side} foot|"
            "kicks forward with the {side} leg"),
    _action("kick a ball", r"soccer - kick ball", "", "kicks a ball"),
    _action("roundhouse kick", r"Roundhouse(Body)?(Left|Right)", "once",
            "does a roundhouse kick with the {side} leg|kicks with the {side} leg"),
    _action("push kick", r"PushKick(Left|Right)", "once",
            "kicks with the {side} leg|does a {side} push kick"),
    _action("squat", r"squat1Reps", "once pace", "squats|does a squat|squats down and rises again"),
    _action("deep squat", r"deep squat x1", "once pace",
            "does a deep squat with the arms raised|squats with both arms overhead"),
    _action("lunge", r"inline lunge x1", "once pace", "does a lunge|lunges"),
    _action("side lunge", r"side lunge x1", "once pace", "does a side lunge|lunges to the side"),
    _action("hurdle step", r"hurdle step x1", "once pace",
            "lifts the right leg as if over a hurdle|raises the right knee as if over a hurdle"),
    _action("leg raise", r"standing active straight leg raise x1", "once pace",
            "raises the straight right leg|lifts the right leg to the front"),
    _action("elbow to knee", r"elbowToKnee1RepsLelbowStart", "once",
            "touches a knee with the opposite elbow"),
    _action("balance", r"balance on one leg, outstretched arms|mass-bvh_balance", "",
            "balances on one leg|stands on one leg"),
    _action("spinning jump", r"spinning jump|turning jump|jump spinning 180 degrees", "",
            "jumps and turns in the air|does a spinning jump"),
    _action("side kick", r"SidekickLeading(Left|Right)", "once",
            "does a side kick with the {side} leg"),
    # up and down
    _action("sit down", r"sit down on a chair|Sitting_Enter|sit_generic|sit_down_chair_02_xyz",
            "pace", _SIT, _RISE),
    _action("stand up", r"stand up from a chair|Sitting_Exit|sit_to_stand", "pace", _RISE, _SIT),
    _action("stay seated", r"sit_table_idle_neutral_02|Sitting_Idle_Loop", "legs loop",
            "sits|sits on a chair"),
    _action("crouch", r"Crouch|crouch_in|crouch_in_xy", "pace", "crouches|crouches down",
            "gets up from a crouch|rises from a crouch"),
    _action("rise from a crouch", r"crouch_out|crouch_out_xy|CrouchToStand", "pace",
            "gets up from a crouch|rises from a crouch", "crouches|crouches down"),
    _action("stay in a crouch", r"crouch_idle|Crouch_Idle_Loop", "legs loop",
            "stays in a crouch|crouches"),
    _action("lie down", r"lieDownFloor|CrouchToLie", "pace", "lies down|lies down on the floor",
            "gets up|gets up from the floor|stands up from the ground"),
    _action("get up", r"LieToCrouch|standup", "pace", "gets up|gets up from the floor",
            "lies down|gets down to lie"),
    _action("put down", r"depositFloorR", "once pace",
            "puts something down on the floor|bends down and puts something on the floor",
            "picks something up|picks something up from the floor|"
            "bends down and picks something up"),
    _action("pick up a box", r"PickUpBox", "pace",
            "picks up a box|bends down and picks up a box|lifts a box",
            "puts down a box|sets a box down"),
    _action("lift a box", r"LiftBox|BoxLift", "pace",
            "lifts a box up and puts it back down|lifts a box overhead"),
    _action("sit down after a turn", r"sit_down_(chair|table)_(left|right)_xyz", "",
            "turns and sits down on a chair|sits down"),
    _action("stand up and turn", r"sit_stand_up_(chair|table)_(left|right)_xyz", "",
            "stands up and turns {side}|gets up from a chair and turns {side}"),
    _action("sit and stand", r"sit to stand x1", "once pace",
            "sits down and stands up again|sits down and gets up"),
    _action("sit and think", r"sit_(chair|table)_gestic_thoughtful", "",
            "sits and thinks|sits thinking"),
    _action("sit and cough", r"sit_(chair|table)_idle_cough", "",
            "sits and coughs|coughs while sitting"),
    _action("sit and look around", r"sit_(chair|table)_idle_look_around", "",
            "sits and looks around"),
    _action("sit and scratch", r"sit_(chair|table)_idle_scratch_head", "",
            "sits and scratches the head"),
    _action("sit and yawn", r"sit_table_idle_yawn", "", "sits and yawns|yawns while sitting"),
    _action("sit and stretch", r"sit_table_idle_stretch_arms", "", "sits and stretches the arms"),
    _action("sit and talk", r"Sitting_Talking_Loop", "loop", "sits and talks|talks while sitting"),
    _action("sit on the ground", r"sit_ground(_constrained)?", "pace",
            "sits down on the ground|sits down on the floor",
            "gets up from the ground|stands up from the floor"),
    _action("meditate", r"Meditate|yoga_float", "loop",
            "meditates|sits cross-legged and meditates"),
    _action("backflip", r"Backflip|backflip|mass-bvh_backflip", "",
            "does a backflip|flips backward"),
    _action("fall", r"Death01", "", "falls down|falls to the ground"),
    _action("bow", r"bow|Bow", "pace", "bows|takes a bow"),
    _action("kneel and repair", r"Fixing_Kneeling", "pace", "kneels down and repairs something"),
    _action("push", r"Push_Loop", "loop", "pushes something heavy|pushes"),
    _action("push-up", r"Pushup", "once pace", "does a push-up"),
    _action("roll", r"Roll|Roll_RM", "", "does a forward roll|rolls forward on the ground"),
    _action("swim", r"xia-style-bvh_m21_swim", "", "swims"),
    _action("cartwheel", r"CartWheel|cartwheel|mass-bvh_cart", "", "does a cartwheel"),
    _action("dance",
            r"dancing_neutral|Dance_Loop|Dance_Charleston|xia-style-bvh_m21_dance|mass-bvh_dance",
            "loop pace", "dances"),
    _action("salsa", r"salsa dance", "loop", "dances salsa|dances"),
    # doing little
    _action("stand", r"Stand|idle_neutral_0\d|idle_breathe_0\d|stand_[14]|Idle_Loop|idle_move_01",
            "legs loop", "stands still|stands|stands in place"),
    _action("listen", r"gestic_listen_neutral_0\d|Idle_Listening", "legs loop",
            "stands listening|listens"),
    _action("dribble", r"basketball - forward dribble", "go loop",
            "dribbles a basketball|bounces a basketball"),
)  # fmt: skip

#: What is seen on the joints of some actions: a recording that shows it has to show it once
#: composed, too.
PROBES: dict[str, Callable[[Body], bool]] = {
    "walk": actions.walks_forward,
    "run": actions.runs,
    "walk backward": actions.walks_backward,
    "jump": actions.jumps,
    "wave": actions.waves_right,
    "wave both": actions.waves_both,
    "punch": actions.punches,
    "kick": actions.kicks_left,
    "squat": actions.squats,
    "deep squat": actions.squats,
    "sit down": actions.sits_down,
    "stand up": actions.stands_up,
    "sit down reversed": actions.stands_up,
    "stand up reversed": actions.sits_down,
    "lie down": actions.lies_down,
    "jumping jacks": actions.does_jumping_jacks,
    "bow": actions.bows,
}
_SUBJECT = re.compile(
    r"^(?:(?:a|the) (?:person|man|woman|figure|human)|someone|somebody|he|she|they) "
)
_SIDE = re.compile(r"(left|right)", re.IGNORECASE)
_SIDE_WORD = re.compile(r"\b(left|right)\b")


@cache
def action_of(label: str) -> Action | None:
    """The action that a recording's label stands for, or None; its phrases name the side that the
    label names."""
    for action in ACTIONS:
        if re.fullmatch(action.labels, label):
            match = _SIDE.search(label)
            side = match[1].lower() if match else "left" if label.startswith("kickL") else "right"
            return _with_side(action, side)
    return None


def on_the_side_of(action: Action, captions: Iterable[str]) -> Action:
    """The action on the side that a recording's own captions name, where they name one alone.

    A label often names none ("standing shoulder abduction"), and not all people use the right.
    """
    recorded = {side for caption in captions for side in _SIDE_WORD.findall(caption.lower())}
    named = {side for phrase in action.phrases for side in _SIDE_WORD.findall(phrase)}
    if len(recorded) != 1 or len(named) != 1 or recorded == named:
        return action
    return replace(
        action,
        phrases=tuple(map(mirror_caption, action.phrases)),
        reverse=tuple(map(mirror_caption, action.reverse)),
    )


@cache
def action_of_caption(caption: str) -> Action | None:
    """The action of which one of the phrases is all that a caption says, or None: for clips
    without a label."""
    predicate = _SUBJECT.sub("", caption.strip().lower().rstrip(".!"))
    for action in ACTIONS:
        for side in ("right", "left"):
            named = _with_side(action, side)
            if predicate in named.phrases:
                return named
    return None


def _with_side(action: Action, side: str) -> Action:
    def named(phrases: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(phrase.replace("{side}", side) for phrase in phrases)

    return replace(action, phrases=named(action.phrases), reverse=named(action.reverse))
