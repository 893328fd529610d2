"""Probes of everyday actions: what a user is likely to ask for.

Every one is judged on recordings by ``motionlcm.evaluation.probe_recordings``; the shares are in
``docs/probes.md``. Where no recording shows an action, its pattern for labels is empty.
"""

from __future__ import annotations

from motionlcm.evaluation.probe import everyday_probe

#: Labels of standing up and sitting down, of squats and of kicks.
RISING = r"stand up from|sit_stand_up|Sitting_Exit|sit to stand|sit on|sit_to_st|sit_down"
SQUATS = r"squat|deep squat|.*squats"
_KICKS = r".*[Kk]ick|.*Crescent|Roundh|Mawashi|Yokogeri|standing active straight|SpinningBack"
HOPS = r"jump|Jump|hop|high jump|forward jump|.*[Hh]op|.*[Jj]ump|.*Leap"
_HANDS_AT_HEAD = (
    r".*drink|.*[Dd]rink|idle_(touch|scratch|yawn|cough)|sit_.*(touch|scratch|yawn|cough|thought)|"
    r"gestic_thoughtful|Consume|listen_door|salute|smoke|whisper|whistle|shout|cell_phone|"
    r"blowkiss|express_|wink|gestic_laugh|nyanya|take_picture|snapshot"
)
_WAVES = r"wav|.*wave|bye|hello|Greeting|jumping jacks|Jumping_J|.*jumping.jack"


GOINGS = (
    everyday_probe("walks in a circle"),
    everyday_probe(
        "makes a u-turn",
        r"WalkTurnAround|RunTurnAround",
        similar=r"(walk|run) turn (left|right) 135|Walk.*Turn|Walk.*Trun|Run.*Turn|turnback",
    ),
    everyday_probe(
        "turns around on the spot",
        r"turn_(left|right)_180_xyz|turn_180",
        similar=r"turn|TurnAround|jump (turning|spinning)|spinning jump|.*Spin",
    ),
    everyday_probe(
        "spins around",
        r"mass-bvh_pirouette|TurnAroundLeft",
        similar=r".*[Ss]pin|.*pirouette|Capoeira|TurnAround",
    ),
    everyday_probe(
        "walks slowly",
        r"slow walk|walk_slow|walk_stroll",
        similar=r"[Ww]alk|sneak|.*[Ww]alk|depositFloor|try_door|.*Advance|Crouch",
    ),
    everyday_probe(
        "walks fast",
        r"brisk walk|walk_fast",
        similar=r"[Ww]alk|.*Walk|jog|run/jog|run_|.*_run",
    ),
    everyday_probe(
        "jogs",
        r"run/jog|jogLeft|run$|Run$",
        similar=r"[Rr]un|.*[Rr]un|.*Jump|.*Leap|.*Hop|.*[Ss]kip|mass-bvh_run|Quick|Bounce",
    ),
    everyday_probe(
        "sidesteps to the left",
        r"(Quick)?Side[Ss]tepLeft",
        similar=r"Run Side|.*sideways|DodgeL|DuckL",
    ),
    everyday_probe(
        "sidesteps to the right",
        r"(Quick)?Side[Ss]tepRight",
        similar=r"Run Side|.*sideways|DodgeR|DuckR",
    ),
    everyday_probe(
        "sneaks",
        r"sneak|walk stealthily",
        similar=r"Crouch|.*Crouch|depositFloor",
    ),
    everyday_probe("walks on tiptoe"),
    everyday_probe("marches"),
    everyday_probe(
        "goes up stairs",
        r"climb 3 steps",
        similar=r"playground - climb|.*Jump|.*Leap|Run Over",
    ),
    everyday_probe(
        "steps over something",
        r"hurdle step",
        similar=_KICKS + r"|[Rr]un|.*[Rr]un|elbowToKnee|[Ss]kip|.*Skip|.*Hop|.*Leap|.*Jump",
    ),
    everyday_probe("skips", r"Skip|.*ToSkip"),
    everyday_probe(
        "hops on one leg",
        r"jump up and down, hop on one foot",
        similar=r".*Hop|[Ss]kip|.*Skip|.*jump|Bounce",
    ),
    everyday_probe(
        "jumps forward",
        r"hopBothLegs|forward jump|.*jump-across|.*Leap|.*ToJump",
        similar=HOPS + r"|[Ss]kip|.*Skip",
    ),
    everyday_probe(
        "jumps twice",
        r"jump in place|jump up and down",
        similar=HOPS + r"|.*[Ss]kip|Jumping_J|jumping jack|.*jumping",
    ),
)

