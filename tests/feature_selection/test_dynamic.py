"""DynamicFeatureSelector buys what tells most about a row, within its limits."""

import pickle

import numpy as np
import pytest
from skorch.callbacks import Callback

from skmi.feature_selection import DynamicFeatureSelector


def small(**params):
    """Return a small, quick selector."""
    base = {
        "hidden_layer_sizes": (32,),
        "max_epochs": 16,
        "lr": 0.01,
        "random_state": 0,
        "device": "cpu",
    }
    return DynamicFeatureSelector(**{**base, **params})


def switch(n=1000, seed=0):
    """Return three fair bits; y is the second or the third, as the first says."""
    X = np.random.default_rng(seed).integers(0, 2, (n, 3)).astype(float)
    return X, np.where(X[:, 0] == 0, X[:, 1], X[:, 2]).astype(int)


class Rates(Callback):
    """Keep the learning rate of each epoch."""

    def on_train_begin(self, net, **kwargs):
        self.rates = []

    def on_epoch_end(self, net, **kwargs):
        self.rates.append(net.optimizer_.param_groups[0]["lr"])


def rates_of(clf):
    """Return the learning rates of the last fit."""
    (callback,) = [cb for _, cb in clf.net_.callbacks_ if isinstance(cb, Rates)]
    return callback.rates


@pytest.fixture(scope="module")
def fitted():
    return small(stop="confidence").fit(*switch())


def test_confidence_stop_buys_what_exact_greedy_choice_buys(fitted):
    X, y = switch(4000, seed=1)
    assert fitted.score(X, y) == 1
    # Exactly 2.5 expected; half the rows need two columns, half need three.
    assert 2.4 <= fitted.cost(X).mean() <= 2.75


def test_learned_information_of_the_switch_is_close_to_the_exact_one():
    clf = small(hidden_layer_sizes=(32, 32), max_epochs=60, batch_size=256, lr=5e-3)
    clf.fit(*switch(8000))
    X = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1.0)])

    def error(known, exact, rows=slice(None)):
        mask = np.isin(np.arange(3), known)
        bits = clf.conditional_information(X, mask) / np.log(2)
        return np.abs(bits - exact)[rows].max()

    # Errors of four fits were .02 or less; the table's own are of the order of .01.
    assert error([], [0, 0.1887, 0.1887]) < 0.05
    assert error([0], [0, 1, 0], X[:, 0] == 0) < 0.05
    assert error([0], [0, 0, 1], X[:, 0] == 1) < 0.05
    assert error([1], [0.3113, 0, 0.3113]) < 0.05
    assert error([2], [0.3113, 0.3113, 0]) < 0.05


def test_learning_rate_falls_over_the_greedy_epochs_and_again_in_a_warm_start():
    X, y = switch(50)
    clf = small(max_epochs=6, pretrain_epochs=2, warm_start=True, callbacks=[Rates()])
    fall = (1 + np.cos(np.pi * np.arange(4) / 4)) / 2
    np.testing.assert_allclose(rates_of(clf.fit(X, y)), [0.01, 0.01, *0.01 * fall])
    # Nothing is random again in further epochs: they fall from the first.
    fall = (1 + np.cos(np.pi * np.arange(6) / 6)) / 2
    np.testing.assert_allclose(rates_of(clf.fit(X, y)), 0.01 * fall)


def test_limits_act_at_prediction_without_a_new_fit(fitted):
    X, _ = switch(50, seed=2)
    clf = pickle.loads(pickle.dumps(fitted))
    for most in (1, 2, 3):
        clf.set_params(stop="budget", max_features=most)
        assert (clf.select(X).sum(axis=1) == most).all()
        clf.set_params(max_features=None, budget=most)
        assert (clf.cost(X) == most).all()
        clf.set_params(budget=None)
    clf.set_params(stop="penalty", penalty=1.0)
    assert (clf.cost(X) == 0).all()
    np.testing.assert_allclose(clf.predict_proba(X), clf.predict_proba(X[:1])[[0] * 50])


def test_hidden_columns_do_not_matter(fitted):
    X, _ = switch(100, seed=3)
    hidden = ~fitted.select(X)
    assert hidden.any()
    other = np.where(hidden, 17.0, X)
    np.testing.assert_array_equal(fitted.predict_proba(X), fitted.predict_proba(other))
    mask = np.array([True, False, False])
    np.testing.assert_array_equal(
        fitted.conditional_information(X, mask),
        fitted.conditional_information(np.where(mask, X, -3.0), mask),
    )


