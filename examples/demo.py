"""The main job on real data: select, encode, compress; a table and pictures.

Run by ``make demo``; writes ``demo_output/``. The data come with scikit-learn, and
every run on one kind of processor prints the same figures; others round differently.

1. MI selection before a classifier: breast-cancer measurements among 200 columns that
   carry nothing.
2. An infomax encoder on digits, judged by a classifier on ten labels a class.
3. A grid search over the beta of an information-bottleneck classifier whose training
   labels are partly wrong.
"""

import time
import warnings
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import torch
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import (
    GridSearchCV,
    StratifiedKFold,
    cross_val_score,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from skmi.bottleneck import IBClassifier
from skmi.exceptions import EstimationWarning
from skmi.feature_selection import SelectByMutualInfo
from skmi.infomax import InfomaxEncoder
from skmi.training import Augmentation

mpl.use("Agg")
import matplotlib.pyplot as plt

OUTPUT = Path("demo_output")
BLUE, ORANGE, GREY = "#1f5a92", "#d9822b", "#9aa0a6"


def main():
    """Run the three parts and write what they found."""
    # One thread, here as in the workers, so that the bits do not depend on the cores.
    torch.set_num_threads(1)
    # Views of digits are told apart almost surely: the bound is near its ceiling, and
    # here the code matters, not the bound.
    warnings.simplefilter("ignore", EstimationWarning)
    OUTPUT.mkdir(exist_ok=True)
    rows, started = [], time.perf_counter()
    for part in (demo_selection, demo_infomax, demo_bottleneck):
        rows += part()
    table = pd.DataFrame(rows, columns=["part", "what", "value", "unit"])
    table.to_csv(OUTPUT / "summary.csv", index=False, float_format="%.4f")
    print("\nSummary\n")
    print(table.to_string(index=False, float_format="%.3f"))
    seconds = time.perf_counter() - started
    print(f"\n{seconds:.0f} s. Pictures and the table are in {OUTPUT}/.")


# 1. Selection


def demo_selection():
    """Select among real and fake columns inside a grid search."""
    print("\n1. MI selection: 30 real columns and 200 row-permuted copies")
    X, y, real = breast_cancer_with_fakes(n_fakes=200)
    everything = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    search = GridSearchCV(
        make_pipeline(
            # Few rows: four bins, or chance fills the tables with information.
            SelectByMutualInfo(n_bins=4),
            StandardScaler(),
            LogisticRegression(max_iter=1000),
        ),
        {
            "selectbymutualinfo__criterion": ["mim", "mrmr", "jmi", "cmim"],
            "selectbymutualinfo__n_features_to_select": [5, 10, 15],
        },
        n_jobs=2,
    )
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    without = cross_val_score(everything, X, y, cv=folds)
    accuracy, n_chosen, share = [], [], []
    for train, test in tqdm(list(folds.split(X, y)), desc="outer folds", unit="fold"):
        fitted = clone(search).fit(X[train], y[train])
        accuracy.append(fitted.score(X[test], y[test]))
        chosen = fitted.best_estimator_[0].get_support()
        n_chosen.append(chosen.sum())
        share.append(real[chosen].mean())
    whole = search.fit(X, y)
    chosen = whole.best_estimator_[0].selected_
    picture_of_selection(whole, real, without.mean())
    print(
        f"accuracy {np.mean(accuracy):.3f} with at most {max(n_chosen)} columns, "
        f"{without.mean():.3f} with all 230; of the {len(chosen)} columns chosen on "
        f"all rows ({whole.best_params_['selectbymutualinfo__criterion']}), "
        f"{real[chosen].sum()} are real"
    )
    part = "selection"
    return [
        (part, "accuracy, all 230 columns", without.mean(), "share"),
        (part, "accuracy, selected columns", np.mean(accuracy), "share"),
        (part, "columns selected, most in a fold", max(n_chosen), "columns"),
        (part, "real among selected, mean over folds", np.mean(share), "share"),
        (part, "columns selected on all rows", len(chosen), "columns"),
        (part, "real among them", real[chosen].sum(), "columns"),
    ]


def breast_cancer_with_fakes(n_fakes, seed=0):
    """Return the data with row-permuted copies of its columns, in random order."""
    X, y = load_breast_cancer(return_X_y=True)
    rng = np.random.default_rng(seed)
    sources = rng.integers(0, X.shape[1], n_fakes)
    fakes = np.column_stack([rng.permutation(X[:, j]) for j in sources])
    order = rng.permutation(X.shape[1] + n_fakes)
    return np.hstack([X, fakes])[:, order], y, order < X.shape[1]


def picture_of_selection(search, real, accuracy_of_all):
    """Draw accuracy against the number of columns, and the columns chosen."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    results = pd.DataFrame(search.cv_results_)
    name = "param_selectbymutualinfo__"
    for criterion, group in results.groupby(f"{name}criterion"):
        left.plot(
            group[f"{name}n_features_to_select"],
            group["mean_test_score"],
            "o-",
            label=criterion,
        )
    left.axhline(accuracy_of_all, color=GREY, ls="--", label="all 230 columns")
    left.set(xlabel="columns selected", ylabel="cross-validated accuracy")
    left.set_title("Accuracy after selection")
    left.legend(frameon=False, fontsize=8)
    selector = search.best_estimator_[0]
    steps = np.arange(len(selector.selected_)) + 1
    is_real = real[selector.selected_]
    relevance = selector.relevance_[selector.selected_]
    for mask, color, label in ((is_real, BLUE, "real"), (~is_real, ORANGE, "fake")):
        right.bar(steps[mask], relevance[mask], color=color, label=label)
    fake_level = selector.relevance_[~real].max()
    right.axhline(fake_level, color=GREY, ls="--", label="most relevant fake")
    right.set(xlabel="order of selection", ylabel="I(column; class) in nats")
    right.set_title(f"Columns chosen by {selector.criterion}")
    right.set_ylim(top=1.3 * relevance.max())
    right.legend(frameon=False, loc="upper center", ncols=3, fontsize=8)
    figure.savefig(OUTPUT / "1_selection.png", dpi=150)
    plt.close(figure)


# 2. Infomax encoder


def demo_infomax():
    """Compare codes of digits by the same probe on ten labels a class."""
    print("\n2. Infomax encoder: digits, 10 labels a class, 3 splits")
    X, y = load_digits(return_X_y=True)
    codes = {"raw pixels": None, "PCA-16": PCA(16, random_state=0)}
    accuracy = {name: [] for name in [*codes, "infomax-16"]}
    for split in range(3):
        X_train, X_test, y_train, y_test = train_test_split(
            X, y, test_size=0.25, stratify=y, random_state=split
        )
        labelled = ten_a_class(y_train, seed=split)
        for name, coder in {**codes, "infomax-16": encoder(split)}.items():
            Z_train, Z_test = X_train, X_test
            if coder is not None:
                Z_train = coder.fit_transform(X_train)
                Z_test = coder.transform(X_test)
            probe = tuned_probe().fit(Z_train[labelled], y_train[labelled])
            accuracy[name].append(probe.score(Z_test, y_test))
    picture_of_codes(coder, X_test, y_test, accuracy)
    means = {name: np.mean(values) for name, values in accuracy.items()}
    print(", ".join(f"{name} {mean:.3f}" for name, mean in means.items()))
    part = "infomax"
    rows = [(part, f"accuracy, {name}", mean, "share") for name, mean in means.items()]
    for other in codes:
        gain = 100 * (means["infomax-16"] - means[other])
        rows.append((part, f"gain over {other}", gain, "points"))
    return rows


def encoder(seed):
    """Return the encoder: shifted, corrupted, noisy views of the pixels."""
    views = Augmentation(scale=0.3, corruption=0.2, max_shift=1, image_shape=(8, 8))
    return InfomaxEncoder(
        n_components=16,
        critic="cosine",
        temperature=0.5,
        augment=views,
        standardize="global",
        lr=3e-3,
        max_epochs=400,
        random_state=seed,
        verbose=1,
    )


def tuned_probe():
    """Return logistic regression, C by cross-validation, on codes as they are.

    The features are divided by one number, their common scale, so that one grid of C
    fits all; no column is rescaled against another.
    """
    return GridSearchCV(
        make_pipeline(CommonScale(), LogisticRegression(max_iter=3000)),
        {"logisticregression__C": np.logspace(-3, 4, 15)},
        n_jobs=2,
    )


class CommonScale(StandardScaler):
    """Divide all columns by the root mean square of all entries."""

    def fit(self, X, y=None):
        """Learn the scale."""
        super().fit(X)
        self.mean_ = np.zeros(X.shape[1])
        self.scale_ = np.full(X.shape[1], np.sqrt(np.mean(np.square(X))))
        return self


def ten_a_class(y, seed):
    """Return the positions of ten labels of each class."""
    rng = np.random.default_rng(seed)
    parts = [
        rng.choice(np.flatnonzero(y == c), 10, replace=False) for c in np.unique(y)
    ]
    return np.concatenate(parts)


def picture_of_codes(coder, X, y, accuracy):
    """Draw the accuracies, and a plane of the code beside one of the pixels."""
    figure, axes = plt.subplots(1, 3, figsize=(14, 4.3), layout="constrained")
    names = list(accuracy)
    means = [np.mean(accuracy[name]) for name in names]
    axes[0].bar(names, means, color=[GREY, GREY, BLUE])
    for i, name in enumerate(names):
        axes[0].plot([i] * 3, accuracy[name], "o", color="black", ms=4)
    axes[0].set_ylim(0.8, 1)
    axes[0].set_ylabel("test accuracy of the probe")
    axes[0].set_title("Ten labels a class; dots are splits")
    for ax, Z, title in (
        (axes[1], X, "PCA of the pixels"),
        (axes[2], coder.transform(X), "PCA of the infomax code"),
    ):
        plane = PCA(2, random_state=0).fit_transform(Z)
        points = ax.scatter(*plane.T, c=y, cmap="tab10", s=9)
        ax.set(title=title, xticks=[], yticks=[])
    figure.colorbar(points, ax=axes[2], label="digit (not used in training)")
    figure.savefig(OUTPUT / "2_infomax.png", dpi=150)
    plt.close(figure)


# 3. Information bottleneck


def demo_bottleneck():
    """Tune beta on wrong labels, by cross-validation on wrong labels."""
    print("\n3. Information bottleneck: digits, 30% of the training labels redrawn")
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=0.3, stratify=y, random_state=0
    )
    noisy = redrawn(y_train, share=0.3, seed=0)
    model = make_pipeline(
        StandardScaler(), IBClassifier(max_epochs=200, random_state=0)
    )
    betas = [0.0, 1e-3, 1e-2, 1e-1, 3e-1, 5e-1]
    search = with_progress(
        GridSearchCV(
            model,
            {"ibclassifier__beta": betas},
            scoring="neg_log_loss",
            cv=StratifiedKFold(3, shuffle=True, random_state=0),
            n_jobs=2,
        )
    ).fit(X_train, noisy)
    best = search.best_params_["ibclassifier__beta"]
    settings = [{"ibclassifier__beta": beta} for beta in betas]
    settings.append({"ibclassifier__beta": 0.0, "ibclassifier__early_stopping": True})
    fitted = Parallel(n_jobs=2)(
        delayed(clone(model).set_params(**setting).fit)(X_train, noisy)
        for setting in settings
    )
    table = pd.DataFrame([describe(model, X_test, y_test) for model in fitted])
    cv = -search.cv_results_["mean_test_score"]
    table.insert(1, "cv log-loss", [*cv, np.nan])
    print(table.to_string(index=False, float_format="%.3f"))
    print(
        "Rate I(X;Z) and relevance I(Z;Y) in nats; relevance, accuracy and log-loss on "
        "clean held-out labels.\nA few held-out rows with pixels that hardly vary in "
        "training dominate the held-out rate."
    )
    table.to_csv(OUTPUT / "beta.csv", index=False, float_format="%.4f")
    picture_of_curve(table.iloc[:-1], table.iloc[-1], best, y_test)
    chosen = table.iloc[betas.index(best)]
    free, stopped = table.iloc[0], table.iloc[-1]
    gain = 100 * (chosen["accuracy"] - free["accuracy"])
    relief = 100 * (1 - chosen["log-loss"] / free["log-loss"])
    winner = "early stopping" if stopped["log-loss"] < chosen["log-loss"] else "beta"
    print(
        f"beta={best:g}, chosen on noisy labels, against beta=0 of the same epochs: "
        f"{gain:+.1f} points, {relief:.0f}% less log-loss. Against beta=0 stopped "
        f"early, {winner} wins: accuracy {stopped['accuracy']:.3f}, log-loss "
        f"{stopped['log-loss']:.3f}."
    )
    part = "bottleneck"
    return [
        (part, "beta chosen on noisy labels", best, ""),
        (part, "accuracy, beta=0", free["accuracy"], "share"),
        (part, "accuracy, chosen beta", chosen["accuracy"], "share"),
        (part, "accuracy, beta=0 stopped early", stopped["accuracy"], "share"),
        (part, "log-loss, beta=0", free["log-loss"], "nats"),
        (part, "log-loss, chosen beta", chosen["log-loss"], "nats"),
        (part, "log-loss, beta=0 stopped early", stopped["log-loss"], "nats"),
        (part, "gain in accuracy over beta=0", gain, "points"),
        (part, "log-loss saved over beta=0", relief, "%"),
    ]


def with_progress(search):
    """Give a search a live bar, where scikit-learn and rich have one."""
    try:
        from sklearn.callback import ProgressBar

        return search.set_callbacks(ProgressBar(max_propagation_depth=0))
    except ImportError:
        return search.set_params(verbose=1)


def redrawn(y, share, seed):
    """Return labels of which a share is drawn anew, the right one included."""
    rng = np.random.default_rng(seed)
    hit = rng.random(len(y)) < share
    return np.where(hit, rng.choice(np.unique(y), len(y)), y)


def describe(model, X, y):
    """Return a row of the table: the model on clean labels it has not seen."""
    classifier = model[-1]
    rate, relevance = classifier.rate_and_relevance(model[:-1].transform(X), y)
    stopped = f" stopped early ({classifier.n_iter_} epochs)"
    return {
        "beta": f"{classifier.beta:g}" + (stopped if classifier.early_stopping else ""),
        "rate, training": classifier.rate_,
        "rate, held out": rate,
        "relevance": relevance,
        "accuracy": model.score(X, y),
        "log-loss": log_loss(y, model.predict_proba(X)),
    }


def picture_of_curve(table, stopped, best, y):
    """Draw rate against relevance, and accuracy and log-loss against beta."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    chosen = table["beta"].astype(float) == best
    curve = ("rate, training", "relevance")
    left.plot(*(table[name] for name in curve), "o-", color=BLUE)
    left.plot(
        *(table[chosen][name] for name in curve), "o", color=ORANGE, label="chosen"
    )
    early = rf"$\beta$=0 stopped early ({stopped['accuracy']:.1%} accurate)"
    left.plot(
        *(stopped[name] for name in curve), "*", color="black", ms=11, label=early
    )
    for _, row in table.iterrows():
        left.annotate(
            rf"$\beta$={row['beta']}",
            tuple(row[name] for name in curve),
            textcoords="offset points",
            xytext=(5, 6),
            fontsize=8,
        )
    share = np.bincount(y) / len(y)
    left.axhline(-(share * np.log(share)).sum(), color=GREY, ls="--", label="H(Y)")
    left.set_xscale("log")
    left.margins(x=0.12)
    left.set(xlabel="rate: I(X;Z) at most, nats", ylabel="relevance: I(Z;Y), nats")
    left.set_title("Information curve; relevance on clean, held-out labels")
    left.legend(frameon=False, loc="upper left", bbox_to_anchor=(0, 0.9), fontsize=8)
    ticks = np.arange(len(table))
    right.plot(ticks, table["accuracy"], "o-", color=BLUE)
    right.set_ylabel("accuracy on clean labels", color=BLUE)
    right.set_xticks(ticks, table["beta"])
    right.set_xlabel(r"$\beta$")
    twin = right.twinx()
    twin.plot(ticks, table["log-loss"], "s--", color=ORANGE)
    twin.set_ylabel("log-loss on clean labels, nats", color=ORANGE)
    right.axvline(int(np.flatnonzero(chosen)[0]), color=GREY, ls=":")
    right.set_title("The same number of epochs at every beta")
    figure.savefig(OUTPUT / "3_bottleneck.png", dpi=150)
    plt.close(figure)


if __name__ == "__main__":
    main()
