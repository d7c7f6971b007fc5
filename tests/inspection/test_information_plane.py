"""Layers are placed on the information plane where mathematics says they are."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skmi.bottleneck import IBClassifier, IBClassifierCV
from skmi.estimation import CompressedMIEstimator, KSGEstimator
from skmi.exceptions import EstimationWarning
from skmi.information import mutual_information
from skmi.inspection import LAYER_ESTIMATORS, InformationPlane

BINNED = ("binning", "adaptive_binning")
NOISY = ("kde", "adaptive_kde", "gaussian_noise")
BITS = np.log(2)


def patterns(n_inputs=12):
    """Return all words of -1 and 1."""
    words = np.arange(2**n_inputs)[:, None] >> np.arange(n_inputs)
    return 2.0 * (words % 2) - 1


def bits(estimator, activity, y, **options):
    """Return I(X;T) of one layer in bits."""
    plane = InformationPlane(estimator, **options).fit(activity, y)
    return plane.mi_x_[0, 0] / BITS


# Bins


@pytest.mark.filterwarnings("ignore::skmi.exceptions.EstimationWarning")
@pytest.mark.parametrize("seed", range(5))
def test_data_processing_order_holds_on_binned_chains(seed):
    rng = np.random.default_rng(seed)
    X = patterns(10)
    y = rng.random(len(X)) < 1 / (1 + np.exp(-X.sum(axis=1)))
    layers, t = {}, X
    for i, width in enumerate((8, 5, 4, 3, 2)):
        t = np.tanh(t @ rng.standard_normal((t.shape[1], width)))
        # Each layer reads the bins of the one before, and nothing else of it.
        t = (np.floor(t * 15) + 0.5) / 15
        layers[f"{i}"] = t
    plane = InformationPlane("binning", bin_range=(-1, 1)).fit(layers, y)
    mi_x, mi_y = plane.mi_x_[:, 0], plane.mi_y_[:, 0]
    slack = 1e-10
    assert (mi_y >= -slack).all()
    assert (mi_y <= mi_x + slack).all()
    assert (mi_x <= np.log(len(X)) + slack).all()
    assert (np.diff(mi_x) <= slack).all()
    assert (np.diff(mi_y) <= slack).all()
    assert mi_x[-1] < mi_x[0] - 1


@pytest.mark.parametrize("estimator", BINNED)
def test_binned_information_is_that_of_the_table_of_codes(estimator):
    rng = np.random.default_rng(0)
    codes, y = rng.integers(4, size=300), rng.integers(3, size=300)
    y[codes == 0] = 0
    plane = InformationPlane(estimator, n_bins=4).fit(codes[:, None], y)
    table = np.zeros((4, 3))
    np.add.at(table, (codes, y), 1)
    share = table.sum(axis=1) / 300
    assert plane.mi_y_[0, 0] == pytest.approx(mutual_information(table), abs=1e-12)
    assert plane.mi_x_[0, 0] == pytest.approx(-(share * np.log(share)).sum())
    labels = table.sum(axis=0) / 300
    assert plane.target_entropy_ == pytest.approx(-(labels * np.log(labels)).sum())


@pytest.mark.parametrize("seed", range(3))
def test_adaptive_bins_ignore_the_scale_of_a_relu_layer_and_fixed_bins_do_not(seed):
    rng = np.random.default_rng(seed)
    X = patterns()
    y = X.sum(axis=1) > 0
    layer = np.maximum(X @ rng.standard_normal((12, 3)), 0)
    scales = np.array([1.0, 3.0, 10.0, 30.0, 100.0])
    adaptive = [bits("adaptive_binning", s * layer, y) for s in scales]
    of_record = [bits("binning", s * layer, y, bin_range="record") for s in scales]
    fixed = [bits("binning", s * layer, y, bin_range=(-1, 1)) for s in scales]
    np.testing.assert_allclose(adaptive, adaptive[0], rtol=1e-12)
    np.testing.assert_allclose(of_record, of_record[0], rtol=1e-12)
    assert (np.diff(fixed) < 0).all()
    assert fixed[0] - fixed[-1] > 1.5
    assert of_record[0] < adaptive[0] < 12


@pytest.mark.parametrize("seed", range(3))
def test_adaptive_bins_see_a_tanh_layer_saturate(seed):
    rng = np.random.default_rng(seed)
    X = patterns()
    weights = rng.standard_normal((12, 3)) / np.sqrt(12)
    records = np.stack([np.tanh(scale * X @ weights) for scale in (1, 10, 100)])
    plane = InformationPlane().fit({"code": records}, X.sum(axis=1) > 0)
    found = plane.mi_x_[0] / BITS
    assert found[0] > 11
    assert found[-1] < 7
    assert plane.compression_score_[0] == pytest.approx(1 - found[-1] / found.max())


def test_bins_lie_over_all_records_of_a_layer_or_over_each():
    rng = np.random.default_rng(0)
    small = rng.uniform(-1, 1, (400, 1))
    records, y = np.stack([small, 10 * small]), small[:, 0] > 0
    apart = InformationPlane("binning", bin_range="record").fit({"t": records}, y)
    together = InformationPlane("binning").fit({"t": records}, y)
    fixed = InformationPlane("binning", bin_range=(-10, 10)).fit({"t": records}, y)
    assert apart.mi_x_[0, 0] == pytest.approx(apart.mi_x_[0, 1])
    assert together.mi_x_[0, 0] < together.mi_x_[0, 1] - 1
    assert together.mi_x_[0, 1] == pytest.approx(apart.mi_x_[0, 1])
    np.testing.assert_allclose(fixed.mi_x_, together.mi_x_, atol=0.05)


def test_values_beyond_a_given_range_fall_into_the_outer_bins():
    t = np.array([[-5.0], [-1.0], [0.3], [1.0], [5.0], [9.0]])
    y = [0, 0, 0, 1, 1, 1]
    plane = InformationPlane("binning", n_bins=2, bin_range=(-1, 1)).fit(t, y)
    # Two codes: -5 and -1, and all that is above 0.
    assert plane.mi_x_[0, 0] == pytest.approx(np.log(3) - 2 / 3 * np.log(2))


# Noise


@pytest.mark.parametrize("d", [1, 2, 4])
def test_a_noisy_layer_has_its_known_information_within_two_percent(d):
    truth = 0.5 * d * np.log1p(1 / 0.5**2)
    layer = np.random.default_rng(d).standard_normal((8000, d))
    plane = InformationPlane("gaussian_noise", noise=0.5, bound="middle")
    plane.random_state = 0
    # The standard error is sqrt(.32 / 8000 / d) / .8, .8 % of the truth at d = 1.
    found = plane.fit(layer, layer[:, 0] > 0).mi_x_[0, 0]
    assert found == pytest.approx(truth, rel=0.02)


@pytest.mark.parametrize("d", [4, 8])
def test_the_two_bounds_bracket_a_noisy_layer_whose_middle_is_right(d):
    truth = 0.5 * d * np.log1p(1 / 0.5**2)
    layer = np.random.default_rng(d).standard_normal((4000, d))
    y = layer[:, 0] > 0
    low, middle, high = (
        InformationPlane("gaussian_noise", noise=0.5, bound=bound, random_state=0)
        .fit(layer, y)
        .mi_x_[0, 0]
        for bound in ("lower", "middle", "upper")
    )
    assert low < truth * 1.005
    assert high > truth * 0.995
    assert middle == pytest.approx(truth, rel=0.02)
    assert middle == pytest.approx((low + high) / 2)


def test_what_a_noisy_layer_knows_of_a_sign_is_the_integral():
    # I(L + .5 Z; sign L) by numerical integration of the posterior.
    from scipy.integrate import quad
    from scipy.stats import norm

    s2 = 0.25

    def missing(z):
        p = norm.cdf(z / (1 + s2) / np.sqrt(s2 / (1 + s2)))
        h = -sum(q * np.log(max(q, 1e-300)) for q in (p, 1 - p))
        return h * norm.pdf(z, scale=np.sqrt(1 + s2))

    truth = np.log(2) - quad(missing, -8, 8)[0]
    layer = np.random.default_rng(0).standard_normal((6000, 2))
    plane = InformationPlane("gaussian_noise", noise=0.5, bound="middle")
    plane.random_state = 0
    found = plane.fit(layer, layer[:, 0] > 0).mi_y_[0, 0]
    # Log-ratios have a standard deviation of about .4: an error of .005.
    assert found == pytest.approx(truth, abs=0.015)


def test_kde_bounds_bracket_the_information_of_the_rows():
    rng = np.random.default_rng(0)
    layer, y = rng.standard_normal((300, 2)), rng.integers(2, size=300)
    found = {
        bound: InformationPlane("kde", noise=0.3, bound=bound).fit(layer, y).mi_x_[0, 0]
        for bound in ("lower", "middle", "upper")
    }
    # Inputs are uniform over the rows: many draws give the truth.
    truth = np.mean(
        [
            InformationPlane("gaussian_noise", noise=0.3, random_state=seed)
            .fit(layer, y)
            .mi_x_[0, 0]
            for seed in range(40)
        ]
    )
    assert found["lower"] < truth < found["upper"]
    assert found["middle"] == pytest.approx((found["lower"] + found["upper"]) / 2)
    assert found["middle"] == pytest.approx(truth, abs=0.2)


def test_kde_of_two_rows_is_the_closed_form():
    # Half of the mixture is at distance 0, half at distance 3.
    layer, y = np.array([[0.0], [3.0]]), [0, 1]
    for bound, factor in (("upper", 2), ("lower", 8)):
        plane = InformationPlane("kde", noise=2.0, bound=bound).fit(layer, y)
        expected = -np.log((1 + np.exp(-9 / (factor * 4))) / 2)
        assert plane.mi_x_[0, 0] == pytest.approx(expected)
        assert plane.mi_y_[0, 0] == pytest.approx(expected)


def test_adaptive_noise_does_not_depend_on_the_unit():
    rng = np.random.default_rng(0)
    layer, y = rng.standard_normal((200, 3)), rng.integers(2, size=200)
    options = {"noise": 0.2}
    one, many = (
        InformationPlane("adaptive_kde", **options).fit(c * layer, y) for c in (1, 250)
    )
    np.testing.assert_allclose(one.mi_x_, many.mi_x_, rtol=1e-10)
    np.testing.assert_allclose(one.mi_y_, many.mi_y_, rtol=1e-8)
    same = InformationPlane("kde", noise=0.2 * np.abs(layer).max()).fit(layer, y)
    np.testing.assert_allclose(one.mi_x_, same.mi_x_, rtol=1e-10)


@pytest.mark.parametrize("compression", ["pca", PCA(2)])
def test_compression_of_many_columns_keeps_what_two_of_them_know(compression):
    rng = np.random.default_rng(0)
    latent = rng.standard_normal((3000, 2))
    basis = np.linalg.qr(rng.standard_normal((50, 2)))[0].T
    layer = latent @ basis + 1e-3 * rng.standard_normal((3000, 50))
    y = latent[:, 0] > 0
    plane = InformationPlane(
        "gaussian_noise",
        noise=0.5,
        bound="middle",
        compression=compression,
        n_components=2,
        random_state=0,
    ).fit(layer, y)
    # Of 1500 rows a standard error of 1.5 %, and the bias of nearest neighbours.
    assert plane.mi_x_[0, 0] == pytest.approx(np.log(5), rel=0.05)
    # The noise of 1500 rows turns the components a little where they are fitted on it.
    assert plane.reconstruction_error_[0, 0] < (1e-4 if compression == "pca" else 0.03)
    assert plane.mi_y_[0, 0] == pytest.approx(0.373, abs=0.05)


def test_lost_variance_is_reported():
    rng = np.random.default_rng(0)
    layer = rng.standard_normal((500, 4)) * [3, 2, 1, 1]
    options = {"compression": "pca", "n_components": 2, "random_state": 0}
    plane = InformationPlane("gaussian_noise", noise=1.0, **options)
    plane.fit(layer, layer[:, 0] > 0)
    kept = np.sort(np.linalg.eigvalsh(np.cov(layer.T)))
    assert plane.reconstruction_error_[0, 0] == pytest.approx(
        kept[:2].sum() / kept.sum()
    )
    whole = InformationPlane("gaussian_noise", noise=1.0, random_state=0)
    assert whole.fit(layer, layer[:, 0] > 0).reconstruction_error_[0, 0] == 0
    assert whole.mi_x_[0, 0] > plane.mi_x_[0, 0]


@pytest.mark.parametrize("estimator", sorted(LAYER_ESTIMATORS))
def test_a_layer_that_is_constant_knows_nothing(estimator):
    y = np.arange(40) % 2
    plane = InformationPlane(estimator, random_state=0).fit(np.full((40, 3), 2.0), y)
    assert plane.mi_x_[0, 0] == pytest.approx(0, abs=1e-12)
    assert plane.mi_y_[0, 0] == pytest.approx(0, abs=1e-12)
    assert plane.compression_score_[0] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("estimator", sorted(LAYER_ESTIMATORS))
def test_order_of_rows_and_of_units_does_not_matter(estimator):
    rng = np.random.default_rng(0)
    layer, y = rng.standard_normal((120, 3)), rng.integers(3, size=120)
    order = rng.permutation(120)
    one = InformationPlane(estimator, n_bins=4, noise=0.5, random_state=0)
    two = InformationPlane(estimator, n_bins=4, noise=0.5, random_state=0)
    one.fit(layer, y)
    two.fit(layer[order][:, [2, 0, 1]], y[order])
    tolerance = 0.15 if estimator == "gaussian_noise" else 1e-10
    np.testing.assert_allclose(one.mi_x_, two.mi_x_, atol=tolerance)
    np.testing.assert_allclose(one.mi_y_, two.mi_y_, atol=tolerance)


def test_a_layer_has_the_same_draws_at_each_record_and_whatever_stands_beside_it():
    rng = np.random.default_rng(0)
    layer, y = rng.standard_normal((60, 3)), rng.integers(2, size=60)
    options = {"noise": 0.5, "random_state": 7}
    plane = InformationPlane("gaussian_noise", **options)
    plane.fit({"a": np.stack([layer, layer]), "b": np.stack([layer, layer])}, y)
    assert plane.mi_x_[0, 0] == plane.mi_x_[0, 1]
    assert plane.mi_x_[0, 0] != plane.mi_x_[1, 0]
    alone = InformationPlane("gaussian_noise", **options).fit(layer, y)
    assert alone.mi_x_[0, 0] == plane.mi_x_[0, 0]


# What is given


def test_shapes_that_mean_the_same_give_the_same():
    rng = np.random.default_rng(0)
    layer, y = rng.standard_normal((50, 2, 3)), rng.integers(2, size=50)
    options = {"estimator": "binning", "n_bins": 3}
    expected = InformationPlane(**options).fit(layer.reshape(50, 6), y)
    for given in (layer, [layer], {"t": layer}, {"t": layer[None]}, layer[None]):
        plane = InformationPlane(**options).fit(given, y)
        np.testing.assert_array_equal(plane.mi_x_, expected.mi_x_)
        np.testing.assert_array_equal(plane.mi_y_, expected.mi_y_)
    two = InformationPlane(**options).fit([layer, layer[:, 0]], y)
    assert two.layers_ == ["layer 0", "layer 1"]
    assert two.mi_x_.shape == (2, 1)


def test_a_square_array_is_read_as_its_place_says():
    rng = np.random.default_rng(0)
    square, y = rng.standard_normal((6, 6)), [0, 0, 0, 1, 1, 1]
    options = {"estimator": "binning", "n_bins": 2}
    # A dict comes from a recorder, with its records first; an array has rows first.
    assert InformationPlane(**options).fit({"t": square}, y).mi_x_.shape == (1, 6)
    assert InformationPlane(**options).fit(square, y).mi_x_.shape == (1, 1)
    plane = InformationPlane(**options).fit(square, y, epochs=np.arange(6))
    assert plane.mi_x_.shape == (1, 6)
    assert InformationPlane(**options).fit({"t": square}, y, epochs=[3]).epochs_ == [3]


@pytest.mark.parametrize("kind", [str, bool, np.float32, object])
def test_classes_of_any_kind_are_taken_for_classes(kind):
    rng = np.random.default_rng(0)
    layer, y = rng.standard_normal((50, 2)), rng.integers(2, size=50)
    expected = InformationPlane("binning", n_bins=3).fit(layer, y).mi_y_
    found = InformationPlane("binning", n_bins=3).fit(layer, y.astype(kind)).mi_y_
    np.testing.assert_array_equal(found, expected)


def test_a_target_of_numbers_is_binned_by_equal_frequency():
    rng = np.random.default_rng(0)
    y = rng.standard_normal(1000)
    layer = np.column_stack([y, rng.standard_normal(1000)])
    plane = InformationPlane("binning", n_bins=20, n_target_bins=4)
    plane.fit([layer[:, :1], layer[:, 1:]], y)
    assert plane.target_entropy_ == pytest.approx(np.log(4))
    assert plane.mi_y_[0, 0] > 0.9 * np.log(4)
    assert plane.mi_y_[1, 0] < 0.1
    pair = InformationPlane("binning", n_bins=20, n_target_bins=2)
    pair.fit(layer, np.column_stack([y, layer[:, 1]]))
    assert pair.target_entropy_ == pytest.approx(2 * np.log(2), abs=0.01)
    whole = InformationPlane("binning", n_bins=4, discrete_target=False)
    whole.n_target_bins = 2
    assert whole.fit(layer, np.arange(1000) % 8).target_entropy_ == pytest.approx(
        np.log(2)
    )


def test_layers_may_be_estimated_each_in_its_own_way():
    rng = np.random.default_rng(0)
    layer, y = rng.standard_normal((80, 2)), rng.integers(2, size=80)
    per_layer = {"b": "kde", "c": {"n_bins": 2, "bin_range": (-1, 1)}}
    plane = InformationPlane("binning", n_bins=5, per_layer=per_layer)
    plane.fit(dict.fromkeys("abc", layer), y)
    for i, other in enumerate(
        (
            InformationPlane("binning", n_bins=5),
            InformationPlane("kde"),
            InformationPlane("binning", n_bins=2, bin_range=(-1, 1)),
        )
    ):
        assert plane.mi_x_[i, 0] == other.fit(layer, y).mi_x_[0, 0]


def test_a_function_of_ones_own_is_an_estimator():
    def spread(activity, classes, options):
        return activity.std(), classes.mean() * options.n_bins

    layer = np.arange(6.0)[:, None]
    plane = InformationPlane(spread, n_bins=7).fit(layer, [0, 0, 0, 1, 1, 1])
    assert plane.mi_x_[0, 0] == layer.std()
    assert plane.mi_y_[0, 0] == 3.5


def test_an_estimator_of_information_is_asked_for_both():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((600, 2))
    layer = X[:, :1] + X[:, 1:]
    y = (layer[:, 0] > 0).astype(int)
    neighbors = KSGEstimator(method="mixed")
    plane = InformationPlane(neighbors).fit(layer, y, X=X[:, :1])
    assert plane.mi_x_[0, 0] == neighbors.fit(layer, X[:, :1]).mi_
    assert plane.mi_y_[0, 0] == neighbors.fit(layer, y).mi_
    # Noise of its own makes the information of a layer about itself finite.
    noisy = CompressedMIEstimator(noise=0.5, random_state=0)
    found = InformationPlane(noisy).fit(X, y).mi_x_[0, 0]
    assert found == pytest.approx(np.log(5), abs=0.15)


def test_the_table_has_a_row_for_each_record():
    rng = np.random.default_rng(0)
    layer, y = rng.standard_normal((3, 50, 2)), rng.integers(2, size=50)
    plane = InformationPlane("binning", n_bins=3)
    plane.fit({"a": layer, "b": layer[:, :, :1]}, y, epochs=[0, 5, 9])
    table = plane.table_
    assert table["layer"].tolist() == ["a"] * 3 + ["b"] * 3
    assert table["epoch"].tolist() == [0, 5, 9, 0, 5, 9]
    np.testing.assert_array_equal(table["mi_x"][3:], plane.mi_x_[1])
    np.testing.assert_array_equal(table["mi_y"][:3], plane.mi_y_[0])


def test_layers_where_every_row_is_a_code_of_its_own_are_named():
    rng = np.random.default_rng(0)
    wide, y = rng.standard_normal((100, 30)), rng.integers(2, size=100)
    plane = InformationPlane("binning")
    with pytest.warns(EstimationWarning, match=r"\['wide'\] is log n = 4.61 nats"):
        plane.fit({"wide": wide, "narrow": wide[:, :1]}, y)
    assert plane.saturated_.tolist() == [True, False]
    assert plane.mi_x_[0, 0] == pytest.approx(np.log(100))


# From an estimator


@pytest.fixture(scope="module")
def fitted():
    """Return a classifier that was watched, with its rows."""
    X, y = load_iris(return_X_y=True)
    watcher = InformationPlane.callback(X, ["backbone", "code"], every=2, max_rows=100)
    clf = IBClassifier(
        2, hidden_layer_sizes=(6,), max_epochs=5, random_state=0, callbacks=[watcher]
    )
    return clf.fit(X, y), X, y


def test_the_plane_of_an_estimator_is_that_of_its_record(fitted):
    clf, _, y = fitted
    recorder = dict(clf.net_.callbacks_)["ActivationRecorder"]
    plane = InformationPlane.from_estimator(clf, y, estimator="binning", n_bins=4)
    direct = InformationPlane("binning", n_bins=4)
    direct.fit(recorder.activations_, y[recorder.rows_])
    np.testing.assert_array_equal(plane.mi_x_, direct.mi_x_)
    assert plane.layers_ == ["backbone", "code"]
    assert plane.epochs_.tolist() == [0, 2, 4, 5]


def test_inputs_of_a_record_are_those_of_its_rows(fitted):
    clf, X, y = fitted
    seen = []

    class Watcher(BaseEstimator):
        def fit(self, X, y):
            seen.append((X, y))
            self.mi_ = 0.0
            return self

    InformationPlane.from_estimator(clf, y, X, estimator=Watcher())
    rows = dict(clf.net_.callbacks_)["ActivationRecorder"].rows_
    assert len(seen) == 2 * 2 * 4
    np.testing.assert_array_equal(seen[0][1], X[rows])
    np.testing.assert_array_equal(seen[1][1], y[rows])


@pytest.mark.filterwarnings("ignore:.*is log n:skmi.exceptions.EstimationWarning")
def test_a_network_that_has_learnt_a_rule_knows_it_in_every_layer():
    X = patterns()
    # Symmetric under all permutations of the inputs: are 5, 6 or 7 of them positive?
    y = np.abs(X.sum(axis=1)) <= 2
    layers = [f"backbone.layers.{i}" for i in (1, 3, 5, 7, 9)] + ["code"]
    watcher = InformationPlane.callback(X, layers, every=20, max_rows=None)
    clf = IBClassifier(
        2,
        beta=0,
        prediction="mean",
        hidden_layer_sizes=(10, 7, 5, 4, 3),
        activation="tanh",
        lr=0.01,
        max_epochs=80,
        batch_size=128,
        # Of the seeds 0 to 3, two end where four of five rows are right.
        random_state=1,
        callbacks=[watcher],
    ).fit(X, y)
    for options in ({}, {"estimator": "binning"}):
        plane = InformationPlane.from_estimator(clf, y, **options)
        missing = (plane.target_entropy_ - plane.mi_y_) / BITS
        assert (missing[:, -1] < 0.05).all()
        assert (missing > -1e-10).all()
        assert missing[-1, 0] > 0.5
        assert (plane.mi_y_ <= plane.mi_x_ + 1e-10).all()
        assert (plane.mi_x_ <= np.log(4096) + 1e-10).all()


def test_an_estimator_without_a_record_is_refused(fitted):
    clf, X, y = fitted
    with pytest.raises(NotFittedError):
        InformationPlane.from_estimator(IBClassifier(), y)
    with pytest.raises(ValueError, match="y must have the 150 rows of the callback"):
        InformationPlane.from_estimator(clf, y[:100])
    with pytest.raises(ValueError, match="X must have the 150 rows of the callback"):
        InformationPlane.from_estimator(clf, y, X[:3])
    bare = IBClassifier(2, hidden_layer_sizes=(2,), max_epochs=1).fit(X, y)
    with pytest.raises(ValueError, match=r"found no record in \['net_'\]"):
        InformationPlane.from_estimator(bare, y)


def watched(X, kind=IBClassifier, **params):
    """Return an unfitted classifier with a recorder."""
    watcher = InformationPlane.callback(X, ["code"], max_rows=None)
    small = {"hidden_layer_sizes": (4,), "max_epochs": 2, "random_state": 0}
    return kind(2, callbacks=[watcher], **small, **params)


def wrapped_searches(X):
    """Return searches and pipelines over a classifier with a recorder."""
    clf, betas = watched(X), {"beta": [0.01, 0.1]}
    return {
        "IBClassifierCV": watched(X, IBClassifierCV, betas=[0.01, 0.1], cv=2),
        "GridSearchCV": GridSearchCV(clf, betas, cv=2),
        "Pipeline": make_pipeline(FunctionTransformer(), clf),
        "search of a pipeline": GridSearchCV(
            make_pipeline(FunctionTransformer(), clf), {}, cv=2
        ),
        "pipeline of a search": make_pipeline(
            FunctionTransformer(), GridSearchCV(clf, betas, cv=2)
        ),
    }


@pytest.mark.parametrize("name", wrapped_searches(np.eye(2)))
def test_a_record_is_found_in_what_searches_and_pipelines_have_fitted(name):
    X, y = load_iris(return_X_y=True)
    model = wrapped_searches(X)[name].fit(X, y)
    plane = InformationPlane.from_estimator(model, y, estimator="binning", n_bins=4)
    assert plane.epochs_.tolist() == [0, 1, 2]
    # The record of the last fit, whose codes transform still gives.
    direct = InformationPlane("binning", n_bins=4)
    last = model
    for part in ("best_estimator_", "steps", "best_estimator_", "estimator_"):
        last = getattr(last, part, last)
        last = last[-1][1] if isinstance(last, list) else last
    recorder = dict(last.net_.callbacks_)["ActivationRecorder"]
    direct.fit(recorder.activations_, y)
    np.testing.assert_array_equal(plane.mi_x_, direct.mi_x_)


def test_the_error_says_where_a_record_was_looked_for():
    X, y = load_iris(return_X_y=True)
    search = GridSearchCV(
        make_pipeline(IBClassifier(2, hidden_layer_sizes=(2,), max_epochs=1)), {}, cv=2
    )
    places = r"net_.*best_estimator_\.net_.*best_estimator_\.steps\[-1\]\[1\]\.net_"
    with pytest.raises(ValueError, match=places):
        InformationPlane.from_estimator(search.fit(X, y), y)


# Bad input


@pytest.mark.parametrize("option", ["every", "max_rows"])
@pytest.mark.parametrize("value", [0, 1.5])
def test_a_callback_checks_its_numbers_when_it_is_made(option, value):
    with pytest.raises(ValueError, match=f"{option} must be an integer of at least 1"):
        InformationPlane.callback(np.eye(3), **{option: value})


@pytest.mark.parametrize("found", [0.5, np.float64(0.5), (0.5,), None, (1.0, [2.0, 3])])
def test_a_function_that_does_not_return_two_numbers_is_refused(found):
    plane = InformationPlane(lambda activity, classes, options: found)
    with pytest.raises(TypeError, match=r"estimator must return two numbers.*found"):
        plane.fit(np.eye(4), [0, 0, 1, 1])


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"estimator": "ksg"}, ValueError, "estimator must be one of"),
        ({"estimator": KSGEstimator}, ValueError, "estimator must be one of"),
        ({"n_bins": 1}, ValueError, "n_bins must be an integer of at least 2"),
        ({"bin_range": (1, 0)}, ValueError, "bin_range must be one of"),
        ({"bin_range": "all"}, ValueError, "bin_range must be one of"),
        ({"noise": 0}, ValueError, r"noise must be a number in \(0"),
        ({"bound": "best"}, ValueError, "bound must be one of"),
        ({"compression": "tsne"}, ValueError, "compression must be None, 'pca'"),
        ({"n_components": 0}, ValueError, "n_components must be an integer"),
        ({"n_target_bins": 1}, ValueError, "n_target_bins must be an integer"),
        ({"discrete_target": "yes"}, ValueError, "discrete_target must be True"),
        ({"per_layer": ["a"]}, TypeError, "per_layer must be a dict or None"),
    ],
)
def test_bad_parameters_are_refused_by_name(options, error, message):
    with pytest.raises(error, match=message):
        InformationPlane(**options)


def test_a_parameter_that_was_set_wrong_is_found_by_fit():
    plane = InformationPlane("binning")
    plane.n_bins = 0
    with pytest.raises(ValueError, match="n_bins must be"):
        plane.fit(np.zeros((4, 1)), [0, 1, 0, 1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"y": [0, 1, 0]},
            r"activations\['a'\] must be of shape \(n_records, 3, ...\)",
        ),
        ({"y": [[[0]]]}, "y must be of shape"),
        ({"y": [0, 1, np.nan, 1, 0]}, "y must have a value in every row"),
        ({"y": [0.5, 1, np.inf, 1, 0]}, "y must hold finite real numbers"),
        ({"activations": {}}, "activations must hold at least one layer"),
        ({"activations": {"a": np.full((5, 2), np.nan)}}, "must hold finite real"),
        ({"activations": {"a": np.full((5, 2), "x")}}, "must hold finite real numbers"),
        (
            {"activations": {"a": np.zeros((2, 5, 1)), "b": np.zeros((3, 5, 1))}},
            "activations must hold as many records of each layer",
        ),
        ({"epochs": [1, 2]}, r"must be of shape \(2, 5, ...\)"),
        ({"epochs": ["one"]}, "epochs must be 1 numbers"),
        ({"X": np.zeros((3, 2))}, "X must have the 5 rows of y"),
        ({"per_layer": {"z": "kde"}}, r"per_layer names the layers \['z'\]"),
        ({"per_layer": {"a": {"bins": 3}}}, r"per_layer\['a'\] has \['bins'\]"),
        ({"per_layer": {"a": {"n_bins": 0}}}, "n_bins must be an integer"),
    ],
)
def test_bad_input_is_refused_and_leaves_the_plane_as_it_was(change, message):
    layer, y = np.arange(10.0).reshape(5, 2), [0, 1, 0, 1, 0]
    plane = InformationPlane("binning", n_bins=2).fit(layer, y)
    before = dict(vars(plane))
    plane.per_layer = change.get("per_layer")
    before["per_layer"] = plane.per_layer
    given = {"activations": {"a": layer}, "y": y} | change
    given.pop("per_layer", None)
    with pytest.raises(ValueError, match=message):
        plane.fit(given.pop("activations"), given.pop("y"), **given)
    assert vars(plane).keys() == before.keys()
    assert all(vars(plane)[name] is value for name, value in before.items())
