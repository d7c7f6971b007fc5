"""Compressions, divergences, priors and auxiliary codes do what they say."""

import copy
import pickle

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from torch.distributions import Normal, kl_divergence

from skmi.bottleneck import IBClassifier, IBRegressor
from skmi.exceptions import EstimationWarning
from skmi.nn import COMPRESSIONS, BottleneckOutput, Compression, Noise
from skmi.training import Ensemble

OF_KERNELS = [name for name, kind in COMPRESSIONS.items() if not kind.needs_density]
OF_DENSITIES = [name for name in COMPRESSIONS if name not in OF_KERNELS]


def blobs(n=300, seed=0):
    """Return rows around three centres, with two columns of noise."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 3, n)
    centres = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 3.0]])
    return np.c_[
        centres[label] + rng.normal(size=(n, 2)), rng.normal(size=(n, 2))
    ], label


def line(n=300, seed=0):
    """Return rows with a target that two columns tell, with noise."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4))
    return X, X[:, 0] - X[:, 1] + 0.3 * rng.normal(size=n)


def small(cls=IBClassifier, **params):
    """Return a small, quick estimator."""
    base = {
        "n_components": 2,
        "hidden_layer_sizes": (16,),
        "max_epochs": 20,
        "lr": 0.01,
        "random_state": 0,
        "device": "cpu",
    }
    return cls(**{**base, **params})


TASKS = [(IBClassifier, blobs), (IBRegressor, line)]


# Compressions


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize(("cls", "data"), TASKS)
def test_compression_falls_as_beta_grows_and_predictions_stay_good(
    cls, data, compression
):
    X, y = data()
    # Kernel measures are small numbers: their price is higher.
    beta = {"hsic": 1.0, "renyi": 1.0, "cauchy_schwarz": 1.0}.get(compression, 0.1)
    if cls is IBRegressor:
        beta = {"cauchy_schwarz": 5.0, "mine": 0.6}.get(compression, beta)
    free, priced = (
        small(cls, compression=compression, beta=b, max_epochs=40).fit(X, y)
        for b in (1e-6, beta)
    )
    assert priced.compression_ < 0.95 * free.compression_
    assert priced.score(*data(seed=1)) > 0.7
    if compression != "variational":
        assert len(priced.history_["compression"]) == priced.n_iter_


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_compression_is_the_mean_over_batches_of_the_training_rows(compression):
    X, y = blobs(128)
    clf = small(compression=compression, beta=0.05, batch_size=128).fit(X, y)
    if compression == "variational":
        assert clf.compression_ == clf.rate_
        return
    net, scaled = clf.net_, (X - X.mean(0)) / X.std(0)
    streams = copy.deepcopy(net.streams)
    with torch.no_grad():
        output = net.module_.eval()(
            torch.from_numpy(scaled.astype(np.float32)), streams.validation_noise()
        )
        terms = net.criterion_.eval().terms(output, torch.from_numpy(y))
    # One batch of all rows, in another order: its draws go to other rows.
    assert clf.compression_ == pytest.approx(terms["compression"].item(), rel=0.1)


def test_conditional_entropy_has_the_same_beta_as_the_rate():
    # Where the code is a function of the class alone, the residual is 0, and at equal
    # beta both weigh the same Lagrangian: they end at similar relevance.
    X, y = blobs(600)
    relevances = [
        small(compression=name, beta=0.3, prior="learned", max_epochs=60)
        .fit(X, y)
        .rate_and_relevance(*blobs(600, seed=1))[1]
        for name in ("variational", "conditional_entropy")
    ]
    assert relevances[0] == pytest.approx(relevances[1], abs=0.1)


def test_function_of_a_batch_is_a_compression():
    def squares(batch):
        return batch.code.mean.square().sum(1)

    X, y = blobs()
    clf = small(compression=squares, beta=0.1).fit(X, y)
    free = small(compression=squares, beta=0.0).fit(X, y)
    assert clf.compression_ < free.compression_
    # At the end of training and after it, up to a step of training.
    assert clf.compression_ == pytest.approx(clf.history_["compression"][-1], rel=0.1)


