"""Objectives over pairs of codes turn scores into the bounds they name."""

import math

import pytest
import torch
from torch import nn

from skmi.nn import BOUNDS, Bound, SeparableCritic, as_objective, split_scores
from skmi.nn.objectives import OBJECTIVES, BoundObjective, Objective, ObjectiveContext

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


OF_BOUNDS = [n for n in sorted(OBJECTIVES) if isinstance(build(n), BoundObjective)]


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
    assert "loss" in objective.parts
    assert objective.score_term is None or objective.score_term in objective.parts
    assert objective.parts["loss"] == loss
    assert not any(term.requires_grad for term in objective.parts.values())
    assert all(term.shape == () for term in objective.parts.values())


@pytest.mark.parametrize("name", OF_BOUNDS)
def test_row_weights_are_refused_by_name(name):
    with pytest.raises(ValueError, match="row_weight"):
        build(name)(codes(), None, torch.ones(6))


def gap(positive, negative, log_weight=None):
    """Return a bound of a user's making."""
    return positive.mean() - negative.mean()


def test_objective_of_a_function_maximises_it():
    objective = as_objective(gap)(ObjectiveContext(K, K, make_critic))
    scores = split_scores(objective.critic(*codes()))
    torch.testing.assert_close(objective(codes()), -gap(*scores))
    assert objective.kind == "none"


def test_objective_of_a_record_keeps_what_it_promises():
    bound = Bound(gap, lambda p, n, log_weight=None: -gap(p, n), "lower", lambda m: 7.0)
    objective = as_objective(bound)(ObjectiveContext(K, K, make_critic))
    assert (objective.kind, objective.ceiling(5)) == ("lower", 7.0)


class Offset(nn.Module):
    """A bound with a weight of its own."""

    def __init__(self):
        super().__init__()
        self.offset = nn.Parameter(torch.zeros((), dtype=torch.float64))

    def forward(self, positive, negative, log_weight=None):
        """Return NWJ of scores less a learned offset."""
        shifted = positive - self.offset, negative - self.offset
        return BOUNDS["nwj"].value(*shifted)


def test_bound_with_state_is_trained_as_a_copy_of_its_own_in_each_objective():
    bound = Offset()
    context = ObjectiveContext(K, K, make_critic)
    first, second = as_objective(bound)(context), as_objective(bound)(context)
    names = [n for n, _ in first.named_parameters() if n.startswith("bound_state")]
    assert names == ["bound_state.0.offset"]
    for _ in range(3):
        first.zero_grad()
        first(codes()).backward()
        with torch.no_grad():
            for parameter in first.bound_state.parameters():
                parameter -= 0.1 * parameter.grad
    assert first.bound_state[0].offset != 0
    assert first.bound.value is first.bound_state[0]
    assert second.bound_state[0].offset == bound.offset == 0


class Closeness(Objective):
    """An objective without a critic."""

    def terms(self, output, target=None, row_weight=None):
        """Return the mean square of the difference."""
        return {"loss": (output[0] - output[1]).square().mean()}


def test_function_of_a_context_builds_the_objective():
    context = ObjectiveContext(K, K, make_critic)
    assert isinstance(as_objective(lambda context: Closeness())(context), Closeness)
    with pytest.raises(TypeError, match="must return an Objective, found int"):
        as_objective(lambda context: 3)(context)


def test_objective_without_terms_cannot_be_made():
    with pytest.raises(TypeError, match="abstract"):
        Objective()


def test_every_bound_is_an_objective():
    assert set(BOUNDS) <= set(OBJECTIVES)
