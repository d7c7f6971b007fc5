"""
================================================
What a code tells about what nobody asked it for
================================================

A company passes on codes of its customers, from which a partner is to tell whether they
earn much. Whoever holds the codes may use them for something else: to guess a column
that was never in the table. :class:`~skmi.bottleneck.IBClassifier` limits how much a
code can tell about anything. Here the leak of a sensitive column is measured against
beta, and against the obvious alternative, adding noise to the codes.
"""

# %%
# The table
# ---------
# Census records of 1994 and 1995, as many people with an income above 50,000 dollars as
# below. Whether someone was born abroad is the sensitive column. It is left out of the
# table, as is the citizenship; the countries where the parents were born stay.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from _real_data import DataUnavailableError, census_income
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import balanced_accuracy_score
from sklearn.preprocessing import StandardScaler

from skmi.bottleneck import IBClassifier

LEFT_OUT = ["income", "instance_weight", "birth_country_self", "citizenship"]


def load(n_each=4000):
    """Return columns, whether the income is high, and whether born abroad."""
    try:
        table = census_income()
    except DataUnavailableError as error:
        print(f"{error}\nMade-up data stand in for the census.")
        X, group = make_classification(
            2 * n_each, 30, n_informative=8, n_redundant=10, n_classes=4, random_state=0
        )
        return X.astype(np.float32), group // 2, group % 2
    rich = table["income"].str.startswith("50000").to_numpy()
    rng = np.random.default_rng(0)
    kept = [rng.permutation(np.flatnonzero(rich == value))[:n_each] for value in (0, 1)]
    kept = rng.permutation(np.concatenate(kept))
    columns = table.iloc[kept].drop(columns=LEFT_OUT)
    texts = columns.select_dtypes(exclude="number").columns
    # Labels that fewer than 40 people have tell about these people alone.
    for name in texts:
        label = columns[name].astype(str)
        columns[name] = label.where(label.groupby(label).transform("size") >= 40, "?")
    X = pd.get_dummies(columns).to_numpy(np.float32)
    abroad = (table["birth_country_self"].iloc[kept] != "United-States").to_numpy()
    return X, rich[kept].astype(int), abroad.astype(int)


X, y, abroad = load()
third = len(X) // 3
# To train the code; to train the attacker; to judge both.
own, known, new = (slice(i * third, (i + 1) * third) for i in range(3))
X = StandardScaler().fit(X[own]).transform(X)
print(X.shape, f"high income: {y.mean():.2f}, born abroad: {abroad.mean():.2f}")

# %%
# The code, and who attacks it
# ----------------------------
# A draw of the code is what is passed on. Its mean would not do: it is a function of
# the row without noise, and however short the code, all of it could be read from the
# digits of a number. The attacker knows of some people whose codes it has where they
# were born, and learns to guess it of others, by a random forest.


def passed_on(clf, X, seed=0):
    """Return draws of the code, one for each row."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        mean, log_std, _ = clf.net_.module_.encode(torch.tensor(X))
        return mean + log_std.exp() * torch.randn(mean.shape, generator=generator)


def leak(codes_known, codes_new):
    """Return the balanced accuracy of the attacker; 0.5 is a coin."""
    forest = RandomForestClassifier(
        100, min_samples_leaf=10, class_weight="balanced", random_state=0
    )
    forest.fit(codes_known, abroad[known])
    return balanced_accuracy_score(abroad[new], forest.predict(codes_new))


def use(clf, codes):
    """Return the accuracy of the income read from codes."""
    with torch.no_grad():
        found = clf.net_.module_.decoder(codes).argmax(1).numpy()
    return np.mean(found == y[new])


betas = np.array([1e-4, 1e-3, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4])
accuracy, leaks, leaks_of_output, rates = [], [], [], []
for beta in betas:
    clf = IBClassifier(
        8,
        beta=beta,
        max_epochs=30,
        lr=2e-3,
        standardize=False,
        device="cpu",
        random_state=0,
    ).fit(X[own], y[own])
    codes = passed_on(clf, X[known]), passed_on(clf, X[new], seed=1)
    accuracy.append(use(clf, codes[1]))
    leaks.append(leak(*codes))
    outputs = clf.predict_proba(X)
    leaks_of_output.append(leak(outputs[known], outputs[new]))
    rates.append(clf.rate_and_relevance(X[new], y[new])[0])
    if beta == betas[0]:
        open_clf, open_codes = clf, codes

# %%
# The alternative takes the code that pays next to nothing and adds noise to it, more
# and more.

noise_accuracy, noise_leaks = [], []
rng = torch.Generator().manual_seed(0)
spread = open_codes[0].std(0)
for size in (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0):
    noisy = [
        codes + size * spread * torch.randn(codes.shape, generator=rng)
        for codes in open_codes
    ]
    noise_accuracy.append(use(open_clf, noisy[1]))
    noise_leaks.append(leak(*noisy))

# Who knows the income alone guesses better than a coin does.
from_income = leak(y[known][:, None], y[new][:, None])
from_table = leak(X[known], X[new])

# %%
# The leak against beta
# ---------------------
# Left: the table gives the birthplace away. A code that was made for the income leaks
# little of it to begin with; as beta grows the rate falls, and the leak with it, until
# the attacker is left with a coin, while the income is read nearly as well as before.
# Probabilities of the income are given out without noise, so that no rate limits them;
# they leak about as much as the income does (dotted).
#
# Right: noise on an open code buys the same privacy much dearer, since it covers what
# the income needs along with the rest.
#
# A leak near one half is no proof. Another attacker may do better, its balanced
# accuracy is known to about 0.015 here, and a code that has closed says nothing to
# anyone: look at the use beside the leak. The rate bounds what any attacker can learn,
# in nats.

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
left.plot(betas, leaks, marker="o", color="#c2410c", label="born abroad, from the code")
left.plot(
    betas,
    leaks_of_output,
    marker="o",
    color="#e9a178",
    label="born abroad, from probabilities",
)
left.plot(betas, accuracy, marker="o", color="#1b6ca8", label="income, from the code")
left.axhline(
    from_table, color="0.35", linestyle="--", label="born abroad, from the table"
)
left.axhline(
    from_income, color="0.35", linestyle=":", label="born abroad, from the income"
)
left.set(xscale="log", xlabel="beta", ylabel="accuracy (balanced, of the birthplace)")
left.legend(frameon=False, fontsize=9)
for beta, rate, height in zip(betas, rates, accuracy, strict=True):
    left.annotate(
        f"{rate:.1f}",
        (beta, height),
        xytext=(0, 6),
        textcoords="offset points",
        ha="center",
        fontsize=8,
        color="#1b6ca8",
    )
left.set_title("Use and leak (numbers: rate in nats)")

right.plot(accuracy, leaks, marker="o", color="#1b6ca8", label="beta")
right.plot(
    noise_accuracy, noise_leaks, marker="s", color="0.5", label="noise on open codes"
)
right.axhline(from_income, color="0.35", linestyle=":")
right.set(
    xlabel="use: accuracy of the income",
    ylabel="leak: balanced accuracy of the birthplace",
    title="The price of privacy (right and below is better)",
)
right.legend(frameon=False)
for axis in (left, right):
    axis.spines[["top", "right"]].set_visible(False)
print(pd.DataFrame({"beta": betas, "rate": rates, "use": accuracy, "leak": leaks}))
print(pd.DataFrame({"noise": noise_accuracy, "leak": noise_leaks}))
print(f"from the table {from_table:.3f}, from the income {from_income:.3f}")
plt.show()