def test_rate_power_weighs_the_mean_rate():
    X, y = blobs()
    output, target = (
        BottleneckOutput(torch.zeros(4, 3), torch.arange(4.0)),
        torch.ones(4),
    )
    net = small(rate_power=2.0, beta=0.3).fit(X, y).net_
    terms = net.criterion_.terms(output, target.long())
    assert terms["loss"].item() == pytest.approx(np.log(3) + 0.3 * 1.5**2, rel=1e-6)


def test_square_of_the_rate_stops_between_the_ends_of_a_deterministic_curve():
    # y is a function of X: the curve is min(rate, log 2), and rates other than its ends
    # are found by the square alone. The slope of beta R^2 is 1 at R = 1 / (2 beta).
    rng = np.random.default_rng(0)
    X = rng.choice([-1.0, 1.0], size=(600, 1))
    y = (X[:, 0] > 0).astype(int)
    rates = [
        small(n_components=1, prior="mixture", rate_power=2.0, beta=beta, max_epochs=60)
        .fit(X, y)
        .relevance_
        for beta in (0.8, 1.5, 3.0)
    ]
    assert np.log(2) - 0.05 > rates[0] > rates[1] > rates[2] > 0.02


# Warm-up


def test_beta_grows_over_the_warmup_and_counts_in_full_for_rows_held_out():
    X, y = blobs()
    clf = small(beta=0.4, beta_warmup=10, max_epochs=3).fit(X, y)
    objective = clf.net_.criterion_
    assert objective.beta_share == pytest.approx(0.2)
    output = BottleneckOutput(torch.zeros(2, 3), torch.ones(2))
    target = torch.zeros(2, dtype=torch.long)
    rest = np.log(3)
    assert objective.train().terms(output, target)["loss"] == pytest.approx(rest + 0.08)
    assert objective.eval().terms(output, target)["loss"] == pytest.approx(rest + 0.4)


def test_warmup_goes_on_where_training_goes_on():
    X, y = blobs()
    clf = small(beta=0.4, beta_warmup=10, max_epochs=3, warm_start=True)
    clf.fit(X, y).fit(X, y)
    assert clf.net_.criterion_.beta_share == pytest.approx(0.5)
    clf.partial_fit(X, y)
    assert clf.net_.criterion_.beta_share == pytest.approx(0.6)


@pytest.mark.parametrize("alone", [True, False])
def test_early_stopping_counts_no_epoch_of_the_warmup(alone):
    X, y = blobs()
    options = {"beta": 0.3, "early_stopping": True, "patience": 3, "max_epochs": 60}
    models = [small(beta_warmup=w, lr=3e-3, **options) for w in (25, 25)]
    if alone:
        nets = [clf.fit(X, y).net_ for clf in models]
    else:
        ready = [clf._prepared(clf._take(X, y, resume=False)) for clf in models]
        nets, rows, valid = zip(*ready, strict=True)
        assert Ensemble().fit(nets, rows, valid).stacked_
    for net in nets:
        stopping = dict(net.callbacks_)["early_stopping"]
        # The epoch with index 25, the 26th, is the first at the whole of beta.
        assert stopping.best_epoch_ >= 26
        assert net.n_epochs_done >= 26 + 3 or net.n_epochs_done == 60


def test_training_that_ends_within_the_warmup_keeps_its_last_weights():
    X, y = blobs()
    options = {"beta": 0.3, "beta_warmup": 50, "max_epochs": 8}
    stopped = small(early_stopping=True, patience=1, **options).fit(X, y)
    assert stopped.n_iter_ == 8


def test_warmup_keeps_a_code_that_a_sudden_price_would_close():
    X, y = blobs()
    rates = [
        small(beta=0.6, beta_warmup=w, max_epochs=40, lr=3e-3)
        .fit(X, y)
        .history_["rate"]
        for w in (0, 30)
    ]
    assert max(rates[1][5:15]) > max(rates[0][5:15])