def test_order_path_masks_and_stages_tell_the_same_story(fitted):
    X, _ = switch(100, seed=4)
    order, path = fitted.acquisition_order(X), fitted.cmi_path(X)
    np.testing.assert_array_equal(order < 0, np.isnan(path))
    np.testing.assert_array_equal((order >= 0).sum(1), fitted.select(X).sum(1))
    first = fitted.conditional_information(X)
    np.testing.assert_array_equal(order[:, 0], first.argmax(1))
    np.testing.assert_allclose(path[:, 0], first.max(1))
    stages = list(fitted.staged_predict_proba(X))
    assert len(stages) == 4
    np.testing.assert_allclose(stages[-1], fitted.predict_proba(X))


def test_columns_that_are_kept_or_grouped_come_together_and_cost_what_was_said():
    X, y = switch(300)
    X = np.column_stack([X, X[:, 0]])
    clf = small(
        max_epochs=2,
        keep=[1],
        feature_groups=[[0, 3]],
        feature_costs=[2.0, 9.0, 4.0, 1.0],
    ).fit(X, y)
    assert [unit.tolist() for unit in clf.units_] == [[0, 3], [2]]
    assert clf.costs_.tolist() == [3.0, 4.0]
    masks = clf.set_params(budget=3).select(X)
    assert (masks == [True, True, False, True]).all()
    assert (clf.cost(X) == 3).all()
    cmi = clf.conditional_information(X)
    assert (cmi[:, 1] == 0).all()
    np.testing.assert_array_equal(cmi[:, 0], cmi[:, 3])


def test_bounded_information_does_not_exceed_the_entropy_of_the_prediction():
    X, y = switch(300)
    for scaling in ("bounded", "softplus"):
        clf = small(max_epochs=4, cmi_scaling=scaling).fit(X, y)
        assert (clf.conditional_information(X) >= 0).all()
        if scaling == "bounded":
            p = next(clf.staged_predict_proba(X))
            entropy = -(p * np.log(p)).sum(1, keepdims=True)
            assert (clf.conditional_information(X) <= entropy + 1e-9).all()


def test_same_seed_gives_the_same_bits_and_a_pickle_predicts_the_same(fitted):
    X, _ = switch(50, seed=5)
    again = small(stop="confidence").fit(*switch())
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
    loaded = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(loaded.predict_proba(X), fitted.predict_proba(X))


def test_warm_start_goes_on_without_random_order_again():
    X, y = switch(200)
    clf = small(max_epochs=4, warm_start=True).fit(X, y).fit(X, y)
    assert clf.n_iter_ == 8
    assert clf.net_.module_.random_share == 0


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"keep": [0, 1, 2]}, "nothing is left"),
        ({"feature_costs": [1.0, 0.0, 1.0]}, "feature_costs"),
        ({"feature_groups": [[0, 1], [1, 2]]}, "feature_groups"),
        ({"stop": "never"}, "stop"),
        ({"budget": -1}, "budget"),
        ({"confidence": 2.0}, "confidence"),
        ({"penalty": -1.0}, "penalty"),
        ({"max_features": 0}, "max_features"),
        ({"cmi_scaling": "none"}, "cmi_scaling"),
        ({"epsilon": 2.0}, "epsilon"),
        ({"pretrain_epochs": 99}, "pretrain_epochs"),
    ],
)
def test_bad_parameters_are_named(params, words):
    with pytest.raises(ValueError, match=words):
        small(**params).fit(*switch(50))


def test_bad_masks_and_labels_are_named(fitted):
    X, y = switch(20)
    with pytest.raises(ValueError, match="mask must be boolean"):
        fitted.conditional_information(X, np.zeros(3))
    with pytest.raises(ValueError, match="at least two classes"):
        small().fit(X, np.zeros(20, dtype=int))
    clf = small(max_epochs=2, warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match="not among"):
        clf.fit(X, y + 5)


def test_constant_columns_tell_exactly_nothing_and_are_not_bought():
    rng = np.random.default_rng(0)
    X = np.column_stack([np.full(200, 3.0), rng.normal(size=(200, 3))])
    y = (X[:, 2] > 0).astype(int)
    selector = DynamicFeatureSelector(
        hidden_layer_sizes=(8,), max_epochs=3, device="cpu", random_state=0
    ).fit(X, y)
    assert not selector.conditional_information(X)[:, 0].any()
    assert selector.conditional_information(X)[:, 1:].all()
    masks = selector.select(X)
    assert not masks[:, 0].any()
    assert masks[:, 1:].all()
