"""Selectors of columns by the information they carry about a target."""

from skmi._lazy import lazy_table

__getattr__, __dir__, __all__ = lazy_table(
    __name__,
    {
        "CRITERIA": "_criteria",
        "DynamicFeatureSelector": "_torch_dynamic",
        "MarkovBlanketSelector": "_markov_blanket",
        "SelectByMutualInfo": "_select",
        "mutual_info_classif": "_mutual_info",
        "mutual_info_regression": "_mutual_info",
    },
)
