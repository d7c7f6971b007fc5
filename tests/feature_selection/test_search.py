"""The greedy search: order, ties and columns that say nothing."""

from types import SimpleNamespace

import numpy as np
import pytest

from skmi.feature_selection._search import forward


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


def criterion(terms):
    return terms.steps[len(terms.selected)]


def run(steps, n, informative=None):
    terms = Scripted(steps)
    if informative is None:
        informative = np.ones(terms.steps.shape[1], dtype=bool)
    return forward(terms, criterion, n, informative)


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
        forward(terms, lambda terms: value, 1, np.ones(3, dtype=bool))
