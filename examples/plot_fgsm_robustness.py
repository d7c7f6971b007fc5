"""
======================================================
Small attacks: what a bottleneck does about FGSM noise
======================================================

The fast gradient sign method moves every pixel a little, each the way that hurts the
prediction most. A network that may use anything in the image is easily misled. A code
that pays for what it keeps, as that of :class:`~skmi.bottleneck.IBClassifier` does,
leaves out part of what the attack works on. It is a help, and no defence: the last
picture shows how far it goes.
"""

# %%
# Networks at several prices
# --------------------------
# Clean digits, 60 % of them to train. The first network is the plain one: no noise in
# the code, no price.

import copy

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skmi.bottleneck import IBClassifier

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, random_state=0)


def network(**params):
    """Return a fitted classifier."""
    common = {"standardize": "global", "max_epochs": 60, "lr": 3e-3, "device": "cpu"}
    return IBClassifier(**common, random_state=0, **params).fit(X_train, y_train)


betas = [0.0, 1e-3, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4]
plain = network(beta=0.0, deterministic=True)
networks = {beta: network(beta=beta) for beta in betas}

# %%
# The attack
# ----------
# ``encoder_`` is a torch module from raw rows to the mean of the code, and the decoder
# stands beside it in ``net_``. That is enough for the gradient of the loss by the
# pixels. It is taken in float64: where a network is sure of itself the gradient is
# tiny, and a gradient rounded to 0 would look like robustness. One unit of ``eps`` is a
# standard deviation of the pixels.


def attack(clf, X, y, eps):
    """Return images moved by eps the way that raises the loss."""
    encode = copy.deepcopy(clf.encoder_).double()
    decode = copy.deepcopy(clf.net_.module_.decoder).double()
    pixels = torch.tensor(X, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(decode(encode(pixels)), torch.tensor(y))
    (gradient,) = torch.autograd.grad(loss, pixels)
    return X + eps * X_train.std() * gradient.sign().numpy()


steps = np.linspace(0, 0.4, 9)
accuracy = {
    name: [clf.score(attack(clf, X_test, y_test, eps), y_test) for eps in steps]
    for name, clf in {"plain": plain, **networks}.items()
}

# %%
# The price helps up to a point
# -----------------------------
# Left: accuracy falls with the size of the attack for every network, later for those
# that pay a moderate price. Noise in the code alone (beta = 0) does nothing. Right: the
# same at three sizes, against beta. Both ends are worse than the middle: too small a
# price lets in what attacks use, too large a price leaves too little to tell ten digits
# apart.

figure, (left, right) = plt.subplots(
    1, 2, figsize=(9.5, 4), sharey=True, layout="constrained"
)
for name, label, color in (
    ("plain", "plain network", "0.35"),
    (0.0, "beta = 0", "#93b7d4"),
    (0.01, "beta = 0.01", "#3f88c0"),
    (0.1, "beta = 0.1", "#1b4a72"),
    (0.4, "beta = 0.4", "#c2410c"),
):
    style = "--" if name == "plain" else "-"
    left.plot(steps, accuracy[name], style, color=color, marker="o", label=label)
left.set(
    xlabel="eps (standard deviations of the pixels)",
    ylabel="accuracy on attacked test images",
    title="Size of the attack",
)
left.legend(frameon=False)
for eps, color in ((0.1, "#93b7d4"), (0.2, "#3f88c0"), (0.3, "#1b4a72")):
    column = int(np.argmin(abs(steps - eps)))
    values = [accuracy[beta][column] for beta in betas]
    right.plot(values, color=color, marker="o", label=f"eps = {eps:g}")
    right.axhline(accuracy["plain"][column], color=color, linestyle=":")
right.set_xticks(range(len(betas)), [f"{beta:g}" for beta in betas])
right.set(xlabel="beta", title="Price (dotted: plain network)")
right.legend(frameon=False)
for axis in (left, right):
    axis.spines[["top", "right"]].set_visible(False)

best = max(networks, key=lambda beta: accuracy[beta][4])
print(f"eps = 0.2: plain {accuracy['plain'][4]:.2f}, beta = {best:g} ", end="")
print(f"{accuracy[best][4]:.2f}")

# %%
# What it looks like
# ------------------
# An image that both networks read, and the attack on each of them at ``eps`` = 0.4. The
# change is easy to see by then, and most images mislead either network: a bottleneck
# moves the limit, it does not take it away.

eps, clf = 0.4, networks[best]
moved = {
    "plain": attack(plain, X_test, y_test, eps),
    "bottleneck": attack(clf, X_test, y_test, eps),
}
read = {
    "plain": plain.predict(moved["plain"]),
    "bottleneck": clf.predict(moved["bottleneck"]),
}
# The first image that misleads the plain network and not the other.
split = (read["plain"] != y_test) & (read["bottleneck"] == y_test)
shown = int(np.flatnonzero(split)[0])
figure, axes = plt.subplots(1, 3, figsize=(7, 2.8), layout="constrained")
for axis, image, title in zip(
    axes,
    [X_test[shown], moved["plain"][shown], moved["bottleneck"][shown]],
    [
        f"digit {y_test[shown]}",
        f"attack on the plain one:\nread as {read['plain'][shown]}",
        f"attack on beta = {best:g}:\nread as {read['bottleneck'][shown]}",
    ],
    strict=True,
):
    axis.imshow(image.reshape(8, 8), cmap="gray_r", vmin=-3, vmax=19)
    axis.set_title(title, fontsize=10)
    axis.set_axis_off()
plt.show()
