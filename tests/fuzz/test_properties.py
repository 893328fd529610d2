"""Laws of what reads untrusted words: any text gives a value or one line that is short."""

import json
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from motionlcm.damage import parse_object, reason, shown
from motionlcm.generation.request import Request
from motionlcm.models.folder import ModelCard, ModelFolder
from motionlcm.web.api import Wish, parse_wish

JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=200),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(), inner, max_size=4),
    max_leaves=8,
)
quick = settings(max_examples=80, deadline=None, derandomize=True, database=None)


def refused(function, *arguments, **named):
    """What a function returns, or None where it refuses in one short line."""
    try:
        return function(*arguments, **named)
    except ValueError as error:
        assert "\n" not in str(error) and 0 < len(str(error)) < 500
        return None


@quick
@given(some.text(some.characters(codec=None), max_size=300), some.integers(), JSON, JSON, JSON)
def test_any_request_is_whole_or_refused(prompt, seed, seconds, steps, scale):
    request = refused(
        Request.of, prompt, seed=seed, seconds=seconds, steps=steps, guidance_scale=scale
    )
    if request is not None:
        assert request.prompts[0].encode("utf-8").strip()
        refused(request.resolved, ModelFolder.find().card)


@quick
@given(some.text(max_size=300), some.sampled_from([each.name for each in fields(Wish)]), JSON, JSON)
def test_any_body_is_a_wish_or_refused(text, name, value, seconds):
    whole = {"prompts": [{"text": text, "seconds": seconds}], name: value}
    for body in (whole, {**whole, "prompts": [{"text": "a person jumps"}]}, value):
        wish = refused(parse_wish, json.dumps(body).encode())
        if wish is not None:
            refused(wish.request, ModelFolder.find().card)


@pytest.mark.parametrize("prompt", ["a person \ud800 jumps", "\udcff", "a\udfff"])
def test_a_lone_surrogate_is_refused_and_shown_as_code(prompt):
    with pytest.raises(ValueError, match=r"\\ud[8c-f].*UTF-8"):
        Request.of(prompt)


@quick
@given(some.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_names_and_values_or_damaged(content):
    values = refused(parse_object, content, "card.json")
    assert values is None or isinstance(values, dict)


def test_endless_nesting_and_endless_digits_are_damaged():
    for content in (b"[" * 100_000, b'{"a": ' * 100_000, b'{"a": ' + b"1" * 100_000 + b"}"):
        with pytest.raises(ValueError, match="card.json is damaged"):
            parse_object(content, "card.json")


@quick
@given(JSON)
def test_values_and_reasons_are_shown_short_and_in_one_line(value):
    assert len(shown(value)) <= 80 and "\n" not in shown(value)
    assert len(reason(ValueError(value))) <= 160 and "\n" not in reason(ValueError(value))
    assert "\n" not in reason(KeyError(shown(value)))


def test_numbers_of_thousands_of_digits_are_shown_short():
    assert len(shown(10**5000)) <= 80 and len(shown([10**5000])) <= 80


@quick
@given(some.sampled_from(sorted(ModelFolder.find().config("vae"))), JSON)
def test_any_value_in_a_vaes_config_gives_a_shape_or_is_refused(tmp_path_factory, name, value):
    folder = tmp_path_factory.mktemp("model")
    (folder / "vae").mkdir()
    values = {**ModelFolder.find().config("vae"), name: value}
    (folder / "vae" / "config.json").write_text(json.dumps(values))
    refused(lambda: ModelFolder(folder, ModelFolder.find().card).latents)


@quick
@given(
    some.sampled_from(sorted(json.loads((ModelFolder.find().path / "pipeline.json").read_text()))),
    JSON,
)
def test_any_value_in_a_card_gives_a_card_or_is_refused(tmp_path_factory, name, value):
    path = tmp_path_factory.mktemp("card") / "pipeline.json"
    values = json.loads((ModelFolder.find().path / "pipeline.json").read_text())
    path.write_text(json.dumps({**values, name: value}))
    card = refused(ModelCard.read, path)
    if card is not None:
        card.write(path)
        assert ModelCard.read(path) == card
