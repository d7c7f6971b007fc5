"""
=====================================================
A census: labels, numbers, gaps, and weights of rows
=====================================================

Who earns more than 50,000 dollars? The census-income table has forty columns, most of
them labels, some with up to fifty levels; values are missing, and each row stands for
another number of people. None of that has to be encoded, filled or forgotten here:
:class:`~skmi.feature_selection.SelectByMutualInfo` reads the frame as it is, counts
missing values as a level of their own, and takes the weights for frequencies. What
comes out is a frame again.
"""

# %%
# The table
# ---------

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import sklearn
from _real_data import DataUnavailableError, census_income
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline

from skmi.feature_selection import SelectByMutualInfo
from skmi.inspection import SelectionPathDisplay


def made_up(part):
    """Return a table with labels, gaps and weights, of which six columns matter."""
    values, y = make_classification(
        6000, 24, n_informative=6, n_redundant=6, shuffle=False, random_state=0
    )
    table = pd.DataFrame(values).add_prefix("column ")
    rng = np.random.default_rng(0)
    for j in range(0, 24, 2):
        table.isetitem(j, pd.cut(table.iloc[:, j], 5, labels=list("ABCDE")))
    table = table.mask(rng.random(table.shape) < 0.05)
    table["instance_weight"] = rng.uniform(1, 3, size=len(table))
    table["income"] = np.where(y, "50000+.", "- 50000.")
    return table[:4000] if part == "train" else table[4000:]


def load(part, n_rows):
    """Return columns, target and weights of some rows."""
    try:
        table = census_income(part)
    except DataUnavailableError as error:
        print(f"{error}\nMade-up data stand in for the census.")
        table = made_up(part)
    table = table.sample(min(n_rows, len(table)), random_state=0)
    labels = table.select_dtypes(exclude=["number", "category"]).columns.drop("income")
    table[labels] = table[labels].astype("category")
    weight = table.pop("instance_weight").to_numpy()
    return table, (table.pop("income") == "50000+.").to_numpy(), weight


X, y, weight = load("train", 50_000)
X_test, y_test, weight_test = load("test", 50_000)
print(X.dtypes.astype(str).value_counts())
missing = X.isna().mean()
print(missing[missing > 0].round(3))

# %%
# Twelve columns
# --------------
# Grey bars are what a column tells about income by itself, dots what it adds to those
# above it. All of income would be 0.24 nats. Occupation comes first; industry and
# household tell much by themselves and add less; sex and capital gains tell little by
# themselves, but nobody else does.

selector = SelectByMutualInfo(12, missing="category")
selector.fit(X, y, sample_weight=weight)
display = SelectionPathDisplay.from_estimator(selector, redundancy="own")
_ = display.ax_.set_title("Information about income")

# %%
# A frame in, a frame out, labels still labels:

selector.transform(X).iloc[:3, :5]

# %%
# In a pipeline
# -------------
# With metadata routing on, scikit-learn passes the weights to each step that has asked
# for them. The classifier takes categories and missing values, too.

sklearn.set_config(enable_metadata_routing=True)


def auc(n_columns):
    """Return the area under the curve of new rows, with so many columns."""
    chooser = SelectByMutualInfo(n_columns, missing="category")
    model = make_pipeline(
        chooser.set_fit_request(sample_weight=True),
        HistGradientBoostingClassifier(
            categorical_features="from_dtype", random_state=0
        ).set_fit_request(sample_weight=True),
    ).fit(X, y, sample_weight=weight)
    chance = model.predict_proba(X_test)[:, 1]
    return roc_auc_score(y_test, chance, sample_weight=weight_test)


sizes = [1, 2, 4, 8, 12, 20, X.shape[1]]
areas = {size: auc(size) for size in sizes}
sklearn.set_config(enable_metadata_routing=False)
for size, area in areas.items():
    print(f"{size:2d} columns: {area:.4f}")

# %%
# With twelve of the forty columns nothing much is lost.
#
# Weights and gaps
# ----------------
# The order without weights, and the one that comes from counting, for each column,
# only the rows where it is known. Here neither changes what is chosen: the weights
# change little about income, and the columns with many gaps, asked in one of the two
# years only, say little about it in any case.

variants = {
    "as above": selector,
    "without weights": SelectByMutualInfo(12, missing="category").fit(X, y),
    "rows with values": SelectByMutualInfo(12, missing="pairwise").fit(
        X, y, sample_weight=weight
    ),
}
ranks = pd.DataFrame(
    {name: variant.ranking_ for name, variant in variants.items()}, index=X.columns
)
print(ranks[(ranks <= 12).any(axis=1)].sort_values("as above"))
plt.show()
