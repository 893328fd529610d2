"""Other wordings: the same ones each time, unlike the caption, sides and the unknown left alone."""

import re

import pytest

from motionlcm.data.captions import mirror_caption
from motionlcm.data.paraphrases import _SETTINGS, paraphrases

CAPTIONS = [
    "a person walks and turns left with youthful vigor.",
    "someone raises the right arm and lowers it again in a lively way.",
    "a man kicks with his left leg",
    "a person does jumping jacks.",
    "a woman bows gracefully.",
    "the figure waves its right hand above its head.",
]


@pytest.mark.parametrize("caption", CAPTIONS)
def test_other_wordings_are_others_and_always_the_same(caption):
    made = paraphrases(caption, 5)
    assert 3 <= len(made) == len(set(made)) <= 5 and caption.rstrip(".") not in made
    assert made == paraphrases.__wrapped__(caption, 5)


@pytest.mark.parametrize("caption", CAPTIONS)
def test_sides_styles_and_owners_stay_right(caption):
    sides = set(re.findall(r"left|right", caption))
    for text in paraphrases(caption, 12):
        assert set(re.findall(r"left|right", text)) == sides
        assert ("youthful vigor" in text) == ("youthful vigor" in caption)
        owner = re.search(r"\b(his|her|its)\b", text)
        if owner and text.startswith(("he ", "she ", "some", "a ", "the ")):
            known = {"his": r"^(he|.* (man|gentleman|guy|boy|athlete|dad|brother))\b",
                     "her": r"^(she|.* (woman|girl|lady|mom|sister))\b",
                     "its": r"^.*(figure|character|robot|avatar)\b"}  # fmt: skip
            assert re.match(known[owner[1]], text), text


def test_mirrored_captions_have_wordings_of_their_side():
    for text in paraphrases(mirror_caption("a person raises the left hand."), 8):
        assert "right" in text and "left" not in text


def test_nobody_gets_a_chair_or_a_march_that_was_not_said():
    made = paraphrases("a man rolls on the ground and gets up running.", 60) + paraphrases(
        "someone walks along.", 60
    )
    assert len(made) > 60 and not any(re.search(r"chair|seat|march", text) for text in made)


def test_what_no_rule_knows_is_left_alone():
    assert paraphrases("", 3) == ()
    assert paraphrases("juggles three clubs", 3) == ()
    made = paraphrases("a person juggles three clubs.", 40)
    assert made and all(
        re.search(r"\b(juggles|juggle|juggling) three clubs\b", text) for text in made
    )
    behind = {text.split("clubs")[1].strip() for text in made}
    assert "" in behind and behind - {""} <= set(_SETTINGS) and len(behind) > 1


@pytest.mark.parametrize(
    ("caption", "forms"),
    [
        (
            "a man sits with his legs crossed.",
            ("sit with your legs crossed", "sitting with the legs crossed"),
        ),
        (
            "a person does jumping jacks.",
            ("do jumping jacks", "doing jumping jacks", "jumping jacks"),
        ),
        ("someone is dribbling a ball.", ("dribbling a ball", "is dribbling a ball")),
        ("a woman lies on her back.", ("lie on your back", "lying on the back")),
        ("the figure crouches.", ("crouch", "crouching", "crouches")),
    ],
)
def test_orders_gerunds_and_nouns_are_among_them(caption, forms):
    made = paraphrases(caption, 400)
    assert set(forms) <= set(made)
