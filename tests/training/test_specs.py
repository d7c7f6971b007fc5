"""Specs build what they say, are parameters like any other, and refuse the rest."""

import inspect

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from torch import nn

from skmi.bottleneck import IBClassifier
from skmi.infomax import InfomaxEncoder
from skmi.nn import CRITICS, Noise
from skmi.training import MLP, Augmentation, Critic, Optimizer, TorchModule
from skmi.training._specs import as_critic, as_spec


class Backbone(nn.Module):
    """A user's module: its width is a parameter."""

    def __init__(self, n_in, width=6, dropout=0.0):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(n_in, width), nn.ReLU(), nn.Dropout(dropout)
        )

    def forward(self, x):
        return self.layers(x)


class Exact(nn.Module):
    """A user's module of the width that is wanted."""

    def __init__(self, n_in, n_out):
        super().__init__()
        self.layer = nn.Linear(n_in, n_out)

    def forward(self, x):
        return self.layer(x)


def make_backbone(n_in, n_out):
    """Return a module of another width than the one wanted."""
    return Backbone(n_in, width=n_out + 3)


def generator(seed=0):
    """Return a seeded generator."""
    return torch.Generator().manual_seed(seed)


def data(n=60):
    """Return rows with labels."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 4))
    return X, (X[:, 0] > 0).astype(int)


def encoder(**params):
    """Return a small, quick encoder."""
    small = {"n_components": 3, "max_epochs": 2, "random_state": 0, "device": "cpu"}
    return InfomaxEncoder(**{**small, **params})


# MLP


def test_mlp_builds_its_widths():
    module = MLP((7, 5), activation="tanh", dropout=0.2).build(4, 3, generator())
    shapes = [tuple(layer.weight.shape) for layer in module.layers[::2]]
    assert shapes == [(7, 4), (5, 7), (3, 5)]
    assert isinstance(module.layers[1], nn.Tanh)
    assert module.dropout == 0.2


def test_mlp_parameters_reach_searches_by_their_names():
    X, y = data()
    clf = IBClassifier(
        n_components=2, max_epochs=1, encoder=MLP((4,)), random_state=0, device="cpu"
    )
    grid = {"encoder__hidden_layer_sizes": [(4,), (6, 5)], "encoder__dropout": [0.1]}
    search = GridSearchCV(clf, grid, cv=2).fit(X, y)
    widths = search.best_params_["encoder__hidden_layer_sizes"]
    shape = search.best_estimator_.weights_["module.backbone.layers.0.weight"].shape
    assert shape == (widths[0], 4)


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"hidden_layer_sizes": 5}, "hidden_layer_sizes"),
        ({"hidden_layer_sizes": (5, 0)}, "hidden_layer_sizes"),
        ({"hidden_layer_sizes": (5.0,)}, "hidden_layer_sizes"),
        ({"activation": "sigmoidal"}, "activation"),
        ({"activation": nn.ReLU}, "activation"),
        ({"dropout": -0.1}, "dropout"),
        ({"dropout": 1.5}, "dropout"),
        ({"dropout": 1.0}, "dropout"),
        ({"dropout": float("nan")}, "dropout"),
        ({"dropout": "half"}, "dropout"),
    ],
)
def test_mlp_refuses_by_name(params, name):
    with pytest.raises(ValueError, match=name):
        encoder(encoder=MLP(**params)).fit(data()[0])


# TorchModule


def test_torch_module_parameters_are_parameters_like_any_other():
    spec = TorchModule(Backbone, width=9)
    assert spec.get_params() == {
        "cls": Backbone,
        "frozen": False,
        "weights": None,
        "width": 9,
    }
    assert clone(spec).get_params() == spec.get_params()
    assert spec.set_params(width=5, frozen=True).width == 5
    nested = encoder(encoder=spec)
    assert nested.get_params()["encoder__width"] == 5
    assert clone(nested.set_params(encoder__width=8)).encoder.width == 8
    with pytest.raises(ValueError, match="widht"):
        spec.set_params(widht=3)


def test_torch_module_parameters_reach_searches():
    X, y = data()
    clf = IBClassifier(
        n_components=2,
        max_epochs=1,
        encoder=TorchModule(Backbone, width=4),
        random_state=0,
        device="cpu",
    )
    search = GridSearchCV(clf, {"encoder__width": [5, 7]}, cv=2).fit(X, y)
    fitted = search.best_estimator_.weights_["module.backbone.module.layers.0.weight"]
    assert fitted.shape == (search.best_params_["encoder__width"], 4)


def test_torch_module_shows_itself_and_its_arguments():
    assert "width=9" in repr(TorchModule(Backbone, width=9))
    assert "Backbone" in repr(encoder(encoder=TorchModule(Backbone)))


def test_head_is_added_only_where_the_width_differs():
    exact = TorchModule(Exact).build(4, 3, generator())
    assert isinstance(exact.head, nn.Identity)
    wider = TorchModule(Backbone, width=6).build(4, 3, generator())
    assert wider.head.weight.shape == (3, 6)
    assert TorchModule(Backbone, width=6).build(4, None, generator()).n_out == 6
    assert TorchModule(Exact).build(4, None, generator()).n_out == 64


def test_frozen_module_keeps_its_weights_and_its_head_learns():
    torch_free = Backbone(4)
    weights = {k: v.clone() for k, v in torch_free.state_dict().items()}
    spec = TorchModule(Backbone, frozen=True, weights=weights)
    fitted = encoder(encoder=spec, max_epochs=4, lr=0.1).fit(data()[0])
    for name, tensor in weights.items():
        stored = fitted.weights_[f"module.encoder.module.{name}"]
        assert np.array_equal(stored, tensor.numpy())
    head = fitted.weights_["module.encoder.head.weight"]
    start = encoder(encoder=spec, max_epochs=1, lr=1e-12).fit(data()[0])
    assert not np.allclose(head, start.weights_["module.encoder.head.weight"])


@pytest.mark.parametrize("form", ["tensors", "arrays", "file", "path as text"])
def test_weights_come_from_a_dict_or_a_safetensors_file(tmp_path, form):
    source = Backbone(4)
    state = source.state_dict()
    path = tmp_path / "weights.safetensors"
    save_file(state, path)
    weights = {
        "tensors": state,
        "arrays": {name: tensor.numpy() for name, tensor in state.items()},
        "file": path,
        "path as text": str(path),
    }[form]
    built = TorchModule(Backbone, weights=weights).build(4, 6, generator())
    x = torch.randn(5, 4, generator=generator())
    assert torch.equal(built(x), source(x))
    assert built.module.layers[0].weight is not source.layers[0].weight


def test_weights_of_another_shape_are_an_error_that_names_them():
    spec = TorchModule(Backbone, width=5, weights=Backbone(4, width=6).state_dict())
    with pytest.raises(ValueError, match=r"weights do not fit.*Backbone"):
        encoder(encoder=spec).fit(data()[0])


@pytest.mark.parametrize("make", [make_backbone, Exact])
def test_factory_functions_and_classes_are_encoders(make):
    fitted = encoder(encoder=make).fit(data()[0])
    assert fitted.transform(data()[0]).shape == (60, 3)
    again = encoder(encoder=make).fit(data()[0])
    assert np.array_equal(fitted.transform(data()[0]), again.transform(data()[0]))


def test_factory_of_a_bottleneck_is_asked_for_a_width():
    X, y = data()
    clf = IBClassifier(
        n_components=2, max_epochs=1, encoder=Exact, random_state=0, device="cpu"
    ).fit(X, y)
    assert clf.transform(X).shape == (60, 2)


@pytest.mark.parametrize("spec", [TorchModule(Backbone), make_backbone])
def test_initial_weights_follow_the_generator_and_no_global_one(spec):
    before = torch.random.get_rng_state()
    first, again, other = (
        as_spec(spec, "encoder").build(4, 3, generator(seed)) for seed in (0, 0, 1)
    )
    assert torch.equal(torch.random.get_rng_state(), before)
    vector = nn.utils.parameters_to_vector
    assert torch.equal(vector(first.parameters()), vector(again.parameters()))
    assert not torch.equal(vector(first.parameters()), vector(other.parameters()))


def test_dropout_inside_a_user_module_is_deterministic_and_leaves_global_state():
    X, _ = data()
    spec = TorchModule(Backbone, dropout=0.5)
    before = torch.random.get_rng_state()
    first = encoder(encoder=spec).fit(X)
    assert torch.equal(torch.random.get_rng_state(), before)
    with torch.random.fork_rng():
        torch.manual_seed(12345)
        again = encoder(encoder=spec).fit(X)
    plain = encoder(encoder=TorchModule(Backbone, dropout=0.0)).fit(X)
    assert first.history_ == again.history_
    assert np.array_equal(first.transform(X), again.transform(X))
    assert first.history_ != plain.history_


def test_dropout_of_an_mlp_is_deterministic():
    X, _ = data()
    first, again = (encoder(encoder=MLP((8,), dropout=0.5)).fit(X) for _ in range(2))
    assert first.history_ == again.history_
    assert first.history_ != encoder(encoder=MLP((8,))).fit(X).history_


@pytest.mark.parametrize("kind", [InfomaxEncoder, IBClassifier])
def test_module_instance_is_a_type_error_that_names_the_encoder(kind):
    X, y = data()
    with pytest.raises(TypeError, match=r"encoder must be a spec.*Backbone"):
        kind(encoder=Backbone(4), device="cpu").fit(X, y)


@pytest.mark.parametrize("value", ["mlp", 3, [MLP()]])
def test_other_things_are_no_encoders(value):
    with pytest.raises(TypeError, match="encoder must be a spec"):
        encoder(encoder=value).fit(data()[0])


def returns_nothing(n_in, n_out):
    """Return no module."""


def returns_images(n_in, n_out):
    """Return a module with codes of three dimensions."""
    return nn.Unflatten(1, (2, 2))


def test_what_a_factory_returns_must_be_a_module_of_flat_codes():
    with pytest.raises(TypeError, match=r"encoder: .*Module, found NoneType"):
        encoder(encoder=returns_nothing).fit(data()[0])
    with pytest.raises(ValueError, match=r"encoder: .*\(2, 2, 2\)"):
        encoder(encoder=returns_images).fit(data()[0])


def test_frozen_module_without_a_head_still_trains_the_critic():
    spec = TorchModule(Exact, frozen=True)
    fitted = encoder(encoder=spec).fit(data()[0])
    assert len(fitted.history_["loss"]) == 2


# Critics


@pytest.mark.parametrize("kind", sorted(CRITICS))
def test_critic_builds_each_kind_with_the_options_it_has(kind):
    wanted = {
        "hidden_layer_sizes": (5,),
        "n_embedding": 4,
        "activation": "tanh",
        "temperature": 0.3,
    }
    known = inspect.signature(CRITICS[kind]).parameters
    options = {k: v for k, v in wanted.items() if k in known}
    critic = Critic(kind, **options).build(3, 2, generator())
    assert isinstance(critic, CRITICS[kind])
    assert critic(torch.zeros(4, 3), torch.zeros(5, 2)).shape == (4, 5)


@pytest.mark.parametrize(
    ("kind", "option"),
    [
        ("separable", {"temperature": 0.2}),
        ("bilinear", {"hidden_layer_sizes": (4,)}),
        ("bilinear", {"activation": "relu"}),
        ("concatenated", {"n_embedding": 4}),
    ],
)
def test_option_that_a_critic_lacks_is_an_error_that_names_it(kind, option):
    name = next(iter(option))
    with pytest.raises(ValueError, match=rf"critic: a {kind} critic takes no {name}"):
        encoder(critic=Critic(kind, **option)).fit(data()[0])


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"kind": "nonsense"}, "kind"),
        ({"kind": "separable", "hidden_layer_sizes": 5}, "hidden_layer_sizes"),
        ({"kind": "separable", "hidden_layer_sizes": (0,)}, "hidden_layer_sizes"),
        ({"kind": "concatenated", "hidden_layer_sizes": ()}, "hidden_layer_sizes"),
        ({"kind": "separable", "activation": "nonsense"}, "activation"),
        ({"kind": "separable", "n_embedding": 0}, "n_embedding"),
        ({"kind": "separable", "n_embedding": 2.5}, "n_embedding"),
        ({"kind": "cosine", "temperature": 0.0}, "temperature"),
        ({"kind": "cosine", "temperature": -1.0}, "temperature"),
    ],
)
def test_critic_refuses_by_name(params, name):
    with pytest.raises(ValueError, match=name):
        encoder(critic=Critic(**params)).fit(data()[0])


def test_temperature_of_the_estimator_fills_in_where_the_spec_has_none():
    assert as_critic("cosine")(3, 3, temperature=0.7).temperature == 0.7
    given = as_critic(Critic("cosine", temperature=0.2))(3, 3, temperature=0.7)
    assert given.temperature == 0.2


def make_critic(n_x, n_y):
    """Return a user's critic."""
    return CRITICS["bilinear"](n_x, n_y)


