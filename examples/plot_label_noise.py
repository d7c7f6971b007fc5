"""
===================================
What to do about labels that lie
===================================

Four in ten labels of these digits are drawn at random. A network that may keep anything
about an image learns each wrong label by heart. There are two remedies: to let it pay
for what it keeps, as in :class:`~skmi.bottleneck.IBClassifierCV`, and to stop it early.
Neither needs to know which labels are wrong. Here they are side by side, and the older
one wins.
"""

# %%
# The data
# --------
# Labels of 1,200 digits; 40 % of them are drawn anew. The rest is kept, with true
# labels, to see what was learnt.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from skmi.bottleneck import IBClassifier, IBClassifierCV

X, digit = load_digits(return_X_y=True)
X_train, X_test, digit_train, digit_test = train_test_split(
    X, digit, train_size=1200, random_state=0, stratify=digit
)
rng = np.random.default_rng(0)
drawn = rng.integers(0, 10, len(digit_train))
y_train = np.where(rng.random(len(digit_train)) < 0.4, drawn, digit_train)
wrong = y_train != digit_train
print(f"{wrong.mean():.0%} of the labels are wrong")

# %%
# Beta from the noisy labels
# --------------------------
# Eight betas on three folds are 24 networks, trained as one stack. The beta is taken
# whose probabilities do best on the rows held out, whose labels are as noisy.

betas = [1e-3, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.5]
common = {"standardize": "global", "max_epochs": 60, "lr": 2e-3, "device": "cpu"}
search = IBClassifierCV(betas=betas, cv=3, **common, random_state=0)
search.fit(X_train, y_train)
print(f"beta chosen: {search.beta_:g}")

# %%
# What was learnt of the wrong labels
# -----------------------------------
# One network for each beta, on all training rows, and one that is stopped when the loss
# on a tenth of them, noisy as they are, gets worse. What does it say of the rows whose
# label is wrong: the label it was shown, or the digit in the image?


def network(beta, **params):
    """Return a fitted classifier."""
    clf = IBClassifier(beta=beta, **common, random_state=0, **params)
    return clf.fit(X_train, y_train)


every = [0.0, *betas]
to_the_end = [network(beta) for beta in every]
stopped = [network(beta, early_stopping=True) for beta in every]


def shares(networks):
    """Return the share of wrong labels that were learnt, and of digits seen anyway."""
    said = [clf.predict(X_train[wrong]) for clf in networks]
    by_heart = [np.mean(labels == y_train[wrong]) for labels in said]
    corrected = [np.mean(labels == digit_train[wrong]) for labels in said]
    return np.array(by_heart), np.array(corrected)


names = [f"{beta:g}" for beta in every]
rows = np.arange(len(every))
figure, axes = plt.subplots(1, 2, figsize=(10, 4), sharey=True, layout="constrained")
for axis, networks, title in zip(
    axes, (to_the_end, stopped), ("trained to the end", "stopped early"), strict=True
):
    by_heart, corrected = shares(networks)
    axis.bar(rows, by_heart, color="#c2410c", label="the wrong label")
    axis.bar(rows, corrected, bottom=by_heart, color="#1b6ca8", label="the digit")
    axis.bar(
        rows,
        1 - by_heart - corrected,
        bottom=by_heart + corrected,
        color="0.85",
        label="something else",
    )
    axis.set_xticks(rows, names)
    axis.set(xlabel="beta", title=title, ylim=(0, 1))
axes[0].set_ylabel("share of training rows with a wrong label")
figure.legend(
    *axes[0].get_legend_handles_labels(),
    loc="outside lower center",
    ncols=3,
    frameon=False,
    title="the network says",
)

# %%
# What is left on new images
# --------------------------
# Left: accuracy against the true digits. Right: the loss of the probabilities, against
# labels as noisy as those of training, which is what cross-validation sees.
#
# A price helps a network that is trained to the end, most of all its probabilities,
# which stop being sure of what they learnt by heart. But with this noise it takes away
# what tells digits apart before it has taken away the wrong labels: the code collapses
# first. Stopping early does much better on both, at any moderate price, since true
# labels are learnt before wrong ones. So stop early where you can, and take beta for
# what it is, a limit on what the code keeps.

drawn = rng.integers(0, 10, len(digit_test))
y_test = np.where(rng.random(len(digit_test)) < 0.4, drawn, digit_test)
chosen = every.index(search.beta_)
figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for networks, label, color in (
    (to_the_end, "trained to the end", "#1b6ca8"),
    (stopped, "stopped early", "#2e8b57"),
):
    accuracy = [clf.score(X_test, digit_test) for clf in networks]
    loss = [log_loss(y_test, clf.predict_proba(X_test)) for clf in networks]
    for axis, values in zip(axes, (accuracy, loss), strict=True):
        axis.plot(rows, values, color=color, marker="o", label=label)
        if networks is to_the_end:
            axis.plot(
                rows[chosen],
                values[chosen],
                marker="o",
                markersize=13,
                markerfacecolor="none",
                markeredgecolor="#c2410c",
                linestyle="none",
                label="chosen by cross-validation",
            )
    print(f"{label}: beta = 0 {accuracy[0]:.3f} and {loss[0]:.2f} nats, ", end="")
    print(f"beta = {every[chosen]:g} {accuracy[chosen]:.3f} and {loss[chosen]:.2f}")
for axis, label in zip(
    axes, ("accuracy, true labels", "log-loss, noisy labels (nats)"), strict=True
):
    axis.set_xticks(rows, names)
    axis.set(xlabel="beta", ylabel=label)
    axis.spines[["top", "right"]].set_visible(False)
axes[1].legend(frameon=False)
plt.show()
