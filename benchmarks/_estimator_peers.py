"""Peers that estimate mutual information, run as a worker by bench_estimators.py.

A question names a peer, a file with arrays x and y, and the number of neighbours; the
answer holds the estimate in nats, the CPU seconds it took and the peer's version.
"""

from __future__ import annotations

import time
from importlib.metadata import version

import numpy as np
from _peers import answer_questions

WARM_UP = 200


def plain_ksg(x, y, k):
    """Compute the first estimator straight from its formula, on trees of scipy."""
    from scipy.spatial import cKDTree
    from scipy.special import digamma

    joint = np.hstack([x, y])
    radius = cKDTree(joint).query(joint, k=[k + 1], p=np.inf)[0][:, 0]
    # Just inside, since scipy counts the rows on the edge too.
    inside = np.nextafter(radius, 0)
    psi = 0.0
    for variable in (x, y):
        count = cKDTree(variable).query_ball_point(
            variable, inside, p=np.inf, return_length=True
        )
        psi += digamma(count).mean()
    return digamma(k) + digamma(len(x)) - psi


def npeet(x, y, k):
    """Use the toolbox of the estimator's popular translation to Python."""
    from npeet_plus import mi

    return mi(x, y, k=k, base=np.e)


def ennemi(x, y, k):
    """Use ennemi, without the noise it adds."""
    from ennemi import estimate_mi

    return estimate_mi(y[:, 0], x[:, 0], k=k, preprocess=False, max_threads=1)[0, 0]


def scikit_learn(x, y, k):
    """Use scikit-learn's score of a feature."""
    from sklearn.feature_selection import mutual_info_regression

    return mutual_info_regression(x, y[:, 0], n_neighbors=k, random_state=0)[0]


PEERS = {
    "plain": (plain_ksg, "scipy"),
    "npeet": (npeet, "npeet-plus"),
    "ennemi": (ennemi, "ennemi"),
    "scikit-learn": (scikit_learn, "scikit-learn"),
}


def answer(peer, path, k):
    estimate, package = PEERS[peer]
    with np.load(path) as arrays:
        x, y = arrays["x"], arrays["y"]
    estimate(x[:WARM_UP], y[:WARM_UP], k)
    started = time.process_time()
    value = float(estimate(x, y, k))
    seconds = time.process_time() - started
    return {"value": value, "seconds": seconds, "version": version(package)}


if __name__ == "__main__":
    answer_questions(answer)
