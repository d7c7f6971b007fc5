"""Time of a training step: the net against a loop written by hand.

Both train two encoders of 20 columns and a bilinear critic by InfoNCE with fused Adam
and one thread. By hand: plain torch modules, one cross-entropy. The net: the modules,
objective and batches of InfomaxEncoder, with early stopping on the training loss and a
timer as epoch callbacks. Pairs are interleaved, the order within a pair alternates, and
CPU time is taken.
"""

from __future__ import annotations

import argparse
import time

import torch
from _records import Records
from skorch.callbacks import EpochTimer
from torch import nn
from torch.nn import functional as F

from skmi.infomax import InfomaxEncoder
from skmi.training import Critic, EarlyStopping

N_VIEW, N_CODE = 20, 32
TARGETS = {"hidden 256, batch 256": 1.05, "hidden 64, batch 64": 1.10}


def main() -> None:
    """Measure and print both tasks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="three times the pairs")
    n_pairs = 33 if parser.parse_args().full else 11
    torch.set_num_threads(1)
    records = Records("bench_training", ("torch", "skorch", "numpy"))
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
    n_steps, n_epochs = 40, 4
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n_steps * hidden, N_VIEW, generator=generator)
    y = x + torch.randn(x.shape, generator=generator)
    rows = torch.cat([x, y], dim=1)
    arms = {
        "net": lambda: by_net(rows, hidden, n_epochs),
        "hand": lambda: by_hand(rows, hidden, n_epochs),
    }
    order = list(arms) if seed % 2 else list(arms)[::-1]
    seconds = {name: arms[name]() for name in order}
    scale = 1000 / (n_steps * n_epochs)
    return seconds["net"] * scale, seconds["hand"] * scale


def by_net(rows: torch.Tensor, hidden: int, n_epochs: int) -> float:
    """Train through InfomaxEncoder; return the CPU seconds of the epochs alone."""
    encoder = InfomaxEncoder(
        N_CODE,
        views="paired",
        view_columns=[slice(0, N_VIEW), slice(N_VIEW, None)],
        critic=Critic("bilinear"),
        hidden_layer_sizes=(hidden, hidden),
        batch_size=hidden,
        max_epochs=n_epochs,
        standardize=False,
        random_state=0,
        device="cpu",
        callbacks=[EarlyStopping("train_loss", patience=100), EpochTimer(), Clock()],
    )
    encoder.fit(rows.numpy())
    return dict(encoder.net_.callbacks_)["Clock"].seconds


class Clock(EpochTimer):
    """CPU time between the beginning and the end of training."""

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        """Start."""
        self.started = time.process_time()

    def on_train_end(self, net, X=None, y=None, **kwargs):
        """Stop."""
        self.seconds = time.process_time() - self.started


def by_hand(rows: torch.Tensor, hidden: int, n_epochs: int) -> float:
    """Train the same networks in a plain loop; return its CPU seconds."""
    first, second = (
        nn.Sequential(
            nn.Linear(N_VIEW, hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, N_CODE),
        )
        for _ in range(2)
    )
    weight = nn.Parameter(torch.randn(N_CODE, N_CODE) / N_CODE)
    parameters = [*first.parameters(), *second.parameters(), weight]
    optimizer = torch.optim.Adam(parameters, lr=1e-3, fused=True)
    joint = torch.arange(hidden)
    started = time.process_time()
    for _ in range(n_epochs):
        order = torch.randperm(len(rows))
        for start in range(0, len(rows) - hidden + 1, hidden):
            batch = rows[order[start : start + hidden]]
            optimizer.zero_grad()
            z, w = first(batch[:, :N_VIEW]), second(batch[:, N_VIEW:])
            loss = F.cross_entropy(z @ weight @ w.T, joint)
            loss.backward()
            optimizer.step()
    return time.process_time() - started


if __name__ == "__main__":
    main()
