"""Compressions: their contract over the whole table, and values that are known."""

import math

import pytest
import torch
from torch import nn
from torch.distributions import Independent, MixtureSameFamily, Normal, kl_divergence
from torch.func import functional_call, grad, stack_module_state, vmap

from skmi.nn import (
    COMPRESSIONS,
    Compression,
    CompressionContext,
    CompressionInput,
    GaussianCode,
    as_compression,
)

N, D, K = 12, 3, 2
N_CLASSES = 3
each = pytest.mark.parametrize("name", COMPRESSIONS)
# Both kinds of target where it matters.
CASES = [(name, True) for name in COMPRESSIONS] + [("conditional_entropy", False)]
LEARNED = [
    (name, classes)
    for name, classes in CASES
    if name in ("conditional_entropy", "mine")
]
each_case = pytest.mark.parametrize(("name", "classes"), CASES)


def generator(seed=0):
    """Return a seeded generator."""
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0):
    """Return normal draws in float64."""
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


def build(name, classes=True, n_in=D, n_code=K, seed=0, moved=0.3):
    """Return a compression in float64, its learned parts away from their start."""
    context = CompressionContext(
        n_in, n_code, N_CLASSES if classes else None, 2, generator(seed)
    )
    compression = COMPRESSIONS[name](context).double()
    with torch.no_grad():
        for i, parameter in enumerate(compression.parameters()):
            parameter += moved * normal(*parameter.shape, seed=seed + i + 50)
    return compression


def batch_of(x, weight, log_std, classes=True, seed=0):
    """Return a batch whose code is linear in x: N(x @ weight, exp(log_std)^2)."""
    n = x.shape[0]
    mean = x @ weight
    log_std = log_std.expand_as(mean)
    sample = mean + log_std.exp() * normal(*mean.shape, seed=seed + 20)
    rate = (0.5 * (mean.square() + (2 * log_std).exp() - 1) - log_std).sum(1)
    if classes:
        target = torch.randint(0, N_CLASSES, (n,), generator=generator(seed + 30))
    else:
        target = normal(n, 2, seed=seed + 30)
    return CompressionInput(x, GaussianCode(mean, log_std, sample), rate, target)


def encoder(seed=0):
    """Return the weight and the log deviation of a linear encoder."""
    weight = normal(D, K, seed=seed + 1)
    log_std = 0.3 * normal(K, seed=seed + 2) - 0.5
    return weight.requires_grad_(), log_std.requires_grad_()


def example(classes=True, n=N, seed=0):
    """Return a batch and the encoder that made it."""
    parameters = encoder(seed)
    return batch_of(normal(n, D, seed=seed), *parameters, classes, seed), parameters


def channel(n, s, seed=0):
    """Return x ~ N(0, 1), z = x + s * noise: I(X;Z) = log(1 + 1 / s^2) / 2."""
    x = normal(n, 1, seed=seed)
    log_std = torch.tensor([math.log(s)], dtype=torch.float64)
    return batch_of(x, torch.ones(1, 1, dtype=torch.float64), log_std, seed=seed)


def information(s):
    """Return what the channel carries."""
    return 0.5 * math.log(1 + 1 / s**2)


def price_of(name, beta):
    """Return what a unit of the value costs beside the distortion."""
    return beta / (1 - beta) if name == "conditional_entropy" else beta


def weighted_mean(values, row_weight=None):
    """Return the mean of values of rows, or the value of the batch."""
    if values.dim() and row_weight is not None:
        values = values * row_weight
    return values.mean()


def gradients(value, parameters):
    """Return gradients, zeros where there is none."""
    found = torch.autograd.grad(value, parameters, retain_graph=True, allow_unused=True)
    pairs = zip(found, parameters, strict=True)
    return [torch.zeros_like(p) if g is None else g for g, p in pairs]


# The contract


@each
def test_record_says_what_it_is(name):
    compression = build(name)
    assert compression.kind in {"upper", "none"}
    assert compression.players in {"none", "partner", "opponent"}
    learned = len(list(compression.parameters())) > 0
    assert learned == (compression.players != "none")
    if compression.kind == "upper":
        assert compression.in_nats
        assert compression.needs_density


@each_case
def test_values_are_one_for_each_row_or_one_for_the_batch(name, classes):
    batch, _ = example(classes)
    values = build(name, classes)(batch)
    assert values.shape in {(N,), ()}
    assert values.dtype == torch.float64


