"""The training engine: torch modules trained through skorch, in scikit-learn's manners.

Users meet the spec objects (:class:`MLP`, :class:`TorchModule`, :class:`Critic`,
:class:`Augmentation`, :class:`Optimizer`) and the callbacks; estimators of the other
rooms are built on :class:`BaseTorchEstimator`.
"""

from skmi._lazy import lazy_table

__getattr__, __dir__, __all__ = lazy_table(
    __name__,
    {
        "MLP": "_specs",
        "ActivationRecorder": "_activations",
        "Augmentation": "_augmentation",
        "BaseTorchEstimator": "_base",
        "Checkpoint": "_callbacks",
        "Critic": "_specs",
        "EarlyStopping": "_callbacks",
        "Ensemble": "_ensemble",
        "GradientRecorder": "_gradients",
        "Optimizer": "_optimizers",
        "TorchModule": "_specs",
        "resolve_device": "_batches",
    },
)
