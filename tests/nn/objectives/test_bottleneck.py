"""The variational bottleneck's terms, by hand and against torch's distributions."""

import math

import pytest
import torch
from torch.distributions import Normal

from skmi.nn.objectives import BottleneckObjective
from skmi.nn.relevances import CategoricalLikelihood, GaussianLikelihood


def draws(*shape, seed=0):
    """Return random float64 numbers."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def gaussian(log_scale):
    """Return a Gaussian likelihood of these log scales."""
    likelihood = GaussianLikelihood(len(log_scale)).double()
    with torch.no_grad():
        likelihood.log_scale.copy_(torch.tensor(log_scale, dtype=torch.float64))
    return likelihood


TARGET = torch.tensor([0, 2, 1, 1, 0])


@pytest.mark.parametrize("beta", [0.0, 0.3, 2.0])
def test_loss_is_beta_times_rate_plus_cross_entropy_by_hand(beta):
    logits, rate = draws(5, 3), draws(5, seed=1).abs()
    objective = BottleneckObjective(CategoricalLikelihood(), beta, 1.1)
    cross_entropy = 0.0
    for row, label in zip(logits.tolist(), TARGET.tolist(), strict=True):
        cross_entropy -= row[label] - math.log(sum(math.exp(v) for v in row))
    cross_entropy /= 5
    mean_rate = rate.mean().item()
    loss = objective((logits, rate), TARGET)
    assert loss.item() == pytest.approx(beta * mean_rate + cross_entropy)
    assert objective.parts["rate"].item() == pytest.approx(mean_rate)
    assert objective.parts["relevance"].item() == pytest.approx(1.1 - cross_entropy)


def test_relevance_of_certain_predictions_is_the_entropy_of_the_target():
    logits = 100.0 * torch.nn.functional.one_hot(TARGET, 3).double()
    entropy = 1.0549
    objective = BottleneckObjective(CategoricalLikelihood(), 1.0, entropy)
    terms = objective.terms((logits, torch.zeros(5)), TARGET)
    assert terms["relevance"].item() == pytest.approx(entropy)


def test_relevance_of_the_class_frequencies_is_zero():
    share = torch.tensor([0.4, 0.4, 0.2], dtype=torch.float64)
    entropy = -(share * share.log()).sum().item()
    objective = BottleneckObjective(CategoricalLikelihood(), 1.0, entropy)
    terms = objective.terms((share.log().expand(5, 3), torch.zeros(5)), TARGET)
    assert terms["relevance"].item() == pytest.approx(0.0, abs=1e-12)


def test_row_weights_multiply_the_loss_of_rows_and_nothing_else():
    logits, rate = draws(5, 3), draws(5, seed=1).abs()
    weight = torch.tensor([2.0, 0.0, 1.0, 1.5, 0.5], dtype=torch.float64)
    objective = BottleneckObjective(CategoricalLikelihood(), 0.3, 1.1)
    per_row = torch.stack(
        [
            objective.terms((logits[i : i + 1], rate[i : i + 1]), TARGET[i : i + 1])[
                "loss"
            ]
            for i in range(5)
        ]
    )
    weighted = objective.terms((logits, rate), TARGET, weight)
    plain = objective.terms((logits, rate), TARGET)
    torch.testing.assert_close(weighted["loss"], (per_row * weight).mean())
    assert weighted["rate"] == plain["rate"]
    assert weighted["relevance"] == plain["relevance"]


def test_integer_row_weights_equal_repetition_up_to_the_number_of_rows():
    logits, rate = draws(5, 3), draws(5, seed=1).abs()
    counts = torch.tensor([2, 0, 1, 1, 1])
    again = torch.arange(5).repeat_interleave(counts)
    objective = BottleneckObjective(CategoricalLikelihood(), 0.3, 1.1)
    torch.testing.assert_close(
        objective((logits, rate), TARGET, counts.double()),
        objective((logits[again], rate[again]), TARGET[again]),
    )


def test_gaussian_likelihood_equals_the_density_of_torch():
    log_scale = [0.3, -1.2]
    prediction, target = draws(5, 2), draws(5, 2, seed=1)
    scale = torch.tensor(log_scale, dtype=torch.float64).exp()
    expected = -Normal(prediction, scale).log_prob(target).sum(1)
    torch.testing.assert_close(gaussian(log_scale)(prediction, target), expected)


def test_gaussian_likelihood_is_least_at_the_root_mean_square_deviation():
    prediction, target = draws(50, 2), draws(50, 2, seed=1)
    best = (target - prediction).square().mean(0).sqrt().log().tolist()
    likelihood = gaussian(best)
    loss = likelihood(prediction, target).mean()
    (gradient,) = torch.autograd.grad(loss, likelihood.log_scale)
    assert gradient.abs().max() < 1e-12


@pytest.mark.parametrize("beta", [0.0, 0.3])
@pytest.mark.parametrize("kind", ["categorical", "gaussian"])
def test_gradients_are_right(kind, beta):
    if kind == "categorical":
        likelihood, target = CategoricalLikelihood(), TARGET
        prediction = draws(5, 3)
    else:
        likelihood, target = gaussian([0.3, -0.2]), draws(5, 2, seed=2)
        prediction = draws(5, 2)
    objective = BottleneckObjective(likelihood, beta, 1.0)
    weight = draws(5, seed=3).abs()
    rate = draws(5, seed=1).abs()
    names = [name for name, _ in objective.named_parameters()]

    def loss(prediction, rate, *weights):
        state = dict(zip(names, weights, strict=True))
        arguments = ((prediction, rate), target, weight)
        return torch.func.functional_call(objective, state, arguments)

    inputs = (prediction.requires_grad_(), rate.requires_grad_())
    assert torch.autograd.gradcheck(loss, (*inputs, *objective.parameters()))


def test_correlated_noise_has_the_density_of_its_covariance():
    likelihood = GaussianLikelihood(3, [True, False, True], correlated=True).double()
    with torch.no_grad():
        likelihood.log_scale.copy_(draws(3))
        likelihood.mixing.copy_(draws(3, 3, seed=1))
    prediction, target = draws(5, 3, seed=2), draws(5, 3, seed=3)
    kept = [0, 2]
    covariance = likelihood.covariance()[kept][:, kept]
    law = torch.distributions.MultivariateNormal(prediction[:, kept], covariance)
    torch.testing.assert_close(
        likelihood(prediction, target), -law.log_prob(target[:, kept])
    )


def test_noise_starts_uncorrelated_and_is_fitted_by_maximum_likelihood():
    likelihood = GaussianLikelihood(2, correlated=True).double()
    torch.testing.assert_close(likelihood.covariance(), torch.eye(2).double())
    noise = draws(4000, 2) @ torch.tensor([[1.0, 0.0], [0.9, 0.3]]).double().T
    optimizer = torch.optim.LBFGS(likelihood.parameters(), max_iter=200)

    def loss():
        optimizer.zero_grad()
        value = likelihood(torch.zeros_like(noise), noise).mean()
        value.backward()
        return value

    optimizer.step(loss)
    found = likelihood.covariance()
    torch.testing.assert_close(found, noise.T @ noise / 4000, rtol=1e-4, atol=1e-4)
