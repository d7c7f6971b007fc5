"""Draws for mixtures have the moments of the normal law, exactly."""

import pytest
import torch

from skmi.bottleneck._torch_draws import normal_draws


@pytest.mark.parametrize(("n_draws", "n_columns"), [(2, 3), (5, 1), (32, 16), (33, 4)])
def test_mean_is_zero_and_variance_one(n_draws, n_columns):
    draws = normal_draws(n_draws, n_columns, seed=0)
    assert draws.shape == (n_draws, n_columns)
    assert draws.mean(0).abs().max() < 1e-12
    assert (draws.square().mean(0) - 1).abs().max() < 1e-12


@pytest.mark.parametrize(("n_draws", "n_columns"), [(16, 4), (64, 16), (33, 4)])
def test_columns_are_uncorrelated_where_there_are_draws_enough(n_draws, n_columns):
    draws = normal_draws(n_draws, n_columns, seed=1)
    covariance = draws.T @ draws / n_draws
    assert (covariance - torch.eye(n_columns)).abs().max() < 1e-12


def test_a_single_draw_is_not_the_mean():
    assert normal_draws(1, 4, seed=0).abs().min() > 0


def test_fourth_moment_and_shares_are_those_of_the_normal_law():
    draws = normal_draws(4096, 3, seed=2)
    assert (draws.pow(4).mean(0) - 3).abs().max() < 0.1
    for quantile, share in ((-1.2816, 0.1), (0.0, 0.5), (0.5244, 0.7)):
        found = (draws < quantile).double().mean(0)
        # The error of Sobol points falls almost as 1 / n.
        assert (found - share).abs().max() < 0.005


def test_draws_are_those_of_the_seed():
    first, again, other = (normal_draws(8, 2, seed) for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.allclose(first, other)


def test_codes_wider_than_sobol_sequences_have_draws_too():
    draws = normal_draws(4, 22_000, seed=0)
    assert draws.shape == (4, 22_000)
    assert (draws.square().mean(0) - 1).abs().max() < 1e-12
