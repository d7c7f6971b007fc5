"""Information of arrays: functions that return nats and keep no state.

Counting loops are compiled by numba the first time one of them is called and cached
on disk; importing this room loads neither numba nor torch.
"""

from skmi._lazy import lazy_table

__getattr__, __dir__, __all__ = lazy_table(
    __name__,
    {
        "CORRECTIONS": "_discrete",
        "CodePlanes": "_planes",
        "PairwiseInformation": "_pairs",
        "adjusted_mutual_information": "_normalized",
        "cauchy_schwarz_conditional_divergence": "_cauchy_schwarz",
        "cauchy_schwarz_divergence": "_cauchy_schwarz",
        "cauchy_schwarz_mutual_information": "_cauchy_schwarz",
        "conditional_entropy": "_discrete",
        "conditional_mutual_information": "_discrete",
        "contingency_table": "_tables",
        "diffusion_spectral_entropy": "_diffusion",
        "diffusion_spectral_mutual_information": "_diffusion",
        "discretize": "_binning",
        "dual_total_correlation": "_multivariate",
        "effective_rank": "_spectral",
        "entropy": "_discrete",
        "expected_mutual_information": "_normalized",
        "factorized_total_correlation": "_factorized",
        "gaussian_conditional_mutual_information": "_gaussian",
        "gaussian_copula_conditional_mutual_information": "_copula",
        "gaussian_copula_mutual_information": "_copula",
        "gaussian_entropy": "_gaussian",
        "gaussian_mutual_information": "_gaussian",
        "hsic": "_hsic",
        "interaction_information": "_discrete",
        "joint_entropies": "_tables",
        "joint_tables": "_tables",
        "kozachenko_leonenko_entropy": "_knn",
        "max_total_correlation": "_factorized",
        "mutual_information": "_discrete",
        "mutual_information_matrix": "_matrix",
        "mutual_information_test": "_independence",
        "normal_scores": "_copula",
        "normalized_mutual_information": "_normalized",
        "o_information": "_multivariate",
        "pairwise_entropies": "_pairs",
        "pairwise_mutual_information": "_pairs",
        "quantile_edges": "_binning",
        "renyi_entropy": "_matrix_renyi",
        "renyi_mutual_information": "_matrix_renyi",
        "s_information": "_multivariate",
        "suggest_n_bins": "_binning",
        "total_correlation": "_multivariate",
        "transfer_entropy": "_transfer_entropy",
        "von_neumann_entropy": "_spectral",
    },
)
