"""
=======================================
Which columns of a census tell the same
=======================================

The census-income table describes 199,523 people of the United States in 1994 and 1995
by forty columns: ages and dividends, but also jobs, countries and kinds of households,
for which there is no correlation. Mutual information asks of any two columns how much
the one tells about the other. :class:`~skmi.inspection.MIMatrixDisplay` shows it for
all pairs, related columns side by side.
"""

# %%
# The table
# ---------
# A question mark means that nobody knows; here it is a label like others. Weights say
# how many people a row stands for.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from _real_data import DataUnavailableError, census_income
from sklearn.datasets import load_breast_cancer

from skmi.inspection import MIMatrixDisplay

try:
    table = census_income()
    weight = table.pop("instance_weight")
except DataUnavailableError as error:
    print(f"{error}\nBreast-cancer data stand in for the census.")
    table = load_breast_cancer(as_frame=True).frame
    weight = pd.Series(np.ones(len(table)))

labels = table.select_dtypes(exclude="number").columns
table[labels] = table[labels].astype(object).fillna("?").astype("category")
print(f"{len(table)} rows, {len(labels)} columns of labels, {table.shape[1]} in all")

# %%
# All pairs
# ---------
# Each information is divided by the mean entropy of its two columns: 1 means that they
# determine each other, and 0 that they have nothing to do with each other.

display = MIMatrixDisplay.from_data(
    table, sample_weight=weight, dendrogram=True, cmap="magma_r"
)

# %%
# Dark blocks along the diagonal are columns that say the same in other words: where
# people moved from, with the year, as only one of the two was asked; what their work
# is; who lives in their house; where their parents were born. Columns of one block can
# stand in for each other. The weakest forks of the tree, near its top, mean nothing.
#
# What tells about income
# -----------------------
# One row of the matrix, in nats. Work comes first, then age and household, and no
# column alone tells a third of what there is to know. Many of these bars are the same
# information over again, as the matrix has shown: see
# :ref:`sphx_glr_auto_examples_plot_mixed_table.py` for a choice among them.

nats = MIMatrixDisplay.from_data(table, sample_weight=weight, normalized=False)
plt.close(nats.figure_)
target = nats.names[-1]
entropy = nats.matrix[-1, -1]
row = pd.Series(nats.matrix[-1, :-1], index=nats.names[:-1]).sort_values()[-12:]

figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
axes.barh(row.index, row, color="tab:blue")
axes.set(xlabel="nats", title=f"Information about {target}, of {entropy:.2f} nats")
plt.show()
