"""
====================================================
Two random columns among the sensors of a house
====================================================

For four and a half months a house in Belgium reported every ten minutes what its
appliances used, with temperature and humidity of nine rooms and the weather outside.
Those who published the data added two columns of random numbers, rv1 and rv2, to see
who would fall for them. (They are equal, number by number: a second trap.) A selector
should rank both below every column that says something, and stop before it takes one.
"""

# %%
# The table
# ---------
# Hour and weekday are made from the date, as labels. Days are kept, too, to tell the
# selector which rows belong together.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from _real_data import DataUnavailableError, appliances_energy
from sklearn.datasets import make_friedman1

from skmi.feature_selection import SelectByMutualInfo
from skmi.inspection import SelectionPathDisplay


def load():
    """Return columns, the target (what appliances use, in watt hours), and days."""
    try:
        table = appliances_energy()
    except DataUnavailableError as error:
        print(f"{error}\nMade-up data stand in for the house.")
        values, target = make_friedman1(5000, 10, noise=1.0, random_state=0)
        table = pd.DataFrame(values[:, :5]).add_prefix("sensor ")
        table = table.assign(rv1=values[:, 5], rv2=values[:, 5])
        return table, target, np.arange(len(target)) // 144
    date = table.pop("date")
    table["hour"] = date.dt.hour.astype("category")
    table["weekday"] = date.dt.day_of_week.astype("category")
    day = date.dt.day_of_year.to_numpy()
    return table, table.pop("Appliances").to_numpy(), day


X, y, day = load()
PROBES = ["rv1", "rv2"]
print(X.shape)

# %%
# The search, and where it stops
# ------------------------------
# With "auto", the search ends when the best candidate may be there by chance: when
# chance brings as much to the best of all candidates, beside the columns that were
# taken.

selector = SelectByMutualInfo(
    "auto", criterion="cmim", discrete_target=False, random_state=0
).fit(X, y)
ranks = pd.Series(selector.ranking_, index=X.columns).sort_values()
print(f"{selector.selected_.size} of {ranks.size} columns taken; the last five:")
print(ranks[-5:])

# %%
# Neither probe is taken, and they come last of all columns.

assert not set(PROBES) & set(selector.get_feature_names_out())
assert (ranks[PROBES] > ranks.drop(PROBES).max()).all()

# %%
# Still, nearly all others are. Rows that are ten minutes apart resemble each other, and
# what changes slowly, as weather does, is always related to anything else that does:
# each day brings about one value, not 144. The probes are new in each row, so the test
# is right about them, but it is too kind to slow columns. ``groups`` tells it that the
# rows of a day belong together.

by_days = SelectByMutualInfo(
    "auto", criterion="cmim", discrete_target=False, random_state=0
).fit(X, y, groups=day)
display = SelectionPathDisplay.from_estimator(by_days, redundancy="own")
_ = display.ax_.set_title("Information about the energy of appliances")

# %%
# Hour of day comes first, by far, then temperatures and humidities of single rooms,
# each for what it adds to the hour and the rooms before. The column below the line is
# the best of those left, and no better than chance.
#
# Which criteria fall for it
# --------------------------
# Without a stop, all columns are put in order. MIM, JMI and CMIM leave the probes for
# the end. mRMR does not: once the useful columns that are left share more with those
# taken than with the target, their values are negative, and a column of noise, which
# shares nothing with anything, is better with 0. Even its copy comes before ten real
# columns, since a mean over many columns hides the one that is equal.

criteria = ("mim", "jmi", "cmim", "mrmr")
values = {}
for criterion in criteria:
    full = SelectByMutualInfo(1.0, criterion=criterion, discrete_target=False).fit(X, y)
    values[criterion] = pd.Series(full.ranking_, index=X.columns)
order = pd.DataFrame(values).sort_values("cmim")
print(order.tail(6))

figure, axes = plt.subplots(figsize=(7.5, 4.2), layout="constrained")
for name, row in order.iterrows():
    is_probe = name in PROBES
    axes.plot(
        criteria,
        row,
        color="tab:red" if is_probe else "0.75",
        marker="o",
        zorder=2 + is_probe,
        label=name if is_probe else None,
    )
axes.invert_yaxis()
axes.set(ylabel="rank (1 is taken first)", title="Two random columns (red)")
_ = axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))

# %%
# The stop does not depend on the criterion: it asks whether what the criterion would
# take tells anything beside the columns that are there. It saves mRMR from its probe,
# and ends the search there, with useful columns left that mRMR did not propose.

careful = SelectByMutualInfo(
    "auto", criterion="mrmr", discrete_target=False, random_state=0
).fit(X, y, groups=day)
print(careful.get_feature_names_out().tolist())
assert not set(PROBES) & set(careful.get_feature_names_out())
refused = np.flatnonzero(careful.pvalues_ > careful.alpha)
print("refused:", dict(zip(X.columns[refused], careful.pvalues_[refused], strict=True)))
plt.show()
