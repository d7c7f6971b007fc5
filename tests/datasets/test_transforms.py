"""One-to-one maps: each can be undone, so none loses information."""

import numpy as np
import pytest
from scipy.stats import norm

from skmi.datasets import (
    TRANSFORMS,
    asinh,
    half_cube,
    make_correlated_gaussians,
    make_multivariate_gaussians,
    normal_cdf,
    spiral,
    swiss_roll,
    wiggly,
)

LINE = np.linspace(-7, 7, 20_001)


@pytest.mark.parametrize("transform", [asinh, half_cube, normal_cdf, wiggly])
def test_elementwise_maps_rise_strictly(transform):
    assert (np.diff(transform(LINE)) > 0).all()


@pytest.mark.parametrize(
    ("transform", "inverse"),
    [
        (asinh, np.sinh),
        (half_cube, lambda z: np.sign(z) * np.abs(z) ** (2 / 3)),
        (normal_cdf, norm.ppf),
    ],
)
def test_elementwise_maps_are_undone_by_their_inverses(transform, inverse):
    np.testing.assert_allclose(inverse(transform(LINE)), LINE, rtol=1e-4, atol=1e-12)


def test_wiggly_is_never_flatter_than_its_documented_slope():
    slope = np.diff(wiggly(LINE)) / np.diff(LINE)
    assert slope.min() >= 1 - 0.4 - 0.34 - 0.099


def test_swiss_roll_is_undone_by_the_distance_to_the_origin():
    x = np.linspace(0, 1, 1001)
    t = 21 * np.linalg.norm(swiss_roll(x), axis=1)
    np.testing.assert_allclose((t / (1.5 * np.pi) - 1) / 2, x, atol=1e-12)


@pytest.mark.parametrize("plane", [(0, 1), (2, 0)])
def test_spiral_keeps_lengths_and_is_undone_by_the_opposite_speed(plane):
    x = np.random.default_rng(0).standard_normal((500, 3))
    turned = spiral(x, speed=0.7, plane=plane)
    assert np.abs(turned - x).max() > 1
    lengths = np.linalg.norm(x, axis=1)
    np.testing.assert_allclose(np.linalg.norm(turned, axis=1), lengths)
    np.testing.assert_allclose(spiral(turned, speed=-0.7, plane=plane), x, atol=1e-12)


def test_spiral_turns_in_its_plane_only():
    x = np.random.default_rng(0).standard_normal((50, 4))
    turned = spiral(x, plane=(1, 3))
    np.testing.assert_array_equal(turned[:, [0, 2]], x[:, [0, 2]])


@pytest.mark.parametrize("name", sorted(set(TRANSFORMS) - {"spiral", "swiss_roll"}))
def test_elementwise_maps_keep_the_shape_and_the_input(name):
    x = np.random.default_rng(0).standard_normal((5, 3))
    kept = x.copy()
    assert TRANSFORMS[name](x).shape == (5, 3)
    assert TRANSFORMS[name](x[:, 0]).shape == (5,)
    np.testing.assert_array_equal(x, kept)


def test_transforms_are_applied_in_order_and_to_one_side():
    plain = make_multivariate_gaussians(50, random_state=0)
    X, y = make_multivariate_gaussians(
        50, transform_x=["normal_cdf", "spiral"], random_state=0
    )
    np.testing.assert_array_equal(X, spiral(normal_cdf(plain[0])))
    np.testing.assert_array_equal(y, plain[1])


def test_a_callable_is_taken_for_a_transform():
    X, y = make_correlated_gaussians(
        50, transform_x=np.exp, transform_y=None, random_state=0
    )
    plain = make_correlated_gaussians(50, random_state=0)
    np.testing.assert_array_equal(X, np.exp(plain[0]))
    np.testing.assert_array_equal(y, plain[1])


def test_transforms_leave_the_information_alone():
    mi = [
        make_correlated_gaussians(50, transform_y=steps, return_mi=True)[2]
        for steps in (None, "wiggly", ("normal_cdf", "swiss_roll"))
    ]
    assert mi[0] == mi[1] == mi[2]


def test_a_rolled_up_variable_has_two_columns():
    X, y = make_correlated_gaussians(
        50,
        transform_x=("normal_cdf", "swiss_roll"),
        transform_y=("normal_cdf", "swiss_roll"),
    )
    assert X.shape == y.shape == (50, 2)


# Errors


@pytest.mark.parametrize("name", sorted(TRANSFORMS))
@pytest.mark.parametrize("bad", [[[np.nan, 1.0]], [[np.inf, 1.0]], [["a", "b"]]])
def test_samples_that_are_no_finite_numbers_are_named(name, bad):
    with pytest.raises(ValueError, match="x must hold finite real numbers"):
        TRANSFORMS[name](bad)


@pytest.mark.parametrize("shape", [(4,), (4, 1), (4, 2, 2)])
def test_spiral_needs_two_columns(shape):
    with pytest.raises(ValueError, match=r"x must be of shape \(n, d\)"):
        spiral(np.zeros(shape))


@pytest.mark.parametrize("plane", [(0, 0), (0, 3), (-1, 0), (0,), (0.0, 1.0), "xy"])
def test_a_bad_plane_is_named(plane):
    with pytest.raises(ValueError, match="plane must be two different columns"):
        spiral(np.zeros((4, 3)), plane=plane)


@pytest.mark.parametrize("speed", [np.nan, np.inf, "fast"])
def test_a_bad_speed_is_named(speed):
    with pytest.raises(ValueError, match="speed must be"):
        spiral(np.zeros((4, 3)), speed=speed)


def test_swiss_roll_takes_one_column_between_0_and_1():
    with pytest.raises(ValueError, match=r"x must lie in \[0, 1\], found .* 1.5"):
        swiss_roll([0.0, 1.5])
    with pytest.raises(ValueError, match=r"x must be of shape .*found \(4, 2\)"):
        swiss_roll(np.zeros((4, 2)))


@pytest.mark.parametrize("argument", ["transform_x", "transform_y"])
@pytest.mark.parametrize("bad", ["square", 3, ["asinh", "square"], {"asinh": 1}])
def test_an_unknown_transform_is_named(argument, bad):
    with pytest.raises(ValueError, match=f"{argument} must be None, one of"):
        make_correlated_gaussians(10, **{argument: bad})


def test_a_transform_that_does_not_fit_is_named():
    with pytest.raises(ValueError, match="transform_y: 'spiral' cannot be applied"):
        make_correlated_gaussians(10, transform_y="spiral")
