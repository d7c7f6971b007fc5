"""The greedy search: order, ties and columns that say nothing."""

from types import SimpleNamespace

import numpy as np
import pytest

from skmi.feature_selection import CRITERIA
from skmi.feature_selection._search import SEARCHES, Plan, backward, forward


class Scripted:
    """Terms whose scores are given step by step."""

    def __init__(self, steps):
        self.steps = np.asarray(steps, dtype=float)
        self.selected = ()
        self.relevance = self.steps[0]

    def select(self, feature):
        self.selected = (*self.selected, feature)

    def mean_redundancy_of(self, feature):
        return 5.0 + feature if self.selected else 0.0

    def mean_redundancy(self):
        return np.zeros(self.steps.shape[1])


def criterion(terms):
    return terms.steps[len(terms.selected)]


def run(steps, n, informative=None):
    terms = Scripted(steps)
    if informative is None:
        informative = np.ones(terms.steps.shape[1], dtype=bool)
    return forward(terms, criterion, informative, Plan(n))


def test_the_best_open_column_is_taken_at_each_step():
    result = run([[1, 3, 2], [9, 9, 1], [5, 5, 5]], 2)
    assert result.selected.tolist() == [1, 0]
    assert result.ranking.tolist() == [2, 1, 3]


def test_scores_are_those_of_the_moment_and_of_the_end():
    result = run([[1, 3, 2, 0], [7, 8, 1, 2], [5, 5, 4, 6]], 2)
    assert result.scores.tolist() == [7, 3, 4, 6]
    assert result.ranking.tolist() == [2, 1, 4, 3]
    assert result.path["criterion"].tolist() == [3, 7]
    assert result.path["redundancy"].tolist() == [0, 5]
    assert result.path["relevance"].tolist() == [3, 1]
    assert result.path["step"].tolist() == [1, 2]


def test_ties_go_to_the_lowest_column():
    result = run([[2, 2, 2], [0, 1, 1], [0, 0, 0]], 2)
    assert result.selected.tolist() == [0, 1]
    assert result.ranking.tolist() == [1, 2, 3]


def test_uninformative_columns_score_zero_and_come_last():
    steps = [[5, -1, -2], [5, -3, -4], [5, -5, -6], [0, 0, 0]]
    result = run(steps, 3, informative=np.array([False, True, True]))
    assert result.selected.tolist() == [1, 2, 0]
    assert result.scores.tolist() == [0, -1, -4]


def test_selecting_all_asks_for_no_step_more():
    assert run([[1, 2], [3, 4]], 2).selected.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (np.zeros(4), r"shape \(4,\)"),
        (np.full(3, np.nan), "NaN"),
        (None, "None"),
    ],
)
def test_a_criterion_that_misbehaves_is_named(value, found):
    terms = SimpleNamespace(selected=(), relevance=np.zeros(3))
    with pytest.raises(ValueError, match=f"criterion must .*{found}"):
        forward(terms, lambda terms: value, np.ones(3, dtype=bool), Plan(1))


class Sets:
    """Terms of a value that every set of units has; a score is what a unit adds."""

    def __init__(self, value, n_units, selected=(), units=None):
        self.value, self.n_units, self.selected = value, n_units, tuple(selected)
        self.units = range(n_units) if units is None else units
        self.relevance = np.array([value((u,)) for u in range(n_units)], dtype=float)

    def select(self, unit):
        self.selected = (*self.selected, unit)

    def having(self, selected, units):
        return Sets(self.value, self.n_units, selected, units)

    def mean_redundancy_of(self, unit):
        return 0.0

    def mean_redundancy(self):
        return np.zeros(self.n_units)

    def gains(self):
        known = self.value(self.selected)
        return np.array([self.value((*self.selected, u)) - known for u in self.units])


def search(direction, value, n_units, plan):
    terms = Sets(value, n_units)
    informative = np.ones(n_units, dtype=bool)
    return SEARCHES[direction](terms, Sets.gains, informative, plan)


def coverage(units):
    """Return how many points units cover: 0 looks best, but 1 and 2 cover more."""
    covers = [{1, 2, 3, 4}, {1, 2, 5}, {3, 4, 6}, {1}, {7}]
    return float(len(set().union(*(covers[u] for u in units))))


def test_forward_keeps_a_unit_that_two_others_made_worthless():
    assert search("forward", coverage, 5, Plan(3)).selected.tolist() == [0, 1, 2]


@pytest.mark.parametrize("direction", ["backward", "floating"])
def test_backward_and_floating_drop_it(direction):
    found = search(direction, coverage, 5, Plan(3))
    assert sorted(found.selected) == [1, 2, 4]


