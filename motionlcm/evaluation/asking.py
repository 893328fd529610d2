"""Learning which action a prompt asks for, from sayings and from the prompts of the probes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional

from motionlcm.data.sayings import sayings_by_movement
from motionlcm.models.asked import AskedActions
from motionlcm.motion.action_tests import ACTION_TESTS

#: Movements of the sayings, and the actions with a test that they are.
ACTIONS_OF_MOVEMENTS = {
    "walk forward": "walks forward",
    "walk slowly": "walks slowly",
    "walk fast": "walks fast",
    "walk backward": "walks backward",
    "run": "runs",
    "jog": "jogs",
    "sidestep left": "sidesteps to the left",
    "sidestep right": "sidesteps to the right",
    "sneak": "sneaks",
    "tiptoe": "walks on tiptoe",
    "march": "marches",
    "climb stairs": "goes up stairs",
    "step over something": "steps over something",
    "skip": "skips",
    "hop on one leg": "hops on one leg",
    "jump": "jumps",
    "jump forward": "jumps forward",
    "jump in place": "jumps twice",
    "walk in a circle": "walks in a circle",
    "make a u-turn while walking": "makes a u-turn",
    "turn around on the spot": "turns around on the spot",
    "spin around": "spins around",
    "turn left while walking": "turns left",
    "turn right while walking": "turns right",
    "turn left on the spot": "turns left",
    "turn right on the spot": "turns right",
    "stand still": "stands still",
    "walk, then stop": "walks, then stops",
    "stand, then walk": "stands, then walks",
    "walk, then run": "walks, then runs",
    "walk, then jump": "walks, then jumps",
    "clap": "claps",
    "wave with the left hand": "waves with the left hand",
    "wave with the right hand": "waves with the right hand",
    "wave with both hands": "waves with both hands",
    "raise both hands": "raises both hands",
    "raise the left hand": "raises the left hand",
    "raise the right hand": "raises the right hand",
    "punch": "punches",
    "punch with the left fist": "punches with the left fist",
    "punch with the right fist": "punches with the right fist",
    "throw something": "throws something",
    "push": "pushes",
    "point ahead": "points ahead",
    "salute": "salutes",
    "hold a hand to the ear": "holds a hand to the ear",
    "drink": "drinks",
    "cross the arms": "crosses the arms",
    "put the hands on the hips": "puts the hands on the hips",
    "hold the arms out to the sides": "holds the arms out to the sides",
    "cheer": "cheers",
    "stretch": "stretches",
    "circle the arms": "circles the arms",
    "knock at a door": "knocks at a door",
    "shrug": "shrugs",
    "nod": "nods",
    "look around": "looks around",
    "bow": "bows",
    "kick with the left leg": "kicks with the left leg",
    "kick with the right leg": "kicks with the right leg",
    "kick high": "kicks high",
    "squat": "squats",
    "lunge": "lunges",
    "lunge to the side": "lunges to the side",
    "lift a straight leg": "lifts a straight leg",
    "bring elbow to knee": "brings elbow to knee",
    "balance on one leg": "balances on one leg",
    "sit down": "sits down",
    "stand up": "stands up",
    "crouch": "crouches",
    "kneel": "kneels",
    "lie down": "lies down",
    "get up from the floor": "gets up from the floor",
    "pick something up": "picks something up",
    "put something down": "puts something down",
    "bend sideways": "bends sideways",
    "lean back": "leans back",
    "touch the toes": "touches the toes",
    "do push-ups": "does push-ups",
    "roll": "rolls",
    "crawl": "crawls",
    "do jumping jacks": "jumping jacks",
    "walk, then sit down": "walks, then sits down",
    "walk, then wave": "walks, then waves",
    "squat, then jump": "squats, then jumps",
    "turn around, then walk away": "turns, then walks",
    "jump, then wave": "jumps, then waves",
    "stand up, then walk": "stands up, then walks",
    "sit down, then stand up": "sits down, then stands up",
    "walk, then pick something up": "walks, then picks something up",
    "put something down, then walk": "puts something down, then walks",
    "clap, then bow": "claps, then bows",
}
#: Further sayings, of actions whose side is not said.
_EXAMPLES = {
    "waves": """a person waves | someone waves hello | a man waves at a friend | she waves goodbye |
        a girl waves to the crowd | he is waving | the child waves | wave hello | wave at them |
        a woman waves her hand | somebody waves with one hand | he waves from afar | waving |
        a tourist waves at the bus | she gives a friendly wave | the queen waves to her people |
        my neighbor waves from the porch | a person greets with a wave | hello wave |
        he waves to get attention | a boy waves bye-bye | the host waves to the guests""",
    "raises a hand": """a person raises a hand | someone raises an arm | a student raises his hand |
        she puts a hand up | he lifts one arm | raise your hand | raising a hand in class |
        a woman holds up one hand | the pupil sticks up a hand to ask | hand up |
        a man lifts his hand over his head | somebody reaches up with one arm |
        a voter raises her hand | he puts one arm in the air | the bidder raises a hand |
        a child lifts an arm up high | raise an arm | she raises one hand to speak""",
    "kicks": """a person kicks | someone does a kick | a man kicks forward | she kicks |
        he throws a kick | a fighter kicks | front kick | kick | kicking | the boy kicks the air |
        a woman kicks at something | somebody gives a kick | the karate student does a front kick |
        do a kick | he kicks with one leg | a guy kicks the door | the dancer kicks a leg out |
        she swings a leg up to kick | an angry man kicks a box""",
    "turns": """a person turns | someone walks and turns | a man makes a turn while walking |
        she turns to the side | he changes direction | turn | turning | a walker rounds a bend |
        the guard turns and walks on | somebody takes a turn on foot | she walks around the corner |
        a boy walks and changes direction | walk and turn | the man turns off the path |
        a pedestrian rounds the corner | someone turns a bit and goes on""",
    "sidesteps": """a person sidesteps | someone steps to the side | a man steps sideways |
        she moves sideways | he shuffles to one side | sidestep | step aside | moving sideways |
        a dancer steps to the side | somebody walks sideways | the goalkeeper shuffles sideways |
        a girl takes steps to one side | walk sideways | a crab-like walk to the side |
        he steps aside | the boxer shuffles to the side""",
}
_DECAY = 1e-5  #: of the squared weights
_ROUNDS = 80  #: of the optimiser, and where it begins from another fit:
_FURTHER_ROUNDS = 40


def spoken_examples() -> tuple[list[str], list[str]]:
    """All sayings, and for each the action that it asks for.

    Movements without a test keep their own names, so that they are known as something else.
    """
    texts: list[str] = []
    names: list[str] = []
    for movement, known in sayings_by_movement().items():
        texts += known
        names += [ACTIONS_OF_MOVEMENTS.get(movement, movement)] * len(known)

    for action, sayings in _EXAMPLES.items():
        said = [" ".join(saying.split()) for saying in sayings.split("|")]
        texts += said
        names += [action] * len(said)
    return texts, names


def fit_asked(
    sentences: np.ndarray,
    asked: Sequence[str],
    weights: np.ndarray,
    *,
    start: AskedActions | None = None,
) -> AskedActions:
    """Fit a softmax of sentences' vectors to the actions that they ask for.

    Args:
        sentences: ``[N E]``, of length one.
        asked: N names of actions.
        weights: ``[N]``, how much each example counts.
        start: a fit to begin from; it must know all actions.
    """
    names = start.names if start is not None else tuple(sorted({*asked, *ACTION_TESTS}))
    numbers = {name: number for number, name in enumerate(names)}
    inputs, counts = (torch.from_numpy(x.astype(np.float32)) for x in (sentences, weights))
    labels = torch.tensor([numbers[name] for name in asked])

    shape = inputs.shape[1], len(names)
    slopes = torch.zeros(shape) if start is None else torch.from_numpy(start.weights.copy())
    bias = torch.zeros(shape[1]) if start is None else torch.from_numpy(start.bias.copy())
    optimiser = torch.optim.LBFGS(
        [slopes.requires_grad_(), bias.requires_grad_()],
        max_iter=_ROUNDS if start is None else _FURTHER_ROUNDS,
        history_size=10,
        line_search_fn="strong_wolfe",
    )

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        each = functional.cross_entropy(inputs @ slopes + bias, labels, reduction="none")
        total = (each * counts).sum() / counts.sum() + _DECAY * slopes.square().sum()
        total.backward()
        return total

    optimiser.step(loss)
    return AskedActions(names, slopes.detach().numpy(), bias.detach().numpy())
