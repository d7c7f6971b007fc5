"""
===========================
Digits read pixel by pixel
===========================

A scan of a digit has 64 pixels. If each of them cost money, which would you look at?
A static selection buys the same few for every image.
:class:`~skmi.feature_selection.DynamicFeatureSelector` looks at one, and decides from
what it sees where to look next.
"""

# %%
# Accuracy against the number of pixels
# -------------------------------------
# The dynamic selector is trained once for up to ten pixels; its predictions after each
# further pixel come from ``staged_predict_proba``. Beside it stand networks with the
# same hidden layers, learning rate, batches and epochs, each trained on the k pixels
# with the largest mutual information with the digit.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.feature_selection import mutual_info_classif
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmi.feature_selection import DynamicFeatureSelector

HIDDEN, EPOCHS, LR, BATCH, MOST = (128, 128), 100, 3e-3, 64, 10

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.25, stratify=y, random_state=0
)

dynamic = DynamicFeatureSelector(
    max_features=MOST,
    hidden_layer_sizes=HIDDEN,
    max_epochs=EPOCHS,
    lr=LR,
    batch_size=BATCH,
    random_state=0,
)
dynamic.fit(X_train, y_train)
accuracy = {
    "dynamic": [
        np.mean(dynamic.classes_[proba.argmax(axis=1)] == y_test)
        for proba in dynamic.staged_predict_proba(X_test)
    ][1:]
}

information = mutual_info_classif(X_train, y_train, random_state=0)
order = np.argsort(-information)
sizes = np.arange(1, MOST + 1)
accuracy["static"] = []
for size in sizes:
    network = MLPClassifier(
        HIDDEN,
        alpha=0,
        learning_rate_init=LR,
        batch_size=BATCH,
        max_iter=EPOCHS,
        n_iter_no_change=EPOCHS,
        random_state=0,
    )
    model = make_pipeline(StandardScaler(), network)
    model.fit(X_train[:, order[:size]], y_train)
    accuracy["static"].append(model.score(X_test[:, order[:size]], y_test))

for name, values in accuracy.items():
    print(f"{name:8s}", dict(zip(sizes.tolist(), np.round(values, 2), strict=True)))

figure, axes = plt.subplots(figsize=(6.4, 4), layout="constrained")
for name, marker in (("dynamic", "o"), ("static", "s")):
    axes.plot(sizes, accuracy[name], marker=marker, label=name)
axes.set(xlabel="pixels of an image", ylabel="accuracy on new images", xticks=sizes)
_ = axes.legend()

# %%
# Where it looks
# --------------
# The first pixel is the same for all, since nothing is known yet. From then on images
# part ways. Left, the share of images of which a pixel is asked within ten; then three
# images, with their pixels numbered in the order in which they were asked.

asked = dynamic.select(X_test).mean(axis=0).reshape(8, 8)
path = dynamic.acquisition_order(X_test)
print("first pixel (row, column):", np.unravel_index(path[0, 0], (8, 8)))
print("pixels ever asked:", int((asked > 0).sum()), "of 64")

figure, panels = plt.subplots(1, 4, figsize=(11, 3), layout="constrained")
image = panels[0].imshow(asked, cmap="viridis", vmin=0, vmax=1)
figure.colorbar(image, ax=panels[0], label="share of images")
panels[0].set_title("asked of")
predicted = dynamic.predict(X_test)
for axes, digit in zip(panels[1:], (0, 1, 4), strict=True):
    row = np.flatnonzero(y_test == digit)[0]
    axes.imshow(X_test[row].reshape(8, 8), cmap="Greys", vmax=24)
    for step, pixel in enumerate(path[row], start=1):
        axes.text(
            pixel % 8, pixel // 8, step, color="tab:red", ha="center", va="center"
        )
    axes.set_title(f"a {digit}, taken for a {predicted[row]}")
for axes in panels:
    axes.set(xticks=[], yticks=[])

# %%
# How many pixels an image needs
# ------------------------------
# A stop by confidence lets easy images end early. It acts at prediction: the selector
# is not fitted again.

for confidence in (0.8, 0.9, 0.95):
    dynamic.set_params(stop="confidence", confidence=confidence)
    print(
        f"confidence {confidence:.2f}: {dynamic.cost(X_test).mean():.1f} pixels, "
        f"accuracy {dynamic.score(X_test, y_test):.2f}"
    )
plt.show()
