"""Encoders compute what they say, with explicit randomness only."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from skmi.nn import ACTIVATIONS, MLPEncoder, Noise, Standardize, UserModule
from skmi.nn.encoders import borrowed_generator, linear


def generator(seed=0):
    """Return a seeded generator."""
    return torch.Generator().manual_seed(seed)


def rows(n=6, d=3, seed=0):
    """Return random rows in float64."""
    return torch.randn(n, d, generator=generator(seed), dtype=torch.float64)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_mlp_equals_the_layers_written_out(name):
    encoder = MLPEncoder(3, 2, (5, 4), name, generator=generator()).double()
    a, b, c = (m for m in encoder.layers if isinstance(m, torch.nn.Linear))
    activation = ACTIVATIONS[name]()
    h = activation(F.linear(rows(), a.weight, a.bias))
    h = activation(F.linear(h, b.weight, b.bias))
    torch.testing.assert_close(encoder(rows()), F.linear(h, c.weight, c.bias))


def test_mlp_without_hidden_layers_is_linear():
    encoder = MLPEncoder(3, 2, (), generator=generator()).double()
    (layer,) = encoder.layers
    torch.testing.assert_close(encoder(rows()), rows() @ layer.weight.T + layer.bias)


def test_mlp_without_head_ends_at_the_last_hidden_layer():
    encoder = MLPEncoder(3, None, (5, 4), "relu", generator=generator()).double()
    assert encoder.n_out == 4
    assert encoder(rows()).shape == (6, 4)
    assert (encoder(rows()) >= 0).all()


def test_mlp_without_head_and_hidden_layers_is_the_input():
    encoder = MLPEncoder(3, None, ())
    assert encoder.n_out == 3
    assert torch.equal(encoder(rows()), rows())


def test_gradients_are_right():
    encoder = MLPEncoder(3, 2, (5,), "tanh", generator=generator()).double()
    assert torch.autograd.gradcheck(encoder, rows().requires_grad_())


def test_initial_weights_are_uniform_within_one_over_the_root_of_the_width():
    layer = linear(400, 300, generator())
    assert layer.weight.abs().max() <= 400**-0.5
    # The standard deviation of a uniform on [-b, b] is b / sqrt(3); that of the
    # estimate from 120,000 draws is below 0.2%.
    assert layer.weight.std().item() == pytest.approx(400**-0.5 / 3**0.5, rel=0.01)


def test_seed_of_the_generator_decides_the_weights():
    first, again, other = (
        nn.utils.parameters_to_vector(
            MLPEncoder(3, 2, (5,), generator=generator(seed)).parameters()
        )
        for seed in (0, 0, 1)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_building_leaves_the_global_generator_alone():
    before = torch.random.get_rng_state()
    MLPEncoder(3, 2, (5,), dropout=0.5, generator=generator())
    assert torch.equal(torch.random.get_rng_state(), before)


def test_dropout_zeroes_its_share_and_keeps_the_mean():
    encoder = MLPEncoder(1, None, (1,), "identity", dropout=0.3)
    with torch.no_grad():
        encoder.layers[0].weight.fill_(1.0)
        encoder.layers[0].bias.fill_(0.0)
    dropped = encoder(torch.ones(20_000, 1), Noise(generator()))
    # Standard error of the share: sqrt(.3 * .7 / 20,000) = .0033.
    assert (dropped == 0).double().mean().item() == pytest.approx(0.3, abs=0.012)
    assert dropped.max().item() == pytest.approx(1 / 0.7)
    assert dropped.mean().item() == pytest.approx(1.0, abs=0.02)


def test_dropout_is_off_at_evaluation_and_without_noise():
    encoder = MLPEncoder(3, 2, (50,), dropout=0.5, generator=generator()).double()
    plain = encoder(rows())
    assert not torch.equal(encoder(rows(), Noise(generator())), plain)
    assert torch.equal(encoder.eval()(rows(), Noise(generator())), plain)


def test_dropout_follows_the_noise():
    encoder = MLPEncoder(3, 2, (50,), dropout=0.5, generator=generator()).double()
    first, again = (encoder(rows(), Noise(generator(1))) for _ in range(2))
    assert torch.equal(first, again)


def test_standardize_subtracts_the_mean_and_divides_by_the_scale():
    module = Standardize(torch.tensor([1.0, 2.0]), torch.tensor([2.0, 4.0]))
    x = torch.tensor([[3.0, 10.0], [1.0, -2.0]])
    assert module(x).tolist() == [[1.0, 2.0], [0.0, -1.0]]
    assert set(module.state_dict()) == {"mean", "mean_rest", "scale"}


def test_standardize_resolves_a_small_scale_beside_a_large_mean():
    mean = torch.tensor([1e6 + 0.03], dtype=torch.float64)
    module = Standardize(mean, torch.tensor([0.01], dtype=torch.float64))
    x = mean.float()[:, None]
    expected = (x.double() - mean) / 0.01
    assert abs(expected.item()) > 1
    assert module(x).item() == pytest.approx(expected.item(), rel=1e-5)


# Users' modules


def test_user_module_gets_a_head_only_where_its_width_differs():
    inner = nn.Linear(3, 5)
    for n_out, width in ((None, 5), (5, 5), (2, 2)):
        wrapped = UserModule(inner, 5, n_out, generator=generator())
        assert wrapped.n_out == width
        assert wrapped(rows().float()).shape == (6, width)
        assert isinstance(wrapped.head, nn.Linear) == (width == 2)
    assert torch.equal(UserModule(inner, 5)(rows().float()), inner(rows().float()))


def test_frozen_user_module_stays_at_evaluation_without_gradients():
    inner = nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.Dropout(0.5))
    wrapped = UserModule(inner, 5, 2, frozen=True).train()
    assert wrapped.training
    assert not any(module.training for module in inner.modules())
    wrapped(rows().float(), Noise(generator())).sum().backward()
    assert all(p.grad is None for p in inner.parameters())
    assert wrapped.head.weight.grad is not None
    assert inner[1].num_batches_tracked == 0


def test_dropout_in_a_user_module_follows_the_noise_and_no_global_generator():
    wrapped = UserModule(nn.Sequential(nn.Linear(3, 50), nn.Dropout(0.5)), 50)
    x = rows().float()
    before = torch.random.get_rng_state()
    first, again = (wrapped(x, Noise(generator(1))) for _ in range(2))
    other = wrapped(x, Noise(generator(2)))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_user_module_at_evaluation_draws_nothing():
    noise = Noise(generator())
    before = noise.generator.get_state()
    UserModule(nn.Linear(3, 5), 5).eval()(rows().float(), noise)
    assert torch.equal(noise.generator.get_state(), before)


def draw_and_fail(expected):
    """Raise while the global generator is borrowed."""
    with borrowed_generator(3, torch.device("cpu")):
        assert torch.equal(torch.rand(4), expected)
        raise KeyError


def test_borrowed_generator_is_seeded_and_given_back_also_after_an_error():
    before = torch.random.get_rng_state()
    with borrowed_generator(3, torch.device("cpu")):
        first = torch.rand(4)
    with pytest.raises(KeyError):
        draw_and_fail(first)
    assert torch.equal(torch.random.get_rng_state(), before)
    with borrowed_generator(4, torch.device("cpu")):
        assert not torch.equal(torch.rand(4), first)