# Priors


def test_mixture_prior_follows_the_clusters_of_the_codes():
    X, y = blobs(600)
    options = {"beta": 0.1, "max_epochs": 60}
    mixture = small(prior="mixture", n_prior_components=3, **options).fit(X, y)
    standard = small(**options).fit(X, y)
    new = blobs(600, seed=1)
    (rate, relevance), (other_rate, other) = (
        clf.rate_and_relevance(*new) for clf in (mixture, standard)
    )
    assert 0.1 * rate - relevance < 0.1 * other_rate - other
    assert mixture.weights_["module.code.prior.mean"].shape == (3, 2)


@pytest.mark.parametrize("prior", ["learned", "mixture"])
def test_prior_is_fitted_where_something_else_is_penalised(prior):
    X, y = blobs()
    options = {"compression": "hsic", "beta": 0.1, "max_epochs": 60}
    fitted = small(prior=prior, **options).fit(X, y)
    fixed = small(prior="standard", **options).fit(X, y)
    assert fitted.rate_ < fixed.rate_
    if prior == "learned":
        # The encoder does not know of it: both are trained to the same codes.
        np.testing.assert_allclose(fitted.transform(X), fixed.transform(X), rtol=1e-4)


# No noise


@pytest.mark.parametrize("compression", OF_KERNELS)
def test_code_without_noise_is_its_mean_and_has_an_infinite_rate(compression):
    X, y = blobs()
    clf = small(compression=compression, deterministic=True).fit(X, y)
    assert clf.rate_ == np.inf
    assert np.isinf(clf.history_["rate"]).all()
    assert np.isfinite([clf.compression_, clf.relevance_]).all()
    at_mean = clone(clf).set_params(prediction="mean").fit(X, y)
    np.testing.assert_array_equal(clf.predict_proba(X), at_mean.predict_proba(X))


@pytest.mark.parametrize("compression", OF_DENSITIES)
def test_densities_need_noise(compression):
    X, y = blobs()
    clf = small(compression=compression, deterministic=True, beta=0.1)
    with pytest.raises(ValueError, match=f"{compression}.*deterministic=True.*hsic"):
        clf.fit(X, y)
    free = clf.set_params(beta=0.0).fit(X, y)
    assert free.rate_ == np.inf
    assert free.score(X, y) > 0.8


# Relevance


@pytest.mark.parametrize(("cls", "data"), TASKS)
def test_divergence_trains_predictions_and_likelihood_its_own_scale(cls, data):
    X, y = data()
    # Without noise in the code, what is left of the target is noise of its own.
    options = {"deterministic": True, "beta": 0.0, "max_epochs": 80}
    model = small(cls, relevance="cauchy_schwarz", **options).fit(X, y)
    assert model.score(*data(seed=1)) > 0.7
    if cls is IBRegressor:
        residual = y - model.predict(X)
        assert model.noise_scale_[0] == pytest.approx(residual.std(), rel=0.15)


def test_function_is_a_relevance():
    def absolute(x, target, prediction):
        return (target - prediction).abs().mean()

    X, y = line()
    y[::10] += 30.0
    robust = small(IBRegressor, relevance=absolute, beta=0.0, max_epochs=60).fit(X, y)
    X_new, y_new = line(seed=1)
    gaussian = small(IBRegressor, beta=0.0, max_epochs=60).fit(X, y)
    errors = [np.median(np.abs(m.predict(X_new) - y_new)) for m in (robust, gaussian)]
    assert errors[0] < 0.7 * errors[1]


# Decoders


def test_mean_over_draws_is_the_prediction_at_the_mean_for_a_linear_decoder_only():
    X, y = line()
    for sizes, equal in (((), True), ((16,), False)):
        options = {"decoder_hidden_layer_sizes": sizes, "beta": 0.2}
        mixture = small(IBRegressor, **options).fit(X, y).predict(X)
        mean = small(IBRegressor, prediction="mean", **options).fit(X, y).predict(X)
        assert np.allclose(mixture, mean, atol=1e-6) is equal


