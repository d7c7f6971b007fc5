"""Bounds on mutual information, against Gaussians of known information."""

import math

import pytest
import torch
from torch.nn import functional as F

from skmi.nn import BOUNDS, Bound, as_bound, split_scores
from skmi.nn.bounds import donsker_varadhan, infonce, jensen_shannon_loss, nwj, smile

LOWER = sorted(name for name, bound in BOUNDS.items() if bound.kind == "lower")


def correlation(mi, d):
    """Return the correlation in each of d dimensions that gives this information."""
    return math.sqrt(-math.expm1(-2 * mi / d))


def exact_scores(n, d, rho, generator):
    """Return the (n, n) log-ratios of n correlated Gaussian pairs."""
    x = torch.randn(n, d, generator=generator, dtype=torch.float64)
    noise = torch.randn(n, d, generator=generator, dtype=torch.float64)
    y = rho * x + math.sqrt(1 - rho**2) * noise
    variance = 1 - rho**2
    # log N(y; rho x, variance) - log N(y; 0, 1), summed over dimensions.
    deviation = ((y[None] - rho * x[:, None]) ** 2).sum(-1) / variance
    marginal = (y**2).sum(-1)
    return -0.5 * (deviation - marginal[None] + d * math.log(variance))


def values(functions, mi, d, n=64, repeats=300, seed=0):
    """Return (repeats, n_functions) values at the exact critic."""
    generator = torch.Generator().manual_seed(seed)
    rho = correlation(mi, d)
    rows = []
    for _ in range(repeats):
        scores = split_scores(exact_scores(n, d, rho, generator))
        rows.append([function(*scores).item() for function in functions])
    return torch.tensor(rows, dtype=torch.float64)


def mean_and_se(sample):
    """Return the mean of a sample and its standard error."""
    return sample.mean().item(), (sample.std() / len(sample) ** 0.5).item()


def random_scores(n=6, m=5, seed=0, scale=1.0, dtype=torch.float64):
    """Return positive (n,) and negative (n, m) scores."""
    generator = torch.Generator().manual_seed(seed)
    positive = torch.randn(n, generator=generator, dtype=dtype)
    negative = torch.randn(n, m, generator=generator, dtype=dtype)
    return scale * positive, scale * negative


# What is a bound, and of which kind


@pytest.mark.parametrize("name", LOWER)
@pytest.mark.parametrize(("mi", "d"), [(0.5, 1), (2.0, 5)])
def test_lower_bound_does_not_exceed_the_information_in_expectation(name, mi, d):
    mean, se = mean_and_se(values([BOUNDS[name].value], mi, d)[:, 0])
    assert mean <= mi + 3 * se


@pytest.mark.parametrize("name", LOWER)
@pytest.mark.parametrize(
    "wrong",
    [
        lambda t: 2 * t,
        lambda t: t / 2,
        lambda t: t + 0.7,
        lambda t: t - 0.7,
        torch.tanh,
    ],
    ids=["doubled", "halved", "raised", "lowered", "bent"],
)
def test_lower_bound_of_a_wrong_critic_does_not_exceed_the_information_either(
    name, wrong
):
    def value(positive, negative, log_weight=None):
        return BOUNDS[name].value(wrong(positive), wrong(negative))

    mean, se = mean_and_se(values([value], 1.0, 2)[:, 0])
    assert mean <= 1.0 + 3 * se


@pytest.mark.parametrize(("mi", "d"), [(0.5, 1), (2.0, 5)])
def test_nwj_at_the_log_ratio_equals_the_information(mi, d):
    mean, se = mean_and_se(values([nwj], mi, d, seed=1)[:, 0])
    assert abs(mean - mi) <= 3.5 * se
    assert se < 0.02


def test_infonce_is_close_below_the_information_where_its_ceiling_is_far():
    mean, se = mean_and_se(values([infonce], 0.5, 1)[:, 0])
    assert 0.5 - 0.05 <= mean <= 0.5 + 3 * se


def test_every_value_is_zero_at_the_log_ratio_of_independent_pairs():
    functions = [bound.value for bound in BOUNDS.values()]
    # The exact log-ratio is 0 everywhere.
    torch.testing.assert_close(
        values(functions, 0.0, 2, repeats=3),
        torch.zeros(3, len(functions), dtype=torch.float64),
    )


@pytest.mark.parametrize("scale", [1.0, 30.0, 1e4, 1e30])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_infonce_never_exceeds_log_of_candidates_whatever_the_scores(scale, dtype):
    ceiling = math.log(6)
    assert BOUNDS["infonce"].ceiling(5) == pytest.approx(ceiling)
    for seed in range(20):
        scores = random_scores(seed=seed, scale=scale, dtype=dtype)
        assert infonce(*scores).item() <= ceiling * (1 + torch.finfo(dtype).eps)


def test_infonce_reaches_its_ceiling_with_a_perfect_critic():
    positive, negative = torch.full((4,), 1e4), torch.full((4, 3), -1e4)
    assert infonce(positive, negative).item() == pytest.approx(math.log(4))


