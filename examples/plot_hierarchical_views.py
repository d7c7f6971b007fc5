"""
===================================================
A view that is there in training only: half a digit
===================================================

Of the digits to be told apart only the upper half is seen. In training the lower half
is seen too, but hardly any labels. :class:`~skmi.bottleneck.HierarchicalIB` encodes the
upper half, the prime view, so that its code tells about the lower half and about
nothing else at ``beta`` a nat. What a stroke does in the other half is much of what
makes it a digit: labels that are few go further on such a code than on the pixels, or
on the directions in which these vary most.
"""

# %%
# The data
# --------
# 1,200 images without labels, of which a few get one; the others are for testing.

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from skmi.bottleneck import HierarchicalIB
from skmi.exceptions import EstimationWarning

X, y = load_digits(return_X_y=True)
upper, lower = slice(0, 32), slice(32, 64)
N_COMPONENTS, N_LABELS, N_SPLITS = 20, (30, 50, 100, 200, 400), 8

# %%
# Three descriptions of the upper half
# ------------------------------------
# A linear classifier is trained on each: the pixels, standardised; twenty principal
# components, in their own units, which does them good; the twenty columns of the code.
# No labels are used to make them.


def accuracies(describe, X_train, X_test, y_train, y_test):
    """Return the accuracy on test images for each number of labels."""
    classifier = LogisticRegression(max_iter=2000)
    Z_train, Z_test = describe(X_train[:, upper]), describe(X_test[:, upper])
    return [
        classifier.fit(Z_train[:n], y_train[:n]).score(Z_test, y_test) for n in N_LABELS
    ]


scores = {"HierarchicalIB": [], "pixels": [], "PCA": []}
for split in range(N_SPLITS):
    data = train_test_split(X, y, train_size=1200, random_state=split)
    X_train = data[0]
    ib = HierarchicalIB(
        N_COMPONENTS,
        view_columns=[upper, lower],
        beta=0.1,
        standardize="global",
        max_epochs=60,
        device="cpu",
        random_state=split,
    )
    with warnings.catch_warnings():
        # Pixels have few values: what is told about them cannot be said in nats.
        warnings.simplefilter("ignore", EstimationWarning)
        ib.fit(X_train)
    others = {"pixels": StandardScaler(), "PCA": PCA(N_COMPONENTS)}
    scores["HierarchicalIB"].append(accuracies(ib.transform, *data))
    for name, model in others.items():
        model.fit(X_train[:, upper])
        scores[name].append(accuracies(model.transform, *data))
for name, values in scores.items():
    means = np.mean(values, axis=0)
    print(name, dict(zip(N_LABELS, means.round(3).tolist(), strict=True)))

# %%
# What the code expects below
# ---------------------------
# On the left test images, and what a linear map of the code of their upper half makes
# of the lower one. On the right the accuracy, with standard errors over the splits.

_, X_test, _, y_test = data
expected = LinearRegression().fit(ib.transform(X_train), X_train[:, lower])
shown = [np.flatnonzero(y_test == digit)[0] for digit in range(10)]
seen = X_test[shown, upper]
rows = (X_test[shown], np.hstack([seen, expected.predict(ib.transform(X_test[shown]))]))
frame = ((1, 0), (1, 0))
picture = np.vstack(
    [
        np.hstack([np.pad(image.reshape(8, 8), frame) for image in images])
        for half in (slice(0, 5), slice(5, 10))
        for images in (row[half] for row in rows)
    ]
)

figure, (left, right) = plt.subplots(
    1, 2, figsize=(9.6, 4.2), width_ratios=(1.1, 1), layout="constrained"
)
left.imshow(picture, cmap="Greys", vmin=0, vmax=16)
left.set_xticks([])
left.set_yticks(
    np.arange(4.5, 36, 9), ["image", "expected"] * 2, rotation=90, va="center"
)
left.tick_params(length=0)
for k in range(4):
    left.axhline(9 * k + 4.5, color="#c2410c", linewidth=1, linestyle=":")
left.set_title("below the dotted line: never seen in use", fontsize=10)

colours = {"HierarchicalIB": "#1b6ca8", "pixels": "0.35", "PCA": "#b8bfc6"}
for name, values in scores.items():
    right.errorbar(
        N_LABELS,
        np.mean(values, axis=0),
        np.std(values, axis=0, ddof=1) / np.sqrt(N_SPLITS),
        color=colours[name],
        marker="o",
        markersize=4,
        label=name,
    )
right.set(
    xscale="log",
    xlabel="labels",
    ylabel="accuracy from the upper half (new images)",
)
right.set_xticks(N_LABELS, N_LABELS)
right.minorticks_off()
right.spines[["top", "right"]].set_visible(False)
right.legend(frameon=False, loc="lower right")
plt.show()
