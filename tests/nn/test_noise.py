"""Noise draws from its generator alone, in the shape it is asked for."""

import pytest
import torch

from skmi.nn import Noise


def noise(seed=0):
    """Return noise of a seed."""
    return Noise(torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("kind", ["normal", "uniform"])
def test_draws_have_the_shape_and_type_of_what_they_are_like(kind, dtype):
    like = torch.zeros(3, 2, dtype=dtype)
    draw = getattr(noise(), kind)(like)
    assert draw.shape == like.shape
    assert draw.dtype == dtype
    assert not like.any()


def test_draws_have_the_moments_of_their_distribution():
    like = torch.zeros(40_000, dtype=torch.float64)
    normal, uniform = noise().normal(like), noise().uniform(like)
    # Four standard errors at 40,000 draws.
    assert normal.mean().item() == pytest.approx(0.0, abs=4 / 200)
    assert normal.std().item() == pytest.approx(1.0, abs=4 / 283)
    assert uniform.mean().item() == pytest.approx(0.5, abs=4 * 0.289 / 200)
    assert uniform.min() >= 0
    assert uniform.max() < 1


def test_integers_cover_their_range_and_no_more():
    draws = noise().integers(-2, 3, (500,))
    assert sorted(set(draws.tolist())) == [-2, -1, 0, 1, 2]


def test_seed_decides_every_draw():
    def draws(seed):
        source, like = noise(seed), torch.zeros(4)
        return [source.normal(like), source.uniform(like), source.integers(0, 9, (4,))]

    for first, again in zip(draws(1), draws(1), strict=True):
        assert torch.equal(first, again)
    assert not torch.equal(draws(1)[0], draws(2)[0])


def test_global_generator_is_neither_read_nor_moved():
    like = torch.zeros(4)
    before = torch.random.get_rng_state()
    first = noise().normal(like)
    noise().uniform(like)
    noise().integers(0, 5, (3,))
    assert torch.equal(torch.random.get_rng_state(), before)
    with torch.random.fork_rng():
        torch.manual_seed(99)
        assert torch.equal(noise().normal(like), first)
