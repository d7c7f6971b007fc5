"""Critics score each pair by itself, and are what their formulas say."""

import pytest
import torch
from torch.nn import functional as F

from skmi._validation import accepts_argument
from skmi.nn import CRITICS

NAMES = sorted(CRITICS)
N_X, N_Y = 3, 2


def build(name, seed=0, **options):
    """Return a small critic in float64."""
    small = {"hidden_layer_sizes": (7, 5), "n_embedding": 4, "activation": "tanh"}
    wanted = {**small, **options}
    fitting = {k: v for k, v in wanted.items() if accepts_argument(CRITICS[name], k)}
    generator = torch.Generator().manual_seed(seed)
    return CRITICS[name](N_X, N_Y, generator=generator, **fitting).double()


def rows(n, d, seed):
    """Return random rows in float64."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("name", NAMES)
def test_scores_have_a_row_for_each_x_and_a_column_for_each_y(name):
    scores = build(name)(rows(6, N_X, 0), rows(4, N_Y, 1))
    assert scores.shape == (6, 4)
    assert torch.isfinite(scores).all()


@pytest.mark.parametrize("name", NAMES)
def test_score_of_a_pair_depends_on_that_pair_alone(name):
    critic, x, y = build(name), rows(6, N_X, 0), rows(5, N_Y, 1)
    scores = critic(x, y)
    torch.testing.assert_close(critic(x[2:4], y[1:]), scores[2:4, 1:])
    for i, j in ((0, 0), (5, 4), (3, 1)):
        alone = critic(x[i : i + 1], y[j : j + 1])
        torch.testing.assert_close(alone[0, 0], scores[i, j])


@pytest.mark.parametrize("name", NAMES)
def test_gradients_are_right(name):
    critic = build(name)
    parameters = list(critic.parameters())
    inputs = (rows(3, N_X, 0).requires_grad_(), rows(2, N_Y, 1).requires_grad_())

    def scores(x, y, *weights):
        names = [n for n, _ in critic.named_parameters()]
        state = dict(zip(names, weights, strict=True))
        return torch.func.functional_call(critic, state, (x, y))

    assert torch.autograd.gradcheck(scores, (*inputs, *parameters))


@pytest.mark.parametrize("name", NAMES)
def test_every_weight_gets_a_gradient(name):
    critic = build(name)
    critic(rows(6, N_X, 0), rows(5, N_Y, 1)).square().sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in critic.parameters())


@pytest.mark.parametrize("name", NAMES)
def test_seed_of_the_generator_decides_the_weights(name):
    first, again, other = (
        torch.nn.utils.parameters_to_vector(build(name, seed).parameters())
        for seed in (0, 0, 1)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("name", NAMES)
def test_building_and_scoring_leave_the_global_generator_alone(name):
    before = torch.random.get_rng_state()
    build(name)(rows(4, N_X, 0), rows(4, N_Y, 1))
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("activation", ["relu", "tanh", "silu"])
@pytest.mark.parametrize("hidden", [(7,), (7, 5)])
def test_concatenated_equals_an_explicit_network_on_concatenated_pairs(
    hidden, activation
):
    critic = build("concatenated", hidden_layer_sizes=hidden, activation=activation)
    x, y = rows(4, N_X, 0), rows(3, N_Y, 1)
    pairs = torch.stack([torch.cat([a, b]) for a in x for b in y])
    rest = [m for m in critic.rest.layers if isinstance(m, torch.nn.Linear)]
    layers = [critic.first, *rest]
    function = {"relu": F.relu, "tanh": torch.tanh, "silu": F.silu}[activation]
    h = pairs
    for layer in layers[:-1]:
        h = function(F.linear(h, layer.weight, layer.bias))
    explicit = F.linear(h, layers[-1].weight, layers[-1].bias).view(4, 3)
    torch.testing.assert_close(critic(x, y), explicit)


def test_separable_equals_inner_products_of_its_heads():
    critic, x, y = build("separable"), rows(4, N_X, 0), rows(3, N_Y, 1)
    brute = [
        [(critic.x_head(a[None])[0] * critic.y_head(b[None])[0]).sum() for b in y]
        for a in x
    ]
    torch.testing.assert_close(
        critic(x, y).tolist(), [[v.item() for v in r] for r in brute]
    )


def test_distance_equals_brute_force_distances():
    critic, x, y = build("distance"), rows(4, N_X, 0), rows(3, N_Y, 1)
    with torch.no_grad():
        critic.log_scale.fill_(0.7)
        g, h = critic.x_head(x), critic.y_head(y)
        brute = torch.stack(
            [torch.stack([-((a - b) ** 2).sum() for b in h]) for a in g]
        )
        torch.testing.assert_close(critic(x, y), brute * torch.tensor(0.7).exp())


def test_distance_is_never_positive_in_float32():
    critic = CRITICS["distance"](N_X, N_X, generator=torch.Generator().manual_seed(0))
    critic.y_head.load_state_dict(critic.x_head.state_dict())
    x = 100 * rows(50, N_X, 0).float()
    assert (critic(x, x) <= 0).all()


@pytest.mark.parametrize("temperature", [0.1, 0.5, 2.0])
def test_cosine_is_bounded_by_one_over_the_temperature(temperature):
    critic = build("cosine", temperature=temperature)
    scores = critic(100 * rows(50, N_X, 0), 1e-3 * rows(50, N_Y, 1))
    assert scores.abs().max() <= (1 + 1e-12) / temperature
    x, y = rows(4, N_X, 0), rows(4, N_Y, 1)
    expected = F.cosine_similarity(critic.x_head(x), critic.y_head(y), dim=1)
    torch.testing.assert_close(critic(x, y).diagonal(), expected / temperature)


def test_bilinear_equals_its_form():
    critic, x, y = build("bilinear"), rows(4, N_X, 0), rows(3, N_Y, 1)
    form = torch.einsum("ni,ij,mj->nm", x, critic.weight, y)
    torch.testing.assert_close(critic(x, y), form)
