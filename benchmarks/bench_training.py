"""Time of a training step: the net against a loop written by hand.

Both train two encoders of 20 columns, scored by their inner product, by InfoNCE with
fused Adam and one thread. By hand: plain torch modules, one cross-entropy. The net:
InfomaxEncoder with early stopping on the training loss and a timer as epoch callbacks.
An epoch by hand follows each epoch of the net, since a shared machine changes its speed
from second to second; CPU time is taken, all of the net's callbacks included.
"""

from __future__ import annotations

import argparse
import time
import warnings

import torch
from _records import Records
from skorch.callbacks import Callback, EpochTimer
from torch import nn
from torch.nn import functional as F

from skmi.exceptions import EstimationWarning
from skmi.infomax import InfomaxEncoder
from skmi.training import EarlyStopping

N_VIEW, N_CODE = 20, 32
TARGETS = {"hidden 256, batch 256": 1.05, "hidden 64, batch 64": 1.10}


def main() -> None:
    """Measure and print both tasks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="three times the pairs")
    n_pairs = 33 if parser.parse_args().full else 11
    torch.set_num_threads(1)
    # The views are easily told apart: the bound ends near its ceiling.
    warnings.simplefilter("ignore", EstimationWarning)
    records = Records(
        "bench_training", ("torch", "skorch", "numpy"), ("nn", "training", "infomax")
    )
    for hidden in (256, 64):
        task = f"hidden {hidden}, batch {hidden}"
        measure(hidden, seed=0)  # warm up
        for seed in range(n_pairs):
            if not records.has(task, "net / by hand", seed):
                net, hand = measure(hidden, seed)
                records.add(
                    task,
                    "net / by hand",
                    seed,
                    net_ms=net,
                    hand_ms=hand,
                    ratio=net / hand,
                )
        print(
            f"{task}: net {records.median(task, 'net_ms'):.3f} ms a step, by hand "
            f"{records.median(task, 'hand_ms'):.3f} ms, ratio "
            f"{records.median(task, 'ratio'):.3f} (median of "
            f"{len(records.values(task, 'ratio'))} pairs; target "
            f"{TARGETS[task]})"
        )


def measure(hidden: int, seed: int) -> tuple[float, float]:
    """Return the milliseconds a step of the net and of the loop by hand."""
    n_steps, n_epochs = 40, 20
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n_steps * hidden, N_VIEW, generator=generator)
    rows = torch.cat([x, x + torch.randn(x.shape, generator=generator)], dim=1)
    encoder = InfomaxEncoder(
        N_CODE,
        views="paired",
        view_columns=[slice(0, N_VIEW), slice(N_VIEW, None)],
        critic=inner_product,
        hidden_layer_sizes=(hidden, hidden),
        batch_size=hidden,
        max_epochs=n_epochs,
        standardize=False,
        random_state=0,
        device="cpu",
        callbacks=[
            EarlyStopping("train_loss", patience=100),
            EpochTimer(),
            Interleaved(ByHand(rows, hidden)),
        ],
    ).fit(rows.numpy())
    clock = dict(encoder.net_.callbacks_)["Interleaved"]
    scale = 1000 / (n_steps * n_epochs)
    return (clock.seconds - clock.by_hand) * scale, clock.by_hand * scale


class Interleaved(Callback):
    """Clock of the whole training, and of an epoch by hand after each of the net's."""

    def __init__(self, loop: ByHand) -> None:
        self.loop = loop

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        """Start."""
        self.by_hand, self.started = 0.0, time.process_time()

    def on_epoch_end(self, net, dataset_train=None, dataset_valid=None, **kwargs):
        """Run an epoch by hand."""
        started = time.process_time()
        self.loop.epoch()
        self.by_hand += time.process_time() - started

    def on_train_end(self, net, X=None, y=None, **kwargs):
        """Stop."""
        self.seconds = time.process_time() - self.started


class ByHand:
    """The same networks in a plain loop."""

    def __init__(self, rows: torch.Tensor, hidden: int) -> None:
        self.rows, self.size = rows, hidden
        self.first, self.second = (
            nn.Sequential(
                nn.Linear(N_VIEW, hidden),
                nn.ReLU(),
                nn.Linear(hidden, hidden),
                nn.ReLU(),
                nn.Linear(hidden, N_CODE),
            )
            for _ in range(2)
        )
        parameters = [*self.first.parameters(), *self.second.parameters()]
        self.optimizer = torch.optim.Adam(parameters, lr=1e-3, fused=True)

    def epoch(self) -> None:
        """Train for one epoch."""
        rows, size, optimizer = self.rows, self.size, self.optimizer
        first, second = self.first, self.second
        joint, order = torch.arange(size), torch.randperm(len(rows))
        for start in range(0, len(rows) - size + 1, size):
            batch = rows[order[start : start + size]]
            optimizer.zero_grad()
            z, w = first(batch[:, :N_VIEW]), second(batch[:, N_VIEW:])
            loss = F.cross_entropy(z @ w.T, joint)
            loss.backward()
            optimizer.step()


class InnerProduct(nn.Module):
    """Scores of all pairs, without weights."""

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Return the (n, m) scores."""
        return x @ y.T


def inner_product(n_x: int, n_y: int) -> nn.Module:
    """Return the critic."""
    return InnerProduct()


if __name__ == "__main__":
    main()
