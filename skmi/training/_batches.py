"""Batches sliced from tensors that already lie on the device."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset

Batch = tuple[Tensor, tuple[Tensor | None, Tensor | None]]


class Rows(Dataset):
    """Rows with their targets and weights, as tensors on one device.

    Parameters
    ----------
    x : Tensor of shape (n, d)
        Inputs.
    target : Tensor of shape (n, ...) or None
        Targets.
    row_weight : Tensor of shape (n,) or None
        Weights of rows in the loss.
    """

    def __init__(
        self,
        x: Tensor,
        target: Tensor | None = None,
        row_weight: Tensor | None = None,
    ) -> None:
        self.x = x
        self.target = target
        self.row_weight = row_weight

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: Any) -> Batch:
        return self.x[index], (_take(self.target, index), _take(self.row_weight, index))

    def tensors(self) -> list[Tensor]:
        """Return those tensors that are there."""
        return [t for t in (self.x, self.target, self.row_weight) if t is not None]


def _take(tensor: Tensor | None, index: Any) -> Tensor | None:
    """Return the rows of a tensor that may be missing."""
    return None if tensor is None else tensor[index]


class BatchIterator:
    """Iterate over the batches of Rows, in random order where a generator is given.

    With ``drop_last``, rows that do not fill a batch are left out: a bound on few rows
    has a lower ceiling. They differ from epoch to epoch. Otherwise every row is seen
    once, in batches of almost equal size, so that no row weighs more than another.

    Parameters
    ----------
    dataset : Rows
        What to slice.
    batch_size : int
        Rows a batch, at most; capped at the number of rows.
    generator : torch.Generator or None
        Draws the order of an epoch, on the CPU; None keeps the order.
    drop_last : bool
        Whether all batches are full.
    """

    def __init__(
        self,
        dataset: Rows,
        batch_size: int,
        generator: torch.Generator | None = None,
        drop_last: bool = False,
    ) -> None:
        self.dataset = dataset
        self.batch_size = min(batch_size, len(dataset))
        self.generator = generator
        self.drop_last = drop_last

    def __len__(self) -> int:
        n, size = len(self.dataset), self.batch_size
        if self.drop_last:
            return n // size
        # A row alone has no other to be compared with, unless that is what is wanted.
        return min(-(-n // size), n // 2) if 1 < size < n else -(-n // size)

    @property
    def largest(self) -> int:
        """Rows of the largest batch."""
        return self.batch_size if self.drop_last else -(-len(self.dataset) // len(self))

    def bounds(self) -> list[tuple[int, int]]:
        """Return where each batch starts and ends in the order of an epoch."""
        n_batches = len(self)
        used = n_batches * self.batch_size if self.drop_last else len(self.dataset)
        return list(pairwise(used * i // n_batches for i in range(n_batches + 1)))

    def __iter__(self) -> Iterator[Batch]:
        rows = self.dataset
        if self.generator is None:
            for start, end in self.bounds():
                yield rows[start:end]
            return
        order = torch.randperm(len(rows), generator=self.generator).to(rows.x.device)
        for start, end in self.bounds():
            yield rows[order[start:end]]


def resolve_device(device: Any) -> torch.device:
    """Return the device that a user's ``device`` means, or say why there is none.

    Parameters
    ----------
    device : str or torch.device
        "auto" takes CUDA, else MPS, else the CPU; otherwise what torch accepts:
        "cpu", "cuda", "cuda:1", "mps".

    Returns
    -------
    torch.device

    Raises
    ------
    ValueError
        If the name is none that torch knows.
    RuntimeError
        If the device is not there.

    Examples
    --------
    >>> from skmi.training import resolve_device
    >>> resolve_device("cpu")
    device(type='cpu')
    """
    if isinstance(device, str) and device == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        found = torch.device(device)
    except (RuntimeError, TypeError) as error:
        msg = (
            f"device must be 'auto', 'cpu', 'cuda', 'cuda:<index>', 'mps' or a "
            f"torch.device, found {device!r}."
        )
        raise ValueError(msg) from error
    if not _is_there(found):
        msg = (
            f"device={device!r} was asked for, but torch {torch.__version__} finds no "
            "such device on this machine; accepted here: 'auto' or one of "
            f"{_available()!r}."
        )
        raise RuntimeError(msg)
    return found


def _is_there(device: torch.device) -> bool:
    """Tell whether a device can be used."""
    if device.type == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        return (device.index or 0) < count
    if device.type == "mps":
        return torch.backends.mps.is_available()
    return device.type == "cpu"


def _available() -> list[str]:
    """Return the names of the devices of this machine."""
    cuda = [f"cuda:{i}" for i in range(torch.cuda.device_count())]
    mps = ["mps"] if torch.backends.mps.is_available() else []
    return ["cpu", *cuda, *mps]
