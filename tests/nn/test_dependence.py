"""Dependence of Gram matrices in torch, against the functions of arrays."""

import numpy as np
import pytest
import torch
from torch.func import grad, vmap

from skmi import information, nn


def normal(*shape, seed=0):
    """Return normal draws in float64."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def pair(n=41, d_x=3, d_y=2, seed=0):
    """Return two dependent variables."""
    x = normal(n, d_x, seed=seed)
    return x, x[:, :d_y].sin() + 0.3 * normal(n, d_y, seed=seed + 100)


def gaussian_pair(rho, n, seed=0):
    """Return two normal columns with correlation rho."""
    x, e = normal(2, n, 1, seed=seed)
    return x, rho * x + (1 - rho**2) ** 0.5 * e


def renyi(alpha):
    """Return the information of one order."""

    def function(x, y, widths=(None, None)):
        return nn.renyi_mutual_information(x, y, widths, alpha)

    return function


def numpy_renyi(alpha):
    """Return the information of one order, of arrays."""

    def function(x, y, bandwidth="median"):
        return information.renyi_mutual_information(
            x, y, alpha=alpha, bandwidth=bandwidth
        )

    return function


def flagged(function):
    """Return a function with its values normalised."""

    def normalised(*args, **options):
        return function(*args, normalized=True, **options)

    return normalised


# name: (of tensors, of arrays), both (x, y, widths).
MEASURES = {
    "hsic": (nn.hsic, information.hsic),
    "hsic_normalized": (flagged(nn.hsic), flagged(information.hsic)),
    "cauchy_schwarz": (
        nn.cauchy_schwarz_mutual_information,
        information.cauchy_schwarz_mutual_information,
    ),
    "cauchy_schwarz_normalized": (
        flagged(nn.cauchy_schwarz_mutual_information),
        flagged(information.cauchy_schwarz_mutual_information),
    ),
    **{f"renyi_{a}": (renyi(a), numpy_renyi(a)) for a in (0.5, 1, 1.01, 2, 3)},
}
each_measure = pytest.mark.parametrize("name", MEASURES)


# Widths and Gram matrices


@pytest.mark.parametrize("n", [2, 3, 4, 5, 40])
def test_width_is_the_median_distance_of_two_rows(n):
    x = normal(n, 3)
    distance = [float((x[i] - x[j]).norm()) for i in range(n) for j in range(i)]
    assert nn.median_distance(x).item() == pytest.approx(np.median(distance))


def test_width_of_mostly_equal_rows_is_that_of_the_others():
    x = torch.zeros(20, 2, dtype=torch.float64)
    x[0, 0] = 3.0
    assert nn.median_distance(x).item() == pytest.approx(3.0)


@pytest.mark.parametrize("level", [0.0, 0.1, 1e6, -1e12])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_width_of_a_constant_variable_is_one_and_its_gram_matrix_ones(level, dtype):
    x = torch.full((7, 3), level, dtype=dtype)
    assert nn.median_distance(x) == 1
    assert torch.equal(nn.gaussian_gram(x), torch.ones(7, 7, dtype=dtype))


def test_width_of_one_row_is_one():
    assert nn.median_distance(torch.zeros(1, 2)) == 1


def test_width_of_many_rows_is_that_of_evenly_spaced_ones():
    x = normal(4001, 1)
    every = torch.linspace(0, 4000, 2000, dtype=torch.float64).round().long()
    assert nn.median_distance(x) == nn.median_distance(x[every])
    spread = nn.median_distance(x).item()
    # The median of |N(0, 2)| is .9539; its error at 2,000 rows is near .02.
    assert spread == pytest.approx(0.9539, abs=0.06)


def test_equal_rows_far_from_the_origin_are_told_from_near_ones():
    # Repeated values, as of categories: rounding must not pass for a distance.
    x = normal(5, 40, seed=3).float().repeat(8, 1) * 100 + 1000
    gram = nn.gaussian_gram(x)
    block = torch.arange(40) % 5
    same = block[:, None] == block[None, :]
    assert torch.equal(gram[same], torch.ones(same.sum()))
    assert (gram[~same] < 0.9).all()


@pytest.mark.parametrize("width", [0.3, 2.0, torch.tensor(0.7, dtype=torch.float64)])
def test_gram_matrix_equals_the_kernel_by_hand(width):
    x, other = normal(6, 3), normal(4, 3, seed=1)
    squares = (x[:, None] - other[None]).square().sum(-1)
    expected = (-squares / (2 * width**2)).exp()
    torch.testing.assert_close(nn.gaussian_gram(x, width, other), expected)
    torch.testing.assert_close(
        nn.gaussian_gram(x, width), nn.gaussian_gram(x, width, x)
    )


def test_gradients_of_a_gram_matrix_are_right():
    x, other = normal(5, 3).requires_grad_(), normal(4, 3, seed=1).requires_grad_()
    weight = normal(5, 4, seed=2)
    assert torch.autograd.gradcheck(
        lambda x, other: (nn.gaussian_gram(x, 1.3, other) * weight).sum(), (x, other)
    )


def test_no_gradient_goes_to_the_width():
    x = normal(6, 2).requires_grad_()
    (ours,) = torch.autograd.grad(nn.gaussian_gram(x).sum(), x)
    width = nn.median_distance(x)
    assert not width.requires_grad
    fixed = torch.autograd.grad(nn.gaussian_gram(x, width.item()).sum(), x)[0]
    torch.testing.assert_close(ours, fixed)
    given = torch.ones((), dtype=torch.float64, requires_grad=True)
    assert torch.autograd.grad(
        nn.gaussian_gram(x, given).sum(), given, allow_unused=True
    ) == (None,)


# Equal to the functions of arrays


@each_measure
@pytest.mark.parametrize("n", [2, 3, 40, 41])
def test_measure_equals_that_of_arrays_at_median_widths(name, n):
    ours, theirs = MEASURES[name]
    x, y = pair(n)
    expected = theirs(x.numpy(), y.numpy())
    assert ours(x, y).item() == pytest.approx(expected, rel=1e-9, abs=1e-12)


@each_measure
def test_measure_equals_that_of_arrays_at_given_widths(name):
    ours, theirs = MEASURES[name]
    x, y = pair()
    expected = theirs(x.numpy(), y.numpy(), bandwidth=(0.8, 1.7))
    assert ours(x, y, widths=(0.8, 1.7)).item() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("width", [None, 0.6])
def test_divergence_equals_that_of_arrays(width):
    x, y = normal(30, 2), normal(20, 2, seed=1) + 0.5
    expected = information.cauchy_schwarz_divergence(
        x.numpy(), y.numpy(), bandwidth=width or "median"
    )
    ours = nn.cauchy_schwarz_divergence(x, y, width)
    assert ours.item() == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("widths", [(None, None), (0.9, 0.4)])
def test_conditional_divergence_equals_that_of_arrays(widths):
    x, y = pair()
    prediction = x[:, :2].sin()
    bandwidth = "median" if widths[0] is None else widths
    expected = information.cauchy_schwarz_conditional_divergence(
        x.numpy(), y.numpy(), prediction.numpy(), bandwidth=bandwidth
    )
    ours = nn.conditional_cauchy_schwarz_divergence(x, y, prediction, widths)
    assert ours.item() == pytest.approx(expected, rel=1e-9)


# Closed forms and identities


def test_divergence_of_shifted_normals_tends_to_its_closed_form():
    s = 0.5
    draws = torch.stack(
        [
            nn.cauchy_schwarz_divergence(
                normal(500, 1, seed=seed), 1 + normal(500, 1, seed=seed + 50), s
            )
            for seed in range(20)
        ]
    )
    se = draws.std().item() / 20**0.5
    # Pairs of a row with itself bias it upward by less than a standard error here.
    assert draws.mean().item() == pytest.approx(1 / (2 + s**2), abs=3 * se)


def test_information_of_normals_grows_with_their_correlation():
    expected = {0.0: 0.0004, 0.5: 0.030, 0.9: 0.126}
    for rho, value in expected.items():
        found = nn.cauchy_schwarz_mutual_information(
            *gaussian_pair(rho, 1000), widths=(1.0, 1.0)
        )
        assert found.item() == pytest.approx(value, abs=0.012)


def test_conditional_divergence_is_zero_at_the_target_and_large_for_other_rows():
    x, y = gaussian_pair(0.95, 300)
    shuffled = y[torch.randperm(300, generator=torch.Generator().manual_seed(0))]
    assert nn.conditional_cauchy_schwarz_divergence(x, y, y) == 0
    near = nn.conditional_cauchy_schwarz_divergence(x, y, 0.95 * x)
    far = nn.conditional_cauchy_schwarz_divergence(x, y, shuffled)
    assert far > 0.2
    assert near < far / 4


def test_divergence_of_a_sample_from_itself_is_zero():
    x = normal(20, 2)
    assert nn.cauchy_schwarz_divergence(x, x) == 0


@pytest.mark.parametrize("name", ["hsic_normalized", "cauchy_schwarz_normalized"])
def test_normalised_measure_of_a_variable_with_itself_is_one(name):
    x = normal(20, 2)
    torch.testing.assert_close(
        MEASURES[name][0](x, x), torch.ones((), dtype=torch.float64)
    )


@each_measure
def test_measure_is_larger_for_dependent_variables_than_for_any_arrangement(name):
    measure = MEASURES[name][0]
    x, y = pair(80, d_x=2)
    dependent = measure(x, y)
    for seed in range(10):
        order = torch.randperm(80, generator=torch.Generator().manual_seed(seed))
        # Orders below 1 see much in the few rows of an arrangement too.
        assert measure(x, y[order]) < 0.7 * dependent


@pytest.mark.parametrize("name", ["hsic", "cauchy_schwarz", "renyi_2"])
def test_measure_of_independent_variables_vanishes_as_rows_grow(name):
    measure = MEASURES[name][0]
    few, many = (
        np.mean(
            [
                measure(normal(n, 1, seed=s), normal(n, 1, seed=s + 40)).item()
                for s in range(10)
            ]
        )
        for n in (30, 300)
    )
    # Biases fall as 1 / n; half of that leaves room for the spread.
    assert abs(many) < abs(few) / 5
    assert abs(many) < 0.01


@each_measure
def test_measure_of_equally_scaled_variables_is_the_same(name):
    x, y = pair(20)
    measure = MEASURES[name][0]
    torch.testing.assert_close(measure(5 * x - 2, y / 7), measure(x, y))


# Numerics and gradients


@each_measure
@pytest.mark.parametrize("n", [2, 6])
def test_gradients_are_right(name, n):
    measure = MEASURES[name][0]
    x, y = pair(n, d_x=2)
    assert torch.autograd.gradcheck(
        lambda x, y: measure(x, y, widths=(0.9, 1.1)),
        (x.requires_grad_(), y.requires_grad_()),
        eps=1e-5,
    )


def test_gradients_of_the_divergences_are_right():
    x, y = pair(6)
    prediction = normal(6, 2, seed=9)
    x, y, prediction = (part.requires_grad_() for part in (x, y, prediction))
    assert torch.autograd.gradcheck(
        lambda y, p: nn.cauchy_schwarz_divergence(y, p, 0.8), (y, prediction)
    )
    assert torch.autograd.gradcheck(
        lambda x, y, p: nn.conditional_cauchy_schwarz_divergence(x, y, p, (0.9, 1.1)),
        (x, y, prediction),
    )


@each_measure
@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_constant_variable_gives_exactly_zero_and_finite_gradients(name, which, dtype):
    x, y = (part.to(dtype) for part in pair(9))
    variables = [x, y]
    variables[which] = torch.full_like(variables[which], 1.7)
    variables = [variable.requires_grad_() for variable in variables]
    value = MEASURES[name][0](*variables)
    assert value == 0
    for gradient in torch.autograd.grad(value, variables):
        assert torch.isfinite(gradient).all()


@each_measure
@pytest.mark.parametrize("n", [2, 12])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equal_rows_and_a_constant_column_have_finite_gradients(name, n, dtype):
    x, y = (part.to(dtype) for part in pair(n))
    x[: n // 2 + 1], y[: n // 2 + 1] = x[0].clone(), y[0].clone()
    x[:, 1] = 3.0
    x, y = x.requires_grad_(), y.requires_grad_()
    value = MEASURES[name][0](x, y)
    assert torch.isfinite(value)
    for gradient in torch.autograd.grad(value, (x, y)):
        assert torch.isfinite(gradient).all()


@each_measure
def test_single_precision_is_near_double(name):
    x, y = pair(64)
    measure = MEASURES[name][0]
    ours = measure(100 + x.float(), y.float() - 7)
    assert ours.dtype == torch.float32
    # Of the order 1/2 the eigenvalues that rounding hides are a share of the whole.
    tolerance = 0.03 if name == "renyi_0.5" else 1e-3
    assert ours.item() == pytest.approx(measure(x, y).item(), abs=tolerance)


def test_samples_far_apart_have_a_finite_divergence_and_a_gradient():
    x, y = normal(5, 1).requires_grad_(), 1e4 + normal(5, 1, seed=1)
    value = nn.cauchy_schwarz_divergence(x, y, 1.0)
    (gradient,) = torch.autograd.grad(value, x)
    assert value > 1e7
    assert torch.isfinite(gradient).all()
    # Towards the other sample: value = distance^2 of the nearest, almost.
    assert gradient.sum().item() == pytest.approx(-2e4, rel=0.01)


def test_conditional_divergence_is_finite_at_equal_rows():
    x = torch.zeros(4, 2, dtype=torch.float64)
    prediction = torch.zeros(4, 1, dtype=torch.float64, requires_grad=True)
    value = nn.conditional_cauchy_schwarz_divergence(
        x, torch.ones(4, 1, dtype=torch.float64), prediction
    )
    (gradient,) = torch.autograd.grad(value, prediction)
    assert value.item() == pytest.approx(1.0)  # (difference / width)^2, width 1
    assert torch.isfinite(gradient).all()


# Stacks


@each_measure
def test_measure_maps_over_a_stack_as_a_loop_does(name):
    measure = MEASURES[name][0]
    pairs = [pair(12, seed=seed) for seed in range(3)]
    # One of them with mostly equal rows, so that its width is found another way.
    pairs[1][0][:10] = 0.0
    x, y = (torch.stack(part) for part in zip(*pairs, strict=True))
    torch.testing.assert_close(
        vmap(measure)(x, y), torch.stack([measure(*one) for one in pairs])
    )
    torch.testing.assert_close(
        vmap(grad(measure, argnums=1))(x, y),
        torch.stack([grad(measure, argnums=1)(*one) for one in pairs]),
    )


def test_divergences_map_over_a_stack_as_a_loop_does():
    x, y, p = normal(3, 8, 2), normal(3, 8, 1, seed=1), normal(3, 8, 1, seed=2)
    for function, args in (
        (nn.cauchy_schwarz_divergence, (y, p)),
        (nn.conditional_cauchy_schwarz_divergence, (x, y, p)),
    ):
        by_loop = [function(*one) for one in zip(*args, strict=True)]
        torch.testing.assert_close(vmap(function)(*args), torch.stack(by_loop))


# Errors


def test_unequal_numbers_of_rows_are_an_error_that_says_so():
    x, y = torch.zeros(3, 1), torch.zeros(4, 1)
    for measure in (
        nn.hsic,
        nn.renyi_mutual_information,
        nn.cauchy_schwarz_mutual_information,
    ):
        with pytest.raises(ValueError, match="as many rows, found 3 and 4"):
            measure(x, y)
    with pytest.raises(ValueError, match=r"as many rows, found \[3, 3, 4\]"):
        nn.conditional_cauchy_schwarz_divergence(x, x, y)


@pytest.mark.parametrize("alpha", [0.0, -1.0, float("nan")])
def test_order_that_is_not_positive_is_an_error(alpha):
    with pytest.raises(ValueError, match="alpha must be above 0"):
        nn.renyi_mutual_information(torch.zeros(3, 1), torch.zeros(3, 1), alpha=alpha)
