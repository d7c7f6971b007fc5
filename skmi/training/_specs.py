"""Spec objects: what to build, as scikit-learn parameters; built inside ``fit``."""

from __future__ import annotations

import copy
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from sklearn.base import BaseEstimator
from torch import Tensor, nn

from skmi._validation import (
    accepts_argument,
    check_integer,
    check_name,
    check_range,
    check_widths,
)
from skmi.nn.critics import CRITICS
from skmi.nn.encoders import ACTIVATIONS, MLPEncoder, UserModule, borrowed_generator

# Asked of a user's module where any width will do.
_BACKBONE_WIDTH = 64


class MLP(BaseEstimator):
    """Fully connected encoder.

    Parameters
    ----------
    hidden_layer_sizes : tuple of int, default=(256, 256)
        Widths of the hidden layers; ``()`` makes the encoder linear.
    activation : str, default="relu"
        "relu", "tanh", "silu", "gelu", "elu" or "identity".
    dropout : float, default=0.0
        Share of hidden units set to zero in training.

    See Also
    --------
    TorchModule : A module of your own.

    Examples
    --------
    >>> from skmi.infomax import InfomaxEncoder
    >>> from skmi.training import MLP
    >>> encoder = InfomaxEncoder(encoder=MLP((128,), activation="silu"))
    >>> encoder.set_params(encoder__hidden_layer_sizes=(64, 64)).encoder
    MLP(activation='silu', hidden_layer_sizes=(64, 64))
    """

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (256, 256),
        activation: str = "relu",
        dropout: float = 0.0,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.dropout = dropout

    def build(
        self, n_in: int, n_out: int | None, generator: torch.Generator | None = None
    ) -> nn.Module:
        """Return a new :class:`~skmi.nn.MLPEncoder`, (n, n_in) -> (n, n_out).

        Parameters
        ----------
        n_in : int
            Columns of the input.
        n_out : int or None
            Columns of the code; None leaves out the linear head.
        generator : torch.Generator or None
            Draws the weights.

        Returns
        -------
        torch.nn.Module
        """
        check_widths("hidden_layer_sizes", self.hidden_layer_sizes)
        check_name("activation", self.activation, ACTIVATIONS)
        check_range("dropout", self.dropout, 0.0, 1.0, closed="left")
        return MLPEncoder(
            n_in,
            n_out,
            tuple(self.hidden_layer_sizes),
            self.activation,
            self.dropout,
            generator,
        )


