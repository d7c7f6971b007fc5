"""The cascade's loss: a weighted sum of bottlenecks, and what its terms report."""

import pytest
import torch

from skmi.nn import (
    BottleneckObjective,
    BottleneckOutput,
    CascadeObjective,
    CascadeOutput,
    CategoricalLikelihood,
    GaussianLikelihood,
)

BETAS, WEIGHTS, ENTROPIES = (0.5, 0.25), (1.0, 0.3), (1.4, 2.8)
TARGET = torch.tensor([0, 2, 1, 1])


def draws(*shape, seed=0):
    """Return random float64 numbers."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def output(n_classes=3):
    """Return what a cascade of two stages could make of four rows."""
    stages = tuple(
        BottleneckOutput(draws(4, width, seed=k), draws(4, seed=10 + k).abs())
        for k, width in enumerate((1, 2))
    )
    views = (draws(4, 1, seed=20), draws(4, 2, seed=21))
    return CascadeOutput(stages, views, draws(4, n_classes, seed=30))


def stages(**params):
    """Return the objectives of two stages."""
    return [
        BottleneckObjective(GaussianLikelihood(k + 1).double(), beta, entropy, **params)
        for k, (beta, entropy) in enumerate(zip(BETAS, ENTROPIES, strict=True))
    ]


def distortion(likelihood, prediction, target):
    """Return the mean negative log-likelihood."""
    return likelihood(prediction, target).mean().item()


def test_loss_is_the_weighted_sum_of_the_stages_and_of_the_target():
    made = output()
    task = BottleneckObjective(CategoricalLikelihood(), 0.0, 1.1)
    objective = CascadeObjective(stages(), WEIGHTS, task, 2.0)
    expected = 2 * distortion(CategoricalLikelihood(), made.prediction, TARGET)
    for k, (beta, weight) in enumerate(zip(BETAS, WEIGHTS, strict=True)):
        likelihood = GaussianLikelihood(k + 1).double()
        told = distortion(likelihood, made.stages[k].prediction, made.views[k])
        expected += weight * (beta * made.stages[k].rate.mean().item() + told)
    assert objective(made, TARGET).item() == pytest.approx(expected)


def test_terms_are_the_rates_and_what_is_told_about_views_and_target():
    made = output()
    task = BottleneckObjective(CategoricalLikelihood(), 0.0, 1.1)
    terms = CascadeObjective(stages(), WEIGHTS, task, 2.0).terms(made, TARGET)
    told = distortion(CategoricalLikelihood(), made.prediction, TARGET)
    assert terms["relevance"].item() == pytest.approx(1.1 - told)
    for k, entropy in enumerate(ENTROPIES):
        likelihood = GaussianLikelihood(k + 1).double()
        told = distortion(likelihood, made.stages[k].prediction, made.views[k])
        relevance = terms[f"view_relevance_{k}"].item()
        assert relevance == pytest.approx(entropy - told)
        assert torch.equal(terms[f"rate_{k}"], made.stages[k].rate.mean())
    assert len(terms) == 6


def test_without_a_target_the_stages_are_all_there_is():
    objective = CascadeObjective(stages(), WEIGHTS)
    assert objective.likelihood is None
    alone = objective.terms(output(0), None)
    assert set(alone) == {
        "loss",
        *(f"{name}_{k}" for name in ("rate", "view_relevance") for k in (0, 1)),
    }


def test_weights_of_rows_enter_the_loss_as_repeated_rows_do():
    made = output()
    task = BottleneckObjective(CategoricalLikelihood(), 0.0, 1.1)
    objective = CascadeObjective(stages(), WEIGHTS, task)
    rows = torch.tensor([0, 0, 1, 2])
    repeated = CascadeOutput(
        tuple(BottleneckOutput(s.prediction[rows], s.rate[rows]) for s in made.stages),
        tuple(view[rows] for view in made.views),
        made.prediction[rows],
    )
    weight = torch.tensor([2.0, 1.0, 1.0, 0.0], dtype=torch.float64)
    weighted = objective(made, TARGET, weight)
    assert weighted.item() == pytest.approx(objective(repeated, TARGET[rows]).item())
    terms = objective.terms(made, TARGET, weight)
    assert torch.equal(terms["rate_0"], made.stages[0].rate.mean())


def test_warm_up_reaches_every_stage():
    objective = CascadeObjective(stages(warmup=4), WEIGHTS)
    made, plain = output(0), CascadeObjective(stages(), WEIGHTS)
    costs = []
    for epoch in range(6):
        objective.begin_epoch(epoch)
        costs.append(objective(made).item())
    cost_of_rates = plain(made).item() - costs[0]
    steps = [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]
    expected = [costs[0] + share * cost_of_rates for share in steps]
    assert costs == pytest.approx(expected)


def test_number_of_weights_must_be_that_of_the_stages():
    with pytest.raises(ValueError, match="zip"):
        CascadeObjective(stages(), [1.0])
