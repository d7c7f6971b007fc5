"""Views change what they say they change, and no more."""

from functools import partial

import pytest
import torch

from skmi.nn import (
    AugmentedPair,
    GivenPair,
    MLPEncoder,
    Noise,
    corrupt,
    gaussian_noise,
    mask,
    shift,
)

VIEWS = {
    "gaussian_noise": partial(gaussian_noise, scale=0.5),
    "mask": partial(mask, rate=0.4),
    "corrupt": partial(corrupt, rate=0.4),
    "shift": partial(shift, size=1, image_shape=(3, 2)),
}


def noise(seed=0):
    """Return noise of a seed."""
    return Noise(torch.Generator().manual_seed(seed))


def rows(n=500, d=6, seed=0):
    """Return random rows in float64, all entries different."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("name", sorted(VIEWS))
def test_seed_decides_a_view_and_the_rows_are_left_alone(name):
    x = rows()
    kept = x.clone()
    first, again, other = (VIEWS[name](x, noise(seed)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(x, kept)
    assert first.shape == x.shape
    assert first.dtype == x.dtype


@pytest.mark.parametrize("name", sorted(VIEWS))
def test_views_leave_the_global_generator_alone(name):
    before = torch.random.get_rng_state()
    VIEWS[name](rows(), noise())
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("scale", [0.0, 0.3, 2.0])
def test_noise_has_its_standard_deviation(scale):
    x = rows(5000)
    added = gaussian_noise(x, noise(), scale) - x
    # Standard error of a deviation from 30,000 draws: scale / 245.
    assert added.std().item() == pytest.approx(scale, abs=4 * scale / 245)


@pytest.mark.parametrize("rate", [0.0, 0.25, 1.0])
def test_mask_zeroes_its_share_and_keeps_the_rest(rate):
    x = rows(5000)
    view = mask(x, noise(), rate)
    zeroed = view == 0
    # Standard error at 30,000 entries: at most .0029.
    assert zeroed.double().mean().item() == pytest.approx(rate, abs=0.0115)
    assert torch.equal(view[~zeroed], x[~zeroed])


@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_corrupt_replaces_its_share(rate):
    x = rows(5000)
    changed = (corrupt(x, noise(), rate) != x).double().mean().item()
    # One replacement in n draws the entry itself; standard error at most .0029.
    assert changed == pytest.approx(rate * (1 - 1 / 5000), abs=0.0115)


def test_corrupt_takes_each_entry_from_its_own_column():
    x = rows(50)
    view = corrupt(x, noise(), 1.0)
    for column in range(x.shape[1]):
        assert torch.isin(view[:, column], x[:, column]).all()


def test_corrupt_keeps_the_marginals_and_breaks_the_dependence():
    base = rows(20_000, 1)
    x = torch.cat([base, base], dim=1)
    view = corrupt(x, noise(), 1.0)
    for column in range(2):
        # Kolmogorov-Smirnov between the column and its bootstrap: 1.95 / sqrt(n) is
        # exceeded once in a thousand.
        grid = x[:, column].sort().values
        share = torch.searchsorted(view[:, column].sort().values, grid, right=True)
        rank = torch.arange(1, 20_001)
        assert ((share - rank).abs().max() / 20_000).item() < 1.95 / 20_000**0.5
    assert abs(torch.corrcoef(view.T)[0, 1].item()) < 4 / 20_000**0.5


@pytest.mark.parametrize("channels", [1, 3])
def test_shift_equals_brute_force(channels):
    height, width, size, n = 4, 3, 2, 40
    x = rows(n, channels * height * width)
    view = shift(x, noise(7), size, (height, width))
    moves = noise(7).integers(-size, size + 1, (2, n, 1))[:, :, 0]
    assert moves.min() == -size
    assert moves.max() == size
    images = x.view(n, channels, height, width)
    moved = view.view(n, channels, height, width)
    for i in range(n):
        for row in range(height):
            for column in range(width):
                from_row = min(max(row + moves[0, i].item(), 0), height - 1)
                from_column = min(max(column + moves[1, i].item(), 0), width - 1)
                assert torch.equal(
                    moved[i, :, row, column], images[i, :, from_row, from_column]
                )


def test_shift_by_nothing_is_the_image_itself():
    x = rows()
    assert torch.equal(shift(x, noise(), 0, (3, 2)), x)


# Pairs


def test_augmented_pair_gives_codes_of_the_same_rows_in_the_same_order():
    encoder = MLPEncoder(6, 2, (5,), generator=torch.Generator().manual_seed(0))
    encoder.double()
    x = rows(20)
    pair = AugmentedPair(encoder, lambda x, noise: x)
    first, second = pair(x, noise())
    torch.testing.assert_close(first, encoder(x))
    torch.testing.assert_close(second, encoder(x))


def test_augmented_pair_takes_two_independent_views_of_each_row():
    pair = AugmentedPair(torch.nn.Module(), VIEWS["gaussian_noise"])
    pair.encoder.forward = lambda x, noise: x
    x = rows(2000)
    first, second = (view - x for view in pair(x, noise()))
    assert first.std().item() == pytest.approx(0.5, abs=0.02)
    correlation = torch.corrcoef(torch.stack([first.flatten(), second.flatten()]))
    # Standard error at 12,000 entries: .009.
    assert abs(correlation[0, 1].item()) < 0.04


def test_augmented_pair_encodes_rows_as_they_are():
    encoder = MLPEncoder(6, 2, (5,)).double()
    pair = AugmentedPair(encoder, VIEWS["mask"])
    (code,) = pair.encode(rows(9))
    assert torch.equal(code, encoder(rows(9)))


def test_given_pair_shows_each_encoder_its_columns():
    columns = [torch.tensor([4, 0]), torch.tensor([1, 2, 5])]
    encoders = [MLPEncoder(2, 3, (4,)).double(), MLPEncoder(3, 3, (4,)).double()]
    x = rows(9)
    codes = GivenPair(encoders, columns)(x)
    for code, encoder, column in zip(codes, encoders, columns, strict=True):
        torch.testing.assert_close(code, encoder(x[:, column]))


def test_given_pair_shares_one_encoder():
    encoder = MLPEncoder(2, 3, (4,)).double()
    pair = GivenPair([encoder] * 2, [torch.tensor([0, 1]), torch.tensor([2, 3])])
    first, second = pair(torch.cat([rows(9, 2)] * 2, dim=1))
    assert torch.equal(first, second)
    assert len(list(pair.parameters())) == len(list(encoder.parameters()))


def test_given_pair_stores_no_columns_in_its_weights():
    pair = GivenPair([MLPEncoder(1, 2, ())] * 2, [torch.tensor([0]), torch.tensor([1])])
    assert not any("columns" in name for name in pair.state_dict())
