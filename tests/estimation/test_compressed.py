import numpy as np
import pytest
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.random_projection import GaussianRandomProjection

from skmi.datasets import make_correlated_gaussians, make_mixed_discrete_continuous
from skmi.estimation import (
    CompressedMIEstimator,
    GaussianMIEstimator,
    HistogramMIEstimator,
    KSGEstimator,
)


def embedded(n=3000, n_columns=50, noise=0.01, seed=0):
    """Two pairs of latents, each variable seen through many noisy columns."""
    rng = np.random.default_rng(seed)
    X, y = make_correlated_gaussians(n, rho=0.9, n_features=2, random_state=seed)
    maps = rng.standard_normal((2, 2, n_columns))
    X, y = (
        part @ weights + noise * rng.standard_normal((n, n_columns))
        for part, weights in zip((X, y), maps, strict=True)
    )
    # Of the Gaussians' covariance.
    own = [weights.T @ weights + noise**2 * np.eye(n_columns) for weights in maps]
    cross = 0.9 * maps[0].T @ maps[1]
    joint = np.block([[own[0], cross], [cross.T, own[1]]])
    logs = [np.linalg.slogdet(matrix)[1] for matrix in (*own, joint)]
    return X, y, (logs[0] + logs[1] - logs[2]) / 2


@pytest.mark.parametrize("transformer", ["auto", PCA(2)])
def test_few_latents_in_many_columns_are_found(transformer):
    X, y, mi = embedded()
    estimator = CompressedMIEstimator(transformer, transformer, random_state=0)
    estimator.fit(X, y)
    # 5 %, and three standard deviations of 0.035 at 1,500 rows.
    assert abs(estimator.mi_ - mi) < 0.05 * mi + 0.1
    assert max(estimator.reconstruction_error_.values()) < 0.02
    fitted = estimator.transformer_x_
    assert (fitted[-1] if transformer == "auto" else fitted).n_components_ == 2


def test_compression_helps_where_every_column_is_noisy():
    X, y, mi = embedded(noise=2.0)
    compressed = CompressedMIEstimator(PCA(2), PCA(2), random_state=0).fit(X, y).mi_
    raw = KSGEstimator().fit(X[:1500], y[:1500]).mi_
    # 5 %, and three standard deviations of 0.035; in 100 columns all rows are far
    # from one another.
    assert abs(compressed - mi) < 0.05 * mi + 0.1
    assert raw < 0.7 * mi


def test_codes_never_have_more_information_than_the_variables():
    X, y, mi = make_correlated_gaussians(
        2000,
        rho=[0.9, 0.5, 0.5, 0.5, 0.5, 0.5],
        n_features=6,
        random_state=0,
        return_mi=True,
    )
    estimator = CompressedMIEstimator(
        PCA(1), None, estimator=GaussianMIEstimator(), random_state=0
    ).fit(X, y)
    assert estimator.mi_ < mi + 3 * estimator.mi_se_
    # One component of six equally large ones loses five sixths.
    assert estimator.reconstruction_error_["x"] == pytest.approx(5 / 6, abs=0.1)
    assert estimator.reconstruction_error_["y"] == 0


def test_information_of_a_noisy_layer_with_its_input():
    L = np.random.default_rng(0).standard_normal((3000, 4))
    estimator = CompressedMIEstimator(
        noise=0.5, estimator=GaussianMIEstimator(), random_state=0
    ).fit(L, L)
    assert abs(estimator.mi_ - 2 * np.log(5)) < 3 * estimator.mi_se_


def test_few_columns_are_left_alone_and_all_rows_used():
    X, y = make_correlated_gaussians(200, n_features=2, random_state=0)
    estimator = CompressedMIEstimator(random_state=0).fit(X, y)
    assert estimator.mi_ == KSGEstimator(method="mixed").fit(X, y).mi_
    assert estimator.transformer_x_ is None
    assert estimator.reconstruction_error_ == {"x": 0.0, "y": 0.0}


def test_transformers_see_other_rows_than_the_estimator():
    seen = []

    def remember(values):
        seen.append(values.copy())
        return values

    X, y, _ = embedded(100, 6)
    estimator = CompressedMIEstimator(
        FunctionTransformer(remember), None, train_size=0.3, random_state=0
    ).fit(X, y)
    # FunctionTransformer's fit calls nothing: what was seen is the estimate's rows.
    assert len(seen[-1]) == 70
    assert estimator.estimator_.n_features_in_ == 6


