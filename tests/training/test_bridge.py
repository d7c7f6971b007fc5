"""scikit-learn's callbacks see the epochs of a fit as its tasks."""

import importlib.util
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.fixes import parse_version
from skorch.callbacks import Callback

import skmi.training._bridge as bridge
from skmi.bottleneck import IBClassifier, IBRegressor
from skmi.infomax import InfomaxEncoder

needs_callbacks = pytest.mark.skipif(
    parse_version(sklearn.__version__) < parse_version("1.9"),
    reason="scikit-learn has callbacks since 1.9",
)
SMALL = {
    "n_components": 2,
    "hidden_layer_sizes": (8,),
    "max_epochs": 4,
    "batch_size": 16,
    "lr": 0.02,
    "random_state": 0,
    "device": "cpu",
}


class Recording:
    """A callback that writes down what it is told."""

    def __init__(self, stop_at=None):
        self.stop_at = stop_at
        self.calls = []

    def setup(self, estimator, context):
        """Write it down."""
        self.calls.append(("setup", context.task_name, context.task_id))

    def teardown(self, estimator, context):
        """Write it down."""
        self.calls.append(("teardown", context.task_name, context.task_id))

    def on_fit_task_begin(self, estimator, context):
        """Write it down."""
        self.calls.append(("begin", context.task_name, context.task_id))

    def on_fit_task_end(self, estimator, context):
        """Write it down, and stop the training when it is time to."""
        self.calls.append(("end", context.task_name, context.task_id))
        return context.task_name == "epoch" and context.task_id == self.stop_at

    def count(self, *what):
        """Return how often something was called."""
        return sum(call[: len(what)] == what for call in self.calls)


class Propagated(Recording):
    """One that meta-estimators hand on."""

    max_propagation_depth = None


class Fitted:
    """A callback that wants the estimator of each task, and its data."""

    def __init__(self):
        self.seen = []

    def setup(self, estimator, context):
        """Do nothing."""

    def teardown(self, estimator, context):
        """Do nothing."""

    def on_fit_task_begin(self, estimator, context):
        """Do nothing."""

    def on_fit_task_end(
        self, estimator, context, *, X=None, y=None, fitted_estimator=None
    ):
        """Keep the estimator."""
        self.seen.append((context.task_name, X, y, fitted_estimator))


class Fail(Callback):
    """Fail in the second epoch."""

    def on_epoch_end(self, net, **kwargs):
        """Raise."""
        if len(net.history) == 2:
            msg = "enough"
            raise RuntimeError(msg)


