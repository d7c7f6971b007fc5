"""
==================================================
Clusters of a table's rows, and what they cost
==================================================

Chemists judged 178 wines by thirteen measurements. Binned, a measurement is a word that
a wine uses or not, and the wines are a table like that of documents and words.
:class:`~skmi.bottleneck.DiscreteIB` clusters its rows by what they tell about its
columns: it has never heard of the three grape varieties, and finds them. The same
class draws the whole curve of a small table, and shows what is special about labels
without noise.
"""

# %%
# A table of wines and words
# --------------------------
# Each measurement is cut at its quartiles. A wine has one of four words of every
# measurement, which makes 52 columns, a quarter of them full.

import matplotlib.pyplot as plt
import numpy as np
from scipy import sparse
from sklearn.datasets import load_digits, load_wine
from sklearn.metrics import adjusted_rand_score

from skmi.bottleneck import DiscreteIB
from skmi.information import contingency_table, discretize

wine = load_wine()
codes, _ = discretize(wine.data, n_bins=4)
n_wines, n_measurements = codes.shape
columns = 4 * np.arange(n_measurements) + codes
rows = np.repeat(np.arange(n_wines), n_measurements)
table = sparse.csr_array((np.ones(columns.size), (rows, columns.ravel())))
print(f"{table.shape[0]} rows, {table.shape[1]} columns, {table.nnz} counts")

# %%
# Three ways to three clusters
# ----------------------------
# Relevance is what clusters tell about the words, in nats. Merging greedily, a mistake
# made early stays; moving single wines, it can be mended.

for method in ("agglomerative", "sequential", "deterministic"):
    ib = DiscreteIB(3, method=method, beta=0, random_state=0).fit(table)
    agreement = adjusted_rand_score(wine.target, ib.labels_)
    print(
        f"{method:14} {ib.relevance_:.4f} of {ib.mi_:.4f} nats, "
        f"agreement with the varieties {agreement:.2f}"
    )

# %%
# What the clusters say
# ---------------------
# Words that are more frequent in a cluster than elsewhere, in nats: the logarithm of
# p(word | cluster) / p(word).

labels = DiscreteIB(3, method="sequential", beta=0, random_state=0).fit_predict(table)
order = np.argsort(labels, kind="stable")
share = np.asarray(table.sum(axis=0)).ravel() / table.sum()
counts = np.array([table[labels == t].sum(axis=0) for t in range(3)]) + 0.5
lift = np.log(counts / counts.sum(axis=1, keepdims=True) / share)
figure, panels = plt.subplots(3, 1, figsize=(9, 5.2), layout="constrained", sharex=True)
for t, axes in enumerate(panels):
    image = axes.imshow(
        lift[t].reshape(n_measurements, 4).T[::-1],
        cmap="RdBu_r",
        vmin=-1.4,
        vmax=1.4,
        aspect="auto",
    )
    axes.set(yticks=[0, 3], yticklabels=["high", "low"])
    axes.set_title(f"cluster {t}: {np.sum(labels == t)} wines", loc="left", fontsize=10)
panels[-1].set_xticks(
    range(n_measurements), wine.feature_names, rotation=40, ha="right"
)
figure.colorbar(image, ax=panels, label="log lift (nats)")

# %%
# A curve, and one that is a corner
# ---------------------------------
# How bright a digit's centre and its left side are, in five steps each, tells something
# about which digit it is: 25 rows, ten columns. The curve of this table bends, and
# every beta has its own code.
#
# Then labels without noise: whether the digit is odd, given the digit. There the curve
# is a straight line up to H(Y), and beta times the rate finds its two ends alone. Beta
# times the *square* of the rate stops in between.

digits = load_digits()
images = digits.images
brightness = np.column_stack(
    [images[:, 2:6, 3:5].sum((1, 2)), images[:, :, :3].sum((1, 2))]
)
steps, _ = discretize(brightness, n_bins=5)
noisy = contingency_table(5 * steps[:, 0] + steps[:, 1], digits.target)
exact = contingency_table(digits.target, digits.target % 2)

figure, panels = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
for axes, counts, title in zip(
    panels, (noisy, exact), ("labels with noise", "labels without noise"), strict=True
):
    for power, marker, size in ((2, "s", 4), (1, "o", 8)):
        ib = DiscreteIB(rate_power=power, betas=40, random_state=0).fit(counts)
        curve = ib.information_curve_
        axes.plot(
            curve["rate"],
            curve["relevance"],
            marker=marker,
            markersize=size,
            markerfacecolor="none",
            linewidth=1,
            label=f"rate_power={power}: {len(curve['rate'])} points",
        )
    axes.axhline(ib.mi_, color="0.5", linestyle=":")
    axes.text(0, ib.mi_, "I(X;Y)", va="bottom", color="0.4")
    axes.set(title=title, xlabel="rate I(X;T) (nats)", ylabel="relevance I(T;Y) (nats)")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower right")
plt.show()
