"""One integer decides every generator of a fit, and no generator another."""

import numpy as np
import torch

from skmi.training._random import Streams

CPU = torch.device("cpu")
LIKE = torch.zeros(5)


def draws(streams):
    """Return a draw of every stream."""
    return [
        torch.rand(5, generator=streams.weights),
        torch.rand(5, generator=streams.order),
        streams.noise.uniform(LIKE),
        streams.validation_noise().uniform(LIKE),
        torch.tensor(streams.numpy().rand(5)),
    ]


def test_seed_decides_every_stream():
    first, again, other = (draws(Streams(seed, CPU)) for seed in (3, 3, 4))
    for a, b, c in zip(first, again, other, strict=True):
        assert torch.equal(a, b)
        assert not torch.equal(a, c)


def test_streams_differ_from_each_other():
    values = torch.stack([draw.float() for draw in draws(Streams(3, CPU))])
    assert len(torch.unique(values[:, 0])) == 5


def test_drawing_from_one_stream_does_not_move_another():
    moved, still = Streams(3, CPU), Streams(3, CPU)
    torch.rand(100, generator=moved.weights)
    moved.noise.normal(torch.zeros(100))
    moved.validation_noise().normal(torch.zeros(100))
    assert torch.equal(
        torch.rand(5, generator=moved.order), torch.rand(5, generator=still.order)
    )


def test_validation_noise_and_numpy_are_the_same_at_each_call():
    streams = Streams(3, CPU)
    first = streams.validation_noise().normal(LIKE)
    streams.noise.normal(LIKE)
    assert torch.equal(streams.validation_noise().normal(LIKE), first)
    assert np.array_equal(streams.numpy().rand(4), streams.numpy().rand(4))


def test_stored_positions_are_gone_back_to():
    streams = Streams(3, CPU)
    draws(streams)
    state = {name: tensor.clone() for name, tensor in streams.state_dict().items()}
    order = torch.rand(5, generator=streams.order)
    noise = streams.noise.normal(LIKE)
    other = Streams(99, CPU)
    other.load_state_dict(state)
    assert torch.equal(torch.rand(5, generator=other.order), order)
    assert torch.equal(other.noise.normal(LIKE), noise)


def test_going_on_draws_anew_but_validates_alike():
    first, later = Streams(3, CPU), Streams(3, CPU, n_epochs=7)
    assert np.array_equal(first.numpy().rand(4), later.numpy().rand(4))
    noises = [s.validation_noise().normal(LIKE) for s in (first, later)]
    assert torch.equal(*noises)
    assert not torch.equal(first.noise.normal(LIKE), later.noise.normal(LIKE))
    orders = [torch.rand(5, generator=s.order) for s in (first, later)]
    assert not torch.equal(*orders)


def numpy_state():
    """Return the state of numpy's global generator."""
    return np.random.get_state()[1].copy()  # noqa: NPY002


def test_global_generators_are_neither_read_nor_moved():
    before, numpy_before = torch.random.get_rng_state(), numpy_state()
    draws(Streams(3, CPU))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert np.array_equal(numpy_state(), numpy_before)
