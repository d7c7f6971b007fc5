"""Early stopping goes back to the best epoch; a checkpoint resumes to the bit."""

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import skorch.callbacks
import torch
from skorch.callbacks import Callback, LRScheduler
from skorch.callbacks import EarlyStopping as SkorchStopping
from tqdm.auto import tqdm

from skmi.bottleneck import IBClassifier, IBRegressor
from skmi.infomax import InfomaxEncoder
from skmi.training import MLP, Checkpoint, EarlyStopping, Optimizer, TorchModule


class StopAt(Callback):
    """Raise at the start of an epoch."""

    def __init__(self, epoch, error=KeyboardInterrupt):
        self.epoch = epoch
        self.error = error

    def on_epoch_begin(self, net, **kwargs):
        """Raise, as Ctrl-C or a failure would."""
        if len(net.history) == self.epoch:
            raise self.error


class Watch(Callback):
    """Keep the weights after each epoch, and count epochs begun."""

    def on_train_begin(self, net, **kwargs):
        """Start anew."""
        self.n_begun, self.weights = 0, []

    def on_epoch_begin(self, net, **kwargs):
        """Count."""
        self.n_begun += 1

    def on_epoch_end(self, net, dataset_valid=None, **kwargs):
        """Copy the weights of module and objective."""
        self.dataset_valid = dataset_valid
        parts = {"module": net.module_, "objective": net.criterion_}
        self.weights.append(
            {
                f"{part}.{name}": tensor.numpy().copy()
                for part, module in parts.items()
                for name, tensor in module.state_dict().items()
            }
        )


class Dropping(torch.nn.Module):
    """A user's module with randomness of its own."""

    def __init__(self, n_in):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(n_in, 8), torch.nn.ReLU(), torch.nn.Dropout(0.3)
        )

    def forward(self, x):
        return self.layers(x)