def test_critic_may_be_a_function_and_follows_the_seed():
    before = torch.random.get_rng_state()
    first, again = (encoder(critic=make_critic).fit(data()[0]) for _ in range(2))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert first.history_ == again.history_


@pytest.mark.parametrize("value", [CRITICS["bilinear"](3, 3), 3, None])
def test_other_things_are_no_critics(value):
    with pytest.raises(TypeError, match="critic must be one of"):
        encoder(critic=value).fit(data()[0])


# Augmentations


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"scale": -0.1}, "scale"),
        ({"corruption": 1.1}, "corruption"),
        ({"masking": -1}, "masking"),
        ({"masking": "some"}, "masking"),
        ({"max_shift": -1}, "max_shift"),
        ({"max_shift": 1.5, "image_shape": (2, 2)}, "max_shift"),
        ({"max_shift": 1}, "image_shape"),
        ({"max_shift": 1, "image_shape": (3, 3)}, "image_shape"),
        ({"max_shift": 1, "image_shape": (2, 2, 1)}, "image_shape"),
        ({"max_shift": 1, "image_shape": 2}, "image_shape"),
        ({"max_shift": 1, "image_shape": (0, 4)}, "image_shape"),
    ],
)
def test_augmentation_refuses_by_name(params, name):
    with pytest.raises(ValueError, match=name):
        encoder(augment=Augmentation(**params)).fit(data()[0])


