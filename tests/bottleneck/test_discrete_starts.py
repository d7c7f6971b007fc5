"""What methods of DiscreteIB find that start from what others find."""

import numpy as np
import pytest

from skmi.bottleneck import DiscreteIB

HARD = ("deterministic", "sequential", "agglomerative")


@pytest.mark.filterwarnings("ignore:All rows are in one cluster")
@pytest.mark.parametrize("n_clusters", [2, 3, None])
@pytest.mark.parametrize("beta", [0.0, 0.03, 0.05, 0.08, 0.1])
def test_methods_that_start_from_others_are_never_worse(beta, n_clusters):
    rng = np.random.default_rng(0)
    for shape in [(30, 8), (12, 5)]:
        table = rng.integers(0, 20, size=shape)
        table[5] = 0
        value = {}
        for method in ("blahut_arimoto", *HARD):
            ib = DiscreteIB(
                n_clusters, method=method, beta=beta, betas=5, n_init=2, random_state=0
            ).fit(table)
            value[method] = beta * ib.rate_ - ib.relevance_
        hard = min(value[method] for method in HARD)
        assert value["deterministic"] <= hard + 1e-9
        assert value["blahut_arimoto"] <= hard + 1e-9


@pytest.mark.parametrize(("beta", "n_clusters"), [(0.1, 2), (0.08, 2), (0.1, 3)])
def test_soft_codes_are_better_than_what_moves_of_rows_lead_to(beta, n_clusters):
    table = np.random.default_rng(0).integers(0, 20, size=(30, 8))
    table[5] = 0
    soft, hard = (
        DiscreteIB(n_clusters, method=method, beta=beta, random_state=0).fit(table)
        for method in ("blahut_arimoto", "sequential")
    )
    gain = beta * (hard.rate_ - soft.rate_) - hard.relevance_ + soft.relevance_
    assert gain > 5e-5
