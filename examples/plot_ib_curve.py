"""
===================================================
The price of a nat: an information bottleneck curve
===================================================

:class:`~skmi.bottleneck.IBClassifier` minimises ``beta * I(X;Z) - I(Z;Y)``: a nat of
rate costs beta nats of relevance. Where labels are unreliable, a code that may carry
anything learns the errors by heart. This example draws relevance against rate from
hardly any price to one that closes the code, on training rows and on rows held out,
and chooses beta by cross-validation.
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
from sklearn.model_selection import GridSearchCV, StratifiedKFold

from skmi.bottleneck import IBClassifier

SHARE_NOISY = 0.25
rng = np.random.default_rng(0)
X, digit = load_digits(return_X_y=True)
X, digit = X[:1200], digit[:1200]
noisy = rng.random(len(digit)) < SHARE_NOISY
y = np.where(noisy, rng.integers(0, 10, len(digit)), digit)

channel = np.full(10, SHARE_NOISY / 10)
channel[0] += 1 - SHARE_NOISY
label_entropy = np.log(10)
attainable = label_entropy - entropy(channel)

# %%
# One search gives the curve
# --------------------------
# A scorer may return several values. Relevance is the entropy of the labels less the
# log loss at a single draw of the code, averaged over draws, so that the largest
# relevance on rows held out is a fair choice of beta.


def plane(classifier, X, y):
    """Return where rows lie on the information plane."""
    rate, relevance = classifier.rate_and_relevance(X, y)
    return {"rate": rate, "relevance": relevance}


betas = np.array([1e-5, 1e-3, 0.01, 0.04, 0.12, 0.25, 0.4, 0.7])
classifier = IBClassifier(
    standardize="global",
    lr=3e-3,
    max_epochs=50,
    device="cpu",
    random_state=0,
)
search = GridSearchCV(
    classifier,
    {"beta": betas},
    scoring=plane,
    refit="relevance",
    cv=StratifiedKFold(3, shuffle=True, random_state=0),
    return_train_score=True,
).fit(X, y)
best = search.best_index_
print(f"beta chosen: {betas[best]:g}")

# %%
# The curve
# ---------
# From right to left the code gets tighter. On training rows relevance only falls; where
# it lies above what images can tell about noisy labels, errors were learnt by heart.
# On rows held out it rises before it falls: the cheapest nat is not the best one.

results = search.cv_results_
figure, axis = plt.subplots(figsize=(8, 5), layout="constrained")
for label, part, style in (
    ("training rows", "train", {"color": "#b8bfc6", "markerfacecolor": "white"}),
    ("rows held out (labels: beta)", "test", {"color": "#1b6ca8"}),
):
    rate, relevance = (results[f"mean_{part}_{name}"] for name in ("rate", "relevance"))
    axis.plot(rate, relevance, marker="o", markersize=6, label=label, **style)

for beta, x, height in zip(betas, rate, relevance, strict=True):
    axis.annotate(
        f"{beta:g}",
        (x, height),
        xytext=(0, -14),
        textcoords="offset points",
        ha="center",
        fontsize=9,
        color="#1b6ca8",
    )
axis.plot(
    rate[best],
    relevance[best],
    marker="o",
    markersize=13,
    markerfacecolor="none",
    markeredgecolor="#c2410c",
    linestyle="none",
    label=f"chosen: beta = {betas[best]:g}",
)
for level, text in ((label_entropy, "H(Y)"), (attainable, "what images can tell")):
    axis.axhline(level, color="0.35", linestyle=":", linewidth=1.2)
    axis.text(0.012, level + 0.03, f"{text}, {level:.2f} nats", color="0.35")
axis.set(
    xscale="log",
    xlim=(0.01, 250),
    ylim=(-0.3, 2.5),
    xlabel="rate: upper bound on I(X;Z) (nats, logarithmic)",
    ylabel="relevance: lower bound on I(Z;Y) (nats)",
)
axis.spines[["top", "right"]].set_visible(False)
axis.legend(frameon=False, loc="upper left", bbox_to_anchor=(0, 0.87))
plt.show()