@pytest.mark.parametrize("value", ["noise", Augmentation, 3])
def test_other_things_are_no_augmentations(value):
    with pytest.raises(TypeError, match="augment must be None, an Augmentation"):
        encoder(augment=value).fit(data()[0])


def test_augmentation_switched_off_changes_nothing():
    augment = Augmentation(scale=0.0, corruption=0.0).build(4)
    x = torch.randn(5, 4, generator=generator())
    noise = Noise(generator())
    before = noise.generator.get_state()
    assert torch.equal(augment(x, noise), x)
    assert torch.equal(noise.generator.get_state(), before)


def test_augmentation_parameters_reach_the_estimator_by_name():
    nested = encoder(augment=Augmentation(scale=0.5))
    assert nested.set_params(augment__corruption=0.1).augment.corruption == 0.1


# Optimizers


@pytest.mark.parametrize(
    ("kind", "cls"),
    [
        ("adam", torch.optim.Adam),
        ("adamw", torch.optim.AdamW),
        ("sgd", torch.optim.SGD),
        ("lbfgs", torch.optim.LBFGS),
    ],
)
def test_optimizer_builds_each_kind_at_its_learning_rate(kind, cls):
    built = Optimizer(kind).build([nn.Parameter(torch.zeros(2))], 0.25)
    assert type(built) is cls
    assert built.param_groups[0]["lr"] == 0.25


