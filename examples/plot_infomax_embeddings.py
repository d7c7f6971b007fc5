"""
======================================================
Digits that move: what an infomax code keeps and drops
======================================================

Handwritten digits of 8 x 8 pixels are put somewhere on a field of 12 x 12. Where a
digit lies decides most of its pixels, so it is what the first principal components of
the pixels show. :class:`~skmi.infomax.InfomaxEncoder` is trained on pairs of views of
the same image that are shifted at random. What two views of an image share is above
all its shape, and so the code is sorted by the digit - no label was used.
"""

# %%
# The data
# --------
# The encoder is trained on 70% of the images. All that is shown below was computed on
# the others.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmi.infomax import InfomaxEncoder
from skmi.training import Augmentation

SIDE = 12
rng = np.random.default_rng(0)
images, digit = load_digits(return_X_y=True)
place = rng.integers(0, SIDE - 8, size=(len(images), 2), endpoint=True)
X = np.zeros((len(images), SIDE, SIDE))
for field, image, (row, column) in zip(X, images, place, strict=True):
    field[row : row + 8, column : column + 8] = image.reshape(8, 8)
X = X.reshape(len(images), -1)

X_train, X_test, digit_train, digit_test, place_train, place_test = train_test_split(
    X, digit, place, test_size=0.3, stratify=digit, random_state=0
)

# %%
# Training
# --------
# A view is a shift by up to three pixels along each axis, with a little noise. Pixels
# share one scale, which ``standardize="global"`` keeps.

augment = Augmentation(scale=0.2, corruption=0.1, max_shift=3, image_shape=(SIDE, SIDE))
encoder = InfomaxEncoder(
    critic="cosine",
    augment=augment,
    standardize="global",
    max_epochs=300,
    device="cpu",
    random_state=0,
)
Z_train = encoder.fit_transform(X_train)
Z_test = encoder.transform(X_test)
print(f"InfoNCE bound on new images: {encoder.score(X_test):.2f} nats")

# %%
# Two principal components
# ------------------------
# The same linear projection of the pixels and of the codes. Above, colour is the
# digit; below, its distance from the top edge.

views = {
    "pixels": (X_train, X_test),
    "infomax codes": (Z_train, Z_test),
}
digits_colours = plt.get_cmap("tab10")
figure, axes = plt.subplots(2, 2, figsize=(8.4, 7.6), layout="constrained")
for (name, (train, test)), (top, bottom) in zip(views.items(), axes.T, strict=True):
    pca = PCA(2).fit(train)
    first, second = pca.transform(test).T
    share = pca.explained_variance_ratio_.sum()
    top.set_title(f"PCA of {name} ({share:.0%} of variance)", fontsize=11)
    for value in range(10):
        own = digit_test == value
        by_digit = top.scatter(
            first[own],
            second[own],
            s=42,
            marker=f"${value}$",
            color=digits_colours(value),
            linewidths=0.2,
        )
    by_place = bottom.scatter(
        first, second, s=14, c=place_test[:, 0], cmap=plt.get_cmap("viridis", 5)
    )
    bottom.set_xlabel("first component")
for axis in axes.flat:
    axis.set(xticks=[], yticks=[])
    axis.spines[["top", "right"]].set_visible(False)
for axis, text in zip(axes[:, 0], ("colour: digit", "colour: place"), strict=True):
    axis.set_ylabel(f"second component\n({text})")
bar = figure.colorbar(by_place, ax=axes[1], ticks=0.4 + 0.8 * np.arange(5), pad=0.02)
bar.set_label("rows above the digit (pixels)")
bar.ax.set_yticklabels(range(5))
bar.outline.set_visible(False)
plt.show()

# %%
# What can be read off linearly
# -----------------------------
# Linear classifiers of the digit (chance: 0.10) and of its row (chance: 0.20). The
# digit has become accessible. The row is no longer among the leading directions, but a
# classifier that is told what to look for still finds much of it: views that are
# shifted by three pixels at most share something about the place, too.


def linear_accuracy(train, test, target_train, target_test):
    """Return the share of new images that a linear classifier gets right."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    return model.fit(train, target_train).score(test, target_test)


for name, (train, test) in views.items():
    by_target = [
        linear_accuracy(train, test, digit_train, digit_test),
        linear_accuracy(train, test, place_train[:, 0], place_test[:, 0]),
    ]
    print("{:>13}: digit {:.2f}, row {:.2f}".format(name, *by_target))
