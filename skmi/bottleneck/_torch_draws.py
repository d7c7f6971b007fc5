"""Standard normal draws that a mixture is averaged over."""

from __future__ import annotations

import torch
from torch.quasirandom import SobolEngine


def normal_draws(n_draws, n_columns, seed):
    """Return (n_draws, n_columns) draws of N(0, 1) whose moments are exact.

    All rows share the draws, so that a prediction does not depend on the other rows,
    and an error of the draws would be the same for all. Each comes with its opposite
    (of an odd number, one is 0), and they are scaled to a variance of 1; where there
    are twice as many pairs as columns, also to a correlation of 0. A mean over them is
    then exact for linear functions, and for quadratic ones in the second case. Sobol
    points cover the space better than independent draws.
    """
    n_pairs = n_draws // 2
    draws = _points(max(n_pairs, 1), n_columns, seed)
    if not n_pairs:
        return draws
    if n_pairs >= 2 * n_columns:
        covariance = draws.T @ draws / n_draws * 2
        factor = torch.linalg.cholesky(covariance)
        draws = torch.linalg.solve_triangular(factor, draws.T, upper=False).T
    else:
        draws = draws / (2 * draws.square().sum(0) / n_draws).sqrt()
    centre = draws.new_zeros(n_draws % 2, n_columns)
    return torch.cat([draws, -draws, centre])


def _points(n, n_columns, seed):
    """Return scattered points of the standard normal law."""
    if n_columns > SobolEngine.MAXDIM:
        generator = torch.Generator().manual_seed(seed)
        return torch.randn((n, n_columns), generator=generator, dtype=torch.float64)
    sobol = SobolEngine(n_columns, True, seed)
    uniform = sobol.draw(n, dtype=torch.float64)
    return torch.special.ndtri(uniform.clamp(1e-12, 1 - 1e-12))
