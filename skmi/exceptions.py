"""Warnings and errors of skmi's own."""

__all__ = ["EstimationWarning", "TrainingDivergedError"]


class EstimationWarning(UserWarning):
    """An information estimate is doubtful: saturated bound, too few rows, ties.

    Examples
    --------
    >>> import warnings
    >>> from skmi.exceptions import EstimationWarning
    >>> warnings.simplefilter("ignore", EstimationWarning)
    """


class TrainingDivergedError(FloatingPointError):
    """Training met a loss or a term that is not finite.

    It names the epoch and the term. The estimator is left as it was before ``fit``.

    Examples
    --------
    >>> from skmi.exceptions import TrainingDivergedError
    >>> issubclass(TrainingDivergedError, FloatingPointError)
    True
    """
