"""Axes to draw on, with matplotlib loaded no sooner than that."""

from __future__ import annotations

from collections.abc import Mapping
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
    return ax


def style(defaults: Mapping[str, Any], chosen: Mapping[str, Any] | None) -> dict:
    """Return keywords for matplotlib: ours where the user has chosen nothing."""
    return {**defaults, **(chosen or {})}
