"""Networks trained as a stack are those that training one by one gives."""

import copy
import warnings

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback, LRScheduler
from torch import nn

from skmi.bottleneck import IBClassifier
from skmi.exceptions import TrainingDivergedError
from skmi.nn import (
    AugmentedPair,
    BottleneckObjective,
    BoundObjective,
    CategoricalLikelihood,
    ConcatenatedCritic,
    DistanceCritic,
    GaussianLayer,
    MLPEncoder,
    SeparableCritic,
    UserModule,
)
from skmi.nn.bounds import BOUNDS
from skmi.training import ActivationRecorder, Augmentation, EarlyStopping, Ensemble
from skmi.training._batches import Rows
from skmi.training._net import LeanNet
from skmi.training._optimizers import Optimizer
from skmi.training._random import Streams
from skmi.training._stacked_net import RowSubset

N, D, N_CLASSES = 70, 5, 3


class Coded(nn.Module):
    """Backbone, Gaussian code, decoder: rows to (logits, rate)."""

    def __init__(self, backbone, generator):
        super().__init__()
        self.backbone = backbone
        self.code = GaussianLayer(backbone.n_out, 2, "learned", generator=generator)
        self.decoder = MLPEncoder(2, N_CLASSES, (), generator=generator)

    def forward(self, x, noise=None):
        code = self.code(self.backbone(x, noise), noise)
        return self.decoder(code.sample), self.code.rate(code)


class Recurrent(nn.Module):
    """A layer that torch cannot vectorise."""

    def __init__(self):
        super().__init__()
        self.layer, self.n_out = nn.GRU(D, 4, batch_first=True), 4

    def forward(self, x, noise=None):
        return self.layer(x[:, None, :])[0][:, 0]


class Normed(nn.Module):
    """A layer with running statistics."""

    def __init__(self):
        super().__init__()
        self.layer, self.n_out = nn.BatchNorm1d(D), D

    def forward(self, x, noise=None):
        return self.layer(x)


class Shaky(nn.Module):
    """A layer that draws from the global generator."""

    def __init__(self):
        super().__init__()
        self.n_out, self.layer = D, nn.Linear(D, D)

    def forward(self, x, noise=None):
        return self.layer(x + torch.rand(D))


class DecidingAtEvaluation(nn.Module):
    """A layer that asks for a number at evaluation, as no stack can."""

    def __init__(self):
        super().__init__()
        self.n_out, self.layer = D, nn.Linear(D, D)

    def forward(self, x, noise=None):
        h = self.layer(x)
        return h if self.training or h.mean().item() > 0 else -h