def test_donsker_varadhan_is_above_nwj_at_the_same_scores():
    for seed in range(20):
        scores = random_scores(seed=seed, scale=2.0)
        assert donsker_varadhan(*scores) >= nwj(*scores)


def test_donsker_varadhan_equals_nwj_of_normalised_scores():
    positive, negative = random_scores()
    log_z = negative.logsumexp((0, 1)) - math.log(negative.numel())
    torch.testing.assert_close(
        donsker_varadhan(positive, negative), nwj(positive - log_z, negative - log_z)
    )


def test_donsker_varadhan_is_biased_upwards_on_small_samples_only():
    small = values([donsker_varadhan], 3.0, 5, n=6, repeats=1000)[:, 0]
    mean, se = mean_and_se(small)
    assert mean > 3.0 + 3 * se
    large = values([donsker_varadhan], 3.0, 5, n=300, repeats=60)[:, 0]
    assert mean_and_se(large)[0] < mean
    assert mean_and_se(large)[0] == pytest.approx(3.0, abs=0.1)


def test_smile_without_clipping_is_donsker_varadhan():
    scores = random_scores(scale=20.0)
    torch.testing.assert_close(smile(*scores, clip=math.inf), donsker_varadhan(*scores))


def test_smile_has_a_fifth_of_the_deviation_of_nwj_at_ten_nats():
    smiles, nwjs = values([smile, nwj], 10.0, 20, n=128, repeats=400).T
    assert smiles.std() <= nwjs.std() / 5


def test_smile_is_no_bound_at_ten_nats():
    mean, se = mean_and_se(values([smile], 10.0, 20, n=128, repeats=50)[:, 0])
    assert mean > 10.0 + 3 * se
    assert BOUNDS["smile"].kind == "none"


# The Jensen-Shannon loss


def test_jensen_shannon_loss_is_stationary_and_least_at_the_log_ratio():
    joint = torch.tensor([[4, 2], [1, 3]], dtype=torch.float64)
    product = torch.tensor([[3, 3], [2, 2]], dtype=torch.float64)
    log_ratio = (joint / product).log().flatten().requires_grad_()
    cells = torch.arange(4)
    positive_cell = cells.repeat_interleave(joint.flatten().long())
    negative_cell = cells.repeat_interleave(product.flatten().long())

    def loss(scores):
        return jensen_shannon_loss(
            scores[positive_cell], scores[negative_cell][:, None]
        )

    least = loss(log_ratio)
    (gradient,) = torch.autograd.grad(least, log_ratio)
    assert gradient.abs().max() < 1e-12
    for seed in range(20):
        step = torch.randn(
            4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64
        )
        for size in (1e-3, 0.1, 3.0):
            assert loss(log_ratio + size * step) > least


def test_jensen_shannon_reports_the_value_of_nwj():
    scores = random_scores()
    assert BOUNDS["jensen_shannon"].value(*scores) == nwj(*scores)
    assert BOUNDS["jensen_shannon"].kind == "none"


@pytest.mark.parametrize("name", ["jensen_shannon", "smile"])
def test_loss_of_jensen_shannon_and_smile_is_softplus_by_hand(name):
    positive, negative = random_scores()
    expected = F.softplus(-positive).mean() + F.softplus(negative).mean()
    torch.testing.assert_close(BOUNDS[name].loss(positive, negative), expected)
    assert not BOUNDS[name].loss_is_negated_value


# Formulas by hand


def test_values_equal_the_formulas_written_without_logarithmic_tricks():
    positive, negative = random_scores()
    e = negative.exp()
    together = positive.exp() + e.sum(1)
    clipped = negative.clamp(-5, 5).exp().mean().log()
    expected = {
        "infonce": ((positive.exp() / together * 6).log()).mean(),
        "nwj": positive.mean() - e.mean() + 1,
        "donsker_varadhan": positive.mean() - e.mean().log(),
        "smile": positive.mean() - clipped,
    }
    for name, value in expected.items():
        torch.testing.assert_close(BOUNDS[name].value(positive, negative), value)


# Importance weights


@pytest.mark.parametrize("part", ["value", "loss"])
@pytest.mark.parametrize("name", sorted(BOUNDS))
def test_equal_weights_of_mean_one_change_nothing(name, part):
    function = getattr(BOUNDS[name], part)
    positive, negative = random_scores()
    plain = function(positive, negative)
    for log_weight in (torch.zeros_like(negative), torch.zeros(())):
        torch.testing.assert_close(function(positive, negative, log_weight), plain)


@pytest.mark.parametrize("part", ["value", "loss"])
@pytest.mark.parametrize("name", sorted(BOUNDS))
def test_weights_of_negatives_equal_their_repetition(name, part):
    function = getattr(BOUNDS[name], part)
    positive, negative = random_scores(n=3, m=4)
    counts = torch.tensor([[0, 2, 1, 1], [1, 1, 1, 1], [0, 0, 1, 3]])
    repeated = torch.stack(
        [
            row.repeat_interleave(count)
            for row, count in zip(negative, counts, strict=True)
        ]
    )
    weighted = function(positive, negative, counts.to(negative).log())
    torch.testing.assert_close(weighted, function(positive, repeated))


