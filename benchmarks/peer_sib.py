"""What sib-clustering is asked for; runs in its environment."""

import numpy as np
from scipy.sparse import csr_matrix
from sib import SIB


def labels(
    data: np.ndarray, columns: np.ndarray, starts: np.ndarray, options: np.ndarray
) -> np.ndarray:
    """Return the clusters of the rows of a sparse table."""
    n_columns, n_clusters, seed, tol, max_iter = options
    counts = csr_matrix(
        (data, columns, starts), shape=(starts.size - 1, int(n_columns))
    )
    model = SIB(
        int(n_clusters),
        random_state=int(seed),
        n_init=1,
        n_jobs=1,
        tol=tol,
        max_iter=int(max_iter),
        # Rows weigh as much as they count.
        uniform_prior=False,
    )
    return model.fit(counts).labels_
