"""Sentence vectors as a sentence-transformers folder says, or one clear line why not."""

import json

import pytest
import torch
from safetensors.torch import save_file

from motionlcm.models.sentence_head import SentenceHead, find_encoder

HIDDEN = torch.tensor([[[3.0, 0.0], [0.0, 4.0], [9.0, 9.0]], [[0.0, 2.0], [0.0, 0.0], [0.0, 0.0]]])
MASK = torch.tensor([[True, True, False], [True, False, False]])


def write_head(folder, *, pooling="mean_tokens", dense=None, kind="Dense", stored="safetensors"):
    """Write modules.json and its folders; ``dense`` is (weight, bias, activation)."""
    modules = [("Transformer", ""), ("Pooling", "1_Pooling")]
    (folder / "1_Pooling").mkdir()
    modes = {"pooling_mode_mean_tokens": False, f"pooling_mode_{pooling}": True}
    config = {"word_embedding_dimension": 2, **modes}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(config))
    if dense:
        weight, bias, activation = dense
        modules.append((kind, "2_Dense"))
        (folder / "2_Dense").mkdir()
        facts = {"in_features": weight.shape[1], "out_features": len(weight)}
        facts |= {"bias": bias is not None, "activation_function": activation}
        (folder / "2_Dense" / "config.json").write_text(json.dumps(facts))
        state = {"linear.weight": weight} | ({} if bias is None else {"linear.bias": bias})
        if stored == "safetensors":
            save_file(state, folder / "2_Dense" / "model.safetensors")
        else:
            torch.save(state, folder / "2_Dense" / "pytorch_model.bin")
    modules.append(("Normalize", "3_Normalize"))
    listing = [
        {"idx": i, "type": f"sentence_transformers.models.{name}", "path": path}
        for i, (name, path) in enumerate(modules)
    ]
    (folder / "modules.json").write_text(json.dumps(listing))
    return folder


def test_without_a_listing_it_is_the_mean_of_the_real_tokens_of_length_one(tmp_path):
    sentences = SentenceHead.open(tmp_path)(HIDDEN, MASK)
    assert torch.allclose(sentences, torch.tensor([[0.6, 0.8], [0.0, 1.0]]))


@pytest.mark.parametrize(
    "pooling, expected", [("mean_tokens", [0.6, 0.8]), ("cls_token", [1.0, 0.0])]
)
def test_the_pooling_is_the_one_that_is_named(tmp_path, pooling, expected):
    head = SentenceHead.open(write_head(tmp_path, pooling=pooling))
    assert torch.allclose(head(HIDDEN, MASK)[0], torch.tensor(expected))


@pytest.mark.parametrize("stored", ["safetensors", "torch"])
@pytest.mark.parametrize("bias", [None, torch.tensor([0.0, 1.0, -5.0])])
def test_linear_maps_and_their_activations_follow_the_pooling(tmp_path, bias, stored):
    weight = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    dense = weight, bias, "torch.nn.modules.activation.ReLU"
    head = SentenceHead.open(write_head(tmp_path, dense=dense, stored=stored))
    pooled = torch.tensor([1.5, 2.0])
    expected = (weight @ pooled + (0 if bias is None else bias)).relu()
    assert torch.allclose(head(HIDDEN, MASK)[0], expected / expected.norm(), atol=1e-6)
    assert not any(parameter.requires_grad for parameter in head.parameters())


DENSE = torch.eye(2), None, "torch.nn.modules.linear.Identity"


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"pooling": "max_tokens"}, "its pooling pooling_mode_max_tokens is not one of"),
        ({"dense": DENSE, "kind": "LSTM"}, "its module LSTM is not known"),
        ({"dense": (*DENSE[:2], "torch.nn.Mish")}, "its activation Mish is not one of"),
    ],
)
def test_what_is_not_known_is_named(tmp_path, settings, words):
    write_head(tmp_path, **settings)
    with pytest.raises(ValueError, match=f"no sentence encoder that can be read: {words}"):
        SentenceHead.open(tmp_path)


def test_two_poolings_at_once_are_refused(tmp_path):
    write_head(tmp_path)
    both = {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": True}
    (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps(both))
    with pytest.raises(ValueError, match="mean_tokens, pooling_mode_cls_token is not one of"):
        SentenceHead.open(tmp_path)


@pytest.mark.parametrize("content", ["{", "[1]", '[{"type": "a.Pooling"}]'])
def test_a_damaged_listing_is_one_clear_line(tmp_path, content):
    (tmp_path / "modules.json").write_text(content)
    with pytest.raises(ValueError, match="no sentence encoder that can be read") as caught:
        SentenceHead.open(tmp_path)
    assert "\n" not in str(caught.value)


def test_weights_of_another_shape_are_one_clear_line(tmp_path):
    write_head(tmp_path, dense=DENSE)
    save_file({"linear.weight": torch.eye(3)}, tmp_path / "2_Dense" / "model.safetensors")
    with pytest.raises(ValueError, match="no sentence encoder that can be read") as caught:
        SentenceHead.open(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("stored", ["safetensors", "torch"])
@pytest.mark.parametrize("length", [0, 40])
def test_truncated_weights_are_one_clear_line(tmp_path, stored, length):
    write_head(tmp_path, dense=DENSE, stored=stored)
    name = {"safetensors": "model.safetensors", "torch": "pytorch_model.bin"}[stored]
    path = tmp_path / "2_Dense" / name
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ValueError, match="no sentence encoder that can be read") as caught:
        SentenceHead.open(tmp_path)
    assert "\n" not in str(caught.value)


def test_an_encoder_is_a_folder_or_in_the_cache_and_nothing_is_downloaded(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert find_encoder(str(tmp_path)) == tmp_path
    for name in ("nobody/nothing-of-this-name", "not a name / at all"):
        with pytest.raises(
            FileNotFoundError, match="neither a folder nor in the Hugging Face cache"
        ):
            find_encoder(name)
