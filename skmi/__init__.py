"""Information-theoretic learning in the manners of scikit-learn.

The package is a set of rooms, each imported on its own::

    from skmi.feature_selection import SelectByMutualInfo
    from skmi.infomax import InfomaxEncoder
    from skmi.bottleneck import IBClassifier, IBRegressor

Information is measured in nats throughout. Importing ``skmi`` loads neither torch
nor numba: a room loads what it needs when one of its names is first used.
"""

from skmi._lazy import lazy_rooms

__version__ = "0.1.0.dev0"

__getattr__, __dir__, __all__ = lazy_rooms(
    __name__,
    (
        "bottleneck",
        "datasets",
        "estimation",
        "exceptions",
        "feature_selection",
        "infomax",
        "information",
        "inspection",
        "model_selection",
        "nn",
        "training",
    ),
    extra=("__version__",),
)
