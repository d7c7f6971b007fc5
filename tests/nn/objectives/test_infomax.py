"""Objectives over pairs of codes turn scores into the bounds they name."""

import math

import pytest
import torch
from torch import nn

from skmi.nn import BOUNDS, SeparableCritic, split_scores
from skmi.nn.objectives import OBJECTIVES, BoundObjective, ObjectiveContext

K = 3


def codes(n=6, seed=0):
    """Return two codes of the same rows in float64."""
    generator = torch.Generator().manual_seed(seed)
    return tuple(
        torch.randn(n, K, generator=generator, dtype=torch.float64) for _ in range(2)
    )


def make_critic(n_first, n_second):
    """Return a small critic in float64."""
    generator = torch.Generator().manual_seed(1)
    return SeparableCritic(n_first, n_second, (4,), 2, "tanh", generator).double()


def build(name):
    """Return an objective of the table."""
    return OBJECTIVES[name](ObjectiveContext(K, K, make_critic))


@pytest.mark.parametrize("name", sorted(BOUNDS))
def test_objective_of_a_bound_is_its_loss_up_to_a_constant_and_its_value(name):
    objective = build(name)
    constants = []
    for seed in range(3):
        scores = split_scores(objective.critic(*codes(seed=seed)))
        loss = objective(codes(seed=seed))
        constants.append((loss - BOUNDS[name].loss(*scores)).item())
        value = BOUNDS[name].value(*scores).detach()
        torch.testing.assert_close(objective.parts["bound"], value)
    assert constants == pytest.approx([constants[0]] * 3, abs=1e-12)
    assert objective.kind == BOUNDS[name].kind
    assert objective.ceiling(6) == BOUNDS[name].ceiling(5)


def test_symmetric_infonce_is_the_mean_of_both_directions():
    objective = build("symmetric_infonce")
    scores = objective.critic(*codes())
    value = BOUNDS["infonce"].value
    expected = (value(*split_scores(scores)) + value(*split_scores(scores.T))) / 2
    terms = objective.terms(codes())
    torch.testing.assert_close(terms["bound"], expected.detach())
    ours, theirs = (
        torch.autograd.grad(loss, list(objective.parameters()))
        for loss in (terms["loss"], -expected)
    )
    torch.testing.assert_close(ours, theirs)
    # Cross-entropies of rows and columns, as the papers write it.
    target = torch.arange(6)
    entropy = nn.functional.cross_entropy
    by_hand = math.log(6) - (entropy(scores, target) + entropy(scores.T, target)) / 2
    torch.testing.assert_close(expected, by_hand)


def test_symmetric_infonce_is_the_same_with_the_views_exchanged():
    bound = BOUNDS["infonce"]
    first, second = codes()
    dot = nn.Module()
    dot.forward = lambda x, y: x @ y.T
    objective = BoundObjective(dot, bound, symmetric=True)
    torch.testing.assert_close(objective((first, second)), objective((second, first)))
    one_way = BoundObjective(dot, bound)
    assert not torch.isclose(one_way((first, second)), one_way((second, first)))


@pytest.mark.parametrize("name", sorted(OBJECTIVES))
def test_gradients_reach_the_codes_and_the_critic_and_are_right(name):
    objective = build(name)
    parameters = list(objective.parameters())
    names = [n for n, _ in objective.named_parameters()]
    inputs = tuple(code.requires_grad_() for code in codes(n=4))

    def loss(first, second, *weights):
        state = dict(zip(names, weights, strict=True))
        return torch.func.functional_call(objective, state, ((first, second),))

    assert torch.autograd.gradcheck(loss, (*inputs, *parameters))


@pytest.mark.parametrize("name", sorted(OBJECTIVES))
def test_parts_hold_detached_scalars_with_the_loss_among_them(name):
    objective = build(name)
    loss = objective(codes())
    assert set(objective.parts) == {"loss", "bound"}
    assert objective.parts["loss"] == loss
    assert not any(term.requires_grad for term in objective.parts.values())
    assert all(term.shape == () for term in objective.parts.values())


@pytest.mark.parametrize("name", sorted(OBJECTIVES))
def test_row_weights_are_refused_by_name(name):
    with pytest.raises(ValueError, match="row_weight"):
        build(name)(codes(), None, torch.ones(6))


def test_objective_of_a_function_maximises_it():
    def gap(positive, negative, log_weight=None):
        return positive.mean() - negative.mean()

    objective = BoundObjective.of_function(ObjectiveContext(K, K, make_critic), gap)
    scores = split_scores(objective.critic(*codes()))
    torch.testing.assert_close(objective(codes()), -gap(*scores))
    assert objective.kind == "none"


def test_every_bound_is_an_objective():
    assert set(BOUNDS) <= set(OBJECTIVES)
