"""What an estimator of layers may be told, and what of it is accepted."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from skmi._validation import check_integer, check_name, check_range

_BOUNDS = ("lower", "middle", "upper")
_RANGES = ("layer", "record")


class LayerOptions(NamedTuple):
    """What an estimator of a layer may be told; see :class:`InformationPlane`."""

    n_bins: int
    bin_range: Any
    """Lowest and highest value of the bins, or None for those of the record."""
    noise: float
    bound: str
    compression: Any
    n_components: int
    rng: np.random.Generator


# What the parameters of a plane and those of one of its layers have in common.
OPTIONS = ("estimator", *LayerOptions._fields[:-1])


def options_of_layers(
    common: Mapping[str, Any],
    per_layer: Any,
    layers: list[str],
    known: Mapping[str, Any],
) -> dict[str, dict[str, Any]]:
    """Return the options of each layer; what differs must be for layers there are."""
    per_layer = per_layer or {}
    unknown = [name for name in per_layer if name not in layers]
    if unknown:
        msg = f"per_layer names the layers {unknown}; accepted: {layers}."
        raise ValueError(msg)
    result = {}
    for name in layers:
        own = per_layer.get(name, {})
        own = own if isinstance(own, Mapping) else {"estimator": own}
        odd = sorted(set(own) - set(OPTIONS))
        if odd:
            msg = f"per_layer[{name!r}] has {odd}; accepted: {list(OPTIONS)}."
            raise ValueError(msg)
        result[name] = {key: own.get(key, common[key]) for key in OPTIONS}
        check_options(result[name], known)
    return result


def check_options(options: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    """Raise unless the options of a layer are acceptable."""
    estimator = options["estimator"]
    is_object = callable(estimator) or hasattr(estimator, "fit")
    if not is_object or isinstance(estimator, type):
        check_name("estimator", estimator, known)
    check_integer("n_bins", options["n_bins"], 2)
    check_range("noise", options["noise"], 0, np.inf, closed="neither")
    if options["bound"] not in _BOUNDS:
        msg = f"bound must be one of {list(_BOUNDS)}, found {options['bound']!r}."
        raise ValueError(msg)
    check_integer("n_components", options["n_components"], 1)
    compression = options["compression"]
    if compression not in (None, "pca") and not hasattr(compression, "transform"):
        msg = (
            f"compression must be None, 'pca' or a transformer, found {compression!r}."
        )
        raise ValueError(msg)
    _check_bin_range(options["bin_range"])


def _check_bin_range(bin_range: Any) -> None:
    """Raise unless the range of bins is a name or two rising numbers."""
    if isinstance(bin_range, str) and bin_range in _RANGES:
        return
    is_pair = isinstance(bin_range, (tuple, list)) and len(bin_range) == 2
    if (
        not is_pair
        or not all(isinstance(end, Real) for end in bin_range)
        or not -np.inf < bin_range[0] < bin_range[1] < np.inf
    ):
        msg = (
            f"bin_range must be one of {list(_RANGES)} or two rising numbers, found "
            f"{bin_range!r}."
        )
        raise ValueError(msg)