class TorchModule(BaseEstimator):
    """Encoder made from a torch module class of your own, trained or pretrained.

    Parameters
    ----------
    cls : callable
        A subclass of torch.nn.Module, or a function that returns a module. It gets
        ``n_in`` and ``n_out`` where its signature has these names, and ``kwargs``.
        Where the width of what it returns is not the one wanted, a linear head is
        put on top.
    frozen : bool, default=False
        Keep the module's weights as they are; only what stands on it is trained.
    weights : dict, str, path or None, default=None
        A state dict, or a safetensors file, loaded into each module built.
    **kwargs : dict
        Further arguments of ``cls``; they are parameters like any other.

    See Also
    --------
    MLP : The encoder that needs no module of your own.

    Examples
    --------
    >>> import torch
    >>> from skmi.infomax import InfomaxEncoder
    >>> from skmi.training import TorchModule
    >>> spec = TorchModule(torch.nn.LazyLinear, out_features=8)
    >>> InfomaxEncoder(encoder=spec).get_params()["encoder__out_features"]
    8
    """

    def __init__(
        self,
        cls: Callable[..., nn.Module],
        *,
        frozen: bool = False,
        weights: Mapping[str, Any] | str | Path | None = None,
        **kwargs: Any,
    ) -> None:
        self.cls = cls
        self.frozen = frozen
        self.weights = weights
        self._kwargs = tuple(kwargs)
        for name, value in kwargs.items():
            setattr(self, name, value)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, those of ``cls`` among them.

        Parameters
        ----------
        deep : bool, default=True
            Kept for scikit-learn; the parameters hold no estimators.

        Returns
        -------
        dict
        """
        names = ("cls", "frozen", "weights", *self._kwargs)
        return {name: getattr(self, name) for name in names}

    def build(
        self, n_in: int, n_out: int | None, generator: torch.Generator | None = None
    ) -> nn.Module:
        """Return a new module, (n, n_in) -> (n, n_out).

        Parameters
        ----------
        n_in : int
            Columns of the input.
        n_out : int or None
            Columns of the code; None takes the module's own.
        generator : torch.Generator or None
            Seeds torch's global generator while ``cls`` is called.

        Returns
        -------
        torch.nn.Module
        """
        if isinstance(self.cls, nn.Module):
            as_spec(self.cls, "cls")
        kwargs = {name: getattr(self, name) for name in self._kwargs}
        wanted = _BACKBONE_WIDTH if n_out is None else n_out
        for name, value in (("n_in", n_in), ("n_out", wanted)):
            if accepts_argument(self.cls, name):
                kwargs.setdefault(name, value)
        return build_user_module(
            lambda: self._loaded(self.cls(**kwargs)),
            n_in,
            n_out,
            generator,
            frozen=self.frozen,
        )

    def _loaded(self, module: nn.Module) -> nn.Module:
        """Put the pretrained weights into a new module."""
        if self.weights is None:
            return module
        if isinstance(self.weights, Mapping):
            state = {k: torch.as_tensor(v) for k, v in self.weights.items()}
        else:
            state = load_file(self.weights)
        try:
            module.load_state_dict(state)
        except RuntimeError as error:
            msg = f"weights do not fit what {self.cls!r} returned: {error}"
            raise ValueError(msg) from error
        return module


class Critic(BaseEstimator):
    """Critic of a bound: scores of all pairs of codes.

    Parameters
    ----------
    kind : str, default="separable"
        "separable", "cosine", "distance", "bilinear" or "concatenated".
    hidden_layer_sizes : tuple of int or None, default=None
        Hidden widths of its heads, where it has any; None takes the critic's own.
    n_embedding : int or None, default=None
        Width in which separable, cosine and distance critics compare; None takes
        the critic's own.
    activation : str or None, default=None
        Activation of its heads; None takes the critic's own.
    temperature : float or None, default=None
        Of the cosine critic; None takes the estimator's.

    See Also
    --------
    skmi.infomax.InfomaxEncoder : Takes one as ``critic``.

    Examples
    --------
    >>> from skmi.training import Critic
    >>> Critic("cosine", temperature=0.2).build(4, 4).temperature
    0.2
    """

    def __init__(
        self,
        kind: str = "separable",
        hidden_layer_sizes: Sequence[int] | None = None,
        n_embedding: int | None = None,
        activation: str | None = None,
        temperature: float | None = None,
    ) -> None:
        self.kind = kind
        self.hidden_layer_sizes = hidden_layer_sizes
        self.n_embedding = n_embedding
        self.activation = activation
        self.temperature = temperature

    def build(
        self,
        n_x: int,
        n_y: int,
        generator: torch.Generator | None = None,
        **defaults: Any,
    ) -> nn.Module:
        """Return a new critic for codes of ``n_x`` and ``n_y`` columns.

        Parameters
        ----------
        n_x, n_y : int
            Columns of the two codes.
        generator : torch.Generator or None
            Draws the weights.
        **defaults : dict
            Options used where the spec says None and the critic has them.

        Returns
        -------
        torch.nn.Module
        """
        check_name("kind", self.kind, CRITICS)
        cls = CRITICS[self.kind]
        given = {k: v for k, v in self.get_params().items() if v is not None}
        del given["kind"]
        _check_critic_options(self.kind, given)
        foreign = [name for name in given if not accepts_argument(cls, name)]
        if foreign:
            msg = f"critic: a {self.kind} critic takes no {', '.join(foreign)}."
            raise ValueError(msg)
        fill = {k: v for k, v in defaults.items() if accepts_argument(cls, k)}
        return cls(n_x, n_y, **{**fill, **given}, generator=generator)


def as_spec(value: Any, name: str) -> Any:
    """Return a spec for a spec or a factory; a module instance is a TypeError."""
    if isinstance(value, nn.Module):
        msg = (
            f"{name} must be a spec such as MLP(...) or TorchModule(cls, ...), or a "
            f"factory (n_in, n_out) -> module; found an instance of "
            f"{type(value).__name__}. An instance would be shared between clones: "
            f"pass TorchModule({type(value).__name__}, ...) instead, with "
            "weights=module.state_dict() to keep what it has learnt."
        )
        raise TypeError(msg)
    if hasattr(value, "build") and not isinstance(value, type):
        return value
    if callable(value):
        return _Factory(value)
    msg = (
        f"{name} must be a spec such as MLP(...) or TorchModule(cls, ...), or a "
        f"factory (n_in, n_out) -> module; found {value!r}."
    )
    raise TypeError(msg)


class _Factory:
    """A user's function (n_in, n_out) -> module, as a spec."""

    def __init__(self, function: Callable[..., nn.Module]) -> None:
        self.function = function

    def build(
        self,
        n_in: int,
        n_out: int | None,
        generator: torch.Generator | None = None,
    ) -> nn.Module:
        _check_call(self.function, "encoder", "(n_in, n_out)")
        return build_user_module(
            lambda: self.function(n_in, n_out or _BACKBONE_WIDTH),
            n_in,
            n_out,
            generator,
        )


