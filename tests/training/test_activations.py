"""Recorded activations are those of the network at that epoch, and cost it nothing."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from skorch.callbacks import Callback
from torch import nn

from skmi.bottleneck import IBClassifier
from skmi.infomax import InfomaxEncoder
from skmi.training import MLP, ActivationRecorder, Checkpoint, TorchModule

SMALL = {
    "n_components": 3,
    "hidden_layer_sizes": (8, 5),
    "max_epochs": 5,
    "batch_size": 16,
    "lr": 0.02,
    "random_state": 0,
    "device": "cpu",
}


class Weights(Callback):
    """Keep the weights of the module before training and after each epoch."""

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        """Keep those drawn."""
        self.states = [copy.deepcopy(net.module_.state_dict())]

    def on_epoch_end(self, net, **kwargs):
        """Keep those learnt."""
        self.states.append(copy.deepcopy(net.module_.state_dict()))


class Dropping(nn.Module):
    """A user's module with randomness of its own."""

    def __init__(self, n_in):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(n_in, 8), nn.BatchNorm1d(8), nn.Dropout(0.3)
        )

    def forward(self, x):
        return self.layers(x)


def data(n=60, seed=0):
    """Return rows on scales that differ, with a binary target."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4)) * [1, 10, 0.1, 3] + [0, 5, -2, 100]
    return X, (X[:, 0] > 0).astype(int)


def recorded(estimator, X, y=None):
    """Fit and return the recorder that ran, the weights, and the fitted estimator."""
    callbacks = dict(estimator.fit(X, y).net_.callbacks_)
    return callbacks["ActivationRecorder"], callbacks.get("Weights"), estimator


def test_activations_are_those_of_the_weights_at_that_epoch():
    X, y = data()
    new = data(20, seed=1)[0]
    recorder = ActivationRecorder(new)
    clf = IBClassifier(**SMALL, early_stopping=True, patience=99)
    clf.set_params(callbacks=[recorder, Weights()])
    record, weights, clf = recorded(clf, X, y)
    assert record.epochs_.tolist() == list(range(6))
    module = copy.deepcopy(clf.net_.module_).eval()
    x = torch.tensor((new - clf.input_mean_) / clf.input_scale_, dtype=torch.float32)
    for i, state in enumerate(weights.states):
        module.load_state_dict(state)
        with torch.no_grad():
            h = x
            for k, layer in enumerate(module.backbone.layers):
                h = layer(h)
                found = record.activations_[f"backbone.layers.{k}"][i]
                np.testing.assert_array_equal(found, h.numpy())
            mean = module.encode(x)[0]
            logits = module.decoder(mean)
        found = record.activations_["decoder.layers.0"][i]
        np.testing.assert_array_equal(found, logits.numpy())
        found = record.activations_["code.moments"][i][:, :3]
        np.testing.assert_array_equal(found, mean.numpy())


def test_a_layer_of_several_tensors_is_recorded_by_its_means():
    X, y = data()
    clf = IBClassifier(**SMALL, callbacks=[ActivationRecorder(X, ["code"])])
    record, _, clf = recorded(clf, X, y)
    assert list(record.activations_) == ["code"]
    last = clf.transform(X.astype(np.float32))
    np.testing.assert_allclose(record.activations_["code"][-1], last, atol=1e-5)


@pytest.mark.parametrize("encoder", [MLP((8,), dropout=0.2), TorchModule(Dropping)])
def test_training_goes_as_if_nobody_watched(encoder):
    X, y = data()
    params = {**SMALL, "encoder": encoder, "early_stopping": True}
    plain = IBClassifier(**params).fit(X, y)
    watched = IBClassifier(**params, callbacks=[ActivationRecorder(X[:9])]).fit(X, y)
    assert plain.history_ == watched.history_
    for name, array in plain.weights_.items():
        assert np.array_equal(watched.weights_[name], array)
    torch.manual_seed(3)
    before = torch.get_rng_state()
    clone(watched).fit(X, y)
    assert torch.equal(before, torch.get_rng_state())


def test_every_says_which_epochs_and_the_last_is_always_there():
    X, y = data()
    for every, epochs in ((2, [0, 2, 4, 5]), (5, [0, 5]), (9, [0, 5])):
        recorder = ActivationRecorder(X, every=every)
        record, _, _ = recorded(IBClassifier(**SMALL, callbacks=[recorder]), X, y)
        assert record.epochs_.tolist() == epochs


def test_an_early_stop_is_recorded_too():
    X, y = data()
    clf = IBClassifier(**{**SMALL, "lr": 0.3, "max_epochs": 100})
    clf.set_params(early_stopping=True, patience=2)
    clf.set_params(callbacks=[ActivationRecorder(X, every=1000)])
    record, _, clf = recorded(clf, X, y)
    assert clf.n_iter_ < 100
    assert record.epochs_.tolist() == [0, clf.n_iter_]


def test_rows_are_spread_evenly_where_there_are_too_many():
    X, y = data()
    recorder = ActivationRecorder(X, ["code"], max_rows=4)
    record, _, _ = recorded(IBClassifier(**SMALL, callbacks=[recorder]), X, y)
    assert record.rows_.tolist() == [0, 20, 39, 59]
    whole = ActivationRecorder(pd.DataFrame(X), ["code"], max_rows=None)
    every, _, _ = recorded(IBClassifier(**SMALL, callbacks=[whole]), X, y)
    assert every.activations_["code"].shape == (6, 60, 3)
    np.testing.assert_allclose(
        every.activations_["code"][:, record.rows_],
        record.activations_["code"],
        atol=1e-6,
    )


@pytest.mark.parametrize(
    "options",
    [
        {"views": "augment"},
        {"views": "paired", "view_columns": [[0, 1], [2, 3]]},
        {"views": "paired", "view_columns": [[0, 1], [2, 3]], "share_encoder": True},
    ],
)
def test_encoders_of_views_are_recorded(options):
    X, _ = data()
    record, _, encoder = recorded(
        InfomaxEncoder(**SMALL, **options, callbacks=[ActivationRecorder(X)]), X
    )
    first = "encoder" if options["views"] == "augment" else "encoders.0"
    code = record.activations_[f"{first}.layers.4"]
    np.testing.assert_allclose(
        code[-1], encoder.transform(X.astype(np.float32)), atol=1e-5
    )
    # A shared encoder is used once a view.
    assert (f"{first}.layers.4#2" in record.activations_) == (
        "share_encoder" in options
    )


def test_the_callback_given_stays_as_it_was():
    X, y = data()
    recorder = ActivationRecorder(X)
    IBClassifier(**SMALL, callbacks=[recorder]).fit(X, y)
    assert set(vars(recorder)) == {"X", "layers", "every", "max_rows"}


def test_a_recorder_with_its_records_can_be_pickled_and_copied():
    X, y = data()
    clf = IBClassifier(**SMALL, callbacks=[ActivationRecorder(X, every=5)])
    record, _, clf = recorded(clf, X, y)
    for twin in (pickle.loads(pickle.dumps(record)), copy.deepcopy(record)):
        assert twin.epochs_.tolist() == [0, 5]
        for name, array in record.activations_.items():
            np.testing.assert_array_equal(twin.activations_[name], array)
    loaded = pickle.loads(pickle.dumps(clf))
    assert loaded.net_.callbacks_ == []
    assert isinstance(loaded.callbacks[0], ActivationRecorder)


class Cut(Callback):
    """Interrupt the fit."""

    def on_epoch_begin(self, net, **kwargs):
        """Raise in the third epoch."""
        if len(net.history) == 3:
            raise RuntimeError


def test_a_resumed_fit_has_the_records_of_both_parts(tmp_path):
    X, y = data()
    callbacks = [ActivationRecorder(X), Checkpoint(tmp_path)]
    clf = IBClassifier(**SMALL, callbacks=[*callbacks, Cut()])
    with pytest.raises(RuntimeError):
        clf.fit(X, y)
    record, _, _ = recorded(clf.set_params(callbacks=callbacks), X, y)
    whole, _, _ = recorded(clf.set_params(callbacks=callbacks[:1]), X, y)
    assert record.epochs_.tolist() == list(range(6))
    for name, array in whole.activations_.items():
        np.testing.assert_array_equal(record.activations_[name], array)


def test_a_second_fit_starts_records_anew():
    X, y = data()
    clf = IBClassifier(**SMALL, warm_start=True, callbacks=[ActivationRecorder(X)])
    first, _, clf = recorded(clf, X, y)
    second, _, clf = recorded(clf, X, y)
    assert second.epochs_.tolist() == list(range(6))
    for name, array in first.activations_.items():
        np.testing.assert_allclose(second.activations_[name][0], array[-1], atol=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"X": np.zeros((3, 5))}, r"the 4 columns of fit, found shape \(3, 5\)"),
        ({"X": np.zeros(4)}, r"found shape \(4,\)"),
        ({"X": np.zeros((0, 4))}, r"found shape \(0, 4\)"),
        ({"layers": ["decodr"]}, "layers must be a list of names among .*decodr"),
        ({"layers": "code"}, "layers must be a list of names"),
        ({"every": 0}, "every must be an integer of at least 1"),
        ({"max_rows": 0}, "max_rows must be an integer of at least 1"),
    ],
)
def test_bad_options_are_named(options, message):
    X, y = data()
    recorder = ActivationRecorder(**{"X": X, **options})
    with pytest.raises(ValueError, match=message):
        IBClassifier(**SMALL, callbacks=[recorder]).fit(X, y)
