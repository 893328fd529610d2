"""Further ordinary wordings of the actions, by name: what people type for what is recorded."""

from __future__ import annotations

_TABLE = {
    "walk": "takes a walk|goes for a walk|strides ahead|walks along",
    "slow walk": "takes slow steps|walks without haste|ambles along",
    "brisk walk": "hurries along on foot|walks at a fast pace|strides along quickly",
    "limp": "hobbles along|walks with an injured leg|favors one leg while walking",
    "sneak": "sneaks around|sneaks without a sound|walks stealthily",
    "walk backward": "moves backward|retreats|backs away|walks in reverse",
    "run": "goes for a run|dashes ahead|races ahead",
    "jog": "goes jogging|jogs along|trots along",
    "sidestep": "moves sideways to the {side}|shuffles to the {side}",
    "skip": "skips happily|goes skipping",
    "crawl": "crawls on the ground|creeps over the floor",
    "turn": "rotates to the {side}|makes a {side} turn on the spot|turns the body to the {side}",
    "turn around": "makes an about-turn|turns the other way|spins around to face backward",
    "walk and turn around": "walks there and back|walks away and returns",
    "walk and turn": "makes a {side} turn while walking|rounds a corner to the {side}",
    "jump": "leaps up|jumps into the air|jumps off the ground|hops up",
    "jump forward": "jumps ahead|does a long jump|leaps ahead",
    "jump in place": "jumps on the spot|bounces up and down|hops in place",
    "hop": "hops up|bounces once|does a small hop",
    "jumping jacks": "performs jumping jacks|exercises with jumping jacks",
    "clap": "gives applause|claps with both hands|slaps the hands together",
    "wave": "greets somebody with the right hand|gives a wave with the right hand|"
    "says hello with the right hand|waves goodbye with the right hand",
    "wave both": "waves for attention with both arms|greets with both hands",
    "punch": "fights with the fists|punches with both fists|does some boxing|jabs and punches",
    "jab": "punches straight with the {side} hand|strikes with the {side} fist",
    "throw": "tosses a ball with the right hand|hurls something with the right hand|pitches a ball",
    "throw basketball": "shoots a basketball|makes a two-handed throw",
    "reach up": "reaches for something high with the right hand|grabs something above the head",
    "raise an arm to the side": "lifts the right arm out sideways|raises the right arm overhead",
    "stretch": "stretches out|spreads the arms to stretch|has a good stretch",
    "drink": "sips from a glass|has a drink|drinks something",
    "photo": "takes a snapshot|snaps a photo|photographs something with a camera",
    "knock": "knocks at the door|raps on a door",
    "door": "reaches for a door handle|works a door handle",
    "cough": "has a cough|coughs into a hand",
    "scratch": "scratches the top of the head|scratches the scalp",
    "shrug": "gives a shrug|raises the shoulders in a shrug",
    "nod": "nods yes|agrees with a nod",
    "shake the head": "shakes the head no|says no with the head",
    "look around": "glances around|looks to both sides|searches around with the eyes",
    "talk": "gestures while talking|speaks and gestures|explains something with gestures",
    "laugh": "bursts out laughing",
    "cheer": "celebrates with raised arms|cheers with excitement",
    "wash windows": "cleans a window|cleans the glass",
    "mop": "cleans the floor with a mop|wipes the floor",
    "kick": "throws a kick with the {side} leg|kicks out with the {side} foot",
    "kick a ball": "shoots a ball with the foot|kicks a football|kicks a soccer ball",
    "squat": "bends the knees deeply|does a knee bend|lowers the hips and comes back up",
    "lunge": "takes a lunge|steps into a lunge|lowers into a lunge",
    "side lunge": "steps out into a side lunge",
    "leg raise": "swings up the straight right leg|raises the right leg in front",
    "sit down": "lowers the body onto a chair|goes from standing to sitting|sits on a chair",
    "stand up": "rises from a chair|gets to the feet|goes from sitting to standing",
    "stay seated": "stays seated|remains seated|rests on a chair",
    "crouch": "squats down low|gets down low|ducks down low",
    "lie down": "lies on the floor|gets down and lies on the ground|stretches out on the floor",
    "get up": "rises from the floor|gets back on the feet",
    "put down": "sets something down on the ground|bends over to put something down|"
    "places an object on the floor|stoops to put something down|lowers something to the floor",
    "pick up a box": "bends to grab a box|grabs a box from the floor|lifts a box off the ground|"
    "stoops and lifts a box",
    "lift a box": "raises a box and lowers it again|lifts something heavy",
    "carry a box": "walks with a box in the hands|carries something heavy in both arms",
    "bow": "makes a bow|bends forward politely",
    "push-up": "does a press-up|exercises with push-ups",
    "dance": "does a dance|moves to the music",
    "salsa": "does salsa steps|performs a salsa",
    "stand": "waits standing still|remains standing",
    "cartwheel": "turns a cartwheel|performs a cartwheel",
    "balance": "holds the balance on one leg|keeps the balance on one foot|stands one-legged",
    # poses and moves that are drawn by hand
    "salute": "greets like a soldier|raises the right hand to the forehead in a salute|"
    "gives a salute",
    "hands on hips": "rests the hands on the hips|stands with the arms akimbo|"
    "stands there with the hands at the waist",
    "arms out": "spreads the arms|spreads both arms wide|raises the arms to shoulder height|"
    "makes a cross with the body",
    "arms ahead": "reaches forward with both arms|holds the arms straight ahead",
    "phone": "phones somebody|takes a phone call|telephones|is on the phone|"
    "listens with the right hand at the ear|talks into a mobile phone",
    "arms crossed": "stands with folded arms|has the arms crossed over the chest|folds both arms",
    "push": "shoves something heavy|pushes a wall|shoves something forward|pushes a box forward|"
    "pushes hard with both hands",
    "prayer": "puts the hands together|prays with folded hands",
    "hand on heart": "swears with a hand on the heart",
    "point ahead": "points straight ahead|points at something in front|points forward",
    "point up": "points upward|shows something above with the right hand",
    "hands behind the back": "stands with the hands behind the back",
    "eat": "has a meal|eats a bowl of soup",
    "watch": "checks the time|reads the time on the wrist",
    "touch the toes": "reaches down to the toes|bends over with straight legs to the feet|"
    "stretches down to the floor|touches the feet with both hands",
    "raise": "puts the right hand up|stretches the right arm up|reaches up with the right hand",
    "raise both": "puts both hands up|surrenders with raised hands|reaches up with both arms",
    "bend sideways": "leans over to the right|tilts the upper body to the right|"
    "stretches to the right side",
    "lean back": "leans the upper body back|bends over backward|leans back and looks up",
    "circle the arms": "swings both arms around|windmills the arms|warms up the shoulders with arm "
    "circles",
    "kneel": "gets down on a knee|drops to the knees|kneels on the ground|sinks to the knees",
    "pick up": "stoops to pick something up|grabs something off the floor|"
    "takes something from the ground",
    "hop on one leg": "hops around on one leg|bounces on one foot|hops along on one foot",
    "march in place": "marches like a soldier|steps in place lifting the knees high|"
    "marches with high knees",
    "tiptoe": "walks quietly on the toes|goes on tiptoe|walks on the balls of the feet",
    "climb stairs": "goes upstairs|walks upstairs|climbs some steps|steps up a flight of stairs",
    "punch right": "hits with the right fist|strikes with the right hand|throws a right cross",
}
_REVERSED = {
    "walk": "walks in reverse|moves backward|backs away",
    "sit down": "rises from a chair|gets to the feet",
    "stand up": "lowers the body onto a chair|goes from standing to sitting",
    "crouch": "comes up from a crouch",
    "lie down": "rises from the floor|gets back on the feet",
    "put down": "bends over and picks something up|grabs something from the ground|"
    "lifts something off the floor|bends to grab something",
    "pick up a box": "lowers a box to the ground|bends to put down a box|places a box on the floor",
    "reach up": "places something on a high shelf with the right hand",
}


def more_phrases(name: str) -> tuple[str, ...]:
    """Further predicates for the action of that name; ``{side}`` is what its label names."""
    return tuple(_TABLE[name].split("|")) if name in _TABLE else ()


def more_reversed(name: str) -> tuple[str, ...]:
    """Further predicates for the action of that name played backwards."""
    return tuple(_REVERSED[name].split("|")) if name in _REVERSED else ()