@each_case
def test_compression_that_compares_no_rows_is_the_same_row_by_row(name, classes):
    compression, (batch, _) = build(name, classes), example(classes)
    code = GaussianCode(*(part[:5] for part in batch.code))
    part = CompressionInput(batch.x[:5], code, batch.rate[:5], batch.target[:5])
    if compression.compares_rows:
        assert not torch.allclose(compression(part).mean(), compression(batch).mean())
    else:
        torch.testing.assert_close(compression(part), compression(batch)[:5])


@each_case
@pytest.mark.parametrize("power", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("weighted", [False, True])
def test_loss_is_the_price_of_the_value_and_so_is_the_encoders_gradient(
    name, classes, power, weighted
):
    compression, (batch, parameters) = build(name, classes), example(classes)
    row_weight = torch.arange(N, dtype=torch.float64) / 5 if weighted else None
    beta = 0.3
    plain = weighted_mean(compression(batch), row_weight)
    expected = price_of(name, beta) * plain.abs() ** (power - 1) * plain
    value, loss = compression.terms(batch, beta, power, row_weight)
    assert value.shape == loss.shape == ()
    assert not value.requires_grad
    torch.testing.assert_close(value, plain.detach())
    torch.testing.assert_close(loss, expected)
    # Below 0 an opponent is at fault, which the encoder must not make use of.
    at_fault = compression.players == "opponent" and plain < 0
    for ours, theirs in zip(
        gradients(loss, parameters), gradients(expected, parameters), strict=True
    ):
        torch.testing.assert_close(ours, 0 * theirs if at_fault else theirs)


@pytest.mark.parametrize(("name", "classes"), LEARNED)
@pytest.mark.parametrize("beta", [0.0, 0.01, 0.7])
@pytest.mark.parametrize("power", [1.0, 2.0])
def test_learned_parts_are_trained_at_full_strength_whatever_the_price(
    name, classes, beta, power
):
    compression, (batch, _) = build(name, classes), example(classes)
    learned = list(compression.parameters())
    sign = {"partner": 1.0, "opponent": -1.0}[compression.players]
    row_weight = torch.arange(N, dtype=torch.float64) / 5
    plain = weighted_mean(compression(batch), row_weight)
    _, loss = compression.terms(batch, beta, power, row_weight)
    for ours, theirs in zip(
        gradients(loss, learned), gradients(plain, learned), strict=True
    ):
        torch.testing.assert_close(ours, sign * theirs)
        assert ours.abs().max() > 0


@each
def test_beta_zero_costs_nothing_and_leaves_the_encoder_alone(name):
    batch, parameters = example()
    value, loss = build(name).terms(batch, 0.0)
    assert loss == 0
    assert value != 0
    if loss.requires_grad:
        assert all((g == 0).all() for g in gradients(loss, parameters))


@each
def test_beta_may_be_a_tensor(name):
    batch, _ = example()
    compression = build(name)
    beta = torch.tensor(0.3, dtype=torch.float64)
    assert compression.terms(batch, beta) == compression.terms(batch, 0.3)


@each
def test_value_and_loss_are_of_the_type_of_the_code(name):
    batch, _ = example()
    single = CompressionInput(
        batch.x.float(),
        GaussianCode(*(part.float() for part in batch.code)),
        batch.rate.float(),
        batch.target,
    )
    compression = build(name)
    expected, _ = compression.terms(batch, 0.3)
    value, loss = compression.float().terms(single, 0.3)
    assert value.dtype == loss.dtype == torch.float32
    assert value.item() == pytest.approx(expected.item(), rel=1e-4, abs=1e-5)


@each
def test_equal_weights_of_mean_one_change_nothing(name):
    batch, _ = example()
    ones = torch.ones(N, dtype=torch.float64)
    compression = build(name)
    assert compression.terms(batch, 0.3, 1.0, ones) == compression.terms(batch, 0.3)


@each
def test_draws_come_from_the_generator_alone(name):
    before = torch.get_rng_state()
    first, again, other = (
        torch.cat(
            [torch.zeros(1)]
            + [
                p.detach().flatten()
                for p in COMPRESSIONS[name](
                    CompressionContext(D, K, None, 2, generator(seed))
                ).parameters()
            ]
        )
        for seed in (0, 0, 1)
    )
    build(name).terms(example()[0], 0.3)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first, again)
    assert len(first) == 1 or not torch.equal(first, other)


