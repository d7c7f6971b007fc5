"""IBClassifier trades rate for relevance, and its numbers are what they say."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.special import logsumexp, softmax
from scipy.stats import norm
from sklearn.metrics import log_loss, recall_score

from skmi.bottleneck import IBClassifier
from skmi.exceptions import EstimationWarning


def small(**params):
    """Return a small, quick classifier."""
    base = {
        "n_components": 2,
        "hidden_layer_sizes": (16,),
        "max_epochs": 20,
        "batch_size": 64,
        "lr": 0.01,
        "random_state": 0,
        "device": "cpu",
    }
    return IBClassifier(**{**base, **params})


def blobs(n=400, seed=0, shares=(0.5, 0.3, 0.2)):
    """Return rows around three centres, labelled with words."""
    rng = np.random.default_rng(seed)
    label = rng.choice(3, size=n, p=shares)
    centres = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 3.0]])
    X = centres[label] + rng.normal(size=(n, 2))
    return X, np.array(["ash", "elm", "oak"])[label]


def entropy(y):
    """Return the plug-in entropy of labels in nats."""
    share = np.unique(y, return_counts=True)[1] / len(y)
    return float(-(share * np.log(share)).sum())


def two_normals(n, seed=0):
    """Return one column around -1 or 1 by a fair label."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    return (2.0 * y - 1 + rng.normal(size=n))[:, None], y


def information_of_two_normals():
    """Return I(X;Y) of that in nats, by quadrature."""

    def integrand(x):
        joint = norm.pdf(x, [-1, 1])
        return -joint.mean() * math.log(joint.mean())

    return quad(integrand, -12, 12)[0] - 0.5 * math.log(2 * math.pi * math.e)


# Rate and relevance


def test_large_beta_collapses_to_the_class_frequencies():
    X, y = blobs()
    with pytest.warns(EstimationWarning, match="collapsed: beta=10 leaves predictions"):
        clf = small(beta=10.0, max_epochs=40).fit(X, y)
    assert 0 <= clf.rate_ < 1e-2
    assert abs(clf.relevance_) < 1e-2
    share = np.unique(y, return_counts=True)[1] / len(y)
    np.testing.assert_allclose(
        clf.predict_proba(X), np.tile(share, (400, 1)), atol=0.05
    )


@pytest.mark.filterwarnings("ignore:The code has collapsed")
def test_rate_and_relevance_fall_as_beta_grows():
    X, y = blobs()
    plane = [
        (clf.rate_, clf.relevance_)
        for clf in (small(beta=b).fit(X, y) for b in (1e-3, 1e-2, 1e-1, 0.5, 2.0))
    ]
    rates, relevances = zip(*plane, strict=True)
    assert list(rates) == sorted(rates, reverse=True)
    assert rates[0] > 10 * rates[-1]
    assert relevances[0] > relevances[-2] > relevances[-1]


@pytest.mark.parametrize("beta", [0.0, 1e-2, 0.3])
def test_relevance_does_not_exceed_the_entropy_of_the_classes_nor_the_rate(beta):
    X, y = blobs()
    clf = small(beta=beta, max_epochs=60).fit(X, y)
    assert clf.relevance_ <= entropy(y)
    # I(Z;Y) <= I(X;Z), of which the rate is an upper bound.
    assert clf.relevance_ <= clf.rate_
    new_X, new_y = blobs(seed=1)
    rate, relevance = clf.rate_and_relevance(new_X, new_y)
    assert relevance <= entropy(new_y)
    assert relevance <= rate


def test_relevance_on_new_rows_is_close_below_the_true_information():
    truth = information_of_two_normals()
    clf = small(beta=1e-3, max_epochs=15).fit(*two_normals(4000))
    X, y = two_normals(20_000, seed=1)
    _, relevance = clf.rate_and_relevance(X, y)
    # log p(y|x) - log p(y) has a standard deviation of .6 at the true posterior.
    assert relevance <= truth + 3 * 0.6 / 20_000**0.5
    assert relevance >= truth - 0.03
    assert clf.relevance_ == pytest.approx(truth, abs=0.05)


