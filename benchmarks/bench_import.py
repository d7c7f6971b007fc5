"""Time to import a room against the room of scikit-learn that it extends.

Each import runs in an interpreter of its own, interleaved; CPU time of the import
statement, taken inside. ``import skmi.feature_selection`` only lists its names, so the
import of the selector itself is measured too.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from _records import Records

PEER = "import sklearn.feature_selection"
ROOMS = {
    "import skmi": None,
    "import skmi.feature_selection": 1.3,
    "from skmi.feature_selection import SelectByMutualInfo": 1.3,
}
CODE = """
import time
started = time.process_time()
{statement}
print(time.process_time() - started)
"""


def main() -> None:
    """Measure and print every import."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="three times the pairs")
    n_pairs = 33 if parser.parse_args().full else 11
    records = Records("bench_import", ("scikit-learn", "numpy", "scipy"), (".",))
    for statement in (PEER, *ROOMS):
        seconds(statement)  # byte code and disk cache
    for statement, target in ROOMS.items():
        for seed in range(n_pairs):
            if not records.has(statement, PEER, seed):
                ours, theirs = seconds(statement), seconds(PEER)
                records.add(
                    statement,
                    PEER,
                    seed,
                    skmi_s=ours,
                    sklearn_s=theirs,
                    ratio=ours / theirs,
                )
        print(
            f"{statement}: {records.median(statement, 'skmi_s'):.3f} s, {PEER}: "
            f"{records.median(statement, 'sklearn_s'):.3f} s, ratio "
            f"{records.median(statement, 'ratio'):.3f} (median of "
            f"{len(records.values(statement, 'ratio'))} pairs"
            + (f"; target {target})" if target else ")")
        )


def seconds(statement: str) -> float:
    """Return the CPU seconds of an import in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(statement=statement)],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


if __name__ == "__main__":
    main()
