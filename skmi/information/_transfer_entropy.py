"""Transfer entropy between two discrete sequences."""

from __future__ import annotations

from typing import Any

import numpy as np

from skmi.information._binning import discretize
from skmi.information._checks import check_count, check_numbers, nats_per_unit
from skmi.information._corrections import Correction, resolve_correction
from skmi.information._joint_codes import JointCodes


def transfer_entropy(
    x: Any,
    y: Any,
    *,
    lag: int = 1,
    history: int = 1,
    source_history: int = 1,
    n_bins: int | None = None,
    correction: str | Correction = "plugin",
    base: float | None = None,
) -> float:
    r"""Transfer entropy from one sequence to another.

    Parameters
    ----------
    x : array-like of shape (n,)
        The source: integers or labels, in order of time.
    y : array-like of shape (n,)
        The target: integers or labels at the same times.
    lag : int, default=1
        How many steps before the target the last value of the source lies, at
        least 1.
    history : int, default=1
        How many past values of the target are known already, at least 1.
    source_history : int, default=1
        How many values of the source, up to the one at ``lag``, may inform.
    n_bins : int, default=None
        Number of equal-frequency bins that each sequence is cut into; None takes the
        values as labels and refuses floating-point numbers.
    correction : str or callable, default="plugin"
        How each entropy is estimated, as in :func:`entropy`.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.

    Returns
    -------
    float
        The information that the source's past has about the target's next value
        beyond the target's own past, in nats unless ``base`` is given. Exactly 0 if
        either sequence is constant, or the target follows from its own past.

    Raises
    ------
    ValueError
        If lengths differ, values are missing or continuous without ``n_bins``, the
        sequences are too short, or an option is out of range.

    See Also
    --------
    conditional_mutual_information : What this is for a table.
    discretize : The bins.
    suggest_n_bins : How many bins the data bear.

    Notes
    -----
    With the lag l, k values of history and m of the source,
    :math:`T = I(Y_t; X_{t-l}, \dots, X_{t-l-m+1} | Y_{t-1}, \dots, Y_{t-k})` ([1]_,
    equation 4), over the rows t for which all of these exist. The number of cells
    grows as :math:`K_y^{k+1} K_x^m` and with it the bias of the plug-in value: with
    independent sequences it is about
    :math:`(K_y - 1)(K_x^m - 1) K_y^k / 2N`. A common driver, or a target sampled
    more slowly than it changes, shows up as transfer as well. Cost O(n log n) for
    each value of history.

    References
    ----------
    .. [1] T. Schreiber (2000), "Measuring information transfer".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import transfer_entropy
    >>> x = np.random.default_rng(0).integers(0, 2, size=5000)
    >>> y = np.roll(x, 2)
    >>> round(transfer_entropy(x, y, lag=2, base=2), 2)
    1.0
    >>> round(transfer_entropy(y, x, lag=2, base=2), 2)
    0.0
    """
    source, target = _sequence(x, "x", n_bins), _sequence(y, "y", n_bins)
    if source.size != target.size:
        msg = f"y must be of length {source.size}, as x is, found {target.size}."
        raise ValueError(msg)
    lag = check_count(lag, "lag", 1)
    history = check_count(history, "history", 1)
    source_history = check_count(source_history, "source_history", 1)
    unit = nats_per_unit(base)
    first = max(history, lag + source_history - 1)
    if first >= source.size:
        msg = (
            f"x and y must be longer than the {first} values that history and lag "
            f"reach back, found {source.size}."
        )
        raise ValueError(msg)
    steps = np.arange(first, source.size)
    own_past = [target[steps - k] for k in range(1, history + 1)]
    past = [source[steps - k] for k in range(lag, lag + source_history)]
    columns = np.column_stack([target[steps], *own_past, *past])
    codes = JointCodes(columns, resolve_correction(correction))
    return _conditional_information(codes, history, columns.shape[1]) / unit


def _conditional_information(codes: JointCodes, history: int, n_columns: int) -> float:
    """Return I(Y;X|Z): Y is column 0, Z the next ``history``, X all others."""
    y, z = [0], list(range(1, history + 1))
    x = list(range(history + 1, n_columns))
    n_known = codes.n_occupied(z)
    if n_known in (codes.n_occupied(y + z), codes.n_occupied(x + z)):
        return 0.0
    h_z, h_yz, h_xz, h_all = map(codes.entropy, (z, y + z, x + z, y + z + x))
    return (h_yz - h_z) - (h_all - h_xz)


def _sequence(values: Any, name: str, n_bins: int | None) -> np.ndarray:
    """Return codes of a sequence of labels, or of bins of numbers."""
    array = np.asarray(values)
    if array.ndim != 1 or array.size == 0:
        msg = f"{name} must be of shape (n,) with n > 0, found {array.shape}."
        raise ValueError(msg)
    if n_bins is not None:
        numbers = check_numbers(array, name)[:, None]
        return discretize(numbers, n_bins)[0][:, 0].astype(np.int64)
    if array.dtype.kind in "fc":
        msg = (
            f"{name} must hold integers or labels, found dtype {array.dtype}; n_bins "
            "cuts numbers into bins."
        )
        raise ValueError(msg)
    return np.unique(array, return_inverse=True)[1]
