"""Run every benchmark, one after the other; arguments are passed on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main() -> None:
    """Run the scripts of this folder that are called ``bench_*.py``."""
    for script in sorted(Path(__file__).parent.glob("bench_*.py")):
        print(f"\n{script.name}", flush=True)
        subprocess.run([sys.executable, str(script), *sys.argv[1:]], check=True)


if __name__ == "__main__":
    main()