# Auxiliary codes


def judged(z, before, steps=300):
    """Return what a discriminator that is trained on two codes sees, in nats."""
    clf = small(n_auxiliary=1, n_components=2)
    X, y = blobs(60)
    module = clf._prepared(clf._take(X, y, resume=False))[0].module_
    judge = module.discriminators[0]
    optimizer = torch.optim.Adam(judge.parameters(), lr=1e-2)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = module._undetected(judge, z, before)
        loss.backward()
        optimizer.step()
    return np.log(4) - loss.item()


def test_discriminator_tells_equal_codes_from_independent_ones():
    generator = torch.Generator().manual_seed(0)
    z, other = torch.randn(2, 500, 2, generator=generator)
    # Twice the Jensen-Shannon divergence: log 4 where the joint law and the product
    # do not overlap, 0 where they are one. Trained on these rows, so a little above.
    assert np.log(4) - 0.15 < judged(z, z) <= np.log(4)
    assert abs(judged(z, other, steps=60)) < 0.1


def structured(n_auxiliary=2, **params):
    """Return a fitted classifier with auxiliary codes."""
    return small(n_auxiliary=n_auxiliary, beta=0.05, **params).fit(*blobs())


@pytest.mark.parametrize("prior", ["standard", "learned"])
def test_code_of_several_is_their_weighted_sum(prior):
    clf = structured(prior=prior, max_epochs=40)
    X, _ = blobs()
    module = clf.net_.module_
    scaled = torch.from_numpy(((X - X.mean(0)) / X.std(0)).astype(np.float32))
    codes = [
        layer(backbone(scaled))
        for backbone, layer in zip(module.backbones, module.codes, strict=True)
    ]
    weights = torch.from_numpy(clf.encoder_weights_)
    with torch.no_grad():
        mean = sum(w * code.mean for w, code in zip(weights, codes, strict=True))
        variance = sum(
            (w * code.log_std.exp()) ** 2
            for w, code in zip(weights, codes, strict=True)
        )
        _, log_std, rate = module.encode(scaled)
    np.testing.assert_allclose(clf.transform(X), mean, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(log_std, 0.5 * variance.log())
    # The prior of the sum is the sum of the priors.
    priors = [
        Normal(torch.zeros(2), torch.ones(2))
        if prior == "standard"
        else Normal(layer.prior.mean, layer.prior.log_std.exp())
        for layer in module.codes
    ]
    with torch.no_grad():
        prior_mean = sum(w * r.mean for w, r in zip(weights, priors, strict=True))
        pairs = zip(weights, priors, strict=True)
        prior_std = sum((w * r.stddev) ** 2 for w, r in pairs).sqrt()
        exact = kl_divergence(
            Normal(mean, variance.sqrt()), Normal(prior_mean, prior_std)
        ).sum(1)
    torch.testing.assert_close(rate, exact, rtol=1e-4, atol=1e-4)
    # Processing does not add information: at most the rates of the parts together.
    parts = sum(
        layer.rate(code) for layer, code in zip(module.codes, codes, strict=True)
    )
    assert (rate <= parts + 1e-4).all()
    np.testing.assert_allclose(
        clf.encoder_(torch.from_numpy(X).float()).detach(), mean, rtol=1e-3, atol=1e-4
    )


def test_each_part_is_trained_by_a_loss_of_its_own():
    X, y = blobs(64)
    clf = small(n_auxiliary=1)
    net, rows, _ = clf._prepared(clf._take(X, y, resume=False))
    module, objective = net.module_.train(), net.criterion_.train()
    output = module(rows.x, Noise(torch.Generator().manual_seed(0)))
    named = dict(module.named_parameters())

    def touched(loss):
        grads = torch.autograd.grad(
            loss, list(named.values()), retain_graph=True, allow_unused=True
        )
        pairs = zip(named, grads, strict=True)
        moved = [n for n, g in pairs if g is not None and g.abs().max() > 0]
        # "codes.0.moments.weight" -> "codes0", "decoder.layers.0.weight" -> "decoder".
        return {"".join(n.split(".")[: 1 + n.startswith(("b", "c"))]) for n in moved}

    first, second = (
        objective._one(part, rows.target, None, 0.1)[0] for part in output.parts
    )
    assert touched(first) == {"backbones0", "codes0", "decoder"}
    assert touched(second) == {"backbones1", "codes1"}
    assert touched(objective._one(output, rows.target, None, 0.1)[0]) == {"weights"}
    assert touched(output.asides["dependence"]) == {
        "backbones1",
        "codes1",
        "discriminators",
    }


def test_independence_makes_codes_of_a_row_harder_to_tell_from_others():
    X, y = blobs(600)
    options = {"n_auxiliary": 1, "beta": 0.01, "max_epochs": 60, "lr": 3e-3}
    without, with_it = (
        small(independence_weight=w, **options).fit(X, y) for w in (0.0, 3.0)
    )
    assert without.history_["dependence"][-1] > 0.2
    assert with_it.history_["dependence"][-1] < 0.5 * without.history_["dependence"][-1]


@pytest.mark.parametrize("n_auxiliary", [1, 3])
def test_dependence_is_what_all_discriminators_see(n_auxiliary):
    X, y = blobs(64)
    clf = small(n_auxiliary=n_auxiliary)
    net, rows, _ = clf._prepared(clf._take(X, y, resume=False))
    for judge in net.module_.discriminators:
        for parameter in judge.parameters():
            parameter.data.zero_()
    output = net.module_(rows.x, Noise(torch.Generator().manual_seed(0)))
    # One that cannot tell sees nothing, however many there are.
    terms = net.criterion_.terms(output, rows.target)
    assert terms["dependence"].item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    "params",
    [
        {"prior": "mixture"},
        {"deterministic": True, "beta": 0.0},
        {"compression": "mine"},
        {"compression": "conditional_entropy"},
    ],
)
def test_what_auxiliary_codes_do_not_go_with_is_an_error(params):
    with pytest.raises(ValueError, match="n_auxiliary=1"):
        small(n_auxiliary=1, **params).fit(*blobs())


