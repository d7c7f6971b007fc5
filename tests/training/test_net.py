"""The net trains as a hand-written loop does, and fails without a trace."""

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback, LRScheduler
from skorch.callbacks import EarlyStopping as SkorchEarlyStopping
from torch import nn

from skmi.bottleneck import IBClassifier, IBRegressor
from skmi.exceptions import TrainingDivergedError
from skmi.infomax import InfomaxEncoder
from skmi.nn import CategoricalLikelihood, GaussianLayer, MLPEncoder
from skmi.nn.objectives import BottleneckObjective, Objective
from skmi.training import Optimizer
from skmi.training._batches import Rows
from skmi.training._net import LeanNet
from skmi.training._random import Streams

CPU = torch.device("cpu")


class Coder(nn.Module):
    """Noisy network with dropout: x -> (logits, rate)."""

    def __init__(self, generator):
        super().__init__()
        self.hidden = MLPEncoder(
            4, None, (8,), "relu", dropout=0.2, generator=generator
        )
        self.code = GaussianLayer(8, 2, generator=generator)
        self.decoder = MLPEncoder(2, 3, (), generator=generator)

    def forward(self, x, noise=None):
        code = self.code(self.hidden(x, noise), noise)
        return self.decoder(code.sample), self.code.rate(code)


class Squares(Objective):
    """Mean squared error, with no weights of its own."""

    def terms(self, output, target, row_weight=None):
        return {"loss": (output - target).square().mean()}


class Map(nn.Module):
    """Linear map without noise."""

    def __init__(self, n_in=4):
        super().__init__()
        self.layer = nn.utils.skip_init(nn.Linear, n_in, 1, dtype=torch.float64)
        with torch.no_grad():
            self.layer.weight.fill_(0.1)
            self.layer.bias.zero_()

    def forward(self, x, noise=None):
        return self.layer(x)


class CountsEpochs(Map):
    """A module that is told which epoch begins."""

    def __init__(self):
        super().__init__()
        self.told = []

    def begin_epoch(self, epoch):
        self.told.append(epoch)
        return [None, 0.5, 0.25][epoch]


class WatchesBatches(Callback):
    """A callback that only skorch's own loop serves."""

    n_batches = 0

    def on_batch_end(self, net, batch=None, training=None, **kwargs):
        """Count batches."""
        self.n_batches += 1


class RaisesAt(Callback):
    """Raise in a hook, at the given call of it."""

    def __init__(self, hook, call=2, error=KeyboardInterrupt):
        self.hook = hook
        self.call = call
        self.error = error
        self.calls = 0

    def __getattribute__(self, name):
        if name in ("on_epoch_begin", "on_train_begin") and name == self.hook:
            return self._raise
        return super().__getattribute__(name)

    def _raise(self, *args, **kwargs):
        self.calls += 1
        if self.calls == self.call:
            raise self.error


class RaisesInBatch(Callback):
    """Raise inside the third batch."""

    def on_batch_begin(self, net, batch=None, training=None, **kwargs):
        """Raise where the user pressed Ctrl-C."""
        if len(net.history) == 2:
            raise KeyboardInterrupt


def data(n=50, seed=0):
    """Return rows with labels."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4))
    return X, (X[:, 0] + 0.3 * rng.normal(size=n) > 0).astype(int)


def coder_rows(n, seed):
    """Return Rows with targets and weights."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, 4, generator=generator)
    target = torch.randint(0, 3, (n,), generator=generator)
    return Rows(x, target, torch.rand(n, generator=generator))


def coder_net(callbacks=(), epochs=3, **options):
    """Return a net over a noisy network, and its streams."""
    streams = Streams(7, CPU)
    return LeanNet(
        Coder(streams.weights),
        BottleneckObjective(CategoricalLikelihood(), 0.1, 1.0),
        streams,
        Optimizer("adam").build,
        lr=0.01,
        max_epochs=epochs,
        batch_size=16,
        callbacks=list(callbacks),
        device=CPU,
        verbose=0,
        **options,
    ).initialize()


def linear_net(optimizer, rows, batch_size, epochs=1, accumulate_batches=1, lr=0.1):
    """Return a trained net over a linear map in float64."""
    return (
        LeanNet(
            Map(rows.x.shape[1]),
            Squares(),
            Streams(3, CPU),
            Optimizer(optimizer).build,
            accumulate_batches,
            lr=lr,
            max_epochs=epochs,
            batch_size=batch_size,
            callbacks=[],
            device=CPU,
            verbose=0,
        )
        .initialize()
        .train_rows(rows)
    )


