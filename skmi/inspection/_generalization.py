"""The gap between training and new rows, as far as information bounds it."""

from __future__ import annotations

from typing import Any

import numpy as np

from skmi._validation import check_integer, check_range


def ib_generalization_bound(
    conditional_information: Any,
    n_samples: int,
    *,
    encoder_information: Any = 0.0,
    constants: tuple[float, float, float] = (0.0, 0.0, 1.0),
) -> float:
    r"""Bound of the gap between training and new rows by what layers know too much.

    Parameters
    ----------
    conditional_information : float or array-like of shape (n_layers,)
        :math:`I(X;Z_l|Y)` in nats, as :func:`stochastic_layer_information` estimates
        it given the classes: what layer l knows of its inputs beyond the target.
    n_samples : int
        Rows that the network was trained on.
    encoder_information : float or array-like of shape (n_layers,), default=0
        :math:`I(\phi_l;S)` in nats: what the encoder up to layer l knows of the rows
        that it was trained on. 0 is right only for one that was not trained on them.
    constants : (float, float, float), default=(0, 0, 1)
        :math:`G_1, G_2, G_3`. They depend on the law of the data, the loss, and the
        probability with which the bound holds, and are rarely known.

    Returns
    -------
    float
        The bound for the layer where it is smallest, in units of the loss.

    Raises
    ------
    ValueError
        If the arguments are negative or not finite, or do not fit each other.

    See Also
    --------
    stochastic_layer_information : What to put in.

    Notes
    -----
    With a probability that enters the constants, the loss on new rows exceeds that on
    the n training rows by at most

    .. math::
        \min_l \; G_3 \sqrt{\frac{I(X;Z_l|Y) + I(\phi_l;S) + G_2}{n}}
        + \frac{G_1}{\sqrt n}

    (the bound of [1]_ for encoders that are learnt, and without
    :math:`I(\phi_l;S)` that for given ones; in nats instead of bits). What is returned
    for the constants given by default is a *score*: it orders networks that were
    trained on as many rows of the same data, and guarantees nothing, all the less as
    :math:`I(\phi;S)` is left out. Nor are the informations themselves known: an
    estimate at its ceiling is too small.

    References
    ----------
    .. [1] K. Kawaguchi, Z. Deng, X. Ji, J. Huang (2023), "How does information
       bottleneck help deep learning?".

    Examples
    --------
    >>> from skmi.inspection import ib_generalization_bound
    >>> ib_generalization_bound([4.0, 1.0], n_samples=100)
    0.1
    """
    check_integer("n_samples", n_samples, 1)
    if not isinstance(constants, (tuple, list)) or len(constants) != 3:
        msg = f"constants must be three numbers, G1, G2 and G3, found {constants!r}."
        raise ValueError(msg)
    for value in constants:
        check_range("constants", value, 0, np.inf, closed="left")
    first, second, third = constants
    known = _informations(conditional_information, "conditional_information")
    learnt = _informations(encoder_information, "encoder_information")
    if learnt.size not in (1, known.size):
        msg = (
            f"encoder_information must have 1 or {known.size} entries, as "
            f"conditional_information has, found {learnt.size}."
        )
        raise ValueError(msg)
    of_layers = third * np.sqrt((known + learnt + second) / n_samples)
    return float(of_layers.min() + first / np.sqrt(n_samples))


def _informations(values: Any, name: str) -> np.ndarray:
    """Return informations of layers; negative estimates are bounds of nothing."""
    array = np.atleast_1d(np.asarray(values))
    if array.dtype.kind not in "iuf" or array.ndim != 1 or array.size == 0:
        msg = (
            f"{name} must be a number or an array of shape (n_layers,), found dtype "
            f"{array.dtype} and shape {array.shape}."
        )
        raise ValueError(msg)
    if not (np.isfinite(array) & (array >= 0)).all():
        msg = f"{name} must be finite and at least 0, found {values!r}."
        raise ValueError(msg)
    return array.astype(np.float64)