HANDS = (
    everyday_probe(
        "claps",
        r"clapping|claphands|clap$",
        similar=r"cheer|jumping jacks|.*[Ll]augh|wash self",
    ),
    everyday_probe(
        "punches with the left fist",
        r"(Body)?(Cross|Jab)Left|Fighting_Left_Jab|punch_L",
        similar=r".*[Pp]unch|[Bb]ox|.*box|.*(Left|L)$|.*Left|.*throw|.*Throw|Sword|sword|Spell",
    ),
    everyday_probe(
        "punches with the right fist",
        r"(Body)?(Cross|Jab)Right|Fighting_Right_Jab|punch_R|Punch_Cross",
        similar=r".*[Pp]unch|[Bb]ox|.*box|.*(Right|R)$|.*Right|.*throw|.*Throw|Sword|sword|Spell|Oiduki",
    ),
    everyday_probe(
        "throws something",
        r"throwing a ball|throwBasketball|Throw_Object|throw_R",
        similar=r"(wav|jumping jack).*|.*punch|[Bb]ox|.*[Ss]word|.*[Hh]ook|Backfist|.*kick|.*Block|"
        r"Gedan|Heian|Oiduki|Syuto|Sword|cheer|Victory|grabHigh|rotateArms",
    ),
    everyday_probe(
        "pushes",
        similar=r"express_repulsed|throw|Throw|rotateArms|punch|clap|.*kick",
    ),
    everyday_probe(
        "points ahead",
        r"point_you",
        similar=r"grabHigh|standing shoulder|Oiduki|punch|.*throw|.*Jab|Pistol|.*Torch",
    ),
    everyday_probe("salutes", r"salute", similar=_HANDS_AT_HEAD + r"|throw|wav|.*wave"),
    everyday_probe("holds a hand to the ear", similar=_HANDS_AT_HEAD),
    everyday_probe(
        "drinks",
        r".*[Dd]rink|Consume",
        similar=_HANDS_AT_HEAD + r"|elbowToKnee",
    ),
    everyday_probe("crosses the arms"),
    everyday_probe("puts the hands on the hips"),
    everyday_probe(
        "holds the arms out to the sides",
        r"balance on one leg",
        similar=r"mass-bvh_bal|idle_stretch|.*abduction|jumping jack|cartwheel",
    ),
    everyday_probe(
        "waves overhead",
        r"waving",
        similar=_WAVES + r"|cheer|wash windows|.*wipe",
    ),
    everyday_probe(
        "cheers",
        r"cheer_0[125]|jumpforjoy",
        similar=_WAVES + r"|Victory|cheer|rotateArms|LiftBox|BoxLift|squat|deep|side lunge|inline|"
        r"sit to stand|throw",
    ),
    everyday_probe(
        "stretches",
        r"idle_stretch_arms|stretch",
        similar=r"deep squat|jumping jack|wav|balance|mass-bvh_bal|LiftBox|BoxLift|.*[Jj]ump|cartw",
    ),
    everyday_probe(
        "circles the arms",
        r"rotateArms",
        similar=r"jumping jack|cartwheel|.*[Ff]lip|Roll|.*Roll|.*swim|high jump",
    ),
    everyday_probe(
        "knocks at a door",
        r"knock_door",
        similar=r"waving|wave|.*wave|.*wipe|wash|RPS|type|brush|cheer",
    ),
    everyday_probe("shrugs", r"gestic_shrug|sit_.*shrug|express_shrug"),
    everyday_probe("nods", r"gestic_listen_accept|yes_"),
    everyday_probe(
        "looks around",
        r"idle_look_around|sit_.*look_around",
        similar=r"Look|gestic_listen_deny|.*roll_head|idle_|sit_",
    ),
)

BODIES = (
    everyday_probe(
        "stands up",
        r"stand up from a chair|sit_stand_up|sit_to_stand|sit on stepstool, stand up",
        similar=RISING + "|" + SQUATS + r"|.*lunge|[Cc]rouch|.*[Cc]rouch|Sitting|standup",
    ),
    everyday_probe(
        "kneels",
        r"Fixing_Kneeling",
        similar=r"inline lunge|[Cc]rouch|.*Crouch|crawl|Crawl",
    ),
    everyday_probe(
        "crouches",
        r"crouch_idle|Crouch_Idle|Crouch$|crouch_gestic",
        similar=SQUATS + r"|sit|inline|depositFloor|.*Box|.*[Cc]rouch|[Cc]rouch|Lie|lieDown|Ready",
    ),
    everyday_probe(
        "lunges",
        r"inline lunge",
        similar=r"box|.*box|Oiduki|Sword|.*Cross|Fixing|Run|.*Run|Fighting",
    ),
    everyday_probe(
        "lunges to the side",
        r"side lunge",
        similar=r"box|.*box|Victory|Body|.*Hook|Dodge|Duck|Sword",
    ),
    everyday_probe(
        "bends sideways",
        similar=r"depositFloor|.*[Kk]ick|.*side twist|wash|.*wipe|cartwheel|Dodge|Duck|.*Box",
    ),
    everyday_probe(
        "touches the toes",
        similar=r"depositFloor|.*Box|cartwheel|.*bend over",
    ),
    everyday_probe(
        "picks something up",
        r"PickUpBox|.*ToPick[Uu]pBox",
        similar=r".*Box|depositFloor|.*[Cc]rouch|squat|bend over",
    ),
    everyday_probe(
        "puts something down",
        r"PutDownBoxToWalk",
        similar=r".*Box|depositFloor|.*[Cc]rouch|squat|bend over",
    ),
    everyday_probe(
        "leans back",
        similar=r"Swing|.*[Ll]augh|.*[Kk]ick|Wait|.*lean back|express_",
    ),
    everyday_probe(
        "gets up from the floor",
        r"standup",
        similar=r"lieDown|Run Dive|Roll|.*Roll|Lie|.*flip|.*Crouch",
    ),
    everyday_probe("crawls", r"Crawl"),
    everyday_probe(
        "rolls",
        r"Roll$|Roll_RM|Run Dive",
        similar=r"cartwheel|.*[Ff]lip|standup",
    ),
    everyday_probe("does push-ups", r"Pushup"),
    everyday_probe(
        "balances on one leg",
        r"balance on one leg",
        similar=r"mass-bvh_bal|hurdle|jump up and down, hop|jump, balance|standing active|elbowTo",
    ),
    everyday_probe(
        "kicks high",
        r".*Crescent|Roundh|AxeKick|Mawashigeri|kick_roundhouse",
        similar=_KICKS + r"|cartwheel|.*[Ff]lip|Capoeira",
    ),
    everyday_probe(
        "lifts a straight leg",
        r"standing active straight",
        similar=_KICKS + r"|stretch|Bounce|cartwheel|.*[Ff]lip",
    ),
    everyday_probe(
        "brings elbow to knee",
        r"elbowToKnee",
        similar=r"depositFloor",
    ),
)
