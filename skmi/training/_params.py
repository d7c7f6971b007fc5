"""The training parameters that estimators share: defaults, constraints, text.

The text is kept here and written into the estimators' docstrings by
``tools/sync_docstrings.py``; a test checks that they agree.
"""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

from sklearn.utils._param_validation import Interval, StrOptions

from skmi.nn.encoders import ACTIVATIONS

DEFAULTS: dict[str, Any] = {
    "hidden_layer_sizes": (256, 256),
    "activation": "relu",
    "encoder": None,
    "standardize": True,
    "lr": 1e-3,
    "optimizer": "adam",
    "batch_size": 256,
    "max_epochs": 100,
    "early_stopping": False,
    "validation_fraction": 0.1,
    "patience": 10,
    "callbacks": None,
    "warm_start": False,
    "device": "auto",
    "random_state": None,
    "verbose": 0,
}

# Room -> what its estimators default to instead. Bottlenecks are trained on tables of
# some hundred rows, by a loss that needs no other rows of the batch: small networks
# and batches do.
OVERRIDES: dict[str, dict[str, Any]] = {
    "bottleneck": {"hidden_layer_sizes": (64, 64), "batch_size": 64},
    # A row is met in many states of what is known: small batches do here too. Many
    # steps are needed, and since the rate falls in the end, it can be large at first.
    "feature_selection": {
        "hidden_layer_sizes": (128, 128),
        "lr": 2e-3,
        "batch_size": 32,
    },
}

CONSTRAINTS: dict[str, Any] = {
    "hidden_layer_sizes": [tuple, list],
    "activation": [StrOptions(set(ACTIVATIONS))],
    # Encoder, optimizer and device are checked, with fuller messages, by as_spec,
    # as_optimizer and resolve_device.
    "encoder": "no_validation",
    "standardize": ["boolean", StrOptions({"global"})],
    "lr": [Interval(Real, 0, None, closed="neither")],
    "optimizer": "no_validation",
    "batch_size": [Interval(Integral, 1, None, closed="left")],
    "max_epochs": [Interval(Integral, 1, None, closed="left")],
    "early_stopping": ["boolean"],
    "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
    "patience": [Interval(Integral, 1, None, closed="left")],
    "callbacks": [None, list, tuple],
    "warm_start": ["boolean"],
    "device": "no_validation",
    "random_state": ["random_state"],
    "verbose": ["verbose"],
}

# Name -> (type, description); the default is read off each class's signature.
TEXT: dict[str, tuple[str, str]] = {
    "hidden_layer_sizes": (
        "tuple of int",
        "Widths of the hidden layers of the encoder; ``()`` makes it linear. Not used "
        "where ``encoder`` is given.",
    ),
    "activation": (
        "str",
        'Of the hidden layers: "relu", "tanh", "silu", "gelu", "elu" or "identity". '
        "Not used where ``encoder`` is given.",
    ),
    "encoder": (
        "spec, callable or None",
        "What encodes: :class:`~skmi.training.MLP`, "
        ":class:`~skmi.training.TorchModule`, or a function ``(n_in, n_out)`` that "
        "returns a torch module. None builds an MLP from the two parameters above.",
    ),
    "standardize": (
        'bool or "global"',
        "Standardise the columns inside, by the mean and the standard deviation of the "
        'rows of ``fit``. "global" takes one mean and one scale for all columns, as '
        "suits images. False takes X as it is.",
    ),
    "lr": ("float", "Learning rate."),
    "optimizer": (
        "str, spec or callable",
        '"adam", "adamw", "sgd", "lbfgs", an :class:`~skmi.training.Optimizer`, or a '
        "function ``(parameters, lr)`` that returns a torch optimizer.",
    ),
    "batch_size": ("int", "Rows of a batch, capped at the number of training rows."),
    "max_epochs": ("int", "Passes over the training rows."),
    "early_stopping": (
        "bool",
        "Hold out rows, stop when the loss on them has not improved for ``patience`` "
        "epochs, and go back to the weights of the best epoch.",
    ),
    "validation_fraction": ("float", "Share of rows held out by early stopping."),
    "patience": ("int", "Epochs without improvement before early stopping stops."),
    "callbacks": (
        "list of skorch callbacks or None",
        "Run in training; :class:`~skmi.training.Checkpoint` among them. They are "
        "copied: read a fitted copy from ``net_.callbacks_``.",
    ),
    "warm_start": (
        "bool",
        "Go on from the fitted weights when ``fit`` is called again, for "
        "``max_epochs`` more epochs.",
    ),
    "device": (
        "str or torch.device",
        '"auto" takes CUDA, else MPS, else the CPU; or "cpu", "cuda", "cuda:1", "mps".',
    ),
    "random_state": (
        "int, RandomState instance or None",
        "Decides every random draw of ``fit``; an integer gives the same bits at each "
        "call, for the same number of torch threads.",
    ),
    "verbose": ("int", "1 shows a live bar with the epoch, the loss and its terms."),
}
