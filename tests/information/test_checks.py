import os

import numpy as np
import pytest

from skmi.information import (
    ksg_mutual_information,
    pairwise_entropies,
    univariate_mutual_information,
)
from skmi.information._checks import check_jobs, in_threads


def test_jobs_are_threads_as_scikit_learn_counts_them(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 4, 9}, raising=False)
    wanted = [None, 1, 5, -1, -2, -3, -1000]
    # Processors that the process may not use do not count.
    assert [check_jobs(n_jobs) for n_jobs in wanted] == [1, 1, 5, 3, 2, 1, 1]


def test_all_processors_count_where_affinity_is_unknown(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert check_jobs(-2) == 5


@pytest.mark.parametrize("n_jobs", [0, 1.5, True, "all"])
def test_bad_jobs_are_named(n_jobs):
    with pytest.raises(ValueError, match="n_jobs must be None or an int"):
        check_jobs(n_jobs)


@pytest.mark.parametrize("measure", ["ksg", "univariate", "pairs"])
def test_every_threaded_function_names_bad_jobs_alike(measure):
    x = np.arange(8.0)
    call = {
        "ksg": lambda: ksg_mutual_information(x, x, n_jobs=0),
        "univariate": lambda: univariate_mutual_information(x[:, None], x, n_jobs=0),
        "pairs": lambda: pairwise_entropies(x[:, None].astype(int), n_jobs=0),
    }[measure]
    with pytest.raises(ValueError, match="n_jobs must be None or an int other than 0"):
        call()


@pytest.mark.parametrize("n_jobs", [1, 3])
@pytest.mark.parametrize("n_tasks", [0, 1, 50])
def test_results_of_threads_keep_the_order_of_the_tasks(n_jobs, n_tasks):
    squares = in_threads(lambda task: task**2, iter(range(n_tasks)), n_jobs)
    assert squares == [task**2 for task in range(n_tasks)]
