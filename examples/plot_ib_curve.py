"""
===================================================
The price of a nat: an information bottleneck curve
===================================================

:class:`~skmi.bottleneck.IBClassifier` minimises ``beta * I(X;Z) - I(Z;Y)``: a nat of
rate costs beta nats of relevance. Where labels are unreliable, a code that may carry
anything learns the errors by heart. This example draws relevance against rate from
hardly any price to one that closes the code, on rows held out, and chooses beta by
cross-validation: all betas and folds are trained at once, as one stack of networks.
Then it checks such a curve where the exact one is known.
"""

# %%
# The data
# --------
# A quarter of the labels of the digits is replaced by a label drawn at random. What
# the image can tell about such a label is known: the entropy of ten equal classes,
# less that of the noise.

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import entropy
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold

from skmi.bottleneck import GaussianIB, IBClassifierCV, IBRegressorCV
from skmi.inspection import IBCurveDisplay

SHARE_NOISY = 0.25
rng = np.random.default_rng(0)
X, digit = load_digits(return_X_y=True)
X, digit = X[:1200], digit[:1200]
noisy = rng.random(len(digit)) < SHARE_NOISY
y = np.where(noisy, rng.integers(0, 10, len(digit)), digit)

channel = np.full(10, SHARE_NOISY / 10)
channel[0] += 1 - SHARE_NOISY
attainable = np.log(10) - entropy(channel)

# %%
# One training gives the curve
# ----------------------------
# Relevance is the entropy of the labels less the log loss at single draws of the code:
# the beta with the least log loss on rows held out is close to that of the largest
# relevance.

path = IBClassifierCV(
    betas=[1e-5, 1e-3, 0.01, 0.04, 0.12, 0.25, 0.4, 0.7],
    standardize="global",
    lr=3e-3,
    max_epochs=50,
    device="cpu",
    random_state=0,
    cv=StratifiedKFold(3, shuffle=True, random_state=0),
).fit(X, y)
print(f"beta chosen: {path.beta_:g}; trained as a stack: {path.stacked_}")

# %%
# From right to left the code gets tighter. Relevance rises before it falls: the
# cheapest nat is not the best one.

figure, axis = plt.subplots(figsize=(8, 5), layout="constrained")
IBCurveDisplay.from_estimator(path, ax=axis)
for beta, rate, height in zip(
    *(path.path_[name] for name in ("beta", "rate", "relevance")), strict=True
):
    axis.annotate(
        f"{beta:g}",
        (rate, height),
        xytext=(0, -16),
        textcoords="offset points",
        ha="center",
        fontsize=9,
    )
axis.axhline(attainable, color="0.35", linestyle=":", linewidth=1.2)
axis.text(0.012, attainable + 0.03, f"what images can tell, {attainable:.2f} nats")
axis.set(
    title="Digits, a quarter of the labels redrawn: rows held out, labelled by beta",
    xscale="log",
    xlim=(0.01, 250),
    ylim=(-0.3, 2.5),
)
plt.show()

# %%
# Where the exact curve is known
# ------------------------------
# Of Gaussian variables :class:`~skmi.bottleneck.GaussianIB` has the curve in closed
# form: four targets, with squared canonical correlations of .9, .7, .5 and .3, each of
# which is worth its price below that beta. A trained bottleneck with a linear encoder
# and a learned prior lies on it, on rows that it has not seen.

squares = np.array([0.9, 0.7, 0.5, 0.3])
n = 5000
U = rng.normal(size=(2 * n, 10))
X = U @ np.linalg.qr(rng.normal(size=(10, 10)))[0]
Y = np.sqrt(squares) * U[:, :4] + np.sqrt(1 - squares) * rng.normal(size=(2 * n, 4))
exact = GaussianIB(beta=0.1).fit(X, Y)
trained = IBRegressorCV(
    n_components=4,
    betas=[0.05, 0.1, 0.2, 0.26, 0.4, 0.6, 0.64, 0.8],
    prior="learned",
    hidden_layer_sizes=(),
    lr=3e-3,
    batch_size=128,
    max_epochs=40,
    cv=[(np.arange(n), np.arange(n, 2 * n))],
    refit=False,
    device="cpu",
    random_state=0,
).fit(X, Y)
print("critical betas:", exact.critical_betas_.round(2))

figure, axis = plt.subplots(figsize=(8, 5), layout="constrained")
IBCurveDisplay.from_estimator(exact, ax=axis)
IBCurveDisplay.from_estimator(trained, ax=axis)
axis.set(title="Gaussian variables: exact and trained", xlim=(0, 9))
plt.show()
