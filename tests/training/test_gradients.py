"""Recorded gradients are those of the batches, and recording changes no bit."""

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback
from torch import nn

from skmi.bottleneck import IBClassifier
from skmi.training import (
    ActivationRecorder,
    Checkpoint,
    GradientRecorder,
    Optimizer,
    TorchModule,
)

SMALL = {
    "n_components": 3,
    "hidden_layer_sizes": (8, 5),
    "max_epochs": 4,
    "batch_size": 16,
    "lr": 0.02,
    "random_state": 0,
    "device": "cpu",
}


class Gradients(Callback):
    """Keep the gradients of all batches of all epochs."""

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        """Forget earlier ones."""
        self.epochs = [[]]

    def on_grad_computed(self, net, named_parameters, **kwargs):
        """Keep those of a batch."""
        gradients = {n: p.grad.clone() for n, p in net.module_.named_parameters()}
        self.epochs[-1].append(gradients)

    def on_epoch_end(self, net, **kwargs):
        """Start the next epoch."""
        self.epochs.append([])


def data(n=64, seed=0):
    """Return rows with a binary target."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4))
    return X, (X[:, 0] > 0).astype(int)


def recorded(layers=None, **options):
    """Return the record of a small classifier, the classifier, and what else it ran."""
    others = options.pop("callbacks", [])
    clf = IBClassifier(
        **{**SMALL, **options}, callbacks=[GradientRecorder(layers), *others]
    )
    clf.fit(*data())
    return dict(clf.net_.callbacks_)["GradientRecorder"], clf


def test_the_record_is_mean_and_spread_of_the_gradients_of_the_batches():
    record, clf = recorded(["backbone", "code.moments"], callbacks=[Gradients()])
    kept = dict(clf.net_.callbacks_)["Gradients"].epochs
    for name in ("backbone", "code.moments"):
        for epoch in range(4):
            flat = np.stack(
                [
                    np.concatenate(
                        [
                            g.double().numpy().ravel()
                            for key, g in batch.items()
                            if key.startswith(f"{name}.")
                        ]
                    )
                    for batch in kept[epoch]
                ]
            )
            assert len(flat) == 4
            mean = np.linalg.norm(flat.mean(axis=0))
            std = np.linalg.norm(flat.std(axis=0, ddof=1))
            assert record.mean_norms_[name][epoch] == pytest.approx(mean, rel=1e-9)
            assert record.std_norms_[name][epoch] == pytest.approx(std, rel=1e-9)
            assert record.signal_to_noise_[name][epoch] == pytest.approx(mean / std)
    assert record.epochs_.tolist() == [1, 2, 3, 4]


def test_layers_are_the_modules_with_parameters_of_their_own():
    record, clf = recorded()
    owners = {
        name.rpartition(".")[0] for name, _ in clf.net_.module_.named_parameters()
    }
    assert set(record.mean_norms_) == owners
    assert {"backbone.layers.0", "backbone.layers.2", "code.moments"} <= owners


def test_recording_costs_no_bit_of_training():
    _, watched = recorded(callbacks=[ActivationRecorder(data()[0])])
    alone = IBClassifier(**SMALL).fit(*data())
    assert watched.weights_.keys() == alone.weights_.keys()
    for name, weights in alone.weights_.items():
        np.testing.assert_array_equal(watched.weights_[name], weights)


def test_one_batch_has_a_mean_and_no_spread():
    record, _ = recorded(["code"], batch_size=64)
    assert (record.mean_norms_["code"] > 0).all()
    assert np.isnan(record.std_norms_["code"]).all()
    assert np.isnan(record.signal_to_noise_["code"]).all()


def test_batches_without_signal_have_a_ratio_of_one_over_the_root_of_their_number():
    class Noise(nn.Module):
        """Weights whose gradient is drawn, not computed."""

        def __init__(self):
            super().__init__()
            self.part = nn.Linear(100, 100, bias=False)

    class Net:
        """As much of a net as a recorder looks at."""

        accumulate_batches = 1
        n_epochs_done = 1

    net = Net()
    net.module_ = Noise()
    recorder = GradientRecorder()
    recorder.on_train_begin(net)
    draws = torch.Generator().manual_seed(0)
    for _ in range(25):
        weight = net.module_.part.weight
        weight.grad = torch.randn(weight.shape, generator=draws)
        recorder.on_grad_computed(net, None)
    recorder.on_epoch_end(net)
    # Of 10,000 entries: an error of about 1 %.
    assert recorder.signal_to_noise_["part"][0] == pytest.approx(1 / 5, rel=0.03)
    assert recorder.std_norms_["part"][0] == pytest.approx(100, rel=0.01)


def test_a_large_mean_does_not_swallow_the_spread():
    net = type("Net", (), {"accumulate_batches": 1, "n_epochs_done": 1})()
    net.module_ = nn.Sequential(nn.Linear(1, 1, bias=False))
    recorder = GradientRecorder()
    recorder.on_train_begin(net)
    for value in (1e6, 1e6 + 0.5, 1e6 + 1):
        net.module_[0].weight.grad = torch.tensor([[value]])
        recorder.on_grad_computed(net, None)
    recorder.on_epoch_end(net)
    assert recorder.std_norms_["0"][0] == pytest.approx(0.5, rel=1e-9)


def test_layers_without_gradients_have_none():
    class Frozen(nn.Module):
        """A layer that trains under one that does not."""

        def __init__(self, n_in):
            super().__init__()
            self.fixed = nn.Linear(n_in, 6).requires_grad_(False)
            self.free = nn.Linear(6, 4)

        def forward(self, x):
            return self.free(self.fixed(x))

    record, _ = recorded(encoder=TorchModule(Frozen))
    (fixed,) = [name for name in record.mean_norms_ if name.endswith("fixed")]
    (free,) = [name for name in record.mean_norms_ if name.endswith("free")]
    assert (record.mean_norms_[fixed] == 0).all()
    assert np.isnan(record.signal_to_noise_[fixed]).all()
    assert (record.signal_to_noise_[free] > 0).all()


def test_a_second_fit_starts_anew():
    clf = IBClassifier(**SMALL, callbacks=[GradientRecorder(["code"])])
    first = dict(clf.fit(*data()).net_.callbacks_)["GradientRecorder"]
    expected = first.mean_norms_["code"]
    second = dict(clf.fit(*data()).net_.callbacks_)["GradientRecorder"]
    np.testing.assert_array_equal(second.mean_norms_["code"], expected)


def test_a_resumed_run_has_the_whole_record(tmp_path):
    class Interrupt(Callback):
        """Break off in the third epoch, the first time."""

        armed = True

        def on_epoch_begin(self, net, **kwargs):
            if Interrupt.armed and net.n_epochs_done == 2:
                Interrupt.armed = False
                raise RuntimeError

    options = {"callbacks": [Checkpoint(tmp_path), Interrupt()]}
    with pytest.raises(RuntimeError):
        recorded(["code"], **options)
    resumed, _ = recorded(["code"], **options)
    whole, _ = recorded(["code"])
    np.testing.assert_array_equal(
        resumed.mean_norms_["code"], whole.mean_norms_["code"]
    )
    np.testing.assert_array_equal(resumed.std_norms_["code"], whole.std_norms_["code"])
    assert resumed.epochs_.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("layers", [["nothing"], "code", ["backbone.layers.1"]])
def test_layers_that_are_not_there_or_have_no_parameters_are_refused(layers):
    with pytest.raises(
        ValueError, match="layers must be a list of names of submodules"
    ):
        recorded(layers)


def test_steps_of_several_batches_are_refused():
    with pytest.raises(ValueError, match="found accumulate_batches=2; accepted: 1"):
        recorded(optimizer=Optimizer("sgd", accumulate_batches=2))