def test_options_of_an_optimizer_arrive():
    parameters = [nn.Parameter(torch.zeros(2))]
    built = Optimizer("sgd", weight_decay=0.1, momentum=0.9).build(parameters, 0.25)
    assert built.param_groups[0]["weight_decay"] == 0.1
    assert built.param_groups[0]["momentum"] == 0.9


def make_optimizer(parameters, lr):
    """Return a user's optimizer."""
    return torch.optim.RMSprop(parameters, lr=lr)


@pytest.mark.parametrize("form", [make_optimizer, Optimizer(make_optimizer)])
def test_optimizer_may_be_a_function(form):
    fitted = encoder(optimizer=form, lr=0.02).fit(data()[0])
    assert isinstance(fitted.net_.optimizer_, torch.optim.RMSprop)
    assert fitted.net_.optimizer_.param_groups[0]["lr"] == 0.02


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"kind": "nonsense"}, "kind"),
        ({"weight_decay": -1}, "weight_decay"),
        ({"kind": "sgd", "momentum": 2}, "momentum"),
        ({"kind": "adam", "momentum": 0.5}, "momentum"),
        ({"kind": "lbfgs", "weight_decay": 0.5}, "weight_decay"),
        ({"accumulate_batches": 0}, "accumulate_batches"),
        ({"accumulate_batches": 1.5}, "accumulate_batches"),
        ({"kind": "lbfgs", "accumulate_batches": 2}, "accumulate_batches"),
    ],
)
def test_optimizer_refuses_by_name(params, name):
    with pytest.raises(ValueError, match=name):
        encoder(optimizer=Optimizer(**params)).fit(data()[0])


def test_other_things_are_no_optimizers():
    with pytest.raises(ValueError, match="optimizer must be one of"):
        encoder(optimizer="nonsense").fit(data()[0])
    with pytest.raises(TypeError, match="optimizer must be one of"):
        encoder(optimizer=3).fit(data()[0])