def data(n=60, seed=0):
    """Return rows with labels."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4))
    return X, (X[:, 0] + 0.5 * rng.normal(size=n) > 0).astype(int)


SMALL = {
    "hidden_layer_sizes": (8,),
    "n_components": 3,
    "max_epochs": 6,
    "lr": 0.02,
    "batch_size": 16,
    "random_state": 0,
    "device": "cpu",
}
FITS = {
    "adam": IBClassifier(**SMALL),
    "early stopping": IBClassifier(
        **{**SMALL, "max_epochs": 60, "lr": 0.1}, early_stopping=True, patience=6
    ),
    "momentum": IBClassifier(**SMALL, optimizer=Optimizer("sgd", momentum=0.9)),
    "accumulated": IBClassifier(**SMALL, optimizer=Optimizer(accumulate_batches=2)),
    "lbfgs": IBRegressor(**{**SMALL, "batch_size": 60}, optimizer="lbfgs"),
    "dropout": IBClassifier(**SMALL, encoder=MLP((8,), dropout=0.3)),
    "module of the user": IBClassifier(**SMALL, encoder=TorchModule(Dropping)),
    "infomax": InfomaxEncoder(**SMALL),
    "infomax early stopping": InfomaxEncoder(
        **{**SMALL, "max_epochs": 60, "lr": 0.1}, early_stopping=True, patience=6
    ),
}


def fresh(name, **params):
    """Return an unfitted estimator of the table."""
    base = FITS[name]
    return type(base)(**{**base.get_params(deep=False), **params})


def same_weights(first, second):
    """Tell whether two dicts of weights agree to the bit."""
    return first.keys() == second.keys() and all(
        np.array_equal(first[name], second[name]) for name in first
    )


def files(folder):
    """Return the checkpoints of a folder, and check that nothing else is there."""
    found = sorted(Path(folder).iterdir())
    assert all(path.suffix == ".safetensors" for path in found)
    return found


def watch_of(estimator):
    """Return the fitted copy of the watching callback."""
    return next(cb for _, cb in estimator.net_.callbacks_ if isinstance(cb, Watch))


# Early stopping


@pytest.mark.parametrize("name", ["early stopping", "infomax early stopping"])
def test_early_stopping_restores_the_best_weights_the_critic_among_them(name):
    X, y = data()
    estimator = fresh(name, callbacks=[Watch()]).fit(X, y)
    losses = estimator.history_["valid_loss"]
    best = int(np.argmin(losses))
    assert best < len(losses) - 1
    watch = watch_of(estimator)
    assert same_weights(estimator.weights_, watch.weights[best])
    assert not same_weights(estimator.weights_, watch.weights[-1])
    if "infomax" in name:
        assert any(n.startswith("objective.critic") for n in estimator.weights_)
        assert estimator.mi_lower_bound_ == estimator.history_["valid_bound"][best]


def test_early_stopping_waits_for_its_patience():
    X, y = data()
    clf = fresh("early stopping", patience=4).fit(X, y)
    best = int(np.argmin(clf.history_["valid_loss"]))
    assert clf.n_iter_ == best + 1 + 4


def test_early_stopping_trains_to_the_end_where_the_loss_keeps_falling():
    X, y = data()
    clf = fresh("early stopping", max_epochs=3, lr=1e-4).fit(X, y)
    assert clf.n_iter_ == 3


def test_early_stopping_may_watch_another_term_upwards():
    X, y = data()
    stopping = EarlyStopping("train_relevance", patience=2, lower_is_better=False)
    clf = fresh("adam", callbacks=[stopping], max_epochs=100, lr=0.1).fit(X, y)
    relevance = clf.history_["relevance"]
    assert clf.n_iter_ == int(np.argmax(relevance)) + 1 + 2


@pytest.mark.parametrize(
    ("callback", "name"),
    [(EarlyStopping(patience=0), "patience"), (Checkpoint("unused", every=0), "every")],
)
def test_callback_of_no_steps_is_refused_by_name(callback, name):
    X, y = data()
    with pytest.raises(ValueError, match=name):
        fresh("early stopping", callbacks=[callback]).fit(X, y)


def test_early_stopping_names_a_term_that_is_not_recorded():
    X, y = data()
    clf = fresh("adam", callbacks=[EarlyStopping("valid_loss")])
    with pytest.raises(ValueError, match=r"monitor='valid_loss'.*train_rate"):
        clf.fit(X, y)


# Checkpoints


@pytest.mark.parametrize("epoch", [2, 5])
@pytest.mark.parametrize("name", sorted(FITS))
def test_resumed_fit_ends_in_the_bits_of_an_uninterrupted_one(tmp_path, name, epoch):
    X, y = data()
    whole = fresh(name).fit(X, y)
    broken = fresh(name, callbacks=[Checkpoint(tmp_path), StopAt(epoch)])
    with pytest.raises(KeyboardInterrupt):
        broken.fit(X, y)
    assert len(files(tmp_path)) == 1
    resumed = fresh(name, callbacks=[Checkpoint(tmp_path), Watch()]).fit(X, y)
    assert len(files(tmp_path)) == 1
    assert watch_of(resumed).n_begun == whole.n_iter_ - (epoch - 1)
    assert same_weights(resumed.weights_, whole.weights_)
    assert resumed.history_ == whole.history_
    assert resumed.n_iter_ == whole.n_iter_
    assert np.array_equal(resumed.transform(X), whole.transform(X))


SKORCH = {
    "schedule by epoch": lambda: LRScheduler(policy="StepLR", step_size=3, gamma=0.3),
    "cosine": lambda: LRScheduler(policy="CosineAnnealingLR", T_max=8),
    "early stopping": lambda: SkorchStopping(
        "train_loss", patience=2, threshold=0.05, sink=lambda text: None
    ),
}


@pytest.mark.parametrize("name", sorted(SKORCH))
def test_skorchs_callbacks_go_on_where_they_were(tmp_path, name):
    X, y = data()
    whole = fresh("adam", max_epochs=8, callbacks=[SKORCH[name]()]).fit(X, y)
    callbacks = [SKORCH[name](), StopAt(4), Checkpoint(tmp_path)]
    with pytest.raises(KeyboardInterrupt):
        fresh("adam", max_epochs=8, callbacks=callbacks).fit(X, y)
    callbacks = [SKORCH[name](), StopAt(99), Checkpoint(tmp_path)]
    resumed = fresh("adam", max_epochs=8, callbacks=callbacks).fit(X, y)
    assert len(files(tmp_path)) == 1
    assert resumed.n_iter_ == whole.n_iter_
    assert same_weights(whole.weights_, resumed.weights_)


def test_checkpoint_does_not_change_a_fit(tmp_path):
    X, y = data()
    saved = fresh("adam", callbacks=[Checkpoint(tmp_path)]).fit(X, y)
    assert same_weights(saved.weights_, fresh("adam").fit(X, y).weights_)


_SCRIPT = """
import os, signal, sys
import numpy as np, torch
from skorch.callbacks import Callback, LRScheduler
from skorch.callbacks import EarlyStopping as SkorchStopping
from skmi.bottleneck import IBClassifier
from skmi.training import Checkpoint

class Kill(Callback):
    def on_epoch_begin(self, net, **kwargs):
        if len(net.history) == 4:
            os.kill(os.getpid(), signal.SIGKILL)

