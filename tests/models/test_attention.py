"""Transformer layers: order, padding, packing, skips and residuals."""

import pytest
import torch

from motionlcm.models.attention import Attention, SkipTransformer
from motionlcm.models.packing import Packing

SIZES = {"num_heads": 2, "feedforward": 12}


def mask_of(*lengths):
    return torch.arange(max(lengths))[None] < torch.tensor(lengths)[:, None]


def transformer(**settings):
    torch.manual_seed(0)
    return SkipTransformer(8, **{"num_layers": 3, **SIZES, **settings}).eval()


@pytest.mark.parametrize("norm_first", [True, False])
def test_without_positions_the_order_of_a_sequence_is_the_order_of_its_output(norm_first):
    model, x = transformer(norm_first=norm_first), torch.randn(2, 6, 8)
    order = torch.randperm(6)
    assert torch.allclose(model(x[:, order]), model(x)[:, order], atol=1e-5)


def test_attention_is_the_mean_of_the_values_weighted_by_the_softmax_of_likeness():
    torch.manual_seed(0)
    attention, x = Attention(6, num_heads=2), torch.randn(1, 4, 6)
    query, key, value = attention.in_proj(x)[0].split(6, dim=-1)
    heads = []
    for columns in (slice(0, 3), slice(3, 6)):
        likeness = query[:, columns] @ key[:, columns].T / 3**0.5
        heads.append(likeness.softmax(-1) @ value[:, columns])
    expected = attention.out_proj(torch.cat(heads, dim=-1))
    assert torch.allclose(attention(x)[0], expected, atol=1e-6)


def test_attention_to_itself_as_a_memory_is_self_attention():
    attention, x = Attention(8, num_heads=2), torch.randn(2, 5, 8)
    assert torch.allclose(attention(x, memory=x), attention(x), atol=1e-6)


@pytest.mark.parametrize("with_memory", [False, True])
def test_biases_of_keys_change_nothing_and_get_no_gradient(with_memory):
    attention, x = Attention(8, num_heads=2), torch.randn(2, 5, 8)
    memory = torch.randn(2, 3, 8) if with_memory else None
    trained = attention(x, memory=memory)
    trained.square().sum().backward()
    query, key, value = attention.in_proj.bias.grad.chunk(3)
    assert query.abs().min() > 0 and value.abs().min() > 0 and not key.any()

    assert torch.equal(attention.eval()(x, memory=memory), trained)
    with torch.no_grad():
        attention.in_proj.bias[8:16] += 3
    assert torch.allclose(attention(x, memory=memory), trained, atol=1e-5)


def test_a_masked_key_is_as_one_that_is_not_there():
    attention, x = Attention(8, num_heads=2), torch.randn(1, 5, 8)
    masked = attention(x, mask=torch.tensor([[True, True, False, True, False]]))
    assert torch.allclose(masked[:, [0, 1, 3]], attention(x[:, [0, 1, 3]]), atol=1e-6)


@pytest.mark.parametrize("training", [True, False])
def test_packing_gives_the_same_outputs_and_gradients_as_padding(training, monkeypatch):
    x, mask = torch.randn(3, 6, 8), mask_of(6, 1, 4)

    def outputs_and_gradients(packs):
        model = transformer().train(training)
        if not packs:
            monkeypatch.setattr(Packing, "of", lambda mask: None)
        output = model(inputs := x.clone().requires_grad_(), mask)[mask]
        output.square().sum().backward()
        gradients = [parameter.grad for parameter in model.parameters()]
        return [output, inputs.grad, *gradients]

    pairs = zip(outputs_and_gradients(True), outputs_and_gradients(False), strict=True)
    assert all(torch.allclose(packed, padded, atol=1e-5) for packed, padded in pairs)


def test_what_is_packed_comes_back_in_place_and_padding_as_zero():
    x, mask = torch.randn(2, 5, 3), mask_of(5, 2)
    packing = Packing.of(mask)
    packed = packing.pack(x)
    assert packed.shape == (7, 3) and torch.equal(packed, x[mask])
    assert torch.equal(packing.unpack(packed), x * mask[..., None])


def test_gradients_of_packing_are_exact():
    packing = Packing(mask_of(3, 1))
    padded = torch.randn(2, 3, 2, dtype=torch.double, requires_grad=True)
    rows = torch.randn(4, 2, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(packing.pack, padded)
    assert torch.autograd.gradcheck(packing.unpack, rows)


def test_nothing_is_packed_where_nothing_is_padded():
    assert Packing.of(None) is None and Packing.of(mask_of(3, 3)) is None
    assert Packing.of(mask_of(3, 2)) is not None


def test_skips_join_the_first_half_to_the_second_in_reverse_order():
    model, x = transformer(num_layers=5), torch.randn(1, 4, 8)
    with torch.no_grad():
        for skip in model.skips:
            skip.weight.zero_()[:, 8:] = torch.eye(8)  # read the skipped output alone
            skip.bias.zero_()
    outputs = model.layer_outputs(x)
    assert torch.allclose(outputs[3], model.layers[3](outputs[1]), atol=1e-6)
    assert torch.allclose(outputs[4], model.layers[4](outputs[0]), atol=1e-6)


def test_residuals_of_zero_change_nothing_and_others_enter_after_their_layer():
    model, x, mask = transformer(), torch.randn(2, 4, 8), mask_of(4, 3)
    zeros = [torch.zeros_like(x)] * 3
    assert torch.allclose(model(x, mask, residuals=zeros)[mask], model(x, mask)[mask], atol=1e-5)
    pushes = [torch.randn_like(x), *zeros[1:]]
    assert torch.equal(model.layer_outputs(x, residuals=pushes)[0], model.layers[0](x) + pushes[0])


def test_a_memory_is_read():
    model, x = transformer(has_memory=True), torch.randn(2, 4, 8)
    first, second = (model(x, memory=torch.randn(2, 3, 8)) for _ in range(2))
    assert first.shape == (2, 4, 8) and not torch.allclose(first, second)


@pytest.mark.parametrize(
    "build, words",
    [
        (lambda: SkipTransformer(8, num_layers=4, **SIZES), "num_layers must be odd .*got 4"),
        (lambda: SkipTransformer(8, num_layers=-1, **SIZES), "num_layers must be odd .*got -1"),
        (lambda: Attention(9, num_heads=2), "multiple of num_heads, got 9 and 2"),
        (lambda: transformer()(torch.randn(1, 2, 8), residuals=[]), "0 residuals for 3 layers"),
    ],
)
def test_what_cannot_be_built_or_run_says_so(build, words):
    with pytest.raises(ValueError, match=words):
        build()