def data(n=60):
    """Return rows with a binary target."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 4))
    return X, (X[:, 0] > 0).astype(int)


@needs_callbacks
@pytest.mark.parametrize("cls", [IBClassifier, IBRegressor, InfomaxEncoder])
def test_each_epoch_is_a_task_of_fit(cls):
    X, y = data()
    recording = Recording()
    cls(**SMALL).set_callbacks(recording).fit(X, y)
    epochs = [(event, "epoch", k) for k in range(4) for event in ("begin", "end")]
    assert recording.calls == [
        ("setup", "fit", 0),
        ("begin", "fit", 0),
        *epochs,
        ("end", "fit", 0),
        ("teardown", "fit", 0),
    ]


@needs_callbacks
def test_the_result_is_that_of_a_fit_without_callbacks():
    X, y = data()
    plain = IBClassifier(**SMALL).fit(X, y)
    watched = IBClassifier(**SMALL).set_callbacks(Recording(), Fitted()).fit(X, y)
    assert plain.history_ == watched.history_
    for name, array in plain.weights_.items():
        assert np.array_equal(watched.weights_[name], array)
    assert np.array_equal(plain.predict_proba(X), watched.predict_proba(X))
    assert set(vars(plain)) | {"_skl_callbacks"} == set(vars(watched))


@needs_callbacks
def test_early_stopping_ends_the_tasks():
    X, y = data()
    recording = Recording()
    clf = IBClassifier(**{**SMALL, "lr": 0.3, "max_epochs": 100}, early_stopping=True)
    clf.set_params(patience=2).set_callbacks(recording).fit(X, y)
    assert clf.n_iter_ < 100
    assert recording.count("begin", "epoch") == clf.n_iter_
    assert recording.count("end", "epoch") == clf.n_iter_
    assert recording.calls[-2:] == [("end", "fit", 0), ("teardown", "fit", 0)]


@needs_callbacks
def test_a_callback_can_stop_the_training():
    X, y = data()
    clf = IBClassifier(**SMALL).set_callbacks(Recording(stop_at=1)).fit(X, y)
    assert clf.n_iter_ == 2


@needs_callbacks
def test_a_failed_fit_tears_callbacks_down_and_leaves_nothing():
    X, y = data()
    recording = Recording()
    clf = IBClassifier(**SMALL, callbacks=[Fail()]).set_callbacks(recording)
    before = set(vars(clf))
    with pytest.raises(RuntimeError, match="enough"):
        clf.fit(X, y)
    assert recording.count("end", "epoch") == 1
    assert recording.count("end", "fit") == 0
    assert recording.calls[-1] == ("teardown", "fit", 0)
    assert set(vars(clf)) == before
    with pytest.raises(ValueError, match="max_epochs"):
        clf.set_params(max_epochs="many").fit(X, y)
    assert recording.calls[-1] == ("teardown", "fit", 0)
    with pytest.raises(TypeError, match="'y'"):
        clf.fit(X)


@needs_callbacks
def test_the_fitted_estimator_of_an_epoch_is_that_of_a_shorter_fit():
    X, y = data()
    fitted = Fitted()
    clf = IBClassifier(**SMALL).set_callbacks(fitted).fit(X, y)
    assert [name for name, *_ in fitted.seen] == ["epoch"] * 4 + ["fit"]
    for n_epochs, (_, seen_X, seen_y, twin) in enumerate(fitted.seen[:4], start=1):
        assert seen_X is X
        assert seen_y is y
        short = IBClassifier(**{**SMALL, "max_epochs": n_epochs}).fit(X, y)
        assert twin.n_iter_ == n_epochs
        assert twin.history_ == short.history_
        assert np.array_equal(twin.predict_proba(X), short.predict_proba(X))
    last = fitted.seen[-1][-1]
    assert np.array_equal(last.predict_proba(X), clf.predict_proba(X))
    assert last is not clf


@needs_callbacks
def test_scores_can_be_monitored():
    from sklearn.callback import ScoringMonitor

    pytest.importorskip("pandas")
    X, y = data()
    monitor = ScoringMonitor(scoring="neg_log_loss")
    clf = IBClassifier(**SMALL).set_callbacks(monitor).fit(X, y)
    assert len(monitor.get_logs().data) >= SMALL["max_epochs"]
    assert clf.n_iter_ == 4


@needs_callbacks
def test_partial_fit_tells_nobody():
    X, y = data()
    recording = Recording()
    IBClassifier(**SMALL).set_callbacks(recording).partial_fit(X, y)
    assert recording.calls == []


@needs_callbacks
def test_a_progress_bar_runs(capsys):
    pytest.importorskip("rich")
    from sklearn.callback import ProgressBar

    X, y = data()
    IBClassifier(**SMALL).set_callbacks(ProgressBar()).fit(X, y)
    assert "IBClassifier - fit" in capsys.readouterr().out


@needs_callbacks
def test_searches_and_pipelines_hand_callbacks_on():
    X, y = data()
    recording = Propagated()
    pipe = make_pipeline(StandardScaler(), IBClassifier(**SMALL))
    search = GridSearchCV(pipe, {"ibclassifier__beta": [0.0, 0.1]}, cv=2)
    search.set_callbacks(recording).fit(X, y)
    # Two values by two folds, and the refit.
    assert recording.count("begin", "epoch") == 5 * SMALL["max_epochs"]
    assert recording.count("end", "epoch") == 5 * SMALL["max_epochs"]
    assert recording.count("setup") == recording.count("teardown") == 1
    best = search.best_estimator_[-1]
    assert not hasattr(best, "_skl_callbacks")
    assert not hasattr(best, "_parent_callback_ctx")


@needs_callbacks
def test_clones_share_callbacks_and_pickles_go_on_without_a_task():
    X, y = data()
    recording = Recording()
    clf = IBClassifier(**SMALL).set_callbacks(recording).fit(X, y)
    copy = pickle.loads(pickle.dumps(clf))
    assert np.array_equal(copy.predict_proba(X), clf.predict_proba(X))
    assert clone(clf)._skl_callbacks[0] is recording
    assert clf.get_params() == IBClassifier(**SMALL).get_params()
    del clf
    assert not any(name.startswith("_epoch") for name in vars(copy))


@needs_callbacks
def test_the_net_lets_go_of_the_estimator_and_its_data():
    X, y = data()
    clf = IBClassifier(**SMALL).set_callbacks(Recording()).fit(X, y)
    tasks = dict(clf.net_.callbacks_)["epoch_tasks"]
    assert tasks.estimator is tasks.root is None
    assert tasks.data == {}


def test_nothing_is_added_to_the_net_when_nobody_listens():
    X, y = data()
    assert IBClassifier(**SMALL).fit(X, y).net_.callbacks_ == []


def test_an_earlier_scikit_learn_goes_without(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.callback", None)
    path = Path(bridge.__file__)
    spec = importlib.util.spec_from_file_location("earlier_bridge", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    class Estimator(module.CallbackSupport):
        def fit(self, X, y=None):
            return self._task_callbacks()

    assert not hasattr(Estimator, "set_callbacks")
    assert Estimator().fit(None) == []
