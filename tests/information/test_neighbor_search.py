"""The compiled tree against distances of all pairs."""

import numpy as np
import pytest

from skmi.information._neighbor_search import Neighborhoods

SHAPES = [(2, 1), (5, 2), (17, 1), (33, 3), (300, 2), (257, 5), (150, 30)]


def samples(shape, kind):
    points = np.random.default_rng(shape[0]).standard_normal(shape)
    if kind == "rounded":
        return np.round(points, 1)
    return np.round(points) if kind == "integer" else points


def all_distances(points):
    distances = np.empty((len(points), len(points)))
    for i, row in enumerate(points):
        distances[i] = np.abs(points - row).max(axis=1)
    return distances


@pytest.mark.parametrize("kind", ["continuous", "rounded", "integer"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("k", [1, 3, 40])
def test_nearest_rows_equal_those_of_all_pairs(shape, kind, k):
    points = samples(shape, kind)
    k = min(k, shape[0] - 1)
    distances = all_distances(points)
    nearest = Neighborhoods(points).nearest(k)
    to_neighbors = np.take_along_axis(distances, nearest.neighbors, axis=1)
    np.testing.assert_array_equal(to_neighbors, nearest.distances)
    assert not (nearest.neighbors == np.arange(len(points))[:, None]).any()
    np.fill_diagonal(distances, np.inf)
    rising = np.sort(distances, axis=1)
    np.testing.assert_array_equal(np.sort(nearest.distances), rising[:, :k])
    np.testing.assert_array_equal(nearest.radius, rising[:, k - 1])
    several = (distances == nearest.radius[:, None]).sum(axis=1) > 1
    np.testing.assert_array_equal(nearest.tied, several | (nearest.radius == 0))


@pytest.mark.parametrize("kind", ["continuous", "rounded", "integer"])
@pytest.mark.parametrize("shape", SHAPES)
def test_counts_equal_those_of_all_pairs(shape, kind):
    points = samples(shape, kind)
    distances = all_distances(points)
    rng = np.random.default_rng(0)
    # Distances that occur, so that many rows lie on the edge exactly.
    on_edge = distances[
        np.arange(len(points)), rng.integers(len(points), size=shape[0])
    ]
    closed = rng.random(shape[0]) < 0.5
    search = Neighborhoods(points)
    for radius in (on_edge, rng.exponential(size=shape[0]), np.zeros(shape[0])):
        inside = (distances < radius[:, None]).sum(axis=1)
        up_to = (distances <= radius[:, None]).sum(axis=1)
        np.testing.assert_array_equal(search.count(radius), up_to)
        np.testing.assert_array_equal(search.count(radius, closed=False), inside)
        np.testing.assert_array_equal(
            search.count(radius, closed), np.where(closed, up_to, inside)
        )


@pytest.mark.parametrize("n_columns", [1, 2])
def test_the_neighbour_that_gives_the_radius_is_never_nearer_than_it(n_columns):
    # At this offset the difference of two coordinates, added to one of them, often
    # misses the other: counting between x - r and x + r goes wrong.
    points = 1e3 + np.random.default_rng(1).random((2000, n_columns))
    nearest = Neighborhoods(points).nearest(3)
    counts = Neighborhoods(points).count(nearest.radius, closed=False)
    np.testing.assert_array_equal(counts, 3)


def test_threads_change_no_bit():
    points = np.random.default_rng(2).standard_normal((3000, 3))
    one, two = Neighborhoods(points), Neighborhoods(points, n_threads=2)
    for a, b in zip(one.nearest(4), two.nearest(4), strict=True):
        np.testing.assert_array_equal(a, b)
    radius = np.full(3000, 0.5)
    np.testing.assert_array_equal(one.count(radius), two.count(radius))
    column = points[:, :1]
    np.testing.assert_array_equal(
        Neighborhoods(column).count(radius), Neighborhoods(column, 2).count(radius)
    )


def test_huge_groups_of_equal_rows_are_searched_quickly_and_exactly():
    points = np.random.default_rng(3).integers(0, 3, size=(60_000, 2)).astype(float)
    points[7] = [5.0, 5.0]
    search = Neighborhoods(points)
    nearest = search.nearest(3)
    assert nearest.radius[7] == 3.0
    assert (np.delete(nearest.radius, 7) == 0).all()
    assert nearest.tied.all()
    same = (points == points[0]).all(axis=1).sum()
    assert search.count(np.zeros(60_000))[0] == same