# Collapse


@pytest.mark.parametrize(("cls", "data"), TASKS)
def test_collapse_is_said(cls, data):
    X, y = data()
    with pytest.warns(EstimationWarning, match=r"collapsed: beta=5 .*beta_warmup"):
        model = small(cls, beta=5.0, max_epochs=60).fit(X, y)
    spread = model.predict_proba(X) if cls is IBClassifier else model.predict(X)
    assert np.ptp(spread, axis=0).max() < 0.1 * (1 if cls is IBClassifier else y.std())


@pytest.mark.filterwarnings("error")
def test_beta_of_zero_is_no_collapse():
    small(beta=0.0).fit(*blobs())


# Keeping and stacking


@pytest.mark.parametrize(
    "params",
    [
        *({"compression": name} for name in COMPRESSIONS),
        {"n_auxiliary": 1},
        {"prior": "mixture"},
        {"compression": "hsic", "deterministic": True},
        {"relevance": "cauchy_schwarz"},
        {"decoder_hidden_layer_sizes": (4,)},
    ],
)
def test_pickle_and_plane_are_kept(params):
    X, y = blobs(100)
    clf = small(max_epochs=3, **params).fit(X, y)
    twin = pickle.loads(pickle.dumps(clf))
    np.testing.assert_array_equal(twin.predict_proba(X), clf.predict_proba(X))
    assert twin.rate_and_relevance(X, y) == clf.rate_and_relevance(X, y)
    plane = twin.information_plane_
    np.testing.assert_array_equal(plane["epoch"], [1, 2, 3])
    assert plane["rate"].shape == plane["relevance"].shape == (3,)


