"""Encoders that maximise information between views of a row."""

from skmi._lazy import lazy_table

__getattr__, __dir__, __all__ = lazy_table(
    __name__, {"InfomaxEncoder": "_torch_infomax_encoder"}
)