class Trained(nn.Module):
    """An encoder with a compression, called with all that a step needs."""

    def __init__(self, compression, seed):
        super().__init__()
        self.compression = compression
        weight, log_std = encoder(seed)
        self.weight, self.log_std = nn.Parameter(weight), nn.Parameter(log_std)

    def forward(self, x, noise, target, beta, power):
        mean = x @ self.weight
        log_std = self.log_std.expand_as(mean)
        code = GaussianCode(mean, log_std, mean + log_std.exp() * noise)
        rate = (0.5 * (mean.square() + (2 * log_std).exp() - 1) - log_std).sum(1)
        batch = CompressionInput(x, code, rate, target)
        value, loss = self.compression.terms(batch, beta, power)
        return loss, value


@each_case
@pytest.mark.parametrize("power", [1.0, 2.0])
def test_stack_of_networks_equals_a_loop(name, classes, power):
    members = [Trained(build(name, classes, seed=s), s) for s in range(3)]
    parameters, _ = stack_module_state(members)
    inputs = [normal(3, N, D, seed=5), normal(3, N, K, seed=6)]
    if classes:
        inputs.append(torch.randint(0, N_CLASSES, (3, N), generator=generator()))
    else:
        inputs.append(normal(3, N, 2, seed=7))
    inputs.append(torch.tensor([0.0, 0.1, 0.8], dtype=torch.float64))

    def step(parameters, *inputs):
        return functional_call(members[0], parameters, (*inputs, power))

    losses, values = vmap(step)(parameters, *inputs)
    stacked, _ = vmap(grad(step, has_aux=True))(parameters, *inputs)
    for i, member in enumerate(members):
        loss, value = member(*(part[i] for part in inputs), power)
        torch.testing.assert_close(losses[i], loss)
        torch.testing.assert_close(values[i], value)
        own = dict(member.named_parameters())
        for (key, parameter), gradient in zip(
            own.items(), gradients(loss, list(own.values())), strict=True
        ):
            torch.testing.assert_close(stacked[key][i], gradient, msg=key)
            assert parameter.shape == gradient.shape


@each_case
@pytest.mark.parametrize("n", [2, 30])
@pytest.mark.parametrize("log_std", [-10.0, 5.0])
def test_extreme_codes_have_finite_values_and_gradients(name, classes, n, log_std):
    x = normal(n, D)
    x[0] = x[1]
    weight = (10 * normal(D, K, seed=1)).requires_grad_()
    log_std = torch.full((K,), log_std, dtype=torch.float64, requires_grad=True)
    batch = batch_of(x, weight, log_std, classes)
    single = CompressionInput(
        x.float(),
        GaussianCode(*(part.float() for part in batch.code)),
        batch.rate.float(),
        batch.target if classes else batch.target.float(),
    )
    compression = build(name, classes).float()
    for power in (1.0, 2.0):
        value, loss = compression.terms(single, 0.1, power)
        assert torch.isfinite(value)
        assert all(torch.isfinite(g).all() for g in gradients(loss, [weight, log_std]))


@each
def test_collapsed_code_has_finite_gradients_for_every_power(name):
    x = normal(N, D)
    weight = torch.zeros(D, K, dtype=torch.float64, requires_grad=True)
    log_std = torch.zeros(K, dtype=torch.float64, requires_grad=True)
    batch = batch_of(x, weight, log_std)
    # A collapsed code at its mean: every Gram matrix of it is constant.
    still = batch._replace(code=batch.code._replace(sample=batch.code.mean))
    for given in (batch, still):
        for power in (1.0, 1.1, 2.0):
            value, loss = build(name).terms(given, 0.3, power)
            assert torch.isfinite(value)
            found = gradients(loss, [weight, log_std])
            assert all(torch.isfinite(g).all() for g in found)


# Values that are known


def test_variational_value_is_the_mean_rate():
    batch, _ = example()
    value, _ = build("variational").terms(batch, 1.0)
    torch.testing.assert_close(value, batch.rate.mean().detach())


def densities(code):
    """Return q(z|x) of each row as torch knows it."""
    return Independent(Normal(code.mean.detach(), code.log_std.detach().exp()), 1)


