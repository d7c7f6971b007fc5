"""Results of benchmarks: one row a measurement, kept as JSON, measured once."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import statistics
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import skmi

RESULTS = Path(__file__).parent / "results"


class Records:
    """Rows of one benchmark, keyed by task, method and seed for given versions.

    A row is written as soon as it is measured, so that a benchmark that was stopped
    goes on where it was. It takes the place of one that differs in the sources of skmi
    alone; rows of other machines, and of other versions of the packages, are kept.

    Parameters
    ----------
    name : str
        Name of the file in ``results/``.
    packages : tuple of str
        Distributions whose versions the figures depend on.
    rooms : tuple of str
        Rooms of skmi whose sources they depend on, "." for all: a change there
        measures anew.
    """

    def __init__(
        self, name: str, packages: tuple[str, ...], rooms: tuple[str, ...]
    ) -> None:
        self.path = RESULTS / f"{name}.json"
        self.where = {
            "machine": describe_machine(),
            "versions": {
                "python": platform.python_version(),
                "skmi": f"{version('skmi')}+{digest_of_sources(rooms)}",
                **{package: version(package) for package in packages},
            },
        }
        self.rows: list[dict[str, Any]] = []
        if self.path.exists():
            self.rows = json.loads(self.path.read_text())["rows"]

    def has(
        self, task: str, method: str, seed: int, *, of_sources: bool = True
    ) -> bool:
        """Tell whether a row of these versions is already there.

        Without ``of_sources`` it may be of other sources of skmi, as that of a peer.
        """
        row = {"task": task, "method": method, "seed": seed, **self.where}
        if not of_sources:
            return any(_place(row) == _place(old) for old in self.rows)
        return any(all(old[k] == v for k, v in row.items()) for old in self.rows)

    def add(self, task: str, method: str, seed: int, **figures: float | str) -> None:
        """Append a row and write the file, aside and renamed."""
        self.add_all([{"task": task, "method": method, "seed": seed, **figures}])

    def add_all(self, rows: Iterable[dict[str, Any]]) -> None:
        """Append rows of task, method, seed and figures, and write the file once."""
        new = [{**row, **self.where} for row in rows]
        places = [_place(row) for row in new]
        self.rows = [old for old in self.rows if _place(old) not in places]
        self.rows += new
        self.path.parent.mkdir(exist_ok=True)
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps({"rows": self.rows}, indent=1) + "\n")
        os.replace(part, self.path)

    def rows_of(self, task: str) -> list[dict[str, Any]]:
        """Return the rows of a task, for these versions."""
        key = {"task": task, **self.where}
        return [row for row in self.rows if all(row[k] == v for k, v in key.items())]

    def rows_like(self, task: str) -> list[dict[str, Any]]:
        """Return the rows of a task, for these versions and any sources of skmi."""
        place = _place({"task": task, "method": "", "seed": 0, **self.where})[3:]
        return [r for r in self.rows if r["task"] == task and _place(r)[3:] == place]

    def values(self, task: str, figure: str) -> list[float]:
        """Return a figure of the rows of a task, for these versions."""
        return [row[figure] for row in self.rows_of(task)]

    def median(self, task: str, figure: str) -> float:
        """Return the median of a figure over the rows of a task."""
        return statistics.median(self.values(task, figure))


def _place(row: dict[str, Any]) -> tuple[Any, ...]:
    """Return all that a row is about but the sources of skmi."""
    others = {k: v for k, v in row["versions"].items() if k != "skmi"}
    return (row["task"], row["method"], row["seed"], row["machine"], others)


def digest_of_sources(rooms: tuple[str, ...]) -> str:
    """Return a short digest of the sources of some rooms."""
    digest = hashlib.sha256()
    for room in rooms:
        for path in sorted((Path(skmi.__path__[0]) / room).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


def describe_machine() -> str:
    """Return the processor and the number of cores."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        names = [
            line.split(":", 1)[1] for line in lines if line.startswith("model name")
        ]
        model = names[0].strip() if names else model
    return f"{model}, {os.cpu_count()} cores"
