r"""
=========================================================
Two views: shared factors are kept, private ones are lost
=========================================================

Two instruments record the same rows. Three factors act on both of them; six louder
factors disturb the one and six others the other. Trained to maximise the information
between its codes of the two views, :class:`~skmi.infomax.InfomaxEncoder` finds the
shared factors. The principal components of one view find the loud ones.

All factors are Gaussian, so that the mutual information of the views is known: three
pairs of correlation :math:`\rho` have :math:`-\frac{3}{2} \log(1 - \rho^2)` nats.
"""

# %%
# The data
# --------
# Each view mixes its nine factors into twenty columns, without further noise.

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression

from skmi.exceptions import EstimationWarning
from skmi.infomax import InfomaxEncoder

N_SHARED, N_PRIVATE, N_COLUMNS, RHO = 3, 6, 20, 0.98
TRUE_MI = -N_SHARED / 2 * np.log(1 - RHO**2)

rng = np.random.default_rng(0)
mixing = [
    np.linalg.qr(rng.normal(size=(N_COLUMNS, N_COLUMNS)))[0][: N_SHARED + N_PRIVATE]
    for _ in range(2)
]


def make_views(n):
    """Return n rows of both views, and the factors of the first one."""
    first = rng.normal(size=(n, N_SHARED))
    second = RHO * first + np.sqrt(1 - RHO**2) * rng.normal(size=(n, N_SHARED))
    private = 2 * rng.normal(size=(2, n, N_PRIVATE))
    views = [
        np.hstack([shared, own]) @ mix
        for shared, own, mix in zip((first, second), private, mixing, strict=True)
    ]
    return np.hstack(views), {"shared": first, "private": private[0]}


X_train, factors_train = make_views(8192)
X_test, factors_test = make_views(4096)
first_view, second_view = slice(0, N_COLUMNS), slice(N_COLUMNS, None)

# %%
# Training with batches of three sizes
# ------------------------------------
# InfoNCE tells one row from the others of its batch, and cannot report more than the
# logarithm of their number. Early stopping holds out a quarter of the rows; its
# patience is as long as the training here, so that it only keeps the best epoch and
# records the bound on the rows held out. Views that are mixed linearly need no hidden
# layer to be taken apart.

MAX_EPOCHS = 20
encoders = {}
for batch_size in (16, 64, 256):
    encoder = InfomaxEncoder(
        n_components=N_SHARED,
        views="paired",
        view_columns=[first_view, second_view],
        hidden_layer_sizes=(),
        lr=3e-3,
        batch_size=batch_size,
        max_epochs=MAX_EPOCHS,
        early_stopping=True,
        patience=MAX_EPOCHS,
        validation_fraction=0.25,
        device="cpu",
        random_state=0,
    )
    with warnings.catch_warnings():
        # Batches of 16 come close to their ceiling, which is the point here.
        warnings.simplefilter("ignore", EstimationWarning)
        encoders[batch_size] = encoder.fit(X_train)

# %%
# What the codes know
# -------------------
# A linear regression of the factors of the first view on its three-column code, scored
# by :math:`R^2` on new rows.


def codes(method, X):
    """Return three columns that describe the first view."""
    return method.transform(X if method is infomax else X[:, first_view])


def r2(method, kind):
    """Return how well the codes of new rows tell about factors."""
    model = LinearRegression().fit(codes(method, X_train), factors_train[kind])
    return model.score(codes(method, X_test), factors_test[kind])


infomax = encoders[256]
pca = PCA(N_SHARED).fit(X_train[:, first_view])
scores = {
    name: {kind: r2(method, kind) for kind in factors_test}
    for name, method in (("InfomaxEncoder", infomax), ("PCA", pca))
}
for name, values in scores.items():
    print(name, {kind: round(value, 3) for kind, value in values.items()})

# %%
# On the left, the code of the encoder and that of PCA. On the right, the bound on rows
# held out: with 16 rows a batch the ceiling is far below the truth, and no training
# can help. With 256 it is above the truth, but still so near that the bound stays some
# tenths of a nat short: for a value to trust, the ceiling should be well above it.

figure, (left, right) = plt.subplots(
    1, 2, figsize=(9.6, 4.2), width_ratios=(1, 1.5), layout="constrained"
)
colours = {"shared": "#1b6ca8", "private": "#b8bfc6"}
for i, kind in enumerate(("shared", "private")):
    heights = [max(values[kind], 0) for values in scores.values()]
    bars = left.bar(
        np.arange(2) + 0.36 * (i - 0.5), heights, width=0.34, color=colours[kind]
    )
    labels = [f"{height:.2f}" for height in heights]
    left.bar_label(bars, labels, padding=2, fontsize=9)
    bars.set_label(f"{kind} factors")
left.set(ylim=(0, 1.25), ylabel=r"$R^2$ of factors given the code (new rows)")
left.set_xticks(range(2), scores, fontsize=11)
left.set_yticks(np.linspace(0, 1, 5))
left.legend(frameon=False, loc="upper right", ncols=2, fontsize=9)

epochs = np.arange(1, MAX_EPOCHS + 1)
for colour, (batch_size, encoder) in zip(
    ("#e08214", "#35978f", "#542788"), encoders.items(), strict=True
):
    right.plot(
        epochs, encoder.history_["valid_bound"], color=colour, marker="o", markersize=3
    )
    ceiling = np.log(batch_size)
    right.axhline(ceiling, color=colour, linestyle=":", linewidth=1.2)
    text = {"color": colour, "va": "center", "fontsize": 10}
    right.text(MAX_EPOCHS + 0.4, ceiling, f"log {batch_size}", **text)
    height = encoder.history_["valid_bound"][-1] - 0.3
    right.text(MAX_EPOCHS, height, f"{batch_size} rows a batch", ha="right", **text)
right.axhline(TRUE_MI, color="black", linewidth=1.2)
right.text(MAX_EPOCHS + 0.4, TRUE_MI, "true MI", va="center", fontsize=10)
right.set(
    xlim=(0.5, MAX_EPOCHS + 0.2),
    ylim=(0, 6),
    xlabel="epoch",
    ylabel="InfoNCE on rows held out (nats)",
)
right.set_xticks(range(5, MAX_EPOCHS + 1, 5))
for axis in (left, right):
    axis.spines[["top", "right"]].set_visible(False)
plt.show()
