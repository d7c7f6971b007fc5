"""Callbacks of training: early stopping, checkpoints, progress."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import save
from skorch.callbacks import Callback
from torch import Tensor

from skmi._validation import check_integer
from skmi.training._fingerprint import digest_of
from skmi.training._tree import flatten_tree, is_tree, unflatten_tree

_FORMAT = 1


# They ask the net for predictions of arrays, or for files of pickles.
_NOT_FOR_US = {
    "EpochScoring": "read history_, or score each epoch in a callback of your own",
    "BatchScoring": "read history_, or score each epoch in a callback of your own",
    "Checkpoint": "take skmi.training.Checkpoint",
    "TrainEndCheckpoint": "take skmi.training.Checkpoint",
    "LoadInitState": "take skmi.training.Checkpoint, which resumes by itself",
}


_OWN_NAMES = ("early_stopping", "progress")


def is_known(callback: Any) -> bool:
    """Tell whether skorch or skmi say what a callback does, or a base of its class."""
    bases = [cls for cls in type(callback).__mro__ if cls is not Callback]
    return any(cls.__module__.split(".")[0] in ("skorch", "skmi") for cls in bases)


def bare(callback: Any) -> Any:
    """Return a callback without the name it may be paired with."""
    return callback[-1] if isinstance(callback, tuple) and callback else callback


def check_callbacks(callbacks: Any) -> None:
    """Raise unless all are skorch callbacks that can work here."""
    for given in callbacks:
        callback = bare(given)
        named = isinstance(given, tuple)
        if (
            not hasattr(callback, "on_epoch_end")
            or isinstance(callback, type)
            or (named and (len(given) != 2 or not isinstance(given[0], str)))
        ):
            msg = (
                "callbacks must hold skorch callbacks, or pairs of a name and one, "
                f"found {given!r}."
            )
            raise TypeError(msg)
        if named and given[0] in _OWN_NAMES:
            msg = (
                f"callbacks holds one named {given[0]!r}; the names {_OWN_NAMES} are "
                "taken by those that the parameters early_stopping and verbose make."
            )
            raise ValueError(msg)
        for cls in type(callback).__mro__:
            if cls.__module__.startswith("skorch.") and cls.__name__ in _NOT_FOR_US:
                msg = (
                    f"callbacks holds skorch's {cls.__name__}, which needs a net of "
                    f"skorch's own: {_NOT_FOR_US[cls.__name__]}."
                )
                raise TypeError(msg)


class EarlyStopping(Callback):
    """Stop when a term has not improved for a while; go back to the best epoch.

    Epochs of a warm-up, in which another loss is minimised than in the end, do not
    count: an objective tells them by ``is_settled(epoch)``.

    Parameters
    ----------
    monitor : str, default="valid_loss"
        Name in the net's history: "valid_loss", "train_loss", "valid_<term>".
    patience : int, default=10
        Epochs without improvement before training stops.
    lower_is_better : bool, default=True
        Whether the best value is the lowest.

    Examples
    --------
    >>> from skmi.training import EarlyStopping
    >>> EarlyStopping(patience=5).patience
    5
    """

    def __init__(
        self,
        monitor: str = "valid_loss",
        patience: int = 10,
        lower_is_better: bool = True,
    ) -> None:
        self.monitor = monitor
        self.patience = patience
        self.lower_is_better = lower_is_better

    def on_train_begin(
        self, net: Any, X: Any = None, y: Any = None, **kwargs: Any
    ) -> None:
        """Forget earlier training."""
        check_integer("patience", self.patience, 1)
        self.best_epoch_ = 0
        self.best_value_ = float("inf")
        self.misses_ = 0
        self.best_weights_: dict[str, Any] | None = None

    def on_epoch_end(
        self, net: Any, dataset_train: Any = None, dataset_valid: Any = None, **_: Any
    ) -> None:
        """Compare the epoch with the best one so far."""
        if self.monitor not in net.history[-1]:
            names = [n for n in net.history[-1] if n.startswith(("train_", "valid_"))]
            msg = f"monitor={self.monitor!r} is not recorded; there is {names}."
            raise ValueError(msg)
        settles = getattr(net.criterion_, "is_settled", None)
        if settles is not None and not settles(net.n_epochs_done - 1):
            return
        value = net.history[-1, self.monitor]
        value = value if self.lower_is_better else -value
        if value < self.best_value_:
            self.best_value_, self.misses_ = value, 0
            self.best_epoch_ = len(net.history)
            self.best_weights_ = _clone_weights(net)
            return
        self.misses_ += 1
        if self.misses_ >= self.patience:
            net.stop_requested = True

    def on_train_end(
        self, net: Any, X: Any = None, y: Any = None, **kwargs: Any
    ) -> None:
        """Restore the weights of the best epoch, the critic's among them."""
        if self.best_weights_ is not None:
            net.module_.load_state_dict(self.best_weights_["module"])
            net.criterion_.load_state_dict(self.best_weights_["criterion"])

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed run needs."""
        return {
            "best_epoch_": self.best_epoch_,
            "best_value_": self.best_value_,
            "misses_": self.misses_,
            "best_weights_": self.best_weights_,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up where a stored run was."""
        for name, value in state.items():
            setattr(self, name, value)