@pytest.mark.parametrize("part", ["value", "loss"])
@pytest.mark.parametrize("name", sorted(BOUNDS))
def test_weights_broadcast_over_rows(name, part):
    function = getattr(BOUNDS[name], part)
    positive, negative = random_scores()
    column = torch.tensor([[0.5, 1.5, 1.0, 0.25, 1.75]], dtype=torch.float64).log()
    torch.testing.assert_close(
        function(positive, negative, column),
        function(positive, negative, column.expand_as(negative)),
    )


# Numerics


@pytest.mark.parametrize("name", ["infonce", "donsker_varadhan", "smile"])
def test_extreme_scores_give_finite_values_and_gradients(name):
    check_finite(BOUNDS[name].value)


@pytest.mark.parametrize("name", ["jensen_shannon", "smile"])
def test_extreme_scores_give_finite_losses_and_gradients(name):
    check_finite(BOUNDS[name].loss)


def check_finite(function):
    """Assert finite results at scores of +-10,000 in float32."""
    for signs in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        positive = torch.full((4,), 1e4 * signs[0], requires_grad=True)
        negative = torch.full((4, 3), 1e4 * signs[1], requires_grad=True)
        result = function(positive, negative)
        gradients = torch.autograd.grad(result, (positive, negative))
        assert torch.isfinite(result)
        assert all(torch.isfinite(gradient).all() for gradient in gradients)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("part", ["value", "loss"])
@pytest.mark.parametrize("name", sorted(BOUNDS))
def test_gradients_are_right(name, part, weighted):
    function = getattr(BOUNDS[name], part)
    positive, negative = random_scores(scale=2.0)
    log_weight = random_scores(seed=1)[1] if weighted else None
    assert torch.autograd.gradcheck(
        lambda p, n: function(p, n, log_weight),
        (positive.requires_grad_(), negative.requires_grad_()),
    )


@pytest.mark.parametrize("name", sorted(BOUNDS))
def test_value_is_a_scalar_of_the_type_of_the_scores(name):
    for dtype in (torch.float32, torch.float64):
        value = BOUNDS[name].value(*random_scores(dtype=dtype))
        assert value.shape == ()
        assert value.dtype == dtype


# Records


def test_split_scores_equals_brute_force():
    for n in (2, 3, 7):
        scores = torch.arange(n * n, dtype=torch.float64).view(n, n)
        positive, negative = split_scores(scores)
        assert positive.tolist() == [scores[i, i] for i in range(n)]
        assert negative.tolist() == [
            [scores[i, j] for j in range(n) if j != i] for i in range(n)
        ]


def test_split_scores_of_one_row_is_an_error_that_says_so():
    with pytest.raises(ValueError, match="at least 2 rows"):
        split_scores(torch.zeros(1, 1))


def test_split_scores_takes_transposed_scores():
    scores = torch.randn(5, 5, generator=torch.Generator().manual_seed(0))
    positive, negative = split_scores(scores.T)
    again = split_scores(scores.T.contiguous())
    assert torch.equal(positive, again[0])
    assert torch.equal(negative, again[1])


def test_as_bound_returns_a_record_as_it_is():
    assert as_bound(BOUNDS["nwj"]) is BOUNDS["nwj"]


def test_as_bound_trains_a_function_by_its_negative_and_promises_nothing():
    def mean_gap(positive, negative, log_weight=None):
        return positive.mean() - negative.mean()

    bound = as_bound(mean_gap)
    scores = random_scores()
    assert isinstance(bound, Bound)
    assert bound.kind == "none"
    assert bound.ceiling(10) == math.inf
    assert bound.loss(*scores) == -mean_gap(*scores)
    assert bound.loss_is_negated_value


@pytest.mark.parametrize(
    "name", [name for name, bound in BOUNDS.items() if bound.of_square is not None]
)
def test_shortcut_for_square_scores_gives_the_same_value_and_gradient(name):
    bound = BOUNDS[name]
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(6, 6, generator=generator, dtype=torch.float64)
    scores.requires_grad_()
    loss, value = bound.of_square(scores)
    torch.testing.assert_close(value, bound.value(*split_scores(scores)).detach())
    assert not value.requires_grad
    ours, theirs = (
        torch.autograd.grad(loss, scores)[0]
        for loss in (loss, bound.loss(*split_scores(scores)))
    )
    torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("name", sorted(BOUNDS))
def test_record_says_a_known_kind_and_a_ceiling(name):
    bound = BOUNDS[name]
    assert bound.kind in {"lower", "asymptotic", "upper", "none"}
    assert bound.ceiling(3) > 0
    if bound.loss_is_negated_value:
        scores = random_scores()
        assert bound.loss(*scores) == -bound.value(*scores)