torch.set_num_threads(1)
X, y = np.load(sys.argv[1]), np.load(sys.argv[2])
IBClassifier(
    hidden_layer_sizes=(8,), n_components=3, max_epochs=6, lr=0.02, batch_size=16,
    random_state=0, device="cpu", callbacks=[Checkpoint(sys.argv[3]), Kill()],
).fit(X, y)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_fit_of_a_killed_process_is_resumed_to_the_bit_by_another(tmp_path):
    X, y = data()
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "y.npy", y)
    folder = tmp_path / "checkpoints"
    root = Path(__file__).parents[2]
    arguments = [str(tmp_path / "X.npy"), str(tmp_path / "y.npy"), str(folder)]
    process = subprocess.run(
        [sys.executable, "-c", _SCRIPT, *arguments],
        env={**os.environ, "PYTHONPATH": str(root)},
        check=False,
        timeout=120,
    )
    assert process.returncode == -signal.SIGKILL
    resumed = fresh("adam", callbacks=[Checkpoint(folder), Watch()]).fit(X, y)
    whole = fresh("adam").fit(X, y)
    assert watch_of(resumed).n_begun == 6 - 3
    assert same_weights(resumed.weights_, whole.weights_)
    assert resumed.history_ == whole.history_


@pytest.mark.parametrize("name", ["adam", "infomax early stopping"])
def test_fit_that_was_finished_is_read_and_not_trained(tmp_path, name):
    X, y = data()
    first = fresh(name, callbacks=[Checkpoint(tmp_path)]).fit(X, y)
    again = fresh(name, callbacks=[Checkpoint(tmp_path), Watch()]).fit(X, y)
    assert watch_of(again).n_begun == 0
    assert same_weights(again.weights_, first.weights_)
    assert again.history_ == first.history_
    assert again.n_iter_ == first.n_iter_


def other_label(X, y):
    """Change one label."""
    y = y.copy()
    y[0] = 1 - y[0]
    return X, y


def other_entry(X, y):
    """Change one entry."""
    X = X.copy()
    X[3, 1] += 1e-3
    return X, y


@pytest.mark.parametrize("change", [other_label, other_entry])
def test_other_data_use_another_file(tmp_path, change):
    X, y = data()
    fresh("adam", callbacks=[Checkpoint(tmp_path)]).fit(X, y)
    fresh("adam", callbacks=[Checkpoint(tmp_path)]).fit(*change(X, y))
    assert len(files(tmp_path)) == 2


@pytest.mark.parametrize("held_out", [False, True])
def test_other_data_use_another_file_whether_trained_on_or_held_out(tmp_path, held_out):
    X, _ = data()
    params = {"standardize": False, "max_epochs": 1, "early_stopping": True}
    callbacks = [Checkpoint(tmp_path), Watch()]
    first = fresh("infomax", callbacks=callbacks, **params).fit(X)
    valid = watch_of(first).dataset_valid.x.numpy()
    is_valid = (X.astype(np.float32)[:, None] == valid[None]).all(-1).any(1)
    assert is_valid.sum() == 6
    X[np.flatnonzero(is_valid == held_out)[0]] += 1e-3
    fresh("infomax", callbacks=callbacks, **params).fit(X)
    assert len(files(tmp_path)) == 2


@pytest.mark.parametrize(
    "params",
    [
        {"random_state": 1},
        {"beta": 0.5},
        {"lr": 0.03},
        {"batch_size": 8},
        {"max_epochs": 7},
        {"n_components": 2},
        {"optimizer": "sgd"},
        {"early_stopping": True},
        {"prior": "learned"},
        {"encoder": MLP((8,), dropout=0.1)},
        {"class_weight": "balanced"},
    ],
    ids=lambda params: next(iter(params)),
)
def test_another_parameter_uses_another_file(tmp_path, params):
    X, y = data()
    first = fresh("adam", callbacks=[Checkpoint(tmp_path)], max_epochs=2).fit(X, y)
    params = {"max_epochs": 2, **params}
    other = fresh("adam", callbacks=[Checkpoint(tmp_path)], **params).fit(X, y)
    assert len(files(tmp_path)) == 2
    assert other.weights_ is not first.weights_


@pytest.mark.parametrize("params", [{"verbose": 1}, {"device": torch.device("cpu")}])
def test_parameters_that_change_no_bit_share_the_file(tmp_path, params):
    X, y = data()
    fresh("adam", callbacks=[Checkpoint(tmp_path)]).fit(X, y)
    fresh("adam", callbacks=[Checkpoint(tmp_path)], **params).fit(X, y)
    assert len(files(tmp_path)) == 1