def test_backward_drops_the_highest_of_equals():
    found = search("backward", lambda units: float(len(units)), 4, Plan(2))
    assert found.selected.tolist() == [0, 1]


@pytest.mark.parametrize("direction", sorted(SEARCHES))
def test_kept_units_are_always_in(direction):
    found = search(direction, coverage, 5, Plan(2, keep=(3,)))
    assert found.selected.tolist()[0] == 3
    assert found.selected.size == 2
    assert np.isnan(found.path["criterion"]).tolist() == [True, False]


def test_costs_divide_gains_and_multiply_losses():
    values = {(): 0.0, (0,): 4.0, (1,): 3.0, (2,): -1.0}
    costs = np.array([4.0, 1.0, 2.0])
    plan = Plan(1, costs=costs)
    found = search("forward", lambda u: values.get(tuple(u), 0.0), 3, plan)
    assert found.selected.tolist() == [1]
    found = search("forward", lambda u: values.get(tuple(u), 0.0), 3, Plan(1))
    assert found.selected.tolist() == [0]


class Rule:
    """A stop that lets the first units through."""

    alpha = 0.05

    def __init__(self, n_pass):
        self.n_pass, self.asked = n_pass, []

    def p_value(self, selected, candidate, is_open):
        self.asked.append((selected, candidate))
        return 0.01 if len(selected) < self.n_pass else 0.5


@pytest.mark.parametrize("n_pass", [0, 2, 4])
def test_a_stop_is_asked_about_the_candidate_the_criterion_would_add(n_pass):
    rule = Rule(n_pass)
    steps = [[1, 4, 3, 2]] * 5
    terms = Scripted(steps)
    plan = Plan(None, stop=rule)
    found = forward(terms, criterion, np.ones(4, dtype=bool), plan)
    assert found.selected.tolist() == [1, 2, 3, 0][:n_pass]
    assert [candidate for _, candidate in rule.asked] == [1, 2, 3, 0][: n_pass + 1]
    tested = ~np.isnan(found.p_values)
    assert tested.sum() == min(n_pass + 1, 4)
    assert found.path["p_value"].tolist() == [0.01] * n_pass


def test_a_stop_ends_the_search_at_units_that_say_nothing():
    informative = np.array([False, True, False])
    plan = Plan(None, stop=Rule(3))
    found = forward(Scripted([[0, 1, 0]] * 4), criterion, informative, plan)
    assert found.selected.tolist() == [1]


def test_the_search_until_zero_takes_what_is_strictly_above():
    plan = Plan(None, until_zero=True)
    steps = [[3, 2, 1], [0, 1, 0.5], [0, 0, 0]]
    found = forward(Scripted(steps), criterion, np.ones(3, dtype=bool), plan)
    assert found.selected.tolist() == [0, 1]


class Pair:
    """Seeds that propose units 2 and 3 once something is selected."""

    def propose(self, selected, scores, is_open):
        return (2, 3) if len(selected) == 1 else None


def test_seeds_are_taken_together_where_there_is_room():
    steps = [[9, 5, 1, 1]] * 5
    everything = np.ones(4, dtype=bool)
    found = forward(Scripted(steps), criterion, everything, Plan(3, seeds=Pair()))
    assert found.selected.tolist() == [0, 2, 3]
    found = forward(Scripted(steps), criterion, everything, Plan(2, seeds=Pair()))
    assert found.selected.tolist() == [0, 1]


@pytest.mark.parametrize("name", sorted(CRITERIA))
@pytest.mark.parametrize("direction", sorted(SEARCHES))
def test_every_criterion_runs_in_every_direction(name, direction, make_terms):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 3, size=(80, 6))
    y = (X[:, 1] + X[:, 4] + rng.integers(0, 2, 80) > 2).astype(int)
    terms = make_terms(X, y)
    found = SEARCHES[direction](terms, CRITERIA[name], np.ones(6, dtype=bool), Plan(3))
    assert found.selected.size == 3
    assert set(found.selected) >= {1, 4}
    assert sorted(found.ranking) == [1, 2, 3, 4, 5, 6]


def test_backward_equals_a_search_by_hand(make_terms):
    rng = np.random.default_rng(1)
    X = rng.integers(0, 3, size=(60, 5))
    y = rng.integers(0, 2, 60)
    left = list(range(5))
    while len(left) > 2:
        scores = {
            j: CRITERIA["cmim"](
                make_terms(X, y, selected=tuple(k for k in left if k != j))
            )[j]
            for j in left
        }
        left.remove(min(left, key=lambda j: (scores[j], -j)))
    found = backward(
        make_terms(X, y), CRITERIA["cmim"], np.ones(5, dtype=bool), Plan(2)
    )
    assert sorted(found.selected) == left
