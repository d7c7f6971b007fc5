"""The bridge to scikit-learn's callbacks: each epoch is a task of ``fit``.

scikit-learn has them since 1.9; with an earlier one, nothing here does anything.
"""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable
from typing import Any

from skorch.callbacks import Callback as SkorchCallback

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stands where scikit-learn has no callbacks."""

    with_callbacks = None


class CallbackSupport(CallbackSupportMixin):
    """Let the ``fit`` of every subclass tell scikit-learn's callbacks of its epochs.

    The subclass has ``max_epochs``, adds :meth:`_task_callbacks` to those of its net,
    and keeps what a net has learnt by ``_keep(net)``.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if with_callbacks is not None and "fit" in vars(cls):
            cls.fit = with_callbacks(_with_root_task(vars(cls)["fit"]))

    def _task_callbacks(self) -> list[Any]:
        """Return the net's callback that makes tasks of epochs, if anyone listens."""
        tasks = vars(self).get("_epoch_tasks")
        return [] if tasks is None else [("epoch_tasks", tasks)]


def _with_root_task(fit: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``fit`` with a task around it whose subtasks are the epochs."""
    signature = inspect.signature(fit)

    @functools.wraps(fit)
    def fit_as_task(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not getattr(self, "_skl_callbacks", None):
            return fit(self, *args, **kwargs)
        given = signature.bind(self, *args, **kwargs).arguments
        data = {"X": given.get("X"), "y": given.get("y")}
        root = self._init_callback_context(max_subtasks=self.max_epochs)
        root.call_on_fit_task_begin(estimator=self, **data)
        self._epoch_tasks = EpochTasks(self, root, data)
        try:
            fitted = fit(self, *args, **kwargs)
        finally:
            del self._epoch_tasks
        root.call_on_fit_task_end(estimator=self, reconstruction_attributes={}, **data)
        return fitted

    return fit_as_task


class EpochTasks(SkorchCallback):
    """Begin and end a task of scikit-learn's with each epoch; stop when one asks to.

    Parameters
    ----------
    estimator : BaseTorchEstimator
        What is fitted.
    root : sklearn.callback.CallbackContext
        The task of its ``fit``.
    data : dict
        X and y, as ``fit`` was given them.
    """

    def __init__(self, estimator: Any, root: Any, data: dict[str, Any]) -> None:
        self.estimator = estimator
        self.root = root
        self.data = data

    def on_epoch_begin(
        self, net: Any, dataset_train: Any = None, dataset_valid: Any = None, **_: Any
    ) -> None:
        """Begin a task."""
        self.task = self.root.subcontext(task_name="epoch")
        self.task.call_on_fit_task_begin(estimator=self.estimator, **self.data)

    def on_epoch_end(
        self, net: Any, dataset_train: Any = None, dataset_valid: Any = None, **_: Any
    ) -> None:
        """End it; the fitted estimator is only made for callbacks that ask for one."""
        stop = self.task.call_on_fit_task_end(
            estimator=self.estimator,
            reconstruction_attributes=functools.partial(
                _fitted_so_far, self.estimator, net
            ),
            **self.data,
        )
        if stop:
            net.stop_requested = True

    def close(self) -> None:
        """Forget the estimator and its data, which the net outlives."""
        self.estimator = self.root = self.task = None
        self.data = {}


def _fitted_so_far(estimator: Any, net: Any) -> dict[str, Any]:
    """Return the attributes that the estimator would have if training ended now."""
    twin = copy.copy(estimator)
    twin._keep(net)
    # The net goes on; the weights that were kept do not.
    return {**vars(twin), "_live": {}}
