"""One-to-one maps of samples: they change the shape of data and no information."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.special import ndtr

from skmi._validation import check_range

Transform = Callable[[np.ndarray], np.ndarray]


def normal_cdf(x: Any) -> np.ndarray:
    r"""Map each entry by the standard normal distribution function.

    Parameters
    ----------
    x : array-like of any shape
        Samples; standard normal ones become uniform on (0, 1).

    Returns
    -------
    ndarray of the shape of x
        :math:`\Phi(x)`, between 0 and 1.

    Raises
    ------
    ValueError
        If x is not made of finite real numbers.

    See Also
    --------
    swiss_roll : Needs entries between 0 and 1.

    Notes
    -----
    One-to-one on the line; in double precision only up to about 8, where the result
    rounds to 1. So heavy tails (Student's t with few degrees of freedom) lose
    information here, and not with :func:`asinh`. Cost O(size of x).

    Examples
    --------
    >>> from skmi.datasets import normal_cdf
    >>> normal_cdf([0.0])
    array([0.5])
    """
    return ndtr(_numbers(x))


def half_cube(x: Any) -> np.ndarray:
    r"""Map each entry to its power 3/2, sign kept: heavier tails.

    Parameters
    ----------
    x : array-like of any shape
        Samples.

    Returns
    -------
    ndarray of the shape of x
        :math:`x |x|^{1/2}`.

    Raises
    ------
    ValueError
        If x is not made of finite real numbers.

    See Also
    --------
    asinh : Lighter tails.

    Notes
    -----
    One-to-one on the line; the map flattens at 0, so the density of the result has a
    pole there [1]_. Cost O(size of x).

    References
    ----------
    .. [1] P. Czyz, F. Grabowski, J. E. Vogt, N. Beerenwinkel, A. Marx (2023), "Beyond
       normal: on the evaluation of mutual information estimators".

    Examples
    --------
    >>> from skmi.datasets import half_cube
    >>> half_cube([-4.0, 9.0])
    array([-8., 27.])
    """
    array = _numbers(x)
    return array * np.sqrt(np.abs(array))


def asinh(x: Any) -> np.ndarray:
    r"""Map each entry by the inverse hyperbolic sine: lighter tails.

    Parameters
    ----------
    x : array-like of any shape
        Samples.

    Returns
    -------
    ndarray of the shape of x
        :math:`\log(x + \sqrt{x^2 + 1})`: nearly x around 0, a logarithm far out.

    Raises
    ------
    ValueError
        If x is not made of finite real numbers.

    See Also
    --------
    half_cube : Heavier tails.

    Notes
    -----
    One-to-one on the line. Cost O(size of x).

    Examples
    --------
    >>> from skmi.datasets import asinh
    >>> asinh([0.0, 1e6]).round(3)
    array([ 0.   , 14.509])
    """
    return np.arcsinh(_numbers(x))


def wiggly(x: Any) -> np.ndarray:
    r"""Map each entry by a rising curve with waves: uneven local stretching.

    Parameters
    ----------
    x : array-like of any shape
        Samples.

    Returns
    -------
    ndarray of the shape of x
        :math:`x + 0.4 \sin x + 0.2 \sin(1.7 x + 1) + 0.03 \sin(3.3 x - 2.5)`.

    Raises
    ------
    ValueError
        If x is not made of finite real numbers.

    See Also
    --------
    half_cube : A map with a single flat place.

    Notes
    -----
    One-to-one on the line: the slope is at least 1 - 0.4 - 0.34 - 0.099 = 0.161 [1]_.
    Cost O(size of x).

    References
    ----------
    .. [1] P. Czyz, F. Grabowski, J. E. Vogt, N. Beerenwinkel, A. Marx (2023), "Beyond
       normal: on the evaluation of mutual information estimators".

    Examples
    --------
    >>> from skmi.datasets import wiggly
    >>> wiggly([0.0, 1.0]).round(3)
    array([0.15 , 1.444])
    """
    array = _numbers(x)
    waves = 0.4 * np.sin(array) + 0.2 * np.sin(1.7 * array + 1.0)
    return array + waves + 0.03 * np.sin(3.3 * array - 2.5)


def swiss_roll(x: Any) -> np.ndarray:
    r"""Roll an interval up into a spiral in the plane.

    Parameters
    ----------
    x : array-like of shape (n,) or (n, 1)
        Samples between 0 and 1.

    Returns
    -------
    ndarray of shape (n, 2)
        :math:`(t \cos t, t \sin t) / 21` with :math:`t = 1.5 \pi (1 + 2 x)`.

    Raises
    ------
    ValueError
        If x has several columns, or an entry outside [0, 1].

    See Also
    --------
    normal_cdf : Brings normal samples between 0 and 1.
    spiral : A map of the whole space.

    Notes
    -----
    One-to-one: the distance to the origin gives x back. Neighbours across the turns
    of the roll, which are far apart in x, mislead whatever relies on distances [1]_.
    Cost O(n).

    References
    ----------
    .. [1] P. Czyz, F. Grabowski, J. E. Vogt, N. Beerenwinkel, A. Marx (2023), "Beyond
       normal: on the evaluation of mutual information estimators".

    Examples
    --------
    >>> from skmi.datasets import swiss_roll
    >>> swiss_roll([0.0, 0.5, 1.0]).shape
    (3, 2)
    """
    array = _numbers(x)
    if array.ndim not in (1, 2) or (array.ndim == 2 and array.shape[1] != 1):
        msg = f"x must be of shape (n,) or (n, 1), found {array.shape}."
        raise ValueError(msg)
    if array.size and not 0 <= array.min() <= array.max() <= 1:
        msg = (
            f"x must lie in [0, 1], found entries from {array.min()} to {array.max()}; "
            "normal_cdf brings them there."
        )
        raise ValueError(msg)
    t = 1.5 * np.pi * (1 + 2 * array.ravel())
    return np.column_stack([t * np.cos(t), t * np.sin(t)]) / 21


def spiral(
    x: Any, *, speed: float = 1.0, plane: tuple[int, int] = (0, 1)
) -> np.ndarray:
    r"""Turn each row in a plane, by an angle that grows with its length.

    Parameters
    ----------
    x : array-like of shape (n, d)
        Samples, d at least 2.
    speed : float, default=1.0
        Radians for each unit of the squared length. ``-speed`` undoes the map.
    plane : tuple of two int, default=(0, 1)
        The two columns that are turned.

    Returns
    -------
    ndarray of shape (n, d)
        :math:`\exp(s \|x\|^2 A) x`, where A turns the plane.

    Raises
    ------
    ValueError
        If x is not 2-D with two columns or more, or an option is not acceptable.

    See Also
    --------
    swiss_roll : Rolls up an interval.

    Notes
    -----
    One-to-one on the whole space, for it keeps the length of each row, and so the
    angle to undo [1]_. Cost O(n d).

    References
    ----------
    .. [1] P. Czyz, F. Grabowski, J. E. Vogt, N. Beerenwinkel, A. Marx (2023), "Beyond
       normal: on the evaluation of mutual information estimators".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.datasets import spiral
    >>> rows = np.array([[1.0, 0.0], [2.0, 0.0]])
    >>> spiral(rows, speed=np.pi / 2).round(3) + 0.0
    array([[0., 1.],
           [2., 0.]])
    """
    array = _numbers(x)
    if array.ndim != 2 or array.shape[1] < 2:
        msg = f"x must be of shape (n, d) with d at least 2, found {array.shape}."
        raise ValueError(msg)
    check_range("speed", speed, -np.inf, np.inf, closed="neither")
    i, j = _plane(plane, array.shape[1])
    angle = speed * np.sum(array**2, axis=1)
    cosine, sine = np.cos(angle), np.sin(angle)
    turned = array.copy()
    turned[:, i] = cosine * array[:, i] - sine * array[:, j]
    turned[:, j] = sine * array[:, i] + cosine * array[:, j]
    return turned


TRANSFORMS: dict[str, Transform] = {
    "asinh": asinh,
    "half_cube": half_cube,
    "normal_cdf": normal_cdf,
    "spiral": spiral,
    "swiss_roll": swiss_roll,
    "wiggly": wiggly,
}
"""Name -> one-to-one map of samples (n, d)."""


def transformed(x: np.ndarray, transform: Any, name: str) -> np.ndarray:
    """Return x after None, one transform or several in order; errors name it."""
    is_several = isinstance(transform, Sequence) and not isinstance(transform, str)
    for step in transform if is_several else [transform]:
        function = _resolve(step, name)
        if function is None:
            continue
        try:
            x = np.asarray(function(x))
        except ValueError as error:
            msg = f"{name}: {step!r} cannot be applied here: {error}"
            raise ValueError(msg) from error
    return x


def _resolve(step: Any, name: str) -> Transform | None:
    """Return the function that a name means, a callable itself, or None."""
    if step is None or callable(step):
        return step
    if isinstance(step, str) and step in TRANSFORMS:
        return TRANSFORMS[step]
    msg = (
        f"{name} must be None, one of {sorted(TRANSFORMS)}, a callable, or a sequence "
        f"of them, found {step!r}."
    )
    raise ValueError(msg)


def _numbers(x: Any) -> np.ndarray:
    """Return finite real numbers as float64."""
    array = np.asarray(x)
    if array.dtype.kind not in "buif" or not np.isfinite(array).all():
        found = "NaN or infinity" if array.dtype.kind == "f" else f"dtype {array.dtype}"
        msg = f"x must hold finite real numbers, found {found}."
        raise ValueError(msg)
    return array.astype(np.float64)


def _plane(plane: Any, n_columns: int) -> tuple[int, int]:
    """Return two different columns."""
    chosen = np.asarray(plane)
    acceptable = (
        chosen.shape == (2,)
        and chosen.dtype.kind in "iu"
        and chosen[0] != chosen[1]
        and ((chosen >= 0) & (chosen < n_columns)).all()
    )
    if not acceptable:
        msg = (
            f"plane must be two different columns of the {n_columns}, counted from 0, "
            f"found {plane!r}."
        )
        raise ValueError(msg)
    return int(chosen[0]), int(chosen[1])