def linear_rows(n=64):
    """Return rows of a noisy linear map in float64."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(n, 4, generator=generator, dtype=torch.float64)
    noise = torch.randn(n, 1, generator=generator, dtype=torch.float64)
    return Rows(x, x @ torch.tensor([[1.0], [-2.0], [0.5], [0.0]]).double() + noise)


def weights(net):
    """Return all weights as one vector."""
    parts = (net.module_, net.criterion_)
    return torch.cat([p.detach().flatten() for m in parts for p in m.parameters()])


def numbers(net):
    """Return what was recorded of each epoch."""
    names = ("train_loss", "train_rate", "train_relevance")
    names += ("valid_loss", "valid_rate", "valid_relevance")
    return [{n: row[n] for n in names if n in row} for row in net.history]


# The loops agree


def test_lean_loop_equals_a_hand_written_loop_bit_for_bit():
    rows = coder_rows(50, 1)
    net = coder_net().train_rows(rows)
    streams = Streams(7, CPU)
    module = Coder(streams.weights)
    optimizer = torch.optim.Adam(module.parameters(), lr=0.01, fused=True)
    losses = []
    for _ in range(3):
        order = torch.randperm(50, generator=streams.order)
        total = 0.0
        for start in (0, 16, 32):
            chosen = order[start : start + 16]
            optimizer.zero_grad()
            logits, rate = module(rows.x[chosen], streams.noise)
            nll = nn.functional.cross_entropy(
                logits, rows.target[chosen], reduction="none"
            )
            loss = ((0.1 * rate + nll) * rows.row_weight[chosen]).mean()
            loss.backward()
            optimizer.step()
            total += loss.item() * 16
        losses.append(total / 48)
    by_hand = torch.cat([p.detach().flatten() for p in module.parameters()])
    assert torch.equal(weights(net), by_hand)
    recorded = [row["train_loss"] for row in net.history]
    assert recorded == pytest.approx(losses, rel=1e-6)


def test_own_loop_of_skorch_gives_the_same_bits_and_the_same_history():
    rows, valid = coder_rows(50, 1), coder_rows(20, 2)
    lean = coder_net().train_rows(rows, valid)
    own = coder_net([("watch", WatchesBatches())]).train_rows(rows, valid)
    assert not lean._needs_own_loop()
    assert own._needs_own_loop()
    assert dict(own.callbacks_)["watch"].n_batches == 3 * (3 + 2)
    assert torch.equal(weights(lean), weights(own))
    assert numbers(lean) == numbers(own)
    assert len(numbers(lean)) == 3
    assert set(numbers(lean)[0]) == {
        f"{phase}_{term}"
        for phase in ("train", "valid")
        for term in ("loss", "rate", "relevance")
    }


def test_a_subclass_that_changes_a_step_is_trained_in_its_own_loop():
    class Counting(LeanNet):
        n_steps = 0

        def train_step(self, batch, **fit_params):
            """Count, then step."""
            self.n_steps += 1
            return super().train_step(batch, **fit_params)

    lean = coder_net().train_rows(coder_rows(50, 1))
    net = coder_net()
    net.__class__ = Counting
    net.train_rows(coder_rows(50, 1))
    assert net.n_steps == 9
    assert torch.equal(weights(net), weights(lean))


def test_validation_is_the_same_whether_training_draws_or_not():
    net = coder_net().train_rows(coder_rows(50, 1), coder_rows(20, 2))
    valid = coder_rows(20, 2)
    net._set_training(False)
    noise = Streams(7, CPU).validation_noise()
    total = 0.0
    with torch.no_grad():
        for rows in (slice(0, 10), slice(10, 20)):
            x, (target, weight) = valid[rows]
            loss = net.criterion_(net.module_(x, noise), target, weight)
            total += loss.item() * len(x)
    assert net.history[-1]["valid_loss"] == pytest.approx(total / 20, rel=1e-6)


def test_the_mean_of_an_epoch_weighs_batches_by_their_rows():
    valid = linear_rows(20)
    net = linear_net("sgd", linear_rows(), 16, lr=1e-12)
    net.train_rows(linear_rows(), valid)
    with torch.no_grad():
        expected = (net.module_(valid.x) - valid.target).square().mean().item()
    assert net.history[-1]["valid_loss"] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("accumulate", [2, 4])
def test_accumulated_batches_equal_one_larger_batch(accumulate):
    rows = linear_rows(64)
    small = linear_net("sgd", rows, 8, epochs=3, accumulate_batches=accumulate)
    large = linear_net("sgd", rows, 8 * accumulate, epochs=3)
    torch.testing.assert_close(weights(small), weights(large), rtol=0, atol=1e-12)


def test_batches_left_over_from_accumulation_step_with_their_own_mean():
    rows = linear_rows(24)
    net = linear_net("sgd", rows, 8, accumulate_batches=2)
    by_hand = Map()
    optimizer = torch.optim.SGD(by_hand.parameters(), lr=0.1)
    order = torch.randperm(24, generator=Streams(3, CPU).order)
    for chosen in (order[:16], order[16:]):
        optimizer.zero_grad()
        (by_hand(rows.x[chosen]) - rows.target[chosen]).square().mean().backward()
        optimizer.step()
    expected = torch.cat([p.detach().flatten() for p in by_hand.parameters()])
    torch.testing.assert_close(weights(net), expected, rtol=0, atol=1e-12)


def test_lbfgs_finds_the_least_squares_solution():
    rows = linear_rows()
    net = linear_net("lbfgs", rows, len(rows), epochs=5, lr=1.0)
    design = torch.cat([rows.x, torch.ones(len(rows), 1).double()], dim=1)
    solution = torch.linalg.lstsq(design, rows.target).solution[:, 0]
    torch.testing.assert_close(weights(net), solution, rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", ["adam", "adamw", "sgd"])
def test_every_optimizer_lowers_the_loss(kind):
    lr = {"adam": 0.01, "adamw": 0.01, "sgd": 0.1}[kind]
    net = linear_net(kind, linear_rows(), 32, epochs=5, lr=lr)
    losses = [row["train_loss"] for row in net.history]
    assert losses[-1] < losses[0]


# Callbacks of skorch


def test_early_stopping_of_skorch_stops_training_and_keeps_the_estimator():
    X, y = data()
    stopping = SkorchEarlyStopping(monitor="train_loss", patience=3, threshold=1e9)
    clf = IBClassifier(
        hidden_layer_sizes=(8,),
        max_epochs=50,
        callbacks=[stopping],
        random_state=0,
        device="cpu",
    ).fit(X, y)
    assert clf.n_iter_ == 4
    assert len(clf.history_["loss"]) == clf.n_iter_
    assert clf.predict(X).shape == (50,)


def test_learning_rate_scheduler_of_skorch_sets_the_learning_rate():
    X, y = data()
    scheduler = LRScheduler(policy="StepLR", step_size=1, gamma=0.5)
    clf = IBClassifier(
        hidden_layer_sizes=(8,),
        max_epochs=4,
        lr=0.1,
        callbacks=[scheduler],
        random_state=0,
        device="cpu",
    ).fit(X, y)
    rates = [group["lr"] for group in clf.net_.optimizer_.param_groups]
    assert rates == [pytest.approx(0.1 * 0.5**4)]
    assert clf.net_.history[:, "event_lr"] == pytest.approx(
        [0.1 * 0.5**k for k in range(4)]
    )


def test_callbacks_of_the_user_are_copied():
    X, y = data()
    watch = WatchesBatches()
    clf = IBClassifier(
        hidden_layer_sizes=(8,), max_epochs=2, callbacks=[watch], device="cpu"
    ).fit(X, y)
    assert watch.n_batches == 0
    assert [cb.n_batches for _, cb in clf.net_.callbacks_] == [2]


# Interrupts and divergence


def same_state(estimator, before):
    """Tell whether an estimator holds the very objects it held before."""
    now = vars(estimator)
    return now.keys() == before.keys() and all(now[k] is before[k] for k in before)


CALLBACKS = {
    "train begin": lambda: RaisesAt("on_train_begin", call=1),
    "epoch begin": lambda: RaisesAt("on_epoch_begin"),
    "batch": RaisesInBatch,
}
ESTIMATORS = {
    "classifier": IBClassifier,
    "regressor": IBRegressor,
    "encoder": InfomaxEncoder,
}


@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize("where", sorted(CALLBACKS))
@pytest.mark.parametrize("kind", sorted(ESTIMATORS))
def test_interrupt_is_raised_and_leaves_the_estimator_as_it_was(kind, where, fitted):
    X, y = data()
    estimator = ESTIMATORS[kind](
        hidden_layer_sizes=(8,), max_epochs=3, random_state=0, device="cpu"
    )
    if fitted:
        estimator.fit(X, y)
        codes = estimator.transform(X)
    estimator.set_params(callbacks=[CALLBACKS[where]()])
    before = dict(vars(estimator))
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(X[:30, :3], y[:30])
    assert same_state(estimator, before)
    if fitted:
        assert np.array_equal(estimator.transform(X), codes)


@pytest.mark.parametrize("resume", ["warm_start", "partial_fit"])
def test_interrupt_of_further_training_leaves_the_fitted_weights(resume):
    X, y = data()
    clf = IBClassifier(
        hidden_layer_sizes=(8,), max_epochs=3, random_state=0, device="cpu"
    ).fit(X, y)
    kept = {name: array.copy() for name, array in clf.weights_.items()}
    clf.set_params(warm_start=True, callbacks=[RaisesAt("on_epoch_begin", call=1)])
    further = clf.fit if resume == "warm_start" else clf.partial_fit
    before = dict(vars(clf))
    with pytest.raises(KeyboardInterrupt):
        further(X, y)
    assert same_state(clf, before)
    assert all(np.array_equal(clf.weights_[name], kept[name]) for name in kept)
    live = clf.net_.module_.state_dict()
    assert all(
        np.array_equal(live[name.removeprefix("module.")].numpy(), array)
        for name, array in kept.items()
        if name.startswith("module.")
    )


def not_a_number(positive, negative, log_weight=None):
    """Return a bound that is not finite."""
    return positive.mean() * float("nan")


def infinite_after_three(positive, negative, log_weight=None):
    """Return a bound that diverges once training has moved the scores."""
    value = positive.mean()
    return value if torch.is_grad_enabled() else value * float("inf")


@pytest.mark.parametrize("fitted", [False, True])
def test_loss_that_is_not_finite_raises_naming_epoch_and_terms(fitted):
    X, _ = data()
    encoder = InfomaxEncoder(
        hidden_layer_sizes=(8,), max_epochs=3, random_state=0, device="cpu"
    )
    if fitted:
        encoder.fit(X)
    encoder.set_params(objective=not_a_number)
    before = dict(vars(encoder))
    with pytest.raises(TrainingDivergedError, match=r"epoch 1.*training.*loss, bound"):
        encoder.fit(X)
    assert same_state(encoder, before)


def test_divergence_in_training_names_the_epoch_it_happens_in():
    X, y = data()
    clf = IBClassifier(
        hidden_layer_sizes=(8,),
        max_epochs=9,
        lr=1e25,
        optimizer="sgd",
        random_state=0,
        device="cpu",
    )
    before = dict(vars(clf))
    with pytest.raises(TrainingDivergedError, match=r"epoch [2-9]: .*loss"):
        clf.fit(X, y)
    assert same_state(clf, before)


def test_divergence_on_held_out_rows_says_so():
    X, _ = data()
    encoder = InfomaxEncoder(
        objective=infinite_after_three,
        hidden_layer_sizes=(8,),
        early_stopping=True,
        random_state=0,
        device="cpu",
    )
    with pytest.raises(TrainingDivergedError, match=r"epoch 1.*validation"):
        encoder.fit(X)


def test_divergence_is_an_error_of_floating_point():
    assert issubclass(TrainingDivergedError, FloatingPointError)


def test_nothing_to_train_is_an_error_that_names_the_encoder():
    rows = linear_rows()
    module = Map()
    module.requires_grad_(False)
    net = LeanNet(
        module,
        Squares(),
        Streams(0, CPU),
        Optimizer().build,
        callbacks=[],
        device=CPU,
        verbose=0,
    )
    with pytest.raises(ValueError, match="encoder: nothing is left to train"):
        net.initialize().train_rows(rows)


def test_partial_fit_of_the_net_goes_on_for_its_epochs():
    rows = coder_rows(50, 1)
    net = coder_net(epochs=2)
    net.partial_fit(rows)
    net.partial_fit(rows)
    assert torch.equal(weights(net), weights(coder_net(epochs=4).train_rows(rows)))
    assert len(net.history) == 4


@pytest.mark.parametrize("callbacks", [[], [WatchesBatches()]])
def test_module_is_told_of_epochs_of_training_alone_and_scales_their_rates(callbacks):
    x = torch.ones(8, 4, dtype=torch.float64)
    rows = Rows(x, x[:, :1])
    module = CountsEpochs()
    streams = Streams(0, CPU)
    net = LeanNet(
        module,
        Squares(),
        streams,
        Optimizer("sgd").build,
        lr=0.01,
        max_epochs=3,
        batch_size=4,
        callbacks=callbacks,
        device=CPU,
        verbose=0,
    ).initialize()
    net.train_rows(rows, valid=rows)
    net.evaluate(rows)
    assert net.module_.told == [0, 1, 2]
    assert net.optimizer_.param_groups[0]["lr"] == 0.01 * 0.25


def test_state_of_training_restores_every_further_step():
    rows = coder_rows(50, 1)
    net = coder_net(epochs=2).train_rows(rows)
    state = {
        k: {n: v.clone() for n, v in part.items()} if k != "optimizer" else part
        for k, part in net.training_state().items()
    }
    other = coder_net(epochs=2)
    other.load_training_state(state)
    other.train_rows(rows)
    assert torch.equal(weights(other), weights(coder_net(epochs=4).train_rows(rows)))
