"""Displays of what estimators found, and what layers of networks know.

A display keeps the data of a picture and draws it with ``plot``, as those of
scikit-learn do. matplotlib is loaded when something is drawn, not before.
"""

from skmi._lazy import lazy_table

__getattr__, __dir__, __all__ = lazy_table(
    __name__,
    {
        "LAYER_ESTIMATORS": "_layer_information",
        "IBCurveDisplay": "_ib_curve",
        "InformationPlane": "_information_plane",
        "InformationPlaneDisplay": "_information_plane_display",
        "MIMatrixDisplay": "_mi_matrix",
        "SelectionPathDisplay": "_selection_path",
        "ib_generalization_bound": "_generalization",
        "stochastic_layer_information": "_stochastic_layer",
    },
)