def test_any_transformer_will_do():
    X, y, _ = embedded(400)
    for transformer in (GaussianRandomProjection(3, random_state=0), StandardScaler()):
        estimator = CompressedMIEstimator(
            transformer, PCA(2), estimator=GaussianMIEstimator(), random_state=0
        ).fit(X, y)
        assert np.isfinite(estimator.mi_)


def test_transformer_without_a_way_back_has_an_unknown_error():
    class FirstColumn:
        def get_params(self, deep=True):
            return {}

        def fit(self, X):
            return self

        def transform(self, X):
            return X[:, :1]

    X, y, _ = embedded(200)
    estimator = CompressedMIEstimator(FirstColumn(), PCA(2), random_state=0).fit(X, y)
    assert np.isnan(estimator.reconstruction_error_["x"])
    assert estimator.reconstruction_error_["y"] < 0.02


def test_classes_reach_the_estimator_as_labels():
    X, y, mi = make_mixed_discrete_continuous(
        2000, law="gaussian_classes", random_state=0, return_mi=True
    )
    X = X @ np.random.default_rng(0).standard_normal((1, 30))
    names = np.array(["a", "b", "c"])[y.astype(int)]
    for estimator in (None, HistogramMIEstimator()):
        compressed = CompressedMIEstimator(estimator=estimator, random_state=0)
        # Three standard deviations at 1,000 rows, and what bins lose.
        assert abs(compressed.fit(X, names).mi_ - mi) < 0.1


def test_score_is_the_bound_of_the_estimator_on_codes():
    X, y, mi = embedded(2000)
    estimator = CompressedMIEstimator(estimator=GaussianMIEstimator(), random_state=0)
    estimator.fit(X[:1000], y[:1000])
    assert estimator.score_is_bound_
    codes = [
        transformer.transform(part[1000:])
        for transformer, part in (
            (estimator.transformer_x_, X),
            (estimator.transformer_y_, y),
        )
    ]
    score = estimator.score(X[1000:], y[1000:])
    assert score == estimator.estimator_.score(*codes)
    assert abs(score - mi) < 0.25


def test_labels_keep_their_names_on_new_rows():
    X, _, _ = embedded(400)
    y = np.where(X[:, 0] > 0, "b", np.where(X[:, 1] > 0, "c", "a"))
    estimator = CompressedMIEstimator(
        None, None, estimator=HistogramMIEstimator(n_bins=2)
    ).fit(X[:, :2], y)
    # The class "a" is missing: codes of these rows alone would be others.
    rows = y != "a"
    expected = HistogramMIEstimator(n_bins=2).fit(X[:, :2], y)
    assert estimator.score(X[rows, :2], y[rows]) == expected.score(X[rows, :2], y[rows])


def test_parameters_of_parts_can_be_set():
    estimator = CompressedMIEstimator(PCA(2), estimator=KSGEstimator())
    estimator.set_params(transformer_x__n_components=3, estimator__n_neighbors=7)
    copy = clone(estimator)
    assert copy.transformer_x.n_components == 3
    assert copy.estimator.n_neighbors == 7


def test_a_standard_error_of_an_earlier_fit_does_not_stay():
    X, y = make_correlated_gaussians(100, random_state=0)
    estimator = CompressedMIEstimator(estimator=GaussianMIEstimator()).fit(X, y)
    assert estimator.mi_se_ > 0
    estimator.set_params(estimator=KSGEstimator()).fit(X, y)
    assert not hasattr(estimator, "mi_se_")


def test_codes_that_are_no_numbers_are_refused_by_name():
    X, y, _ = embedded(50)
    bad = FunctionTransformer(lambda values: np.full((len(values), 1), np.nan))
    with pytest.raises(ValueError, match="output of transformer_x"):
        CompressedMIEstimator(bad, PCA(2)).fit(X, y)


def test_constant_columns_are_compressed_to_nothing():
    X = np.zeros((100, 8))
    y = np.random.default_rng(0).standard_normal(100)
    assert CompressedMIEstimator(random_state=0).fit(X, y).mi_ == 0
