"""Time of training eight networks as one stack: against one after the other.

Eight bottlenecks (20 columns, two hidden layers of 64, beta from 0 to 1), or eight
pairs of encoders on InfoNCE (two hidden layers of 64, heads of 64), batches of 64 and
one thread. Both ways train equal nets for five epochs of 40 steps, one way after the
other within seconds, since a shared machine changes its speed; CPU time is taken, that
of checking and stacking included.
"""

from __future__ import annotations

import argparse
import time

import torch
from _records import Records

from skmi.bottleneck import IBClassifier
from skmi.infomax import InfomaxEncoder
from skmi.training import Critic, Ensemble

K, N_COLUMNS, SIZE, N_STEPS, N_EPOCHS = 8, 20, 64, 40, 5
OPTIONS = {
    "hidden_layer_sizes": (SIZE, SIZE),
    "batch_size": SIZE,
    "max_epochs": N_EPOCHS,
    "device": "cpu",
}


def main() -> None:
    """Measure and print both tasks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="three times the pairs")
    n_pairs = 33 if parser.parse_args().full else 11
    torch.set_num_threads(1)
    records = Records(
        "bench_ensemble",
        ("torch", "skorch", "numpy"),
        ("nn", "training", "infomax", "bottleneck"),
    )
    for task, prepare in (
        ("8 bottlenecks", bottlenecks),
        ("8 pairs of encoders", pairs_of_encoders),
    ):
        measure(prepare, seed=0)  # warm up
        for seed in range(n_pairs):
            if not records.has(task, "stacked / one by one", seed):
                stacked, single = measure(prepare, seed)
                records.add(
                    task,
                    "stacked / one by one",
                    seed,
                    stacked_ms=stacked,
                    one_by_one_ms=single,
                    ratio=stacked / single,
                )
        print(
            f"{task}: stacked {records.median(task, 'stacked_ms'):.2f} ms a step, "
            f"one by one {records.median(task, 'one_by_one_ms'):.2f} ms, ratio "
            f"{records.median(task, 'ratio'):.3f} (median of "
            f"{len(records.values(task, 'ratio'))} pairs)"
        )


def measure(prepare, seed: int) -> tuple[float, float]:
    """Return the milliseconds of a step of all networks, stacked and one by one."""
    seconds = []
    for stack in (True, False):
        nets, rows, valid = zip(*prepare(seed), strict=True)
        started = time.process_time()
        ensemble = Ensemble(stack).fit(nets, rows, valid)
        seconds.append(time.process_time() - started)
        assert ensemble.stacked_ == stack
    return tuple(1000 * value / (N_STEPS * N_EPOCHS) for value in seconds)


def bottlenecks(seed: int) -> list:
    """Return prepared nets of IBClassifier for eight betas."""
    x, y = samples(seed)
    shape = {"n_in": N_COLUMNS, "n_out": 2}
    return [
        IBClassifier(beta=k / (K - 1), random_state=k, **OPTIONS)._prepare(
            x.numpy(), y, shape=shape, target_entropy=0.69
        )
        for k in range(K)
    ]


def pairs_of_encoders(seed: int) -> list:
    """Return prepared nets of InfomaxEncoder for eight seeds."""
    x, _ = samples(seed)
    half = N_COLUMNS // 2
    shape = {
        "n_in": N_COLUMNS,
        "columns": [list(range(half)), list(range(half, N_COLUMNS))],
    }
    return [
        InfomaxEncoder(
            views="paired",
            critic=Critic(hidden_layer_sizes=(SIZE,)),
            random_state=k,
            **OPTIONS,
        )._prepare(x.numpy(), shape=shape)
        for k in range(K)
    ]


def samples(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return rows with a class, and halves that know of each other."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(N_STEPS * SIZE, N_COLUMNS, generator=generator)
    half = N_COLUMNS // 2
    x[:, half:] += x[:, :half]
    return x, (x[:, 0] > 0).long()


if __name__ == "__main__":
    main()
