"""
===================================
Words that tell twenty groups apart
===================================

Texts become tables of counts with tens of thousands of columns, nearly all of them
empty. :class:`~skmi.feature_selection.SelectByMutualInfo` takes such a table as it
comes from a vectoriser and never makes it dense. Words that are chosen for what they
add to each other tell the twenty newsgroups apart with fewer of them than words that
are chosen one by one.
"""

# %%
# Texts and counts
# ----------------

import time

import matplotlib.pyplot as plt
import numpy as np
from _real_data import DataUnavailableError, newsgroups
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.feature_selection import chi2
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

from skmi.feature_selection import SelectByMutualInfo
from skmi.inspection import MIMatrixDisplay


def made_up(part):
    """Return texts of random words, some of which prefer one of twenty groups."""
    rng = np.random.default_rng(0 if part == "train" else 1)
    groups = rng.integers(20, size=1500)
    words = 400 * rng.beta(1, 4, size=(1500, 40))
    own = rng.random((1500, 40)) < 0.2
    words = np.where(own, 400 + 5 * groups[:, None] + words % 5, words).astype(int)
    return [" ".join(f"word{k}" for k in row) for row in words], groups.astype(str)


def load(part):
    """Return texts and the names of their groups."""
    try:
        return newsgroups(part)
    except DataUnavailableError as error:
        print(f"{error}\nMade-up texts stand in for the newsgroups.")
        return made_up(part)


(texts, y), (texts_test, y_test) = load("train"), load("test")
vectorizer = CountVectorizer(min_df=3, stop_words="english")
X = vectorizer.fit_transform(texts)
words = vectorizer.get_feature_names_out()
share = X.nnz / np.prod(X.shape)
print(f"{X.shape[0]} texts, {X.shape[1]} words, {share:.2%} of the counts above 0")

# %%
# Words in order
# --------------
# One search serves all sizes: the first k words are what a search for k would find.

SIZES = [10, 20, 50, 100, 200, 400]
started = time.perf_counter()
selector = SelectByMutualInfo(max(SIZES), criterion="cmim").fit(X, y)
print(f"{max(SIZES)} words in {time.perf_counter() - started:.1f} s")
orders = {
    "cmim": selector.selected_,
    "mim": np.argsort(-selector.relevance_, kind="stable"),
    "chi2": np.argsort(-chi2(X, y)[0], kind="stable"),
}
for name, order in orders.items():
    print(f"{name:5s}", *words[order[:12]])

# %%
# Accuracy on later texts
# -----------------------
# The test texts were written after those for training. The fewer the words, the more it
# matters how they were chosen.

X_test = vectorizer.transform(texts_test)
figure, axes = plt.subplots(figsize=(6.5, 4), layout="constrained")
for name, order in orders.items():
    scores = []
    for size in SIZES:
        model = MultinomialNB().fit(X[:, order[:size]], y)
        scores.append(model.score(X_test[:, order[:size]], y_test))
    print(f"{name:5s}", dict(zip(SIZES, np.round(scores, 3).tolist(), strict=True)))
    axes.plot(SIZES, scores, marker="o", label=name)
axes.set_xscale("log")
axes.set_xticks(SIZES, SIZES)
axes.set(xlabel="number of words", ylabel="accuracy on the test texts")
_ = axes.legend()

# %%
# Words that say the same
# -----------------------
# The information that the first 25 words of both orders have about each other. Words
# chosen one by one come in clusters: four of cryptography, five of one religion. CMIM
# takes fewer of each, and has room for graphics, baseball and others.

figure, panels = plt.subplots(1, 2, figsize=(11, 5.4), layout="constrained")
for axes, name in zip(panels, ("mim", "cmim"), strict=True):
    chosen = orders[name][:25]
    present = X[:, chosen].toarray() > 0
    MIMatrixDisplay.from_data(
        present,
        names=words[chosen],
        ax=axes,
        colorbar=name == "cmim",
        im_kw={"vmin": 0, "vmax": 0.15},
    )
    axes.set_title(name)

# %%
# In a pipeline
# -------------
# From texts to groups, and nothing dense in between.

model = make_pipeline(
    CountVectorizer(min_df=3, stop_words="english"),
    SelectByMutualInfo(200, criterion="cmim"),
    MultinomialNB(),
).fit(texts, y)
print(f"accuracy with 200 words: {model.score(texts_test, y_test):.3f}")
plt.show()