def test_callbacks_that_change_a_fit_use_another_file(tmp_path):
    X, y = data()
    chosen = [
        [],
        [EarlyStopping("train_loss", patience=2)],
        [("named", EarlyStopping("train_loss", patience=3))],
        [LRScheduler(policy="StepLR", step_size=1, gamma=0.5)],
        [LRScheduler(policy="StepLR", step_size=1, gamma=0.9)],
    ]
    for callbacks in chosen:
        for _ in range(2):
            fresh("adam", callbacks=[*callbacks, Checkpoint(tmp_path)]).fit(X, y)
    assert len(files(tmp_path)) == len(chosen)


def test_functions_that_differ_in_what_they_compute_use_another_file(tmp_path):
    X, _ = data()

    def scaled(factor):
        return lambda p, n, log_weight=None: factor * (p.mean() - n.mean())

    functions = [
        lambda p, n, log_weight=None: p.mean() - n.mean(),
        lambda p, n, log_weight=None: p.mean() - n.abs().mean(),
        lambda p, n, log_weight=None: p.mean() - 2 * n.mean(),
        scaled(2.0),
        scaled(3.0),
        lambda p, n, log_weight=None, by=2.0: by * p.mean() - n.mean(),
        lambda p, n, log_weight=None, by=3.0: by * p.mean() - n.mean(),
        lambda p, n, log_weight=None: p.mean() - sum(4 * m for m in [n.mean()]),
        lambda p, n, log_weight=None: p.mean() - sum(5 * m for m in [n.mean()]),
    ]
    for function in functions:
        for _ in range(2):
            callbacks = [Checkpoint(tmp_path)]
            fresh("infomax", objective=function, callbacks=callbacks).fit(X)
    assert len(files(tmp_path)) == len(functions)


class Scaled:
    """A bound with an attribute."""

    def __init__(self, factor):
        self.factor = factor

    def __call__(self, positive, negative, log_weight=None):
        return gap(positive, negative, factor=self.factor)

    def times(self, positive, negative, log_weight=None):
        """Return the same, as a method."""
        return self(positive, negative)


def gap(positive, negative, log_weight=None, factor=1.0):
    """Return a bound of a user's making."""
    return factor * (positive.mean() - negative.mean())


@pytest.mark.parametrize(
    "make",
    [
        lambda k: partial(gap, factor=k),
        lambda k: partial(partial(gap), factor=k),
        Scaled,
        lambda k: Scaled(k).times,
        lambda k: lambda p, n, log_weight=None: gap(p, n, factor=[k][0]),
    ],
    ids=["partial", "partial of a partial", "instance", "method", "closure"],
)
def test_bounds_that_differ_in_what_they_hold_use_another_file(tmp_path, make):
    X, _ = data()
    for factor in (1.0, -1.0, 1.0):
        callbacks = [Checkpoint(tmp_path)]
        fresh("infomax", objective=make(factor), callbacks=callbacks).fit(X)
    assert len(files(tmp_path)) == 2


def test_parameter_that_cannot_be_told_from_others_is_refused_by_name(tmp_path):
    class Opaque:
        __slots__ = ()

    X, _ = data()
    held = Opaque()
    encoder = fresh(
        "infomax",
        objective=lambda p, n, log_weight=None: gap(p, n) + (held is None),
        callbacks=[Checkpoint(tmp_path)],
    )
    with pytest.raises(TypeError, match="objective holds Opaque"):
        encoder.fit(X)
    encoder.set_params(callbacks=None).fit(X)


def test_fingerprint_is_the_same_in_every_process():
    code = (
        "from skmi.training._fingerprint import fingerprint\n"
        "def f(x): return x in {'a', 'b', 'c', 'd', 'e'}\n"
        "print(fingerprint('f', f))"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(4)
    }
    assert len(texts) == 1


# What is refused, and what runs


@pytest.mark.parametrize(
    "callback",
    [
        skorch.callbacks.EpochScoring("accuracy"),
        skorch.callbacks.BatchScoring("accuracy"),
        skorch.callbacks.Checkpoint(),
        skorch.callbacks.TrainEndCheckpoint(),
        skorch.callbacks.LoadInitState(skorch.callbacks.Checkpoint()),
    ],
    ids=lambda callback: type(callback).__name__,
)
def test_callbacks_that_cannot_work_here_are_refused_by_name(callback):
    X, y = data()
    with pytest.raises(TypeError, match=f"skorch's {type(callback).__name__}"):
        fresh("adam", callbacks=[callback]).fit(X, y)