def _clone_weights(net: Any) -> dict[str, dict[str, Tensor]]:
    """Copy the weights of module and objective."""
    return {
        part: {k: v.detach().clone() for k, v in state.items()}
        for part, state in (
            ("module", net.module_.state_dict()),
            ("criterion", net.criterion_.state_dict()),
        )
    }


class Checkpoint(Callback):
    """Save training every few epochs; the same fit, started again, resumes there.

    A fit is known by a fingerprint of its data, parameters, initial weights and seed,
    which names its file: a grid search may share one folder among all its fits, and
    finds those already finished when it is started again. Set ``random_state`` to an
    integer, or no two fits are the same. Callbacks of skorch and skmi, and of classes
    derived from them, belong to the parameters, with their own; callbacks that you
    wrote do not. Functions are known by their code and what they hold; what they call,
    and global names that they read, is not looked into.

    Parameters
    ----------
    path : str or path
        Folder of the files, made when it is not there.
    every : int, default=1
        Epochs between two files; the last epoch is always saved.

    Notes
    -----
    A file holds the weights, the optimizer's state, the generators, the history and
    the state of the other callbacks: what their ``state_dict`` says, or else those of
    their fitted attributes (``name_``) that are plain data or have a ``state_dict``.
    A resumed run ends in the same bits as one that was never interrupted. Files are
    safetensors written aside and renamed: an interrupted or failed write leaves the
    earlier file, and reading one runs no code. Nothing deletes them but you.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.datasets import load_iris
    >>> from skmi.bottleneck import IBClassifier
    >>> from skmi.training import Checkpoint
    >>> X, y = load_iris(return_X_y=True)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     clf = IBClassifier(
    ...         max_epochs=2, random_state=0, callbacks=[Checkpoint(folder)]
    ...     ).fit(X, y)
    """

    def __init__(self, path: str | Path, every: int = 1) -> None:
        self.path = path
        self.every = every

    def on_train_begin(
        self, net: Any, X: Any = None, y: Any = None, **kwargs: Any
    ) -> None:
        """Resume from the file of this very fit, if there is one."""
        check_integer("every", self.every, 1)
        if not isinstance(self.path, (str, Path)):
            msg = f"path must be a folder as text or Path, found {self.path!r}."
            raise TypeError(msg)
        folder = Path(self.path)
        if folder.exists() and not folder.is_dir():
            msg = f"path must be a folder, found the file {folder}."
            raise ValueError(msg)
        folder.mkdir(parents=True, exist_ok=True)
        self.file_ = folder / f"{_fingerprint(net, X)}.safetensors"
        if self.file_.exists():
            self._resume(net)

    def on_epoch_end(
        self, net: Any, dataset_train: Any = None, dataset_valid: Any = None, **_: Any
    ) -> None:
        """Save, when it is time to."""
        done = net.n_epochs_done
        last = net.stop_requested or done >= net.max_epochs
        if last or done % self.every == 0:
            self._save(net, finished=last)

    def _save(self, net: Any, finished: bool) -> None:
        """Write the state aside, then rename it over the earlier file."""
        state = {
            "net": net.training_state(),
            "callbacks": {
                name: _callback_state(callback) for name, callback in net.callbacks_
            },
            "history": [_plain(row) for row in net.history],
            "n_epochs_done": net.n_epochs_done,
            "finished": finished,
            "format": _FORMAT,
        }
        skeleton, tensors = flatten_tree(state)
        data = save(
            {k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()},
            {"skmi": json.dumps(skeleton)},
        )
        _write_aside(self.file_, data)

    def _resume(self, net: Any) -> None:
        """Load the file into the net and its callbacks."""
        try:
            with safe_open(self.file_, framework="pt") as file:
                skeleton = json.loads(file.metadata()["skmi"])
                # Copies: sums depend on how memory is aligned, and these are not.
                names = list(file.keys())
                tensors = {name: file.get_tensor(name).clone() for name in names}
            state = unflatten_tree(skeleton, tensors)
            if state["format"] != _FORMAT:
                msg = f"written in format {state['format']}, this is {_FORMAT}"
                raise ValueError(msg)
            net.load_training_state(state["net"])
        except Exception as error:
            msg = (
                f"checkpoint {self.file_} cannot be read ({error}); delete it to start "
                "this fit anew."
            )
            raise ValueError(msg) from error
        for name, callback in net.callbacks_:
            _restore_callback(callback, state["callbacks"].get(name, {}))
        for row in state["history"]:
            net.history.new_epoch()
            for name, value in row.items():
                net.history.record(name, value)
        net.n_epochs_done = state["n_epochs_done"]
        net.stop_requested = state["finished"]