def test_training_rows_lie_where_they_are_said_to_lie():
    X, y = blobs()
    clf = small().fit(X, y)
    rate, relevance = clf.rate_and_relevance(X, y)
    assert rate == pytest.approx(clf.rate_)
    assert relevance == pytest.approx(clf.relevance_)


def test_rate_is_the_divergence_of_the_codes_from_the_prior():
    X, y = blobs()
    clf = small().fit(X, y)
    module = clf.net_.module_.double()
    scaled = torch.from_numpy((X - X.mean(0)) / X.std(0))
    with torch.no_grad():
        mean, log_std, _ = module.encode(scaled)
    q = torch.distributions.Normal(mean, log_std.exp())
    r = torch.distributions.Normal(torch.zeros_like(mean), torch.ones_like(mean))
    by_hand = torch.distributions.kl_divergence(q, r).sum(1).mean().item()
    assert clf.rate_ == pytest.approx(by_hand, rel=1e-6)


def test_plane_does_not_depend_on_the_blocks_rows_are_applied_in(monkeypatch):
    X, y = blobs()
    clf = small().fit(X, y)
    whole = clf.rate_and_relevance(X, y)
    monkeypatch.setattr("skmi.training._base._BLOCK", 37)
    assert clf.rate_and_relevance(X, y) == pytest.approx(whole, rel=1e-12)


def test_learned_prior_moves_and_lowers_the_rate_of_the_same_code():
    X, y = blobs()
    clf = small(prior="learned", beta=0.05, max_epochs=60).fit(X, y)
    assert np.abs(clf.weights_["module.code.prior.mean"]).max() > 0.01
    code = clf.net_.module_.code
    with torch.no_grad():
        code.prior.mean.zero_()
        code.prior.log_std.zero_()
    other = small(prior="learned", beta=0.05, max_epochs=60).fit(X, y)
    clf._live.pop("float64", None)
    standard_rate, _ = clf.rate_and_relevance(X, y)
    assert other.rate_ < standard_rate


# Probabilities


def test_mixture_has_less_log_loss_than_its_draws_have_on_average():
    X, y = blobs()
    clf = small(beta=0.1).fit(X, y)
    mixture = log_loss(y, clf.predict_proba(X), labels=clf.classes_)
    mean_of_draws = entropy(y) - clf.relevance_
    assert mixture < mean_of_draws
    module = clf.net_.module_.double()
    scaled = torch.from_numpy((X - X.mean(0)) / X.std(0))
    with torch.no_grad():
        logits = module.predictions(scaled, clf._draws()).numpy()
    losses = [
        log_loss(y, softmax(logits[:, k], axis=1), labels=clf.classes_)
        for k in range(logits.shape[1])
    ]
    assert np.mean(losses) == pytest.approx(mean_of_draws, rel=1e-5)
    by_hand = softmax(logits, axis=2).mean(1)
    np.testing.assert_allclose(clf.predict_proba(X), by_hand, rtol=1e-5, atol=1e-8)


def test_prediction_at_the_mean_is_the_decoder_at_the_mean():
    X, y = blobs()
    clf = small(prediction="mean").fit(X, y)
    decoder = {
        name: clf.weights_[f"module.decoder.layers.0.{name}"].astype(float)
        for name in ("weight", "bias")
    }
    logits = clf.transform(X) @ decoder["weight"].T + decoder["bias"]
    np.testing.assert_allclose(clf.predict_proba(X), softmax(logits, axis=1), rtol=1e-6)


def test_mixture_and_mean_train_the_same_weights():
    X, y = blobs()
    first, other = (small(prediction=p).fit(X, y) for p in ("mixture", "mean"))
    assert all(
        np.array_equal(first.weights_[k], other.weights_[k]) for k in first.weights_
    )


def test_relevance_is_that_of_the_noisy_code_whatever_predictions_use():
    X, y = blobs()
    first, other = (small(prediction=p).fit(X, y) for p in ("mixture", "mean"))
    assert (first.rate_, first.relevance_) == (other.rate_, other.relevance_)
    assert first.rate_and_relevance(X, y) == other.rate_and_relevance(X, y)


def test_more_draws_converge():
    X, y = blobs()
    many = small(beta=0.1, n_draws=2048).fit(X, y).predict_proba(X)
    errors = [
        np.abs(small(beta=0.1, n_draws=n).fit(X, y).predict_proba(X) - many).max()
        for n in (1, 8, 128)
    ]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.02


