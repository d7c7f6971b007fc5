"""Batches hold every row once; a device is there, or the error says what is."""

import numpy as np
import pytest
import torch

from skmi.training import resolve_device
from skmi.training._batches import BatchIterator, Rows


def rows(n=10, target=True, weight=False):
    """Return Rows whose entries are their positions."""
    x = torch.arange(n, dtype=torch.float32)[:, None]
    return Rows(
        x,
        torch.arange(n) if target else None,
        torch.arange(n, dtype=torch.float32) if weight else None,
    )


def generator(seed=0):
    """Return a seeded generator."""
    return torch.Generator().manual_seed(seed)


def seen(batches):
    """Return the positions of the rows, batch by batch."""
    return [x[:, 0].int().tolist() for x, _ in batches]


@pytest.mark.parametrize("size", [1, 3, 5, 10])
def test_every_row_is_seen_at_most_once_an_epoch_and_a_short_batch_is_dropped(size):
    batches = seen(BatchIterator(rows(), size, generator(), drop_last=True))
    flat = [row for batch in batches for row in batch]
    assert len(flat) == len(set(flat)) == 10 // size * size
    assert {len(batch) for batch in batches} == {size}


def test_rows_left_out_differ_from_epoch_to_epoch():
    iterator = BatchIterator(rows(), 3, generator(), drop_last=True)
    left_out = {
        frozenset(range(10)) - {row for batch in seen(iterator) for row in batch}
        for _ in range(50)
    }
    # Ten rows, each as likely: that one is never left out in 50 epochs has a
    # probability of 10 * .9^50 = .05.
    assert len(left_out) >= 9


@pytest.mark.parametrize("size", [1, 3, 4, 9, 10, 64])
@pytest.mark.parametrize("drawn", [False, True])
def test_without_dropping_every_row_is_seen_in_batches_of_almost_one_size(drawn, size):
    iterator = BatchIterator(rows(), size, generator() if drawn else None)
    batches = seen(iterator)
    flat = [row for batch in batches for row in batch]
    assert sorted(flat) == list(range(10))
    assert (flat == list(range(10))) is not drawn
    sizes = [len(batch) for batch in batches]
    assert len(sizes) == len(iterator)
    assert max(sizes) == iterator.largest <= size
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("n", range(2, 12))
def test_no_row_is_alone_where_batches_are_to_hold_two(n):
    assert min(len(batch) for batch in seen(BatchIterator(rows(n), 2))) >= 2


def test_generator_decides_the_order():
    first, again, other = (
        seen(BatchIterator(rows(), 3, generator(seed))) for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other


def test_each_epoch_has_an_order_of_its_own():
    iterator = BatchIterator(rows(), 5, generator())
    assert seen(iterator) != seen(iterator)


@pytest.mark.parametrize("with_generator", [False, True])
def test_batch_size_is_capped_at_the_rows(with_generator):
    iterator = BatchIterator(rows(), 64, generator() if with_generator else None)
    assert len(iterator) == 1
    assert sorted(seen(iterator)[0]) == list(range(10))


@pytest.mark.parametrize("size", [1, 3, 4, 10, 64])
@pytest.mark.parametrize("with_generator", [False, True])
def test_length_is_the_number_of_batches(size, with_generator):
    iterator = BatchIterator(rows(), size, generator() if with_generator else None)
    assert len(iterator) == len(list(iterator))


@pytest.mark.parametrize("with_generator", [False, True])
def test_targets_and_weights_stay_with_their_rows(with_generator):
    dataset = rows(weight=True)
    source = generator() if with_generator else None
    for x, (target, weight) in BatchIterator(dataset, 3, source):
        assert x[:, 0].int().tolist() == target.tolist() == weight.int().tolist()


def test_missing_targets_and_weights_stay_missing():
    for x, (target, weight) in BatchIterator(rows(target=False), 3):
        assert len(x)
        assert target is None
        assert weight is None
    assert len(rows(target=False).tensors()) == 1
    assert len(rows(weight=True).tensors()) == 3


def test_batches_in_order_share_the_memory_of_the_rows():
    dataset = rows()
    x, _ = next(iter(BatchIterator(dataset, 4)))
    assert x.data_ptr() == dataset.x.data_ptr()


def numpy_state():
    """Return the state of numpy's global generator."""
    return np.random.get_state()[1].copy()  # noqa: NPY002


def test_global_generators_are_neither_read_nor_moved():
    before, numpy_before = torch.random.get_rng_state(), numpy_state()
    first = seen(BatchIterator(rows(), 3, generator()))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert np.array_equal(numpy_state(), numpy_before)
    with torch.random.fork_rng():
        torch.manual_seed(123)
        assert seen(BatchIterator(rows(), 3, generator())) == first


# Devices


@pytest.mark.parametrize("device", ["cpu", torch.device("cpu")])
def test_processor_is_always_there(device):
    assert resolve_device(device) == torch.device("cpu")


def test_auto_is_a_device_that_is_there():
    assert resolve_device(resolve_device("auto")) == resolve_device("auto")


@pytest.mark.parametrize("cuda", [False, True])
@pytest.mark.parametrize("mps", [False, True])
def test_auto_prefers_cuda_then_mps_then_the_processor(monkeypatch, cuda, mps):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    expected = "cuda" if cuda else "mps" if mps else "cpu"
    assert resolve_device("auto").type == expected


@pytest.mark.parametrize("device", ["cuda", "cuda:0", "mps", torch.device("cuda")])
def test_device_that_is_not_there_says_so_and_what_is(monkeypatch, device):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(RuntimeError, match=r"device=.*no such device.*'cpu'"):
        resolve_device(device)


def test_index_of_a_device_must_be_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert resolve_device("cuda:1") == torch.device("cuda:1")
    with pytest.raises(RuntimeError, match=r"device='cuda:2'.*'cuda:0', 'cuda:1'"):
        resolve_device("cuda:2")


@pytest.mark.parametrize("device", ["gpu", "", "cpu:x", None, 3.5, ["cpu"]])
def test_name_that_is_no_device_is_a_value_error_that_names_the_argument(device):
    with pytest.raises(ValueError, match="device must be"):
        resolve_device(device)