def _callback_state(callback: Any) -> dict[str, Any]:
    """Return what a callback needs to go on: its own say, or its fitted attributes."""
    if isinstance(callback, (Checkpoint, Progress)):
        return {}
    if hasattr(callback, "state_dict"):
        state: dict[str, Any] = callback.state_dict()
        return state
    fitted = {k: v for k, v in vars(callback).items() if k.endswith("_")}
    state = {}
    for name, value in fitted.items():
        if hasattr(value, "state_dict") and not isinstance(value, type):
            state[name] = value.state_dict()
        elif is_tree(value):
            state[name] = value
    return state


def _restore_callback(callback: Any, state: dict[str, Any]) -> None:
    """Put back what was stored of a callback."""
    if hasattr(callback, "load_state_dict"):
        callback.load_state_dict(state)
        return
    for name, value in state.items():
        restore = getattr(getattr(callback, name, None), "load_state_dict", None)
        if restore is None:
            setattr(callback, name, value)
        else:
            restore(value)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return the numbers of an epoch without those of its batches."""
    return {k: v for k, v in row.items() if isinstance(v, (int, float))}


def _fingerprint(net: Any, rows: Any) -> str:
    """Return a name for a fit: data, parameters, initial state."""
    _, state = flatten_tree(net.training_state())
    held_out = [] if net.valid_rows is None else net.valid_rows.tensors()
    content = digest_of([*rows.tensors(), *held_out, *state.values()])
    return hashlib.sha256((net.description + content).encode()).hexdigest()[:32]


def _write_aside(path: Path, data: bytes) -> None:
    """Write a file under another name and rename it, so that it is whole or old."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class Progress(Callback):
    """One live bar over the epochs, with the loss and the other terms."""

    def on_train_begin(
        self, net: Any, X: Any = None, y: Any = None, **kwargs: Any
    ) -> None:
        """Open the bar."""
        from tqdm.auto import tqdm

        self.bar_ = tqdm(total=net.max_epochs, unit="epoch", desc=net.title)

    def on_epoch_end(
        self, net: Any, dataset_train: Any = None, dataset_valid: Any = None, **_: Any
    ) -> None:
        """Move the bar and show the terms."""
        row = net.history[-1]
        shown = {
            name.removeprefix("train_"): f"{value:.3f}"
            for name, value in row.items()
            if isinstance(value, float)
        }
        self.bar_.n = net.n_epochs_done
        self.bar_.set_postfix(shown)

    def close(self) -> None:
        """Close the bar, also after an error."""
        if hasattr(self, "bar_"):
            self.bar_.close()