def test_nonlinear_value_equals_the_pairwise_divergences_of_torch():
    batch, _ = example()
    q = densities(batch.code)
    rows = range(N)
    first = Independent(Normal(q.base_dist.loc[:, None], q.base_dist.scale[:, None]), 1)
    second = Independent(Normal(q.base_dist.loc[None], q.base_dist.scale[None]), 1)
    divergence = kl_divergence(first.expand((N, N)), second.expand((N, N)))
    expected = [-(-divergence[i]).exp().mean().log() for i in rows]
    torch.testing.assert_close(build("nonlinear")(batch), torch.stack(expected))


@pytest.mark.parametrize("s", [0.05, 0.3, 1.0, 3.0])
def test_nonlinear_value_is_above_the_information_of_the_batch(s):
    batch = channel(20, s)
    q = densities(batch.code)
    weights = torch.distributions.Categorical(torch.ones(20, dtype=torch.float64))
    mixture = MixtureSameFamily(weights, q)
    draws = batch.code.mean + s * normal(4000, 20, 1)
    log_ratio = q.log_prob(draws) - mixture.log_prob(draws.flatten(0, 1)).view(4000, 20)
    se = log_ratio.std().item() / log_ratio.numel() ** 0.5
    value = build("nonlinear", n_in=1, n_code=1)(batch).mean().item()
    assert value > log_ratio.mean().item() - 3 * se
    assert value <= math.log(20) + 1e-12


@pytest.mark.parametrize("s", [0.5, 1.0, 2.0])
def test_nonlinear_value_of_a_gaussian_channel_is_its_closed_form_above_the_truth(s):
    values = build("nonlinear", n_in=1, n_code=1)(channel(2000, s))
    # -E log E' exp(-(x - x')^2 / 2 s^2); rows with themselves take off O(1 / n).
    expected = information(s) + 0.5 / (1 + s**2)
    se = values.std().item() / 2000**0.5
    assert values.mean().item() == pytest.approx(expected, abs=4 * se + 0.005)
    assert values.mean().item() > information(s)


def test_nonlinear_value_saturates_at_log_n_below_the_information_of_the_source():
    value = build("nonlinear", n_in=1, n_code=1)(channel(16, 1e-4)).mean().item()
    assert value == pytest.approx(math.log(16), abs=1e-3)
    assert value < information(1e-4)
    assert COMPRESSIONS["nonlinear"].kind == "none"


def test_nonlinear_value_keeps_its_precision_where_the_noise_is_small():
    # Neighbours about two deviations of 1e-3 apart, far from each other at the ends.
    mean = torch.cat([torch.arange(N) * 2e-3, 100 + torch.arange(N) * 2e-3])
    mean = mean[:, None].expand(2 * N, K)
    log_std = torch.full((2 * N, K), math.log(1e-3))
    batch, _ = example(n=2 * N)
    batch = batch._replace(code=GaussianCode(mean, log_std, mean))
    wide = mean.double()
    squares = (wide[:, None] - wide[None]).square().sum(-1)
    divergence = squares * (-2 * log_std[0, 0].double()).exp() / 2
    expected = -(-divergence).exp().mean(1).log()
    values = build("nonlinear")(batch)
    assert values.dtype == torch.float32
    torch.testing.assert_close(values.double(), expected, rtol=1e-5, atol=1e-5)


def test_club_equals_the_log_densities_of_all_other_pairs():
    batch, _ = example()
    q = densities(batch.code)
    log_q = q.log_prob(batch.code.sample.detach()[:, None])  # rows: z, columns: x
    others = (log_q.sum(0) - log_q.diagonal()) / (N - 1)
    torch.testing.assert_close(build("club")(batch), log_q.diagonal() - others)


