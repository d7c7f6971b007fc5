"""Where estimators that wrap others keep what was fitted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# Of searches, and of estimators that train one of another class in the end.
_INNER = ("best_estimator_", "estimator_")


def fitted_parts(estimator: Any) -> Iterator[tuple[str, Any]]:
    """Yield an estimator and those that it wraps, each with the path to it.

    Looked into are the attributes in which scikit-learn's wrappers keep what they have
    fitted, and the last of ``steps``.
    """
    yield "", estimator
    inner = [(f"{name}.", getattr(estimator, name, None)) for name in _INNER]
    steps = getattr(estimator, "steps", None)
    if isinstance(steps, (list, tuple)) and steps:
        inner.append(("steps[-1][1].", steps[-1][1]))
    for path, part in inner:
        if part is not None:
            for rest, found in fitted_parts(part):
                yield path + rest, found


def recorder_of(estimator: Any) -> Any:
    """Return the recorder that an estimator, or one that it wraps, was trained with."""
    places = []
    for path, part in fitted_parts(estimator):
        callbacks = getattr(getattr(part, "net_", None), "callbacks_", ())
        for _, callback in callbacks:
            if hasattr(callback, "activations_"):
                return callback
        places.append(f"{path}net_")
    msg = (
        "estimator must be fitted with InformationPlane.callback(X) among its "
        f"callbacks, and not be pickled since, found no record in {places} of "
        f"{type(estimator).__name__}."
    )
    raise ValueError(msg)