def build_user_module(
    make: Callable[[], nn.Module],
    n_in: int,
    n_out: int | None,
    generator: torch.Generator | None,
    frozen: bool = False,
) -> UserModule:
    """Build a user's module under a seeded global generator and learn its width."""
    with borrowed_generator(_seed(generator), torch.device("cpu")):
        module = make()
        if not isinstance(module, nn.Module):
            msg = (
                "encoder: what was given must return a torch.nn.Module, found "
                f"{type(module).__name__}."
            )
            raise TypeError(msg)
        module.eval()
        code = _tried(module, n_in)
        # A copy: a function may return the same module again.
        module = copy.deepcopy(module)
        single = _takes_single_precision_alone(module, n_in)
    wrapped = UserModule(module, code.shape[1], n_out, frozen, generator, single)
    return wrapped.train()


def _tried(module: nn.Module, n_in: int) -> Tensor:
    """Return the code of two rows, which must be (2, width)."""
    try:
        with torch.no_grad():
            code = module(torch.zeros(2, n_in))
    except (RuntimeError, TypeError, ValueError, IndexError) as error:
        msg = f"encoder: the module does not take rows of shape (n, {n_in}): {error}"
        raise ValueError(msg) from error
    if not isinstance(code, Tensor) or code.ndim != 2 or code.shape[0] != 2:
        found = tuple(code.shape) if isinstance(code, Tensor) else type(code).__name__
        msg = (
            f"encoder: the module must map (n, {n_in}) to (n, width), but 2 rows gave "
            f"{found}."
        )
        raise ValueError(msg)
    return code


def _takes_single_precision_alone(module: nn.Module, n_in: int) -> bool:
    """Tell whether a module fails, or answers in float32, where rows are float64."""
    try:
        with torch.no_grad():
            wide = copy.deepcopy(module).double()
            code = wide(torch.zeros(2, n_in, dtype=torch.float64))
    except (RuntimeError, TypeError, ValueError):
        return True
    return bool(code.dtype != torch.float64)


def as_critic(value: Any) -> Callable[..., nn.Module]:
    """Return ``make(n_x, n_y, generator, **defaults)`` for a name, spec or factory."""
    if isinstance(value, str):
        check_name("critic", value, CRITICS)
        return Critic(value).build
    is_spec_class = isinstance(value, type) and issubclass(value, BaseEstimator)
    if (
        isinstance(value, nn.Module)
        or is_spec_class
        or not (callable(value) or hasattr(value, "build"))
    ):
        msg = (
            f"critic must be one of {sorted(CRITICS)}, a Critic(...) spec, or a "
            f"factory (n_x, n_y) -> module; found {type(value).__name__} {value!r}."
        )
        raise TypeError(msg)
    if hasattr(value, "build") and not isinstance(value, type):
        build: Callable[..., nn.Module] = value.build
        return build

    _check_call(value, "critic", "(n_x, n_y)")

    def make(
        n_x: int, n_y: int, generator: torch.Generator | None = None, **_: Any
    ) -> nn.Module:
        with borrowed_generator(_seed(generator), torch.device("cpu")):
            module = value(n_x, n_y)
            _check_scores(module, n_x, n_y)
            own: nn.Module = copy.deepcopy(module)
        return own

    return make


def _check_call(function: Callable[..., Any], name: str, arguments: str) -> None:
    """Raise unless a function can be called with two arguments."""
    try:
        inspect.signature(function).bind(1, 1)
    except TypeError as error:
        msg = f"{name} must take the arguments {arguments}; {function!r} does not."
        raise TypeError(msg) from error
    except ValueError:
        return  # A builtin without a signature.


def _check_scores(module: Any, n_x: int, n_y: int) -> None:
    """Raise unless a module scores all pairs of two batches of codes."""
    try:
        with torch.no_grad():
            scores = module(torch.zeros(2, n_x), torch.zeros(3, n_y))
        found = str(tuple(scores.shape))
    except Exception as error:
        found = str(error)
    if not isinstance(module, nn.Module) or found != "(2, 3)":
        msg = (
            f"critic must return a torch module that scores codes of shapes (n, {n_x}) "
            f"and (m, {n_y}) as (n, m); with n=2 and m=3 {module!r} gave {found}."
        )
        raise ValueError(msg)


def _check_critic_options(kind: str, given: Mapping[str, Any]) -> None:
    """Raise where an option that was given to a critic is not acceptable."""
    if "hidden_layer_sizes" in given:
        check_widths("hidden_layer_sizes", given["hidden_layer_sizes"])
        if kind == "concatenated" and not given["hidden_layer_sizes"]:
            msg = "hidden_layer_sizes of a concatenated critic must not be empty."
            raise ValueError(msg)
    if "n_embedding" in given:
        check_integer("n_embedding", given["n_embedding"], 1)
    if "activation" in given:
        check_name("activation", given["activation"], ACTIVATIONS)
    if "temperature" in given:
        check_range("temperature", given["temperature"], 0.0, math.inf, "neither")


def _seed(generator: torch.Generator | None) -> int:
    """Draw the seed of a user's module."""
    return int(torch.randint(2**31 - 1, (1,), generator=generator))
