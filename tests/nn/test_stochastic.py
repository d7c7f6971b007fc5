"""The Gaussian layer: its draws, and its rate against torch's own divergence."""

import numpy as np
import pytest
import torch
from torch.distributions import (
    Categorical,
    Independent,
    MixtureSameFamily,
    Normal,
    kl_divergence,
)

from skmi.nn import GaussianCode, GaussianLayer, Noise


def generator(seed=0):
    """Return a seeded generator."""
    return torch.Generator().manual_seed(seed)


def layer(prior="standard", n_in=4, n_out=3):
    """Return a layer in float64; a learned prior away from its start."""
    built = GaussianLayer(n_in, n_out, prior, generator=generator()).double()
    if prior == "learned":
        with torch.no_grad():
            built.prior.mean.normal_(generator=generator(1))
            built.prior.log_std.normal_(generator=generator(2)).mul_(0.5)
    return built


def hidden(n=6, d=4, seed=3):
    """Return hidden states."""
    return torch.randn(n, d, generator=generator(seed), dtype=torch.float64)


def distributions(built, code):
    """Return q(z|x) and r(z) as torch knows them."""
    q = Normal(code.mean, code.log_std.exp())
    if built.prior.mean is None:
        r = Normal(torch.zeros_like(code.mean), torch.ones_like(code.mean))
    else:
        mean, std = built.prior.mean, built.prior.log_std.exp()
        r = Normal(mean.expand_as(code.mean), std.expand_as(code.mean))
    return Independent(q, 1), Independent(r, 1)


@pytest.mark.parametrize("prior", ["standard", "learned"])
def test_rate_equals_the_divergence_of_torch(prior):
    built = layer(prior)
    code = built(hidden())
    torch.testing.assert_close(
        built.rate(code), kl_divergence(*distributions(built, code))
    )


@pytest.mark.parametrize("prior", ["standard", "learned"])
def test_rate_equals_a_monte_carlo_mean_of_log_ratios(prior):
    built = layer(prior)
    n_draws = 20_000
    code = built(hidden(1).expand(n_draws, -1), Noise(generator(4)))
    q, r = distributions(built, code)
    log_ratio = q.log_prob(code.sample) - r.log_prob(code.sample)
    se = log_ratio.std().item() / n_draws**0.5
    rate = built.rate(code)[0].item()
    assert log_ratio.mean().item() == pytest.approx(rate, abs=3 * se)


@pytest.mark.parametrize("prior", ["standard", "learned"])
def test_rate_is_zero_at_the_prior_and_positive_elsewhere(prior):
    built = layer(prior)
    mean = torch.zeros(3) if prior == "standard" else built.prior.mean.detach()
    log_std = torch.zeros(3) if prior == "standard" else built.prior.log_std.detach()
    at_prior = GaussianCode(mean[None], log_std[None], mean[None])
    assert built.rate(at_prior).abs().max() < 1e-12
    moved = GaussianCode(mean[None] + 0.1, log_std[None], mean[None])
    wider = GaussianCode(mean[None], log_std[None] + 0.1, mean[None])
    assert built.rate(moved) > 0
    assert built.rate(wider) > 0


def test_learned_prior_starts_at_the_standard_one():
    learned = GaussianLayer(4, 3, "learned", generator=generator()).double()
    standard = GaussianLayer(4, 3, "standard", generator=generator()).double()
    torch.testing.assert_close(
        learned.rate(learned(hidden())), standard.rate(standard(hidden()))
    )
    assert {n for n, _ in learned.named_parameters()} > {"prior.mean", "prior.log_std"}


def test_samples_have_the_mean_and_the_deviation_of_the_code():
    built = layer()
    n = 20_000
    code = built(hidden(1).expand(n, -1), Noise(generator(5)))
    mean, std = code.mean[0], code.log_std[0].exp()
    # Standard errors: std / sqrt(n) of the mean, std / sqrt(2 n) of the deviation.
    assert ((code.sample.mean(0) - mean).abs() < 4 * std / n**0.5).all()
    assert ((code.sample.std(0) - std).abs() < 4 * std / (2 * n) ** 0.5).all()


def test_without_noise_the_sample_is_the_mean():
    code = layer()(hidden())
    assert torch.equal(code.sample, code.mean)


