"""
=========================================
Selecting columns among two hundred fakes
=========================================

The breast-cancer data have 30 columns, many of them near copies of each other. Here
they stand among 200 fakes: real columns whose rows were shuffled, which look right
one by one and say nothing about the diagnosis. The path of
:class:`~skmi.feature_selection.SelectByMutualInfo` shows what each step gained, and
where it is time to stop.
"""

# %%
# Real columns and fakes, in random order
# ---------------------------------------

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer

from skmi.feature_selection import SelectByMutualInfo

rng = np.random.default_rng(0)
data = load_breast_cancer(as_frame=True)
real, y = data.data, data.target
sources = rng.integers(real.shape[1], size=200)
fakes = np.column_stack([rng.permutation(real.iloc[:, j]) for j in sources])
names = np.array([*real.columns, *(f"fake {i}" for i in range(200))])
order = rng.permutation(names.size)
X = np.hstack([real.to_numpy(), fakes])[:, order]
names = names[order]
is_real = order < real.shape[1]

# %%
# The path of a search
# --------------------
#
# CMIM asks of each column what it adds beyond any single column taken before. The
# dotted line is the gain that the best of the 200 fakes would have had as the next
# column: what luck brings to the luckiest. Once the path has come down to it, it no
# longer tells real columns from fakes.

n_bins = 5
selector = SelectByMutualInfo(20, criterion="cmim", n_bins=n_bins).fit(X, y)
path = selector.selection_path_
luck = selector.scores_[~is_real].max()

figure, axes = plt.subplots(figsize=(8, 6), layout="constrained")
rows = np.arange(20)
colors = np.where(is_real[path["feature"]], "tab:blue", "tab:red")
axes.barh(rows, path["relevance"], color="0.88", label="relevance I(X;Y)")
axes.barh(rows, path["criterion"], color=colors, height=0.5, label="gain when taken")
axes.axvline(luck, color="black", linestyle=":", label="gain of the luckiest fake")
axes.set_yticks(rows, names[path["feature"]])
axes.invert_yaxis()
axes.set(xlabel="nats", title="Selection path (red: fakes)")
_ = axes.legend(loc="lower right")

# %%
# The first step alone brings most of the information. Later ones have high relevance
# but small gains: what they know was known already.
#
# What the criteria make of it
# ----------------------------
#
# mRMR takes some fakes: they share nothing with any column, and 0 is better than the
# negative values of the real columns that are left. Relevance alone (MIM) and the mean
# gain (JMI) keep away from fakes here, and pay for it: they take column after column
# that says the same. The mean information among the columns taken shows it.

figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
for criterion in ("mim", "jmi", "cmim", "mrmr"):
    path = (
        SelectByMutualInfo(20, criterion=criterion, n_bins=n_bins)
        .fit(X, y)
        .selection_path_
    )
    n_fakes = int((~is_real[path["feature"]]).sum())
    label = f"{criterion} ({n_fakes} fakes of 20)"
    axes.plot(path["step"][1:], path["redundancy"][1:], marker="o", label=label)
axes.set(
    xlabel="step",
    ylabel="mean information with\nthe columns taken before, nats",
    title="Redundancy along the path",
    xticks=range(2, 21, 2),
)
_ = axes.legend()

plt.show()
