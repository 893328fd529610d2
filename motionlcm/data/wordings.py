"""Further ordinary wordings of the actions, by name: what people type for what is recorded."""

from __future__ import annotations

_TABLE = {
    "walk": "takes a walk|goes for a walk|strides ahead|walks along|moves ahead on foot|"
    "makes a few steps|marches ahead calmly|goes for a short walk",
    "slow walk": "takes slow steps|walks without haste|ambles along|drags along|walks lazily|"
    "shuffles forward slowly|paces slowly",
    "brisk walk": "hurries along on foot|walks at a fast pace|strides along quickly|"
    "walks in a hurry|rushes along at a walk|walks with quick steps|"
    "steps along smartly|"
    "walks swiftly|walks at a brisk pace|marches along in a hurry",
    "limp": "hobbles along|walks with an injured leg|favors one leg while walking|drags one leg|"
    "walks lamely|walks with a bad leg|limps badly",
    "sneak": "sneaks around|sneaks without a sound|walks stealthily|prowls|slinks along|"
    "steps softly and crouched|stalks forward on bent legs",
    "walk backward": "moves backward|retreats|backs away|walks in reverse|moves in reverse|"
    "goes back without turning",
    "run": "goes for a run|dashes ahead|races ahead|speeds ahead|runs as fast as possible|"
    "goes at a run",
    "jog": "goes jogging|jogs along|trots along|jogs at a gentle pace|runs slowly",
    "sidestep": "moves sideways to the {side}|shuffles to the {side}|goes sideways to the {side}|"
    "slides to the {side} step by step|moves over to the {side} with side steps|"
    "takes a few steps to the {side}|steps to the {side} without turning|"
    "takes several steps to the {side} facing ahead",
    "skip": "skips happily|goes skipping|skips along merrily|"
    "hops from one leg to the other while going forward",
    "crawl": "crawls on the ground|creeps over the floor|moves on hands and knees|"
    "crawls like a baby|goes on all fours",
    "turn": "rotates to the {side}|makes a {side} turn on the spot|turns the body to the {side}",
    "turn around": "makes an about-turn|turns the other way|spins around to face backward|"
    "does an about-face|faces about|turns back to front",
    "walk and turn around": "walks there and back|walks away and returns|"
    "walks, turns round and returns|goes and comes back",
    "walk and turn": "makes a {side} turn while walking|rounds a corner to the {side}",
    "jump": "leaps up|jumps into the air|jumps off the ground|hops up|jumps high|"
    "takes off from the ground|springs into the air",
    "jump forward": "jumps ahead|does a long jump|leaps ahead|springs forward|jumps a long way|"
    "bounds ahead|takes a big jump forward|"
    "leaps across a gap|jumps over a line on the ground|makes a long leap|leaps with both feet",
    "jump in place": "jumps on the spot|hops in place|keeps jumping|hops on the spot",
    "hop": "hops up|bounces once|does a small hop|makes a little hop|gives a hop",
    "jumping jacks": "performs jumping jacks|exercises with jumping jacks",
    "clap": "gives applause|claps with both hands|slaps the hands together|claps loudly|"
    "puts the hands together in applause|beats the palms together",
    "wave": "greets somebody with the right hand|gives a wave with the right hand|"
    "says hello with the right hand|waves goodbye with the right hand|"
    "waves to somebody with the right hand|waves hi with the right hand|"
    "moves the raised right hand from side to side",
    "wave both": "waves for attention with both arms|greets with both hands|"
    "swings both arms overhead|signals with both arms",
    "punch": "fights with the fists|punches with both fists|does some boxing|jabs and punches|"
    "strikes with both fists|fights like a boxer|practises punches|"
    "throws a punch|hits a punching bag|boxes against a bag|throws one punch after the other",
    "jab": "punches straight with the {side} hand|strikes with the {side} fist|"
    "hits out with the {side} fist|throws a quick {side} punch|gives a {side} jab|"
    "lands a {side} punch",
    "throw": "tosses a ball with the right hand|hurls something with the right hand|"
    "pitches a ball|lobs a ball with the right hand|flings something away|"
    "casts something forward|throws with the right arm|chucks something|"
    "hurls a ball|throws a rock|throws something as far as possible",
    "throw basketball": "shoots a basketball|makes a two-handed throw|"
    "tosses a ball with both hands",
    "reach up": "reaches for something high with the right hand|grabs something above the head|"
    "stretches to get something down|takes something down from above",
    "raise an arm to the side": "lifts the right arm out sideways|raises the right arm overhead",
    "stretch": "stretches out|spreads the arms to stretch|has a good stretch|"
    "stretches the whole body|stretches after a long rest|loosens up by stretching",
    "drink": "sips from a glass|has a drink|drinks something|gulps something down|"
    "drinks from a mug|empties a glass|takes a sip|swallows a drink",
    "photo": "takes a snapshot|snaps a photo|photographs something with a camera|shoots a photo|"
    "holds a camera and takes a picture",
    "knock": "knocks at the door|raps on a door|taps on a door|bangs on a door|"
    "hammers at a door with the fist",
    "door": "reaches for a door handle|works a door handle",
    "cough": "has a cough|coughs into a hand",
    "scratch": "scratches the top of the head|scratches the scalp|has an itch on the head",
    "shrug": "gives a shrug|raises the shoulders in a shrug|lifts both shoulders|shrugs in doubt|"
    "hunches the shoulders and drops them",
    "nod": "nods yes|agrees with a nod|moves the head up and down|gives a nod|nods several times|"
    "bobs the head",
    "shake the head": "shakes the head no|says no with the head|"
    "turns the head from side to side for no",
    "look around": "glances around|looks to both sides|searches around with the eyes|"
    "looks here and there|looks over both shoulders|turns the head both ways|"
    "scans the surroundings",
    "talk": "gestures while talking|speaks and gestures|explains something with gestures|"
    "chats with gestures|speaks with lively hands",
    "laugh": "bursts out laughing|laughs heartily",
    "cheer": "celebrates with raised arms|cheers with excitement|rejoices|"
    "shouts for joy with the arms up|throws up both arms in triumph|roots for a team|jubilates",
    "wash windows": "cleans a window|cleans the glass|scrubs a window",
    "mop": "cleans the floor with a mop|wipes the floor|swabs the floor",
    "kick": "throws a kick with the {side} leg|kicks out with the {side} foot|"
    "kicks the {side} leg out|swings the {side} foot forward in a kick|"
    "gives a kick with the {side} foot",
    "kick a ball": "shoots a ball with the foot|kicks a football|kicks a soccer ball",
    "squat": "bends the knees deeply|does a knee bend|lowers the hips and comes back up|"
    "sinks into a squat and rises|goes down on bent knees and up again|does a squat exercise|"
    "goes into a crouch and rises|crouches and comes up again|"
    "crouches down and straightens up again",
    "lunge": "takes a lunge|steps into a lunge|lowers into a lunge|"
    "steps far forward and bends the knee|does a lunge exercise",
    "side lunge": "steps out into a side lunge|steps far to one side and bends the knee|"
    "does a lunge sideways",
    "leg raise": "swings up the straight right leg|raises the right leg in front|"
    "raises one leg straight in front|lifts the straight leg and lowers it|"
    "holds the leg out straight|"
    "lifts a stretched leg in front|raises the outstretched leg|does a leg raise",
    "sit down": "lowers the body onto a chair|goes from standing to sitting|sits on a chair|"
    "goes down onto a seat|sits|gets seated",
    "stand up": "rises from a chair|gets to the feet|goes from sitting to standing|"
    "stands up from a stool|gets to one's feet from a seat|rises to stand",
    "stay seated": "stays seated|remains seated|rests on a chair|is seated|sits there",
    "crouch": "squats down low|gets down low|ducks down low|gets into a crouch|"
    "bends down low on the knees|lowers into a crouch|makes oneself small",
    "lie down": "lies on the floor|gets down and lies on the ground|stretches out on the floor|"
    "stretches out on the ground|goes to the floor and lies",
    "get up": "rises from the floor|gets back on the feet|rises from lying|gets off the floor|"
    "stands up after lying|comes up from the ground|"
    "gets up again after a fall|gets up off the ground|stands up from the floor",
    "put down": "sets something down on the ground|bends over to put something down|"
    "places an object on the floor|stoops to put something down|lowers something to the floor|"
    "places something on the ground|drops something gently on the floor|"
    "leaves something on the floor",
    "pick up a box": "bends to grab a box|grabs a box from the floor|lifts a box off the ground|"
    "stoops and lifts a box|hoists a box|takes a box from the ground|"
    "bends the knees and lifts a box",
    "lift a box": "raises a box and lowers it again|lifts something heavy",
    "carry a box": "walks with a box in the hands|carries something heavy in both arms|"
    "bears a load in front|walks along holding a box",
    "bow": "makes a bow|bends forward politely|bends forward from the waist|takes a deep bow|"
    "bows to somebody",
    "push-up": "does a press-up|exercises with push-ups|"
    "pushes the body up from the floor with the arms|works out with push-ups",
    "dance": "does a dance|moves to the music|shows a dance|swings to the music",
    "salsa": "does salsa steps|performs a salsa",
    "stand": "waits standing still|remains standing|keeps standing|stands there|"
    "does not move from the spot",
    "cartwheel": "turns a cartwheel|performs a cartwheel|does a wheel on the hands",
    "balance": "holds the balance on one leg|keeps the balance on one foot|stands one-legged|"
    "stands on a single leg|keeps standing on one leg|stands like a stork|"
    "lifts one foot and balances",
    # poses and moves that are drawn by hand
    "salute": "greets like a soldier|raises the right hand to the forehead in a salute|"
    "gives a salute|brings the right hand to the forehead like a soldier|salutes an officer",
    "hands on hips": "rests the hands on the hips|stands with the arms akimbo|"
    "stands there with the hands at the waist|holds the waist with both hands|"
    "props both hands on the hips|puts the hands to the waist",
    "arms out": "spreads the arms|spreads both arms wide|raises the arms to shoulder height|"
    "makes a cross with the body|extends the arms to both sides|opens both arms wide|"
    "holds the arms like wings",
    "arms ahead": "reaches forward with both arms|holds the arms straight ahead|"
    "extends both arms ahead|holds the arms out like a sleepwalker",
    "phone": "phones somebody|takes a phone call|telephones|is on the phone|"
    "listens with the right hand at the ear|talks into a mobile phone|speaks on a phone|"
    "calls somebody up|presses a phone to the ear|holds a receiver to the right ear|"
    "answers the phone",
    "arms crossed": "stands with folded arms|has the arms crossed over the chest|folds both arms|"
    "locks the arms over the chest|stands with crossed arms",
    "push": "shoves something heavy|pushes a wall|shoves something forward|pushes a box forward|"
    "pushes hard with both hands|presses against something with both hands|"
    "pushes something heavy|thrusts both palms forward|pushes a cart|"
    "leans on something and pushes|pushes somebody away",
    "prayer": "puts the hands together|prays with folded hands",
    "hand on heart": "swears with a hand on the heart",
    "point ahead": "points straight ahead|points at something in front|points forward|"
    "stretches a finger out in front|shows the way ahead|aims a finger forward",
    "point up": "points upward|shows something above with the right hand",
    "hands behind the back": "stands with the hands behind the back",
    "eat": "has a meal|eats a bowl of soup",
    "watch": "checks the time|reads the time on the wrist",
    "touch the toes": "reaches down to the toes|bends over with straight legs to the feet|"
    "stretches down to the floor|touches the feet with both hands|bends to touch both feet|"
    "folds forward down to the toes|bends down with straight knees",
    "raise": "puts the right hand up|stretches the right arm up|reaches up with the right hand|"
    "has the right hand raised",
    "raise both": "puts both hands up|surrenders with raised hands|reaches up with both arms|"
    "has both hands in the air|stretches both arms upward",
    "bend sideways": "leans over to the right|tilts the upper body to the right|"
    "stretches to the right side|bends over sideways|curves the body to the right|"
    "drops the right shoulder in a side bend",
    "lean back": "leans the upper body back|bends over backward|leans back and looks up|"
    "lets the upper body fall back a little|tips backward at the waist",
    "circle the arms": "swings both arms around|windmills the arms|"
    "warms up the shoulders with arm circles|rolls the arms in circles|does arm circles|"
    "whirls both arms around",
    "kneel": "gets down on a knee|drops to the knees|kneels on the ground|sinks to the knees|"
    "drops onto one knee|kneels|goes down onto the knees|bends a knee to the ground",
    "pick up": "stoops to pick something up|grabs something off the floor|"
    "takes something from the ground|gathers something from the floor|"
    "bends and takes something up|collects something from the ground",
    "hop on one leg": "hops around on one leg|bounces on one foot|hops along on one foot|"
    "jumps on one leg|hops several times on the same foot|goes hopping on one leg",
    "march in place": "marches like a soldier|steps in place lifting the knees high|"
    "marches with high knees|marches without moving on|steps on the spot with high knees|"
    "lifts one knee after the other",
    "tiptoe": "walks quietly on the toes|goes on tiptoe|walks on the balls of the feet|"
    "goes along on the toes|walks with raised heels|steps softly on the toes",
    "climb stairs": "goes upstairs|walks upstairs|climbs some steps|steps up a flight of stairs|"
    "climbs up|climbs a staircase|goes up step by step|mounts the stairs",
    "punch right": "hits with the right fist|strikes with the right hand|throws a right cross|"
    "strikes out with the right fist|gives a right punch|hits a bag with the right fist|"
    "throws a punch|throws a punch with the right fist|hits straight ahead with the right",
    "cross": "hits hard with the {side} fist|punches straight with the {side} arm|"
    "gives a {side} punch",
    "hook": "swings the {side} fist|hits sideways with the {side} fist",
    "uppercut": "punches upward with the {side} fist",
    "fist pump": "makes a winner's fist|celebrates with one fist",
    "elbow to knee": "brings a knee up to the other elbow|touches elbow and knee crosswise|"
    "does crosswise crunches on the feet",
    "roundhouse kick": "kicks round to the side with the {side} leg|kicks high with the {side} leg",
    "push kick": "shoves with the {side} foot|kicks straight ahead with the {side} foot",
    "roll": "tumbles forward|rolls over head first|does a somersault forward|"
    "turns over on the ground",
    "spin": "makes a full turn|whirls around|turns in a full circle on the spot|"
    "spins once around|rotates all the way around|pirouettes to the {side}",
    "step over": "steps over a stone|steps over a low wall|"
    "lifts a foot high to step over something|"
    "steps across a ditch|steps over a branch on the ground|steps over a box while walking|"
    "raises the foot over an obstacle and steps on",
    "lift a leg": "does a leg raise standing up|raises one leg and keeps it straight|"
    "holds a straight leg up in front|lifts the outstretched leg",
    "half turn": "turns right round to face backward|faces backward|"
    "reverses the direction on the spot|makes a half turn|does an about-face to the {side}",
}
_REVERSED = {
    "walk": "walks in reverse|moves backward|backs away",
    "sit down": "rises from a chair|gets to the feet",
    "stand up": "lowers the body onto a chair|goes from standing to sitting",
    "crouch": "comes up from a crouch",
    "lie down": "rises from the floor|gets back on the feet",
    "put down": "bends over and picks something up|grabs something from the ground|"
    "lifts something off the floor|bends to grab something|takes something up from the floor|"
    "gathers something from the ground|bends down and collects something",
    "pick up a box": "lowers a box to the ground|bends to put down a box|"
    "places a box on the floor|sets a heavy box down|lets a box down to the floor",
    "reach up": "places something on a high shelf with the right hand",
}


def more_phrases(name: str) -> tuple[str, ...]:
    """Further predicates for the action of that name; ``{side}`` is what its label names."""
    return tuple(_TABLE[name].split("|")) if name in _TABLE else ()


def more_reversed(name: str) -> tuple[str, ...]:
    """Further predicates for the action of that name played backwards."""
    return tuple(_REVERSED[name].split("|")) if name in _REVERSED else ()
