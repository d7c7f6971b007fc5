"""Information of arrays: functions that return nats and keep no state.

Counting loops are compiled by numba the first time one of them is called and cached
on disk; importing this room loads neither numba nor torch.
"""

from skmi._lazy import lazy_table

__getattr__, __dir__, __all__ = lazy_table(
    __name__,
    {
        "CORRECTIONS": "_discrete",
        "conditional_mutual_information": "_discrete",
        "contingency_table": "_tables",
        "discretize": "_binning",
        "entropy": "_discrete",
        "gaussian_conditional_mutual_information": "_gaussian",
        "gaussian_copula_conditional_mutual_information": "_copula",
        "gaussian_copula_mutual_information": "_copula",
        "gaussian_entropy": "_gaussian",
        "gaussian_mutual_information": "_gaussian",
        "joint_entropies": "_tables",
        "joint_tables": "_tables",
        "kozachenko_leonenko_entropy": "_knn",
        "mutual_information": "_discrete",
        "normal_scores": "_copula",
        "quantile_edges": "_binning",
    },
)
