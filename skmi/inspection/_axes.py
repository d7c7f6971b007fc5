"""Axes to draw on, with matplotlib loaded no sooner than that."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any


def require_matplotlib(caller: str) -> Any:
    """Return matplotlib's pyplot, or say who needs it and how to get it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        msg = (
            f"{caller} needs matplotlib. Install it with `pip install matplotlib`, or "
            "with the package: `pip install skmi[plot]`."
        )
        raise ImportError(msg) from error
    return plt


def axes_for(ax: Any, caller: str, figsize: tuple[float, float]) -> Any:
    """Return the axes given, or those of a new figure of some size in inches."""
    plt = require_matplotlib(caller)
    if ax is None:
        _, ax = plt.subplots(figsize=figsize, layout="constrained")
    check_axes(ax)
    return ax


def check_axes(ax: Any) -> None:
    """Raise unless ``ax`` is what matplotlib draws on."""
    from matplotlib.axes import Axes

    if not isinstance(ax, Axes):
        shape = getattr(ax, "shape", None)
        found = type(ax).__name__ + ("" if shape is None else f" of shape {shape}")
        msg = f"ax must be matplotlib Axes or None, found {found}."
        raise TypeError(msg)


# What draws, by the module that it is in. It knows the short names of its keywords.
_ARTISTS = {
    "AxesImage": "matplotlib.image",
    "Line2D": "matplotlib.lines",
    "PathCollection": "matplotlib.collections",
    "Rectangle": "matplotlib.patches",
}


def style(
    defaults: Mapping[str, Any],
    chosen: Mapping[str, Any] | None,
    artist: str = "Line2D",
) -> dict:
    """Return keywords for matplotlib: ours where the user has chosen nothing.

    Short names of keywords, such as "lw", are those that the artist knows.
    """
    from matplotlib.cbook import normalize_kwargs

    kind = getattr(import_module(_ARTISTS[artist]), artist)
    ours, theirs = (normalize_kwargs(dict(k or {}), kind) for k in (defaults, chosen))
    return {**ours, **theirs}
