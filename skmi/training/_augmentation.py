"""Random views as scikit-learn parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn.base import BaseEstimator
from torch import Tensor

from skmi._validation import check_integer, check_range
from skmi.nn.noise import Noise
from skmi.nn.views import corrupt, gaussian_noise, mask, shift


class Augmentation(BaseEstimator):
    """Random views of rows: shift, then marginal corruption, masking and noise.

    Parameters
    ----------
    scale : float, default=0.1
        Standard deviation of normal noise, in units of the standardised columns.
    corruption : float, default=0.3
        Share of entries replaced by the same column of other rows.
    masking : float, default=0.0
        Share of entries set to 0, the mean of a standardised column.
    max_shift : int, default=0
        Largest move of an image along each axis, in pixels; needs ``image_shape``.
    image_shape : tuple of int or None, default=None
        (height, width) of the images that the columns flatten, channel first.

    See Also
    --------
    skmi.infomax.InfomaxEncoder : Takes one as ``augment``.

    Examples
    --------
    >>> from skmi.training import Augmentation
    >>> Augmentation(scale=0.5).get_params()["corruption"]
    0.3
    """

    def __init__(
        self,
        scale: float = 0.1,
        corruption: float = 0.3,
        masking: float = 0.0,
        max_shift: int = 0,
        image_shape: tuple[int, int] | None = None,
    ) -> None:
        self.scale = scale
        self.corruption = corruption
        self.masking = masking
        self.max_shift = max_shift
        self.image_shape = image_shape

    def build(self, n_in: int) -> Callable[[Tensor, Noise], Tensor]:
        """Return ``augment(x, noise)`` for rows of ``n_in`` columns.

        Parameters
        ----------
        n_in : int
            Columns of the rows.

        Returns
        -------
        callable
        """
        check_range("scale", self.scale, 0.0, float("inf"))
        check_range("corruption", self.corruption, 0.0, 1.0)
        check_range("masking", self.masking, 0.0, 1.0)
        check_integer("max_shift", self.max_shift, 0)
        if self.max_shift:
            _check_image_shape(self.image_shape, n_in)
        return _Augment(**self.get_params())


class _Augment:
    """The augmentations that are switched on, one after the other."""

    def __init__(self, **options: Any) -> None:
        self.options = options

    def __call__(self, x: Tensor, noise: Noise) -> Tensor:
        options = self.options
        if options["max_shift"]:
            x = shift(x, noise, options["max_shift"], options["image_shape"])
        if options["corruption"]:
            x = corrupt(x, noise, options["corruption"])
        if options["masking"]:
            x = mask(x, noise, options["masking"])
        if options["scale"]:
            x = gaussian_noise(x, noise, options["scale"])
        return x


def as_augment(value: Any, n_in: int) -> Callable[[Tensor, Noise], Tensor]:
    """Return ``augment(x, noise)`` for a spec, a function of that kind, or None."""
    if value is None:
        value = Augmentation()
    if hasattr(value, "build") and not isinstance(value, type):
        augment: Callable[[Tensor, Noise], Tensor] = value.build(n_in)
        return augment
    if callable(value) and not isinstance(value, type):
        return value
    msg = (
        "augment must be None, an Augmentation(...) spec or a function (x, noise) -> "
        f"rows, found {value!r}."
    )
    raise TypeError(msg)


def _check_image_shape(shape: Any, n_in: int) -> None:
    """Raise unless ``n_in`` columns are images of this shape."""
    good = isinstance(shape, (tuple, list)) and len(shape) == 2
    if not good or min(shape) < 1 or n_in % (shape[0] * shape[1]):
        msg = (
            "image_shape must be (height, width) with height * width dividing the "
            f"{n_in} columns when max_shift is set, found {shape!r}."
        )
        raise ValueError(msg)