@pytest.mark.parametrize(
    "callback",
    [
        skorch.callbacks.EpochTimer(),
        skorch.callbacks.PrintLog(sink=lambda text: None),
        skorch.callbacks.LRScheduler("StepLR", step_size=2),
        skorch.callbacks.GradientNormClipping(1.0),
        skorch.callbacks.EarlyStopping("train_loss"),
        skorch.callbacks.Freezer("backbone.*"),
        skorch.callbacks.PassthroughScoring("train_rate"),
    ],
    ids=lambda callback: type(callback).__name__,
)
def test_callbacks_of_skorch_run(callback):
    X, y = data()
    assert fresh("adam", callbacks=[callback]).fit(X, y).n_iter_ == 6


def test_checkpoint_saves_every_few_epochs_and_at_the_end(tmp_path, monkeypatch):
    saved = []
    save = Checkpoint._save
    monkeypatch.setattr(
        Checkpoint,
        "_save",
        lambda self, net, finished: (
            saved.append((net.n_epochs_done, finished)),
            save(self, net, finished),
        ),
    )
    X, y = data()
    callbacks = [Checkpoint(tmp_path, every=4)]
    fresh("adam", callbacks=callbacks, max_epochs=6).fit(X, y)
    assert saved == [(4, False), (6, True)]


def test_checkpoint_makes_its_folder(tmp_path):
    X, y = data()
    folder = tmp_path / "a" / "b"
    fresh("adam", callbacks=[Checkpoint(str(folder))], max_epochs=1).fit(X, y)
    assert len(files(folder)) == 1


@pytest.mark.parametrize("damage", ["truncated", "empty", "another file"])
def test_damaged_file_is_an_error_that_names_it(tmp_path, damage):
    X, y = data()
    fresh("adam", callbacks=[Checkpoint(tmp_path)]).fit(X, y)
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    damaged = {
        "truncated": whole[: len(whole) // 2],
        "empty": b"",
        "another file": b"no checkpoint at all, but long enough to have a header",
    }
    path.write_bytes(damaged[damage])
    clf = fresh("adam", callbacks=[Checkpoint(tmp_path)])
    before = dict(vars(clf))
    with pytest.raises(ValueError, match=path.name):
        clf.fit(X, y)
    assert vars(clf) == before


@pytest.mark.parametrize("call", ["replace", "fsync"])
def test_failed_write_keeps_the_earlier_file_and_leaves_no_part(
    tmp_path, monkeypatch, call
):
    X, y = data()
    broken = fresh("adam", callbacks=[Checkpoint(tmp_path), StopAt(3)])
    with pytest.raises(KeyboardInterrupt):
        broken.fit(X, y)
    (path,) = files(tmp_path)
    before = path.read_bytes()

    def full(*args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        with pytest.raises(OSError, match="No space left"):
            fresh("adam", callbacks=[Checkpoint(tmp_path)]).fit(X, y)
    assert files(tmp_path) == [path]
    assert path.read_bytes() == before
    resumed = fresh("adam", callbacks=[Checkpoint(tmp_path)]).fit(X, y)
    assert same_weights(resumed.weights_, fresh("adam").fit(X, y).weights_)


def test_warm_started_fits_have_files_of_their_own(tmp_path):
    X, y = data()
    callbacks = [Checkpoint(tmp_path)]
    clf = fresh("adam", warm_start=True, callbacks=callbacks).fit(X, y).fit(X, y)
    assert len(files(tmp_path)) == 2
    again = fresh("adam", warm_start=True, callbacks=callbacks).fit(X, y).fit(X, y)
    assert len(files(tmp_path)) == 2
    assert same_weights(again.weights_, clf.weights_)
    assert again.history_ == clf.history_


# Progress


def test_progress_shows_the_epochs_and_the_terms(capsys):
    X, y = data()
    fresh("adam", verbose=1).fit(X, y)
    shown = capsys.readouterr().err
    assert "IBClassifier" in shown
    assert "6/6" in shown
    for term in ("loss", "rate", "relevance"):
        assert f"{term}=" in shown
    assert not open_bars()


def test_nothing_is_shown_without_verbose(capsys):
    X, y = data()
    fresh("adam").fit(X, y)
    shown = capsys.readouterr()
    assert shown.err == shown.out == ""


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_progress_closes_its_bar_on_an_error(error):
    X, y = data()
    with pytest.raises(error):
        fresh("adam", verbose=1, callbacks=[StopAt(3, error)]).fit(X, y)
    assert not open_bars()


def open_bars():
    """Return the bars that are open."""
    return [bar for bar in getattr(tqdm, "_instances", []) if not bar.disable]
