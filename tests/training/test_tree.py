"""Nested state survives the way through JSON and named tensors."""

import json

import numpy as np
import pytest
import torch

from skmi.training._tree import flatten_tree, to_numpy, to_tensors, unflatten_tree


def there_and_back(tree):
    """Store a tree as JSON and tensors, and read it again."""
    skeleton, tensors = flatten_tree(tree)
    copies = {name: tensor.clone() for name, tensor in tensors.items()}
    return unflatten_tree(json.loads(json.dumps(skeleton)), copies)


@pytest.mark.parametrize(
    "tree",
    [
        {},
        [],
        {"a": {"b": [1, 2.5, None, True, "text"]}},
        {0: "integer key", "0": "text key"},
        {"dict": {"list": [{"tensor": 1}, {"value": 2}]}},
        [[], [[]], {}],
        0.1 + 0.2,
        float("inf"),
        None,
    ],
)
def test_plain_trees_come_back_as_they_were(tree):
    assert there_and_back(tree) == tree


def test_tuples_come_back_as_lists():
    assert there_and_back((1, (2, 3))) == [1, [2, 3]]


def test_tensors_come_back_with_their_bits_and_types():
    tree = {
        "a": torch.tensor([1.5, float("nan")]),
        "b": [torch.tensor(3, dtype=torch.uint8), {"c": torch.zeros(0, 2)}],
        "d": torch.tensor(0.1, dtype=torch.float64),
    }
    back = there_and_back(tree)
    torch.testing.assert_close(back["a"], tree["a"], equal_nan=True)
    assert back["b"][0].dtype == torch.uint8
    assert back["b"][1]["c"].shape == (0, 2)
    assert torch.equal(back["d"], tree["d"])


@pytest.mark.parametrize("kind", ["Adam", "AdamW", "SGD", "LBFGS"])
def test_state_of_an_optimizer_comes_back_and_steps_on_to_the_bit(kind):
    options = {"momentum": 0.9} if kind == "SGD" else {}
    source = torch.randn(6, 3, generator=torch.Generator().manual_seed(0))

    def start():
        weight = torch.nn.Parameter(torch.ones(3))
        return weight, getattr(torch.optim, kind)([weight], lr=0.05, **options)

    def step(weight, optimizer):
        def closure():
            optimizer.zero_grad()
            loss = ((source @ weight - 1) ** 2).mean()
            loss.backward()
            return loss

        optimizer.step(closure)

    weight, optimizer = start()
    step(weight, optimizer)
    restored_weight, restored = start()
    with torch.no_grad():
        restored_weight.copy_(weight)
    restored.load_state_dict(there_and_back(optimizer.state_dict()))
    for _ in range(3):
        step(weight, optimizer)
        step(restored_weight, restored)
    assert torch.equal(weight, restored_weight)


def test_what_cannot_be_stored_is_named():
    with pytest.raises(TypeError, match="set cannot be stored"):
        flatten_tree({"a": {1, 2}})


def test_arrays_are_copies_and_come_back_with_their_bits():
    tensors = {"w": torch.randn(3, 2), "scalar": torch.tensor(1.5)}
    arrays = to_numpy(tensors)
    kept = arrays["w"].copy()
    tensors["w"].zero_()
    assert np.array_equal(arrays["w"], kept)
    back = to_tensors(arrays)
    arrays["w"][:] = 7
    assert np.array_equal(back["w"].numpy(), kept)
    assert back["scalar"].shape == ()