@pytest.mark.parametrize("n_draws", [1, 3, 32])
def test_probabilities_are_probabilities(n_draws):
    X, y = blobs()
    clf = small(n_draws=n_draws).fit(X, y)
    proba = clf.predict_proba(X)
    assert proba.shape == (400, 3)
    assert (proba >= 0).all()
    np.testing.assert_allclose(proba.sum(1), 1.0, rtol=1e-12)
    logs = clf.predict_log_proba(X)
    np.testing.assert_allclose(logsumexp(logs, axis=1), 0.0, atol=1e-12)
    assert np.array_equal(clf.classes_[proba.argmax(1)], clf.predict(X))


def test_far_rows_have_finite_probabilities():
    X, y = blobs()
    clf = small().fit(X, y)
    for far in (1e3 * X, -1e6 * X):
        assert np.isfinite(clf.predict_proba(far)).all()


def test_probabilities_of_a_row_do_not_depend_on_the_others():
    X, y = blobs()
    clf = small().fit(X, y)
    together = clf.predict_proba(X)
    np.testing.assert_allclose(
        clf.predict_proba(X[37:41]), together[37:41], rtol=1e-12, atol=1e-14
    )


def test_separable_classes_are_learnt():
    X, y = blobs()
    clf = small(max_epochs=30).fit(X, y)
    # The best rule has an accuracy of about .92.
    assert clf.score(*blobs(seed=1)) > 0.86


# Classes


def test_words_and_numbers_as_labels_are_the_same_problem():
    X, words = blobs()
    numbers = np.unique(words, return_inverse=True)[1]
    by_word, by_number = small().fit(X, words), small().fit(X, numbers * 10 - 5)
    assert list(by_word.classes_) == ["ash", "elm", "oak"]
    assert list(by_number.classes_) == [-5, 5, 15]
    assert np.array_equal(by_word.predict_proba(X), by_number.predict_proba(X))


def test_equal_class_weights_change_nothing():
    X, y = blobs()
    plain = small().fit(X, y)
    weighted = small(class_weight={"ash": 2.0, "elm": 2.0, "oak": 2.0}).fit(X, y)
    assert np.array_equal(plain.predict_proba(X), weighted.predict_proba(X))


def test_balanced_weights_raise_the_recall_of_a_rare_class():
    rng = np.random.default_rng(0)
    y = (rng.random(600) < 0.08).astype(int)
    X = (y + rng.normal(size=600))[:, None]
    recalls = [
        recall_score(y, small(class_weight=weight).fit(X, y).predict(X))
        for weight in (None, "balanced")
    ]
    assert recalls[0] < 0.3
    assert recalls[1] > 0.5


def test_balanced_weights_are_the_dictionary_of_inverse_frequencies():
    X, y = blobs()
    labels, counts = np.unique(y, return_counts=True)
    weights = dict(zip(labels, len(y) / (3 * counts), strict=True))
    balanced, given = (small(class_weight=w).fit(X, y) for w in ("balanced", weights))
    assert np.array_equal(balanced.predict_proba(X), given.predict_proba(X))


def test_partial_fit_learns_classes_that_come_later():
    X, y = blobs()
    clf = small(lr=0.02)
    order = np.argsort(y, kind="stable")
    for _ in range(15):
        for part in np.array_split(np.random.default_rng(0).permutation(order), 4):
            clf.partial_fit(X[part], y[part], classes=["oak", "elm", "ash"])
    assert list(clf.classes_) == ["ash", "elm", "oak"]
    assert clf.score(X, y) > 0.8


def test_partial_fit_may_begin_with_one_class_of_several():
    X, y = blobs()
    clf = small().partial_fit(X[y == "oak"], y[y == "oak"], classes=np.unique(y))
    assert clf.predict_proba(X).shape == (400, 3)
    clf.partial_fit(X, y)
    assert clf.n_iter_ == 2


def test_code_has_the_columns_that_were_asked_for():
    X, y = blobs()
    clf = small(n_components=5).fit(X, y)
    assert clf.transform(X).shape == (400, 5)
    assert list(clf.get_feature_names_out()) == [f"ibclassifier{i}" for i in range(5)]
