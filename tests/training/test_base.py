"""What every torch estimator promises: bits, persistence, going on, types."""

import copy
import io
import pickle
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
import skops.io
import torch
from safetensors.torch import save_file
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import Callback

from skmi.bottleneck import IBClassifier, IBRegressor
from skmi.infomax import InfomaxEncoder
from skmi.training import MLP, BaseTorchEstimator, TorchModule
from skmi.training._net import LeanNet

KINDS = {
    "InfomaxEncoder": InfomaxEncoder,
    "IBClassifier": IBClassifier,
    "IBRegressor": IBRegressor,
}
every_kind = pytest.mark.parametrize("kind", sorted(KINDS))
SMALL = {
    "hidden_layer_sizes": (8,),
    "n_components": 3,
    "max_epochs": 4,
    "batch_size": 16,
    "lr": 0.01,
    "random_state": 0,
    "device": "cpu",
}


class Dropping(torch.nn.Module):
    """A user's module with randomness of its own."""

    def __init__(self, n_in):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(n_in, 8), torch.nn.ReLU(), torch.nn.Dropout(0.3)
        )

    def forward(self, x):
        return self.layers(x)


def data(n=60, seed=0, dtype=np.float64):
    """Return rows with a binary target, on scales that differ."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4))
    y = (X[:, 0] + 0.5 * rng.normal(size=n) > 0).astype(int)
    return (X * [1.0, 10.0, 0.1, 1.0] + [0.0, 5.0, 0.0, -3.0]).astype(dtype), y


def build(kind, **params):
    """Return a small unfitted estimator."""
    return KINDS[kind](**{**SMALL, **params})


def fitted(kind, X=None, **params):
    """Return a small fitted estimator."""
    rows, y = data()
    return build(kind, **params).fit(rows if X is None else X, y)


def outputs(estimator, X=None):
    """Return all that an estimator says about rows."""
    X = data(seed=1)[0] if X is None else X
    methods = ("transform", "predict", "predict_proba")
    return [getattr(estimator, m)(X) for m in methods if hasattr(estimator, m)]


def same_outputs(first, second):
    """Tell whether two estimators say the same, to the bit."""
    pairs = zip(outputs(first), outputs(second), strict=True)
    return all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in pairs)


def same_weights(first, second):
    """Tell whether two estimators have the same weights, to the bit."""
    a, b = first.weights_, second.weights_
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a)


# Randomness


@every_kind
@pytest.mark.parametrize("early_stopping", [False, True])
def test_same_random_state_gives_the_same_bits(kind, early_stopping):
    first, again = (fitted(kind, early_stopping=early_stopping) for _ in range(2))
    assert same_weights(first, again)
    assert first.history_ == again.history_
    assert same_outputs(first, again)


@every_kind
def test_another_random_state_gives_other_weights(kind):
    assert not same_weights(fitted(kind), fitted(kind, random_state=1))


@every_kind
def test_without_random_state_two_fits_differ(kind):
    first, other = (fitted(kind, random_state=None) for _ in range(2))
    assert not same_weights(first, other)


@every_kind
def test_generator_as_random_state_moves_from_fit_to_fit(kind):
    def two_fits():
        state = np.random.RandomState(5)
        return [fitted(kind, random_state=state) for _ in range(2)]

    (first, second), (again, _) = two_fits(), two_fits()
    assert same_weights(first, again)
    assert not same_weights(first, second)


@every_kind
def test_global_generators_are_untouched_and_without_influence(kind):
    encoder = TorchModule(Dropping)
    before = torch.random.get_rng_state()
    numpy_before = np.random.get_state()[1].copy()  # noqa: NPY002
    first = fitted(kind, encoder=encoder)
    outputs(first)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert np.array_equal(np.random.get_state()[1], numpy_before)  # noqa: NPY002
    with torch.random.fork_rng():
        torch.manual_seed(321)
        again = fitted(kind, encoder=encoder)
    assert same_weights(first, again)


@every_kind
def test_applying_is_the_same_at_each_call(kind):
    estimator = fitted(kind)
    for first, again in zip(outputs(estimator), outputs(estimator), strict=True):
        assert np.array_equal(first, again)
    if kind == "InfomaxEncoder":
        assert estimator.score(data()[0]) == estimator.score(data()[0])


@every_kind
def test_fits_in_threads_give_the_bits_of_fits_in_turn(kind):
    seeds = [0, 1, 2, 3]
    encoder = TorchModule(Dropping)

    def fit(seed):
        return fitted(kind, random_state=seed, encoder=encoder, max_epochs=8)

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(fit, seeds))
    for estimator, seed in zip(together, seeds, strict=True):
        assert same_weights(estimator, fit(seed))


@pytest.mark.slow
@every_kind
def test_grid_search_in_processes_gives_the_bits_of_one_in_turn(kind):
    X, y = data()
    grid = {"lr": [0.01, 0.1], "n_components": [2, 3]}
    alone, together = (
        GridSearchCV(build(kind), grid, cv=2, n_jobs=n_jobs).fit(X, y)
        for n_jobs in (1, 2)
    )
    for name in ("split0_test_score", "split1_test_score"):
        assert np.array_equal(alone.cv_results_[name], together.cv_results_[name])
    assert same_weights(alone.best_estimator_, together.best_estimator_)


@every_kind
def test_fit_without_warm_start_starts_anew(kind):
    X, y = data()
    once, twice = fitted(kind), fitted(kind)
    twice.fit(X, y)
    assert same_weights(once, twice)
    assert twice.n_iter_ == 4
    assert once.history_ == twice.history_


# Persistence


def by_pickle(estimator):
    """Go through pickle."""
    return pickle.loads(pickle.dumps(estimator))


def by_joblib(estimator):
    """Go through joblib."""
    file = io.BytesIO()
    joblib.dump(estimator, file)
    file.seek(0)
    return joblib.load(file)


def by_skops(estimator):
    """Go through skops, trusting types of skmi alone."""
    data = skops.io.dumps(estimator)
    untrusted = skops.io.get_untrusted_types(data=data)
    assert all(name.startswith("skmi.") for name in untrusted), untrusted
    assert not any("skorch" in name or "torch." in name for name in untrusted)
    return skops.io.loads(data, trusted=untrusted)


ROUND_TRIPS = {
    "pickle": by_pickle,
    "joblib": by_joblib,
    "deepcopy": copy.deepcopy,
    "skops": by_skops,
}


@pytest.mark.parametrize("way", sorted(ROUND_TRIPS))
@every_kind
def test_stored_estimator_says_the_same_to_the_bit(kind, way):
    estimator = fitted(kind)
    for used in (False, True):
        if used:
            outputs(estimator)
        back = ROUND_TRIPS[way](estimator)
        assert same_weights(estimator, back)
        assert same_outputs(estimator, back)
        assert back.history_ == estimator.history_
        X32 = data(seed=1, dtype=np.float32)[0]
        for a, b in zip(outputs(estimator, X32), outputs(back, X32), strict=True):
            assert np.array_equal(a, b)


def test_types_that_skops_must_trust_are_few():
    untrusted = {
        name
        for kind in KINDS
        for name in skops.io.get_untrusted_types(
            data=skops.io.dumps(fitted(kind, encoder=MLP((4,))))
        )
    }
    assert untrusted == {
        "skmi.bottleneck._torch_classifier.IBClassifier",
        "skmi.bottleneck._torch_regressor.IBRegressor",
        "skmi.infomax._torch_infomax_encoder.InfomaxEncoder",
        "skmi.training._specs.MLP",
    }


@every_kind
def test_pickle_of_a_small_model_is_small_whether_used_or_not(kind):
    small = {"critic": "bilinear"} if kind == "InfomaxEncoder" else {}
    estimator = fitted(kind, **small)
    outputs(estimator)
    assert len(pickle.dumps(estimator)) < 15_000


@every_kind
def test_prediction_from_a_pickle_does_not_change_how_training_goes_on(kind):
    estimator = fitted(kind, warm_start=True)
    back = by_pickle(estimator)
    outputs(back)
    again = by_pickle(back)
    for each in (estimator, back, again):
        each.fit(*data())
    assert same_weights(estimator, back)
    assert same_weights(estimator, again)


@every_kind
def test_unfitted_estimator_survives_pickling(kind):
    back = by_pickle(build(kind))
    with pytest.raises(NotFittedError):
        back.transform(data()[0])
    assert same_weights(back.fit(*data()), fitted(kind))


@every_kind
def test_net_is_rebuilt_after_unpickling(kind):
    estimator = fitted(kind)
    back = by_pickle(estimator)
    assert isinstance(back.net_, LeanNet)
    for part in ("module_", "criterion_"):
        ours = getattr(estimator.net_, part).state_dict()
        theirs = getattr(back.net_, part).state_dict()
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert back.net_ is back.net_


@pytest.mark.parametrize("way", sorted(ROUND_TRIPS))
@every_kind
def test_parameters_changed_after_fit_do_not_change_what_was_fitted(kind, way):
    estimator = fitted(kind)
    expected = outputs(estimator)
    estimator.set_params(hidden_layer_sizes=(20, 20), n_components=5, standardize=False)
    back = ROUND_TRIPS[way](estimator)
    for output, other in zip(expected, outputs(back), strict=True):
        assert np.array_equal(output, other)
    assert back.get_params()["n_components"] == 5
    assert back.get_feature_names_out().shape == (3,)


@every_kind
def test_user_module_survives_pickling(kind):
    estimator = fitted(kind, encoder=TorchModule(Dropping))
    assert same_outputs(estimator, by_pickle(estimator))


# Going on


@pytest.mark.parametrize("way", ["as it is", "pickle", "joblib", "deepcopy", "skops"])
@every_kind
def test_two_warm_started_fits_equal_one_of_their_epochs_to_the_bit(kind, way):
    X, y = data()
    stored = {"as it is": lambda estimator: estimator, **ROUND_TRIPS}[way]
    whole = fitted(kind, max_epochs=10)
    parts = fitted(kind, max_epochs=5, warm_start=True)
    parts = stored(parts).fit(X, y)
    assert same_weights(whole, parts)
    assert parts.n_iter_ == whole.n_iter_ == 10
    assert whole.history_ == parts.history_


@pytest.mark.parametrize("way", ["as it is", "pickle", "deepcopy", "skops"])
@every_kind
def test_partial_fits_equal_one_fit_of_their_epochs_to_the_bit(kind, way):
    X, y = data()
    stored = {"as it is": lambda estimator: estimator, **ROUND_TRIPS}[way]
    # Sixty rows in full batches: then no row is left out of an epoch of fit either.
    estimator, whole = build(kind, batch_size=15), fitted(kind, batch_size=15)
    for _ in range(4):
        estimator = stored(estimator).partial_fit(X, y)
    assert same_weights(estimator, whole)
    assert estimator.n_iter_ == 4
    assert estimator.history_ == whole.history_


@every_kind
def test_partial_fit_after_fit_goes_on_from_its_weights(kind):
    X, y = data()
    estimator = fitted(kind, batch_size=15).partial_fit(X, y)
    assert same_weights(estimator, fitted(kind, max_epochs=5, batch_size=15))
    plain = by_pickle(fitted(kind)).partial_fit(X, y)
    assert plain.n_iter_ == 5
    assert not same_weights(plain, fitted(kind))


@every_kind
def test_partial_fit_keeps_the_standardisation_of_the_first_rows(kind):
    X, y = data()
    estimator = build(kind).partial_fit(X, y)
    mean = estimator.input_mean_.copy()
    estimator.partial_fit(X[:20] + 100.0, y[:20])
    assert np.array_equal(estimator.input_mean_, mean)


@every_kind
def test_warm_start_takes_the_new_learning_rate(kind):
    X, y = data()
    estimator = fitted(kind, warm_start=True)
    kept = {name: array.copy() for name, array in estimator.weights_.items()}
    estimator.set_params(lr=1e-12).fit(X, y)
    for name, array in estimator.weights_.items():
        np.testing.assert_allclose(array, kept[name], rtol=1e-6, atol=1e-8)


@every_kind
def test_going_on_with_another_shape_is_an_error_that_changes_nothing(kind):
    X, y = data()
    estimator = fitted(kind, warm_start=True)
    before = dict(vars(estimator))
    with pytest.raises(ValueError, match="features"):
        estimator.fit(X[:, :3], y)
    with pytest.raises(ValueError, match="features"):
        estimator.partial_fit(X[:, :3], y)
    assert vars(estimator) == before


@every_kind
def test_going_on_with_another_network_is_an_error_that_changes_nothing(kind):
    X, y = data()
    estimator = fitted(kind, warm_start=True).set_params(hidden_layer_sizes=(9,))
    before = dict(vars(estimator))
    with pytest.raises(ValueError, match=r"network of the first\s+fit"):
        estimator.fit(X, y)
    assert vars(estimator) == before


# Types and frames


@every_kind
def test_float_type_of_the_rows_is_kept_and_types_agree(kind):
    estimator = fitted(kind)
    X, _ = data(seed=1)
    wide = estimator.transform(X)
    narrow = estimator.transform(X.astype(np.float32))
    assert wide.dtype == np.float64
    assert narrow.dtype == np.float32
    np.testing.assert_allclose(narrow, wide, rtol=1e-4, atol=1e-5)
    assert estimator.transform(np.ones((3, 4), dtype=int)).dtype == np.float64


@every_kind
def test_output_of_rows_does_not_depend_on_other_rows(kind):
    estimator = fitted(kind)
    X, _ = data(seed=1)
    one_by_one = [outputs(estimator, row[None]) for row in X]
    alone = [np.concatenate(parts) for parts in zip(*one_by_one, strict=True)]
    for together, apart in zip(outputs(estimator, X), alone, strict=True):
        np.testing.assert_allclose(together, apart, rtol=1e-12, atol=1e-12)


@every_kind
def test_many_rows_are_applied_in_blocks(kind, monkeypatch):
    estimator = fitted(kind)
    whole = outputs(estimator)
    monkeypatch.setattr("skmi.training._base._BLOCK", 7)
    for a, b in zip(whole, outputs(estimator), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


@every_kind
def test_frames_come_out_as_asked(kind):
    X, _ = data()
    estimator = fitted(kind)
    names = [f"{kind.lower()}{i}" for i in range(3)]
    array = estimator.transform(X)
    pandas = estimator.set_output(transform="pandas").transform(X)
    assert isinstance(pandas, pd.DataFrame)
    assert list(pandas.columns) == names
    assert np.array_equal(pandas.to_numpy(), array)
    polars = estimator.set_output(transform="polars").transform(X)
    assert isinstance(polars, pl.DataFrame)
    assert polars.columns == names
    assert np.array_equal(polars.to_numpy(), array)


@every_kind
@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_frames_in_equal_arrays_to_the_bit_and_their_names_are_kept(kind, frame):
    X, y = data()
    table = frame({name: X[:, i] for i, name in enumerate("abcd")})
    from_frame = build(kind).fit(table, y)
    assert list(from_frame.feature_names_in_) == list("abcd")
    assert same_weights(from_frame, fitted(kind))
    assert np.array_equal(from_frame.transform(table), fitted(kind).transform(X))


@every_kind
def test_rows_are_never_changed(kind):
    X, y = data()
    kept = X.copy()
    estimator = build(kind, standardize=False).fit(X, y)
    outputs(estimator, X)
    assert np.array_equal(X, kept)
    X.setflags(write=False)
    build(kind, standardize=False).fit(X, y)


@every_kind
def test_memory_order_of_the_rows_does_not_matter(kind):
    X, y = data()
    strided = np.repeat(X, 2, axis=0)[::2]
    for other in (np.asfortranarray(X), strided):
        assert same_weights(build(kind).fit(other, y), fitted(kind))


# Standardisation


@every_kind
def test_standardisation_inside_equals_that_outside(kind):
    X, y = data()
    scaler = StandardScaler().fit(X)
    inside = fitted(kind)
    outside = build(kind, standardize=False).fit(scaler.transform(X), y)
    assert same_weights(inside, outside)
    np.testing.assert_allclose(inside.input_mean_, X.mean(0))
    np.testing.assert_allclose(inside.input_scale_, X.std(0))


@every_kind
def test_global_standardisation_takes_one_mean_and_one_scale(kind):
    X, y = data()
    inside = fitted(kind, standardize="global")
    np.testing.assert_allclose(inside.input_mean_, np.full(4, X.mean()))
    np.testing.assert_allclose(inside.input_scale_, np.full(4, X.std()))
    outside = build(kind, standardize=False).fit((X - X.mean()) / X.std(), y)
    np.testing.assert_allclose(
        inside.transform(X),
        outside.transform((X - X.mean()) / X.std()),
        rtol=1e-3,
        atol=1e-4,
    )


@every_kind
def test_without_standardisation_rows_are_taken_as_they_are(kind):
    estimator = fitted(kind, standardize=False)
    assert estimator.input_mean_ is None
    assert estimator.input_scale_ is None


@every_kind
def test_shift_and_scale_of_the_columns_change_nothing(kind):
    X, y = data()
    other = X * [3.0, 0.5, 20.0, 1.0] + [100.0, 0.0, -4.0, 1.0]
    first, second = fitted(kind), build(kind).fit(other, y)
    np.testing.assert_allclose(
        first.transform(X), second.transform(other), rtol=1e-3, atol=1e-4
    )


@every_kind
def test_constant_columns_are_accepted(kind):
    X, y = data()
    X[:, 2] = 7.0
    estimator = build(kind).fit(X, y)
    assert np.isfinite(estimator.transform(X)).all()
    assert estimator.input_scale_[2] == 1.0


@every_kind
def test_values_beyond_float32_are_an_error_that_names_X(kind):
    X, y = data()
    X[3, 1] = 1e300
    with pytest.raises(ValueError, match=r"X .*float32"):
        build(kind, standardize=False).fit(X, y)


# The encoder as a module


@pytest.mark.parametrize("standardize", [True, False, "global"])
@every_kind
def test_encoder_as_a_torch_module_reproduces_transform(kind, standardize):
    X = data(dtype=np.float32)[0]
    for estimator in (
        fitted(kind, standardize=standardize),
        by_pickle(fitted(kind, standardize=standardize)),
    ):
        module = estimator.encoder_
        assert isinstance(module, torch.nn.Module)
        assert not module.training
        assert {p.device.type for p in module.parameters()} == {"cpu"}
        with torch.no_grad():
            codes = module(torch.from_numpy(X)).numpy()
        np.testing.assert_allclose(codes, estimator.transform(X), rtol=1e-4, atol=1e-5)


@every_kind
def test_training_the_exported_encoder_leaves_the_estimator_alone(kind):
    estimator = fitted(kind)
    expected = outputs(estimator)
    with torch.no_grad():
        for parameter in estimator.encoder_.parameters():
            parameter.add_(1.0)
    for a, b in zip(expected, outputs(estimator), strict=True):
        assert np.array_equal(a, b)


# Training, in words and numbers


@every_kind
def test_history_has_one_number_an_epoch_for_each_term(kind):
    terms = {"loss", "bound"} if kind == "InfomaxEncoder" else None
    terms = terms or {"loss", "rate", "relevance"}
    estimator = fitted(kind, early_stopping=True)
    assert set(estimator.history_) == terms | {f"valid_{term}" for term in terms}
    assert {len(values) for values in estimator.history_.values()} == {4}
    assert estimator.n_iter_ == 4
    assert set(fitted(kind).history_) == terms


@every_kind
def test_training_lowers_the_loss(kind):
    losses = fitted(kind, max_epochs=40).history_["loss"]
    assert np.mean(losses[-5:]) < np.mean(losses[:5])


@every_kind
def test_weights_are_named_after_module_and_objective(kind):
    names = set(fitted(kind).weights_)
    assert {name.split(".")[0] for name in names} <= {"module", "objective"}
    assert all(isinstance(a, np.ndarray) for a in fitted(kind).weights_.values())


@every_kind
def test_early_stopping_needs_two_rows_on_each_side(kind):
    X, y = data()
    estimator = build(kind, early_stopping=True)
    with pytest.raises(ValueError, match=r"validation_fraction=0\.1.*8 rows"):
        estimator.fit(X[:8], y[:8])


def test_early_stopping_holds_out_rows_of_every_class_where_it_can():
    X, _ = data(200)
    y = np.repeat([0, 1, 2, 3], [140, 20, 20, 20])
    clf = build("IBClassifier", early_stopping=True, validation_fraction=0.2)
    clf.fit(X, y)
    valid = clf.net_.valid_rows.target
    assert np.bincount(valid.numpy()).tolist() == [28, 4, 4, 4]
    y[0] = 9
    clf.fit(X, y)


def test_early_stopping_does_without_strata_where_classes_outnumber_the_held_out():
    X, _ = data(60)
    y = np.repeat(np.arange(20), 3)
    clf = build("IBClassifier", early_stopping=True, validation_fraction=0.1)
    assert len(clf.fit(X, y).net_.valid_rows) == 6


@every_kind
def test_going_on_holds_out_the_rows_held_out_before(kind):
    X, y = data()
    estimator = build(kind, early_stopping=True, warm_start=True).fit(X, y)
    held_out = estimator.net_.valid_rows.x
    assert torch.equal(estimator.fit(X, y).net_.valid_rows.x, held_out)


@every_kind
def test_step_that_leaves_weights_infinite_is_an_error_that_changes_nothing(kind):
    X, y = data(16)
    estimator = build(kind, max_epochs=1, optimizer="sgd", lr=1e300)
    before = dict(vars(estimator))
    with pytest.raises(FloatingPointError, match="not finite"):
        estimator.fit(X * 1e3, y)
    assert vars(estimator) == before


@every_kind
def test_fitted_estimator_does_not_need_the_file_of_its_pretrained_weights(
    kind, tmp_path
):
    file = tmp_path / "pretrained.safetensors"
    save_file(Dropping(4).state_dict(), file)
    encoder = TorchModule(Dropping, weights=str(file), frozen=True)
    estimator = fitted(kind, encoder=encoder)
    file.unlink()
    assert same_outputs(by_pickle(estimator), estimator)
    assert estimator.encoder.weights == str(file)


@every_kind
def test_warm_start_may_change_the_kind_of_optimizer(kind):
    X, y = data()
    estimator = fitted(kind, warm_start=True)
    estimator.set_params(optimizer="sgd", lr=1e-9)
    kept = {name: array.copy() for name, array in estimator.weights_.items()}
    estimator.fit(X, y)
    for name, array in estimator.weights_.items():
        np.testing.assert_allclose(array, kept[name], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["IBClassifier", "IBRegressor"])
def test_no_row_is_left_out_where_rows_are_not_compared(kind):
    X, y = data(60)
    seen = []
    estimator = build(kind, batch_size=16, max_epochs=1, callbacks=[Watch(seen)])
    estimator.fit(X, y)
    assert sorted(np.concatenate(seen)) == sorted(
        estimator._standardized(X, "f4")[:, 0]
    )


@every_kind
def test_partial_fit_trains_on_every_row(kind):
    X, y = data(31)
    seen = []
    estimator = build(kind, batch_size=16, callbacks=[Watch(seen)])
    estimator.partial_fit(X, y)
    assert [len(batch) for batch in seen] == [15, 16]
    assert sorted(np.concatenate(seen)) == sorted(
        estimator._standardized(X, "f4")[:, 0]
    )


class Watch(Callback):
    """Keep the first column of every batch of training."""

    def __init__(self, seen):
        self.seen = seen

    def __deepcopy__(self, memo):
        return self

    def on_batch_begin(self, net, batch=None, training=None, **kwargs):
        """Keep it."""
        if training:
            self.seen.append(batch[0][:, 0].numpy())


def test_lbfgs_minimises_one_function_a_step():
    X, y = data(200)
    draws = []

    class Noisy(torch.nn.Module):
        def __init__(self, n_in, n_out):
            super().__init__()
            self.map = torch.nn.Linear(n_in, n_out)

        def forward(self, x):
            noise = torch.randn(1)
            if self.training:
                draws.append(noise.item())
            return self.map(x) + 0.1 * noise

    estimator = build(
        "IBClassifier",
        optimizer="lbfgs",
        lr=0.5,
        batch_size=100,
        max_epochs=2,
        encoder=TorchModule(Noisy),
    ).fit(X, y)
    # Two epochs of two batches: four draws, however often each was evaluated.
    assert len(set(draws)) == 4
    assert len(draws) > 8
    assert estimator.history_["loss"][1] < estimator.history_["loss"][0]


def test_encoder_may_build_another_user_module_within_its_own():
    def nested(n_in, n_out):
        return TorchModule(torch.nn.Linear, in_features=n_in, out_features=5).build(
            n_in, n_out
        )

    estimator = fitted("InfomaxEncoder", encoder=nested)
    assert estimator.transform(data()[0]).shape == (60, 3)


def test_base_cannot_be_made():
    with pytest.raises(TypeError, match="abstract"):
        BaseTorchEstimator()


@every_kind
def test_history_of_fits_with_and_without_held_out_rows_is_one_table(kind):
    X, y = data()
    estimator = fitted(kind, warm_start=True)
    estimator.set_params(early_stopping=True).fit(X, y)
    estimator.set_params(early_stopping=False).fit(X, y)
    table = pd.DataFrame(estimator.history_)
    assert len(table) == estimator.n_iter_ == 12
    assert table["loss"].notna().all()
    assert (
        table["valid_loss"].notna().tolist() == [False] * 4 + [True] * 4 + [False] * 4
    )


@every_kind
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_too_large_for_the_network_are_refused_by_name(kind, dtype):
    estimator = fitted(kind)
    X = np.full((2, 4), np.finfo(dtype).max / 2, dtype)
    with pytest.raises(ValueError, match="X holds values so large"):
        estimator.transform(X)


@every_kind
def test_modes_and_default_type_of_torch_around_a_fit_change_nothing(kind):
    X, y = data()
    expected = fitted(kind)
    with torch.no_grad():
        assert same_weights(build(kind).fit(X, y), expected)
    with torch.inference_mode():
        assert same_weights(build(kind).fit(X, y), expected)
    torch.set_default_dtype(torch.float64)
    try:
        wide = build(kind).fit(X, y)
        again = wide.transform(X)
    finally:
        torch.set_default_dtype(torch.float32)
    assert {a.dtype for a in wide.weights_.values()} == {np.dtype(np.float32)}
    np.testing.assert_allclose(again, expected.transform(X), atol=1e-3)


class SinglePrecision(torch.nn.Module):
    """A user's module that knows float32 alone."""

    def __init__(self, n_in):
        super().__init__()
        self.layer = torch.nn.Linear(n_in, 8)

    def forward(self, x):
        return self.layer(x) @ torch.eye(8)