@pytest.mark.parametrize("s", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("n", [2, 40])
def test_club_of_a_gaussian_channel_is_its_closed_form_above_the_truth(s, n):
    compression = build("club", n_in=1, n_code=1)
    x = normal(300, n, 1, seed=3)
    sample = x + s * normal(300, n, 1, seed=4)
    log_std = torch.full((300, n, 1), math.log(s), dtype=torch.float64)

    batch = channel(n, s)

    def value(*code):
        return compression(batch._replace(code=GaussianCode(*code))).mean()

    values = vmap(value)(x, log_std, sample)
    mean, se = values.mean().item(), values.std().item() / 300**0.5
    # E[(z' - x)^2 - (z - x)^2] / 2 s^2, with batches of two rows as of many.
    assert mean == pytest.approx(1 / s**2, abs=4 * se)
    assert mean > information(s) + 2 * se


def class_channel(n, s, seed=0):
    """Return x ~ N(2 y - 2, 1), z = x + s * noise: I(X;Z|Y) = information(s)."""
    batch = channel(n, s, seed)
    shift = 2.0 * batch.target[:, None] - 2
    code = batch.code._replace(
        mean=batch.code.mean + shift, sample=batch.code.sample + shift
    )
    return batch._replace(x=batch.x + shift, code=code)


def fitted_to_class_channel(s):
    """Return the conditional rate with the true p(z|y) for its backward encoder."""
    compression = build("conditional_entropy", n_in=1, n_code=1)
    log_std = 0.5 * math.log(1 + s**2)
    with torch.no_grad():
        moments = torch.tensor([[2.0 * y - 2, log_std] for y in range(N_CLASSES)])
        compression.backward_encoder.moments.copy_(moments)
    return compression


@pytest.mark.parametrize("s", [0.5, 2.0])
def test_conditional_rate_is_tight_at_the_true_backward_encoder(s):
    batch = class_channel(4000, s)
    compression = fitted_to_class_channel(s)
    values = compression(batch)
    se = values.std().item() / 4000**0.5
    assert values.mean().item() == pytest.approx(information(s), abs=3 * se)
    for seed in range(5):
        with torch.no_grad():
            moved = fitted_to_class_channel(s)
            moments = moved.backward_encoder.moments
            moments += 0.3 * normal(N_CLASSES, 2, seed=seed)
        assert moved(batch).mean() > information(s)


def train(compression, batch_at, n_steps, lr, beta=0.0, more=()):
    """Train by plain gradient descent on the one loss."""
    optimizer = torch.optim.SGD([*compression.parameters(), *more], lr=lr)
    for step in range(n_steps):
        optimizer.zero_grad()
        _, loss = compression.terms(batch_at(step), beta)
        loss.backward()
        optimizer.step()


def test_backward_encoder_of_classes_is_learned_whatever_beta_is():
    s = 0.5
    compression = build("conditional_entropy", n_in=1, n_code=1)
    batch = class_channel(2000, s)
    before = compression(batch).mean().item()
    train(compression, lambda step: batch, 300, 0.3)
    fresh = class_channel(4000, s, seed=1)
    values = compression(fresh).detach()
    se = values.std().item() / 4000**0.5
    assert before > information(s) + 0.1
    assert values.mean().item() == pytest.approx(information(s), abs=4 * se)


def test_conditional_rate_is_zero_where_the_code_depends_on_the_class_alone():
    batch, _ = example()
    compression = build("conditional_entropy")
    moments = compression.backward_encoder.moments.detach()
    mean, log_std = moments[batch.target].split(K, dim=1)
    code = GaussianCode(mean, log_std, mean)
    assert compression(batch._replace(code=code)).abs().max() < 1e-12


def test_backward_encoder_of_numbers_learns_a_code_of_the_target():
    target = normal(256, 2, seed=1)
    mean = torch.stack([target[:, 0].sin(), target[:, 1]], dim=1)
    code = GaussianCode(mean, torch.full_like(mean, -1.0), mean)
    batch = CompressionInput(normal(256, D), code, torch.zeros(256), target)
    compression = build("conditional_entropy", classes=False, moved=0.0)
    assert compression(batch).mean() > 2
    train(compression, lambda step: batch, 700, 0.05)
    assert compression(batch).mean() < 0.1


@pytest.mark.parametrize(("beta", "price"), [(0.5, 1.0), (0.9, 9.0), (1.0, 1000.0)])
def test_price_of_the_conditional_rate_is_beta_over_one_minus_beta(beta, price):
    batch, _ = example()
    value, loss = build("conditional_entropy").terms(batch, beta)
    assert (loss / value).item() == pytest.approx(price)


def test_critic_of_mine_learns_the_information_on_the_one_loss():
    s = 0.5
    compression = build("mine", n_in=1, n_code=1, moved=0.0)
    fresh = channel(1000, s, seed=10_000)
    train(compression, lambda step: channel(128, s, seed=step), 50, 0.05)
    early = compression(fresh).item()
    train(compression, lambda step: channel(128, s, seed=50 + step), 450, 0.05)
    late = compression(fresh).item()
    assert early < late
    # Spread of 1,000 log-ratios of standard deviation near 1.
    assert late == pytest.approx(information(s), abs=0.1)


def test_codes_do_not_run_away_from_the_critic_of_mine():
    compression, (batch, parameters) = build("mine"), example()
    signs = set()
    for seed in range(20):
        compression = COMPRESSIONS["mine"](
            CompressionContext(D, K, generator=torch.Generator().manual_seed(seed))
        ).double()
        value, loss = compression.terms(batch, 0.5)
        moved = any((g != 0).any() for g in gradients(loss, parameters))
        assert moved == (value > 0)
        signs.add(bool(value > 0))
    assert signs == {True, False}


def test_mine_values_rows_in_any_order_alike():
    # Negatives are other rows at even steps, so that neighbours in order are apart.
    compression = build("mine", n_in=1, n_code=1, moved=0.0)
    train(compression, lambda step: channel(128, 0.5, seed=step), 300, 0.05)
    batch = channel(1000, 0.5, seed=10_000)
    order = batch.x[:, 0].argsort()
    code = GaussianCode(*(part[order] for part in batch.code))
    ordered = compression(batch._replace(x=batch.x[order], code=code))
    assert ordered.item() == pytest.approx(compression(batch).item(), abs=0.15)


def test_mine_of_one_row_is_an_error_that_says_so():
    with pytest.raises(ValueError, match="at least 2 rows"):
        build("mine")(example(n=1)[0])


def test_encoder_lowers_what_the_critic_of_mine_raises():
    compression = build("mine", n_in=1, n_code=1, moved=0.0)
    gain = torch.ones(1, 1, dtype=torch.float64, requires_grad=True)
    log_std = torch.tensor([math.log(0.5)], dtype=torch.float64)

    def batch_at(step):
        return batch_of(normal(128, 1, seed=step), gain, log_std, seed=step)

    train(compression, batch_at, 200, 0.05)
    value, loss = compression.terms(batch_at(0), 2.0)
    (ours,) = gradients(loss, [gain])
    (theirs,) = gradients(compression(batch_at(0)), [gain])
    torch.testing.assert_close(ours, 2 * theirs)
    assert theirs > 0
    train(compression, batch_at, 200, 0.05, beta=2.0, more=[gain])
    assert gain.abs() < 0.5
    assert compression(batch_at(0)) < value


@pytest.mark.parametrize("name", ["hsic", "renyi", "cauchy_schwarz"])
def test_dependence_is_near_zero_for_a_code_of_noise_and_larger_for_one_of_x(name):
    compression = build(name, n_in=1, n_code=1)
    clear, vague, noise = (
        compression(channel(300, s)).item() for s in (0.1, 1.0, 100.0)
    )
    assert clear > 2 * vague
    assert vague > 4 * abs(noise)
    assert abs(noise) < 0.02


# Forms in which users give one


def test_names_and_classes_build_from_a_context():
    context = CompressionContext(D, K, N_CLASSES)
    for name, cls in COMPRESSIONS.items():
        assert type(as_compression(name)(context)) is cls
        assert type(as_compression(cls)(context)) is cls


def test_function_is_wrapped_and_promises_nothing():
    batch, parameters = example()
    compression = as_compression(lambda batch: batch.code.mean.square().sum(1))(
        CompressionContext(D, K)
    )
    value, loss = compression.terms(batch, 0.5)
    assert isinstance(compression, Compression)
    assert (compression.kind, compression.players) == ("none", "none")
    assert not compression.needs_density
    torch.testing.assert_close(value, batch.code.mean.square().sum(1).mean().detach())
    torch.testing.assert_close(loss, 0.5 * value, check_stride=False)
    assert gradients(loss, parameters)[0].abs().max() > 0


def test_modules_and_compressions_are_copied_for_each_fit():
    class Critic(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(K, dtype=torch.float64))

        def forward(self, batch):
            return batch.code.sample @ self.weight

    context, given = CompressionContext(D, K), Critic()
    first, second = (as_compression(given)(context) for _ in range(2))
    assert first.function is not given
    assert first.function is not second.function
    assert [name for name, _ in first.named_parameters()] == ["function.weight"]
    built = build("mine")
    assert as_compression(built)(context) is not built
    assert type(as_compression(built)(context)) is type(built)


def test_unknown_name_is_an_error_that_lists_the_names():
    with pytest.raises(ValueError, match=r"one of .*'club'.* found 'clubb'"):
        as_compression("clubb")


def test_what_is_neither_a_name_nor_callable_is_an_error():
    with pytest.raises(TypeError, match="found float"):
        as_compression(0.5)


def test_bare_base_cannot_be_made():
    with pytest.raises(TypeError, match="abstract"):
        Compression()
