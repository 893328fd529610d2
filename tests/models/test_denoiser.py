"""The denoiser: batches, padding, and a student that starts as its teacher."""

import pytest
import torch

from motionlcm.diffusion.condition import Condition
from motionlcm.diffusion.samplers import bound
from motionlcm.models.denoiser import LatentDenoiser, _places

SMALL = {
    "latent_channels": 5,
    "text_width": 6,
    "time_width": 8,
    "width": 8,
    "num_layers": 3,
    "feedforward": 12,
    "max_length": 20,
}
TIMES = torch.tensor([10, 900])


def denoiser(**settings):
    torch.manual_seed(0)
    return LatentDenoiser(**SMALL, **settings).eval()


def inputs():
    torch.manual_seed(1)
    return torch.randn(2, 4, 5), TIMES, torch.randn(2, 3, 6)


def test_a_student_whose_new_inputs_are_zero_equals_its_teacher():
    teacher, student = denoiser(), denoiser(guidance_width=8, end_width=8)
    missing = student.load_state_dict(teacher.state_dict(), strict=False).missing_keys
    assert missing == ["guidance_linear.weight", "end_linear.weight"]
    new = {"guidance_weight": torch.tensor([0.0, 7.0]), "end_timesteps": torch.tensor([-1, 499])}
    assert torch.equal(student(*inputs(), **new), teacher(*inputs()))
    torch.nn.init.normal_(student.end_linear.weight)
    assert not torch.allclose(student(*inputs(), **new), teacher(*inputs()))


@pytest.mark.parametrize("words", ["time", "text", "latents"])
def test_every_input_is_read(words):
    model, (z, times, text) = denoiser(), inputs()
    changed = {
        "time": (z, times - 5, text),
        "text": (z, times, text + 1),
        "latents": (z + 1, times, text),
    }
    assert not torch.allclose(model(z, times, text), model(*changed[words]), atol=1e-4)


def test_the_order_of_a_batch_is_the_order_of_its_output():
    model, (z, times, text) = denoiser(), inputs()
    swapped = model(z.flip(0), times.flip(0), text.flip(0))
    assert torch.allclose(swapped, model(z, times, text).flip(0), atol=1e-6)


def test_masks_that_leave_nothing_out_are_as_none():
    model, (z, times, text) = denoiser(), inputs()
    mask, text_mask = torch.ones(2, 4, dtype=torch.bool), torch.ones(2, 3, dtype=torch.bool)
    expected = model(z, times, text)
    for masks in ({"mask": mask}, {"text_mask": text_mask}, {"mask": mask, "text_mask": text_mask}):
        assert torch.allclose(model(z, times, text, **masks), expected, atol=1e-6)


def test_one_sentence_vector_is_a_text_of_one_token():
    model, (z, times, text) = denoiser(), inputs()
    assert torch.equal(model(z, times, text[:, 0]), model(z, times, text[:, :1]))


def test_a_bound_condition_gives_what_the_arguments_give():
    model, (z, times, text) = denoiser(guidance_width=8, end_width=8), inputs()
    torch.nn.init.normal_(model.end_linear.weight)
    mask, weight = torch.tensor([[True] * 4, [True, True, False, False]]), torch.ones(2)
    text_mask, ends = torch.ones(text.shape[:2], dtype=torch.bool), torch.tensor([-1, 499])
    denoise = bound(model.denoise, Condition(text, text_mask, mask, weight))
    expected = model(
        z, times, text, text_mask=text_mask, guidance_weight=weight, end_timesteps=ends, mask=mask
    )
    assert torch.equal(denoise(z, times, ends), expected)
    assert not torch.allclose(denoise(z, times), expected)


def test_a_mark_on_known_tokens_changes_nothing_until_it_is_learned():
    model, (z, times, text) = denoiser(known_tokens=True), inputs()
    known = torch.tensor([[True, False, False, True]] * 2)
    plain = model(z, times, text)
    assert torch.equal(model(z, times, text, known=known), plain)
    torch.nn.init.normal_(model.known_mark)
    marked = model(z, times, text, known=known)
    assert not torch.allclose(marked, plain) and torch.equal(
        model(z, times, text, known=torch.zeros_like(known)), plain
    )
    with pytest.raises(ValueError, match="built without known_tokens"):
        denoiser()(z, times, text, known=known)


def test_time_and_text_follow_each_samples_last_latent():
    mask = torch.tensor([[True, True, True], [True, False, False]])
    places = _places(mask, 6)  # three latents, time, two words
    assert places.tolist() == [[0, 1, 2, 3, 4, 5], [0, 1, 2, 1, 2, 3]]


def test_a_relu_before_the_text_hides_what_is_negative():
    model, (z, times, text) = denoiser(text_activation="relu"), inputs()
    assert torch.equal(model(z, times, text.relu()), model(z, times, text))


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: denoiser(text_activation="tanh"), "'identity' or 'relu', got 'tanh'"),
        (lambda: denoiser()(*inputs(), end_timesteps=TIMES), "without end_width"),
        (lambda: denoiser()(*inputs(), guidance_weight=torch.ones(2)), "without guidance_width"),
        (lambda: denoiser()(torch.randn(2, 17, 5), *inputs()[1:]), "sequence of 21 is longer"),
    ],
)
def test_wrong_values_are_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