@every_kind
def test_module_of_single_precision_takes_rows_of_double(kind):
    X = data()[0]
    estimator = fitted(kind, encoder=TorchModule(SinglePrecision))
    codes = estimator.transform(X)
    assert codes.dtype == np.float64
    narrow = estimator.transform(X.astype(np.float32))
    np.testing.assert_allclose(codes, narrow, atol=1e-5)


class AlwaysNoisy(torch.nn.Module):
    """A user's module that draws at evaluation too."""

    def __init__(self, n_in):
        super().__init__()
        self.layer = torch.nn.Linear(n_in, 8)

    def forward(self, x):
        return torch.nn.functional.dropout(self.layer(x), 0.5, training=True)


@every_kind
def test_module_that_draws_at_evaluation_gives_the_same_at_each_call(kind):
    before = torch.random.get_rng_state()
    estimator = fitted(kind, encoder=TorchModule(AlwaysNoisy))
    assert same_outputs(estimator, estimator)
    assert same_outputs(fitted(kind, encoder=TorchModule(AlwaysNoisy)), estimator)
    assert torch.equal(torch.random.get_rng_state(), before)


@every_kind
def test_factory_that_returns_one_module_does_not_tie_fits_together(kind):
    shared = torch.nn.Linear(4, 3)

    def encoder(n_in, n_out):
        return shared

    X, y = data(dtype=np.float32)
    first = fitted(kind, X=X, encoder=encoder)
    expected = first.transform(X)
    build(kind, encoder=encoder, lr=0.5).fit(X, y)
    first._live.pop("float32")
    assert np.array_equal(first.transform(X), expected)


@every_kind
def test_clones_share_nothing_with_the_original(kind):
    estimator = fitted(kind, encoder=MLP((4,)))
    twin = clone(estimator)
    assert twin.encoder is not estimator.encoder
    assert not hasattr(twin, "weights_")
    twin.encoder.hidden_layer_sizes = (9,)
    assert same_outputs(estimator, by_pickle(estimator))


@every_kind
def test_a_spec_changed_after_fit_does_not_change_what_was_fitted(kind):
    estimator = fitted(kind, encoder=MLP((4,)))
    expected = outputs(estimator)
    estimator.set_params(encoder__hidden_layer_sizes=(9,))
    for a, b in zip(expected, outputs(by_pickle(estimator)), strict=True):
        assert np.array_equal(a, b)