def in_double(params, X, y):
    """Return prepared nets over four betas, in double precision."""
    prepared = []
    for beta in (0.0, 0.05, 0.3, 1.5):
        clf = small(beta=beta, max_epochs=3, hidden_layer_sizes=(8,), **params)
        net, rows, _ = clf._prepared(clf._take(X, y, resume=False))
        net.module_.double()
        net.criterion_.double()
        rows.x = rows.x.double()
        prepared.append((net, rows))
    return zip(*prepared, strict=True)


@pytest.mark.parametrize(
    "params",
    [
        *({"compression": name} for name in COMPRESSIONS),
        {"n_auxiliary": 2},
        {"prior": "mixture"},
        {"rate_power": 2.0},
        {"beta_warmup": 2},
        {"relevance": "cauchy_schwarz"},
        {"decoder_hidden_layer_sizes": (4,)},
    ],
)
def test_betas_trained_as_one_equal_those_trained_alone(params, monkeypatch):
    # As graphs from the second step on.
    monkeypatch.setattr("skmi.training._traced.PATIENCE", 1)
    X, y = blobs(90)
    together, rows = in_double(params, X, y)
    ensemble = Ensemble().fit(together, rows)
    assert ensemble.groups_ == [[0, 1, 2, 3]], ensemble.reasons_
    alone, rows = in_double(params, X, y)
    for net, part in zip(alone, rows, strict=True):
        net.train_rows(part)
    for ours, theirs in zip(together, alone, strict=True):
        wanted = theirs.module_.state_dict()
        for name, tensor in ours.module_.state_dict().items():
            torch.testing.assert_close(tensor, wanted[name], rtol=1e-10, atol=1e-10)


# Edges


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_one_column_and_two_rows_of_two_classes_are_enough(compression):
    clf = small(compression=compression, max_epochs=2)
    clf.fit(np.array([[0.0], [1.0]]), [0, 1])
    assert clf.predict_proba([[0.5]]).sum() == pytest.approx(1)
    constant = small(compression=compression, max_epochs=2)
    constant.fit(np.ones((10, 1)), [0, 1] * 5)
    assert np.isfinite(constant.compression_)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("compression", "kl"),
        ("relevance", "gaussian"),
        ("rate_power", 0.5),
        ("beta_warmup", -1),
        ("prior", "flat"),
        ("n_auxiliary", -1),
        ("independence_weight", -0.1),
        ("deterministic", "yes"),
    ],
)
def test_unknown_values_are_errors_that_name_the_parameter(name, value):
    with pytest.raises(ValueError, match=name):
        small(**{name: value}).fit(*load_iris(return_X_y=True))


def test_real_regression_is_done_by_every_compression():
    X, y = load_diabetes(return_X_y=True)
    for compression in COMPRESSIONS:
        reg = small(IBRegressor, compression=compression, beta=0.01).fit(X, y)
        assert reg.score(X, y) > 0.35, compression


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"compression": lambda batch: 3}, r"compression must return .*found int"),
        (
            {"compression": lambda batch: batch.code.mean},
            r"compression must return .*2\]",
        ),
        ({"relevance": lambda x, target, p: p}, r"relevance must return .*3\]"),
        ({"decoder_hidden_layer_sizes": (0,)}, "decoder_hidden_layer_sizes must be"),
    ],
)
def test_functions_that_return_something_else_are_named(params, message):
    with pytest.raises(ValueError, match=message):
        small(**params).fit(*blobs())


def test_likelihood_may_go_before_a_divergence():
    X, y = line()
    reg = small(IBRegressor, warm_start=True, deterministic=True, beta=0.0).fit(X, y)
    before = reg.score(X, y)
    reg.set_params(relevance="cauchy_schwarz").fit(X, y)
    assert reg.n_iter_ == 40
    assert reg.score(X, y) > before - 0.05


