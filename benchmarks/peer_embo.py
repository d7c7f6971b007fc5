"""What embo is asked for; runs in its environment."""

import numpy as np
from embo import InformationBottleneck


def curve(table: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """Return beta, I(X;T) and I(T;Y) in nats, beta as skmi has it, (3, n_betas)."""
    largest, n_betas = limits
    problem = InformationBottleneck(pxy=table, maxbeta=largest, numbeta=int(n_betas))
    rate, relevance, _, factor = problem.get_bottleneck()
    return np.array([1 / factor, rate * np.log(2), relevance * np.log(2)])