def test_samples_follow_the_noise():
    first, again, other = (
        layer()(hidden(), Noise(generator(s))).sample for s in (0, 0, 1)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_code_depends_on_its_own_row():
    built = layer()
    torch.testing.assert_close(built(hidden()[2:4]).mean, built(hidden()).mean[2:4])


def test_log_deviation_is_clamped_so_that_extreme_states_stay_finite():
    built = GaussianLayer(4, 3, generator=generator())
    for scale in (1e6, -1e6):
        code = built(torch.full((2, 4), scale), Noise(generator()))
        assert code.log_std.min() >= -10
        assert code.log_std.max() <= 5
        assert torch.isfinite(code.sample).all()
        assert torch.isfinite(built.rate(code)).all()


def test_untrained_layer_starts_near_the_initial_deviation():
    built = GaussianLayer(4, 3, initial_log_std=-2.0, generator=generator())
    log_std = built(torch.zeros(1, 4)).log_std
    # The bias is drawn within 1 / sqrt(4).
    assert (log_std + 2.0).abs().max() <= 0.5


@pytest.mark.parametrize("prior", ["standard", "learned"])
def test_gradients_of_the_rate_equal_those_of_the_divergence_of_torch(prior):
    built = layer(prior)
    parameters = list(built.parameters())
    ours = torch.autograd.grad(built.rate(built(hidden())).sum(), parameters)
    divergence = kl_divergence(*distributions(built, built(hidden())))
    theirs = torch.autograd.grad(divergence.sum(), parameters)
    torch.testing.assert_close(ours, theirs)


def test_unknown_prior_is_an_error_that_names_it():
    with pytest.raises(ValueError, match=r"prior must be one of .*found 'lerned'"):
        GaussianLayer(4, 3, "lerned")


# The mixture


def mixture(n_components=3, n_out=2):
    """Return a layer whose prior is a mixture away from its start, in float64."""
    built = GaussianLayer(
        4, n_out, "mixture", generator=generator(), n_prior_components=n_components
    ).double()
    with torch.no_grad():
        built.prior.log_std.normal_(generator=generator(2)).mul_(0.5)
        built.prior.log_weight.normal_(generator=generator(3))
    return built


def test_rate_of_a_mixture_of_one_is_the_divergence():
    built = mixture(1)
    code = built(hidden())
    q = Independent(Normal(code.mean, code.log_std.exp()), 1)
    r = Independent(Normal(built.prior.mean, built.prior.log_std.exp()), 1)
    torch.testing.assert_close(built.rate(code), kl_divergence(q, r))


def test_rate_of_a_mixture_is_a_close_upper_bound_on_the_divergence():
    built = mixture()
    n_draws = 20_000
    code = built(hidden(1).expand(n_draws, -1), Noise(generator(4)))
    prior = built.prior
    r = MixtureSameFamily(
        Categorical(logits=prior.log_weight),
        Independent(Normal(prior.mean, prior.log_std.exp()), 1),
    )
    q = Independent(Normal(code.mean, code.log_std.exp()), 1)
    log_ratio = q.log_prob(code.sample) - r.log_prob(code.sample)
    se = log_ratio.std().item() / n_draws**0.5
    rate = built.rate(code)[0].item()
    assert log_ratio.mean().item() - 3 * se <= rate
    # Never further off than the uncertainty about which component a draw is of.
    assert rate <= log_ratio.mean().item() + np.log(3) + 3 * se


def test_equal_components_count_as_one():
    built = mixture(4)
    with torch.no_grad():
        built.prior.mean.copy_(built.prior.mean[:1].expand(4, -1))
        built.prior.log_std.zero_()
    code = built(hidden())
    q = Independent(Normal(code.mean, code.log_std.exp()), 1)
    r = Independent(Normal(built.prior.mean[0], torch.ones(2, dtype=torch.double)), 1)
    torch.testing.assert_close(built.rate(code), kl_divergence(q, r))


# Without noise


def test_deterministic_code_is_its_mean_and_its_rate_infinite():
    built = GaussianLayer(4, 3, generator=generator(), deterministic=True)
    code = built(hidden().float(), Noise(generator(1)))
    torch.testing.assert_close(code.sample, code.mean, rtol=0, atol=0)
    assert (code.log_std.exp() == 0).all()
    assert (built.rate(code) == torch.inf).all()
