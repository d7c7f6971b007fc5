"""Compressions: what a bottleneck charges for, ``compression(batch)`` -> values.

COMPRESSIONS maps a name to its class, which builds one from a
:class:`CompressionContext`. All of them are plain torch, draw nothing when called and
map over a stack of networks.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from skmi.nn.compressions._base import (
    Compression,
    CompressionContext,
    CompressionInput,
    FunctionCompression,
)
from skmi.nn.compressions.dependence import (
    CauchySchwarzCompression,
    HSICCompression,
    RenyiCompression,
)
from skmi.nn.compressions.rates import (
    AdversarialRate,
    ConditionalEntropyRate,
    ContrastiveRate,
    NonlinearRate,
    VariationalRate,
)

COMPRESSIONS: dict[str, type[Compression]] = {
    "variational": VariationalRate,
    "nonlinear": NonlinearRate,
    "conditional_entropy": ConditionalEntropyRate,
    "hsic": HSICCompression,
    "renyi": RenyiCompression,
    "cauchy_schwarz": CauchySchwarzCompression,
    "club": ContrastiveRate,
    "mine": AdversarialRate,
}


def as_compression(
    compression: str | type[Compression] | Callable[[CompressionInput], Tensor],
) -> Callable[[CompressionContext], Compression]:
    """Return what builds a compression, for every form in which users give one.

    Parameters
    ----------
    compression : str, subclass of Compression, or callable
        A name of COMPRESSIONS; a class that is built from a
        :class:`CompressionContext`; a :class:`Compression`, of which each fit trains a
        copy; or a function of a :class:`CompressionInput` that returns a value of each
        row or of the batch, and promises nothing.

    Returns
    -------
    callable
        ``build(context)`` -> compression.

    Raises
    ------
    ValueError
        If a name is unknown.
    TypeError
        If it is neither a name nor callable.

    Examples
    --------
    >>> from skmi.nn import CompressionContext, as_compression
    >>> context = CompressionContext(n_in=4, n_code=2)
    >>> as_compression("conditional_entropy")(context).kind
    'upper'
    >>> as_compression(lambda batch: batch.code.mean.abs().sum(1))(context).kind
    'none'
    """
    if isinstance(compression, str):
        if compression not in COMPRESSIONS:
            msg = (
                f"compression must be one of {list(COMPRESSIONS)}, a Compression or a "
                f"function, found {compression!r}."
            )
            raise ValueError(msg)
        return COMPRESSIONS[compression]
    if isinstance(compression, type) and issubclass(compression, Compression):
        return compression
    if not callable(compression):
        msg = (
            f"compression must be one of {list(COMPRESSIONS)}, a Compression or a "
            f"function, found {type(compression).__name__}."
        )
        raise TypeError(msg)
    function: Any = compression

    def build(context: CompressionContext) -> Compression:
        # Modules keep state, of which each fit needs its own.
        own = copy.deepcopy(function) if isinstance(function, nn.Module) else function
        return own if isinstance(own, Compression) else FunctionCompression(own)

    return build


__all__ = [
    "COMPRESSIONS",
    "Compression",
    "CompressionContext",
    "CompressionInput",
    "as_compression",
]