def test_weights_of_classes_go_with_likelihood_only():
    clf = small(class_weight="balanced", relevance="cauchy_schwarz")
    with pytest.raises(
        ValueError, match=r"class_weight.*cauchy_schwarz.*cross_entropy"
    ):
        clf.fit(*blobs())


class Opponent(Compression):
    """A compression with a critic that needs no density."""

    players = "opponent"

    def __init__(self, context):
        super().__init__()
        self.critic = torch.nn.Linear(context.n_code, 1)

    def forward(self, batch):
        """Return what the critic makes of the code."""
        return self.critic(batch.code.sample).mean()


def test_two_players_need_a_random_code():
    with pytest.raises(ValueError, match=r"random code.*deterministic=True"):
        small(compression=Opponent, deterministic=True).fit(*blobs())
    assert small(compression=Opponent).fit(*blobs()).n_iter_ == 20


class Counting(Compression):
    """A compression that is another one at each call."""

    compares_rows = False

    def __init__(self, context):
        super().__init__()
        self.n_calls = 0

    def forward(self, batch):
        """Return the rate, and more of it each time."""
        self.n_calls += 1
        return batch.rate * (1 + self.n_calls / 1000)


def test_what_counts_its_calls_is_trained_alone():
    nets, rows = in_double({"compression": Counting}, *blobs(60))
    ensemble = Ensemble().fit(nets, rows)
    assert not ensemble.stacked_
    assert all("changes its numbers" in text for text in ensemble.reasons_.values())


def test_networks_of_different_warmups_are_stacked_with_their_like():
    X, y = blobs(60)
    ready = []
    for warmup in (0, 5, 5, 0):
        clf = small(beta=0.2, beta_warmup=warmup, max_epochs=6)
        ready.append(clf._prepared(clf._take(X, y, resume=False))[:2])
    ensemble = Ensemble().fit(*zip(*ready, strict=True))
    assert ensemble.groups_ == [[0, 3], [1, 2]]


def test_first_weights_do_not_depend_on_the_compression():
    X, y = blobs(60)
    nets = [
        clf._prepared(clf._take(X, y, resume=False))[0]
        for clf in (small(compression=name) for name in COMPRESSIONS)
    ]
    first = nets[0].module_.state_dict()
    for net in nets[1:]:
        for name, tensor in net.module_.state_dict().items():
            torch.testing.assert_close(tensor, first[name], rtol=0, atol=0)


@pytest.mark.parametrize("compression", ["nonlinear", "club", "conditional_entropy"])
def test_collapse_is_said_whatever_is_penalised(compression):
    X, y = blobs()
    with pytest.warns(EstimationWarning, match=r"collapsed: beta=5 .*rate"):
        small(compression=compression, beta=5.0, max_epochs=80).fit(X, y)


def test_predictions_worse_than_none_are_said():
    X, y = blobs()

    def away(x, target, prediction):
        return (target * prediction).sum(1).mean()

    with pytest.warns(EstimationWarning, match="far worse than knowing nothing"):
        small(relevance=away, beta=0.0).fit(X, y)


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_batches_of_one_row_are_refused_where_rows_are_compared(compression):
    clf = small(compression=compression, batch_size=1, max_epochs=1)
    if COMPRESSIONS[compression].compares_rows:
        with pytest.raises(ValueError, match="batch_size must be at least 2"):
            clf.fit(*blobs(20))
    else:
        clf.fit(*blobs(20))


def test_numbers_of_numpy_are_parameters():
    clf = small(n_components=np.int64(2), n_auxiliary=np.int64(1), max_epochs=2)
    assert clf.fit(*blobs(40)).transform(blobs(40)[0]).shape == (40, 2)


def test_code_without_dependence_is_not_driven_below_none():
    X, y = blobs()
    clf = small(compression="renyi", deterministic=True, beta=3.0, max_epochs=60)
    with pytest.warns(EstimationWarning, match="collapsed"):
        clf.fit(X, y)
    assert clf.compression_ > -0.03