def rows(dtype=torch.float64, seed=0, weight=False):
    """Return rows with three classes."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(N, D, generator=generator, dtype=torch.float64)
    target = (x[:, 0] > 0).long() + (x[:, 1] > 1).long()
    row_weight = torch.rand(N, generator=generator, dtype=torch.float64) + 0.5
    return Rows(x.to(dtype), target, row_weight.to(dtype) if weight else None)


def bottleneck(seed, beta=0.1, dropout=0.2, backbone=None, target_entropy=1.0):
    """Return a network with noise in its code and its hidden layer."""
    generator = torch.Generator().manual_seed(seed)
    if backbone is None:
        backbone = MLPEncoder(D, None, (8,), "tanh", dropout, generator)
    module = Coded(backbone, generator)
    return module, BottleneckObjective(CategoricalLikelihood(), beta, target_entropy)


def infomax(seed, bound="infonce", critic=SeparableCritic, **options):
    """Return a pair of augmented views with a critic."""
    generator = torch.Generator().manual_seed(seed)
    encoder = MLPEncoder(D, 3, (8,), "tanh", generator=generator)
    augment = Augmentation(corruption=0.2, masking=0.1).build(D)
    critic = critic(3, 3, (8,), **options, generator=generator)
    return AugmentedPair(encoder, augment), BoundObjective(critic, BOUNDS[bound])


def make_net(parts, seed=0, dtype=torch.float64, callbacks=(), **options):
    """Return an initialised net over a module and its objective."""
    module, objective = (part.to(dtype) for part in parts)
    spec = options.pop("optimizer", Optimizer())
    options = {"lr": 0.01, "max_epochs": 8, "batch_size": 16, **options}
    net = LeanNet(
        module,
        objective,
        Streams(seed, torch.device("cpu")),
        spec.build,
        drop_last=objective.compares_rows,
        callbacks=list(callbacks),
        device="cpu",
        verbose=0,
        **options,
    )
    return net.initialize()


def both_ways(make, data, valid=None, **options):
    """Return the nets trained as an ensemble and one by one, and the ensemble."""
    together, alone = make(), make()
    ensemble = Ensemble().fit(together, data, valid, **options)
    for i, net in enumerate(alone):
        net.train_rows(data[i], None if valid is None else valid[i])
    return together, alone, ensemble


def assert_same(together, alone, tolerance=1e-10):
    """Compare weights, histories and generators of two lists of nets."""
    for found, wanted in zip(together, alone, strict=True):
        for part in ("module_", "criterion_"):
            ours = getattr(found, part).state_dict()
            for name, tensor in getattr(wanted, part).state_dict().items():
                torch.testing.assert_close(
                    ours[name], tensor, rtol=tolerance, atol=tolerance
                )
        assert found.n_epochs_done == wanted.n_epochs_done
        assert len(found.history) == len(wanted.history)
        for ours, theirs in zip(found.history, wanted.history, strict=True):
            numbers = [k for k in theirs if k.startswith(("train_", "valid_"))]
            np.testing.assert_allclose(
                [ours[k] for k in numbers],
                [theirs[k] for k in numbers],
                rtol=tolerance,
                atol=tolerance,
            )
        own, other = found.streams.state_dict(), wanted.streams.state_dict()
        assert torch.equal(own["noise"], other["noise"])
        assert torch.equal(own["order"], other["order"])


def test_betas_and_seeds_stacked_equal_one_by_one():
    betas = [0, 0.01, 0.5]

    def make():
        return [make_net(bottleneck(k, beta), k) for k, beta in enumerate(betas)]

    together, alone, ensemble = both_ways(make, [rows(weight=True)] * 3)
    assert ensemble.stacked_
    assert ensemble.groups_ == [[0, 1, 2]]
    assert ensemble.reasons_ == {}
    assert_same(together, alone)
    assert len({float(net.history[-1, "train_rate"]) for net in together}) == 3


@pytest.mark.parametrize("bound", sorted(BOUNDS))
def test_every_bound_stacked_equals_one_by_one(bound):
    def make():
        # Adam blows up the rounding of gradients that are 0, as that of a head's
        # offset under InfoNCE is.
        plain = {"optimizer": Optimizer("sgd"), "lr": 0.1}
        return [make_net(infomax(k, bound), k, max_epochs=4, **plain) for k in range(3)]

    together, alone, ensemble = both_ways(make, [rows()] * 3)
    assert ensemble.stacked_
    assert_same(together, alone)


@pytest.mark.parametrize("critic", [DistanceCritic, ConcatenatedCritic])
def test_other_critics_stacked_equal_one_by_one(critic):
    def make():
        plain = {"optimizer": Optimizer("sgd"), "lr": 0.1, "max_epochs": 3}
        return [make_net(infomax(k, critic=critic), k, **plain) for k in range(2)]

    together, alone, ensemble = both_ways(make, [rows()] * 2)
    assert ensemble.stacked_
    assert_same(together, alone)


@pytest.mark.parametrize(
    "optimizer",
    [
        Optimizer(),
        Optimizer("adamw", weight_decay=0.1),
        Optimizer("sgd", momentum=0.9, weight_decay=0.01),
    ],
    ids=lambda spec: spec.kind,
)
def test_one_fused_optimizer_on_the_stack_equals_separate_ones(optimizer):
    def make():
        return [make_net(bottleneck(k), k, optimizer=optimizer) for k in range(3)]

    together, alone, _ = both_ways(make, [rows()] * 3)
    assert_same(together, alone)
    for ours, wanted in zip(together, alone, strict=True):
        own, other = ours.optimizer_.state_dict(), wanted.optimizer_.state_dict()
        assert own["state"].keys() == other["state"].keys()
        for key, state in other["state"].items():
            torch.testing.assert_close(own["state"][key], state, rtol=1e-9, atol=1e-9)


def test_folds_share_the_memory_of_their_rows_and_equal_copies_of_them():
    whole = rows()
    masks = [torch.arange(N) % 5 != k for k in range(5)]

    def make():
        return [make_net(bottleneck(k), k) for k in range(5)]

    folds = [RowSubset(whole, mask) for mask in masks]
    held_out = [RowSubset(whole, (~mask).nonzero().squeeze(1)) for mask in masks]
    assert all(fold.x is whole.x for fold in folds)
    together = make()
    ensemble = Ensemble().fit(together, folds, held_out)
    assert ensemble.groups_ == [[0, 1, 2, 3, 4]]
    alone = make()
    for net, mask in zip(alone, masks, strict=True):
        parts = (Rows(whole.x[m], whole.target[m]) for m in (mask, ~mask))
        net.train_rows(*parts)
    assert_same(together, alone)


def test_folds_of_unequal_size_are_stacked_by_size():
    whole = rows()
    masks = [torch.arange(N) % 4 != k for k in range(4)]  # 52, 52, 53, 53 rows
    folds = [RowSubset(whole, mask) for mask in masks]

    def make():
        return [make_net(bottleneck(k), k) for k in range(4)]

    together, alone, ensemble = both_ways(make, folds)
    assert ensemble.groups_ == [[0, 1], [2, 3]]
    assert_same(together, alone)


def test_permuted_targets_and_other_rows_stacked_equal_one_by_one():
    first, second = rows(), rows(seed=1)
    data = [first, Rows(first.x, first.target.flip(0)), second]

    def make():
        return [make_net(bottleneck(0), 7) for _ in range(3)]

    together, alone, ensemble = both_ways(make, data)
    assert ensemble.groups_ == [[0, 1, 2]]
    assert_same(together, alone)


def test_each_network_stops_for_itself_and_returns_to_its_best_epoch():
    whole = rows()
    parts = [
        RowSubset(whole, torch.arange(N) < 50),
        RowSubset(whole, torch.arange(N) >= 50),
    ]

    def make():
        return [
            make_net(
                bottleneck(k, beta, dropout=0.0),
                k,
                max_epochs=60,
                lr=0.05,
                callbacks=[EarlyStopping(patience=2 + k)],
            )
            for k, beta in enumerate([0.0, 0.1, 0.3, 2.0])
        ]

    together, alone, ensemble = both_ways(make, [parts[0]] * 4, [parts[1]] * 4)
    assert ensemble.groups_ == [[0, 1, 2, 3]]
    lengths = {net.n_epochs_done for net in together}
    assert len(lengths) > 1  # they leave the stack at different times
    assert max(lengths) < 60
    assert_same(together, alone, tolerance=1e-8)  # up to 60 epochs of 4 steps
    for net in together:
        stopping = dict(net.callbacks_)["EarlyStopping"]
        assert stopping.best_epoch_ < net.n_epochs_done
        best = stopping.best_weights_["module"]
        assert all(torch.equal(v, best[k]) for k, v in net.module_.state_dict().items())


def test_float32_agrees_over_few_steps():
    def make():
        return [
            make_net(bottleneck(k), k, torch.float32, max_epochs=2) for k in range(3)
        ]

    together, alone, ensemble = both_ways(make, [rows(torch.float32)] * 3)
    assert ensemble.stacked_
    assert_same(together, alone, tolerance=1e-4)


@pytest.mark.parametrize("layer", [Recurrent, Shaky, DecidingAtEvaluation])
def test_what_cannot_be_vectorised_is_trained_one_by_one(layer):
    torch.manual_seed(0)
    backbones = [layer() for _ in range(2)]

    def make():
        return [
            make_net(bottleneck(k, backbone=copy.deepcopy(b)), k, max_epochs=2)
            for k, b in enumerate(backbones)
        ]

    together, alone = make(), make()
    torch.manual_seed(1)
    ensemble = Ensemble().fit(together, [rows()] * 2)
    assert not ensemble.stacked_
    assert set(ensemble.reasons_) == {0, 1}
    assert "vectorise" in ensemble.reasons_[0]
    torch.manual_seed(1)
    for net in alone:
        net.train_rows(rows())
    if layer is not Shaky:  # the comparison itself moves the global generator
        assert_same(together, alone, tolerance=0)


def test_running_statistics_stay_with_their_network():
    def make():
        return [make_net(bottleneck(k, backbone=Normed()), k) for k in range(2)]

    data, held_out = [rows(), rows(seed=1)], [rows(seed=2)] * 2
    together, alone, ensemble = both_ways(make, data, held_out)
    assert ensemble.stacked_
    assert_same(together, alone)


def test_a_users_module_is_trained_one_by_one_with_its_global_randomness():
    def make():
        torch.manual_seed(0)
        user = nn.Sequential(nn.Linear(D, 6), nn.Dropout(0.5))
        return [
            make_net(bottleneck(k, backbone=UserModule(copy.deepcopy(user), 6)), k)
            for k in range(2)
        ]

    together, alone, ensemble = both_ways(make, [rows()] * 2)
    assert not ensemble.stacked_
    assert "global generators" in ensemble.reasons_[1]
    assert_same(together, alone, tolerance=0)


class Epochal(Coded):
    """A network that changes from epoch to epoch."""

    def begin_epoch(self, epoch):
        self.code.requires_grad_(epoch > 0)


def test_a_module_that_changes_by_epochs_is_trained_alone_and_told_of_them():
    def make():
        parts = [bottleneck(k) for k in (0, 1)]
        for module, _ in parts:
            module.__class__ = Epochal
        return [make_net(pair, k) for k, pair in enumerate(parts)]

    together, alone, ensemble = both_ways(make, [rows()] * 2)
    assert not ensemble.stacked_
    assert "epoch to epoch" in ensemble.reasons_[0]
    assert_same(together, alone, tolerance=0)
    unchanged = [make_net(bottleneck(0), 0).train_rows(rows())]
    with pytest.raises(AssertionError):
        assert_same(together[:1], unchanged)


class Watch(Callback):
    """A callback that might do anything."""


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"optimizer": Optimizer("lbfgs")}, "optimizer"),
        ({"optimizer": Optimizer(lambda p, lr: torch.optim.SGD(p, lr))}, "optimizer"),
        ({"callbacks": [Watch()]}, "Watch"),
        ({"callbacks": [LRScheduler(policy="StepLR", step_size=1)]}, "LRScheduler"),
    ],
)
def test_what_looks_beyond_its_share_is_trained_alone(options, reason):
    nets = [
        make_net(bottleneck(k), k, max_epochs=1, **copy.deepcopy(options))
        for k in (0, 1)
    ]
    ensemble = Ensemble().fit(nets, [rows()] * 2)
    assert not ensemble.stacked_
    assert reason in ensemble.reasons_[0]
    assert all(net.n_epochs_done == 1 for net in nets)


def test_networks_that_differ_in_shape_or_options_go_into_stacks_of_their_own():
    wide = MLPEncoder(D, None, (9,))
    nets = [
        make_net(bottleneck(0), 0),
        make_net(bottleneck(1, backbone=wide), 1),
        make_net(bottleneck(2), 2),
        make_net(bottleneck(3), 3, lr=0.1),
        make_net(bottleneck(4, dropout=0.0), 4),
    ]
    ensemble = Ensemble().fit(nets, [rows()] * 5)
    assert ensemble.stacked_
    # Whether there is dropout decides which way the code goes: 4 is alone.
    assert ensemble.groups_ == [[0, 2], [1], [3], [4]]
    assert set(ensemble.reasons_) == {1, 3, 4}
    assert "data-dependent" in ensemble.reasons_[4]


def test_a_second_training_is_done_alone():
    nets = [make_net(bottleneck(k), k) for k in (0, 1)]
    twins = [make_net(bottleneck(k), k) for k in (0, 1)]
    for net in (*nets, *twins):
        assert not net.optimizer_.state
    data = [rows()] * 2
    assert Ensemble().fit(nets, data).stacked_
    again = Ensemble().fit(nets, data)
    assert not again.stacked_
    assert "before" in again.reasons_[0]
    for twin in twins:
        twin.train_rows(rows())
        twin.train_rows(rows())
    assert_same(nets, twins)


def test_a_loss_that_is_not_finite_names_the_network():
    nets = [
        make_net(bottleneck(k, beta), k, max_epochs=2)
        for k, beta in enumerate([0.1, float("inf")])
    ]
    with pytest.raises(TrainingDivergedError, match="network 1, epoch 1"):
        Ensemble().fit(nets, [rows()] * 2)


def test_recorders_see_their_own_network():
    X = rows().x.numpy()[:7]

    def make():
        return [
            make_net(bottleneck(k), k, callbacks=[ActivationRecorder(X, every=4)])
            for k in range(2)
        ]

    together, alone, ensemble = both_ways(make, [rows()] * 2)
    assert ensemble.stacked_
    for ours, wanted in zip(together, alone, strict=True):
        found, expected = (
            dict(n.callbacks_)["ActivationRecorder"] for n in (ours, wanted)
        )
        assert found.epochs_.tolist() == [0, 4, 8]
        for name, values in expected.activations_.items():
            np.testing.assert_allclose(found.activations_[name], values, atol=1e-6)


def test_trained_networks_own_their_weights():
    nets = [make_net(bottleneck(k), k, max_epochs=1) for k in (0, 1)]
    Ensemble().fit(nets, [rows()] * 2)
    before = [p.detach().clone() for p in nets[1].module_.parameters()]
    for parameter in nets[0].module_.parameters():
        assert parameter.untyped_storage().nbytes() == parameter.nbytes
        parameter.data.fill_(0)
    for parameter, value in zip(nets[1].module_.parameters(), before, strict=True):
        assert torch.equal(parameter, value)


def test_estimators_prepare_their_nets_for_an_ensemble():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 4))
    y = (X[:, 0] > 0).astype(np.int64)

    def new(beta):
        return IBClassifier(
            2,
            beta=beta,
            hidden_layer_sizes=(8,),
            max_epochs=2,
            random_state=0,
            device="cpu",
        )

    betas = [0.0, 0.3]
    alone = [new(beta).fit(X, y) for beta in betas]
    shape = {"n_in": 4, "n_out": 2}
    estimators = [new(beta) for beta in betas]
    prepared = [
        est._prepare(X, torch.from_numpy(y), shape=shape, target_entropy=0.5)
        for est in estimators
    ]
    ensemble = Ensemble().fit(*zip(*prepared, strict=True))
    assert ensemble.stacked_
    for est, (net, _, _), wanted in zip(estimators, prepared, alone, strict=True):
        est._keep(net)
        for name, array in wanted.weights_.items():
            np.testing.assert_allclose(est.weights_[name], array, atol=1e-5)


def test_nothing_to_train_is_fine_and_missing_rows_are_not():
    assert Ensemble().fit([], []).groups_ == []
    with pytest.raises(ValueError, match="rows and valid must have an entry"):
        Ensemble().fit([make_net(bottleneck(0))], [])


def test_stacking_can_be_left_out():
    nets = [make_net(bottleneck(k), k, max_epochs=1) for k in (0, 1)]
    ensemble = Ensemble(stack=False).fit(nets, [rows()] * 2)
    assert not ensemble.stacked_
    assert ensemble.reasons_[0] == "stack=False"


def test_global_state_stays_as_it_was():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    filters = list(warnings.filters)
    nets = [make_net(infomax(k), k, max_epochs=1) for k in (0, 1)]
    Ensemble().fit(nets, [rows()] * 2)
    assert torch.equal(before, torch.get_rng_state())
    assert warnings.filters == filters


@pytest.mark.gpu
def test_stacks_on_cuda_agree_with_one_by_one():
    device = torch.device("cuda")

    def make():
        nets = []
        for k in range(3):
            module, objective = bottleneck(k, 0.1 * k)
            net = LeanNet(
                module.double(),
                objective,
                Streams(k, device),
                Optimizer().build,
                max_epochs=4,
                batch_size=16,
                lr=0.01,
                callbacks=[],
                device=device,
                verbose=0,
            )
            nets.append(net.initialize())
        return nets

    data = rows()
    data = Rows(data.x.to(device), data.target.to(device))
    together, alone, ensemble = both_ways(make, [data] * 3)
    assert ensemble.stacked_
    assert_same(together, alone, tolerance=1e-9)
