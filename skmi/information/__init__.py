"""Information of arrays: functions that return nats and keep no state.

Counting loops are compiled by numba the first time one of them is called and cached
on disk; importing this room loads neither numba nor torch.
"""

from skmi._lazy import lazy_table

__getattr__, __dir__, __all__ = lazy_table(
    __name__,
    {
        "CORRECTIONS": "_corrections",
        "adjusted_mutual_information": "_normalized",
        "conditional_entropy": "_discrete",
        "conditional_mutual_information": "_discrete",
        "contingency_table": "_tables",
        "discretize": "_binning",
        "dual_total_correlation": "_multivariate",
        "entropy": "_discrete",
        "expected_mutual_information": "_normalized",
        "factorized_total_correlation": "_factorized",
        "interaction_information": "_discrete",
        "joint_entropies": "_tables",
        "joint_tables": "_tables",
        "kozachenko_leonenko_entropy": "_knn",
        "max_total_correlation": "_factorized",
        "mutual_information": "_discrete",
        "mutual_information_test": "_independence",
        "normalized_mutual_information": "_normalized",
        "o_information": "_multivariate",
        "quantile_edges": "_binning",
        "s_information": "_multivariate",
        "suggest_n_bins": "_binning",
        "total_correlation": "_multivariate",
        "transfer_entropy": "_transfer_entropy",
    },
)
