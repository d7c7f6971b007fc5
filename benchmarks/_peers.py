"""Packages to compare with, each in an environment of its own, driven through a pipe.

A worker keeps running, so that what it compiles is compiled once and calls can be
interleaved with ours. It times its own calls by CPU time. Run as a script, this file is
the worker; it then needs the standard library and numpy only.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import Any

import numpy as np

ENVIRONMENTS = Path(__file__).parent / ".envs"
ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "MKL_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "NUMBA_NUM_THREADS",
    ),
    "1",
)


class Peer:
    """A worker that calls the functions of a script in the peer's environment.

    Parameters
    ----------
    package : str
        Distribution to install from the package index.
    script : str
        File of this folder whose functions take and return numpy arrays.
    """

    def __init__(self, package: str, script: str) -> None:
        self.package = package
        python = make_environment(package)
        code = "from importlib.metadata import version; print(version('{}'))"
        self.version = subprocess.run(
            [python, "-c", code.format(package)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        self._folder = tempfile.TemporaryDirectory()
        self._worker = subprocess.Popen(
            [python, __file__, str(Path(__file__).parent / script), self._folder.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **ONE_THREAD},
        )

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *error: object) -> None:
        self._worker.communicate()
        self._folder.cleanup()

    def call(self, function: str, *arrays: np.ndarray) -> tuple[np.ndarray, float]:
        """Return what a function of the script returns, and its CPU seconds."""
        assert self._worker.stdin is not None
        assert self._worker.stdout is not None
        for k, array in enumerate(arrays):
            np.save(Path(self._folder.name) / f"{k}.npy", array)
        request = {"function": function, "n_arrays": len(arrays)}
        self._worker.stdin.write(json.dumps(request) + "\n")
        self._worker.stdin.flush()
        answer = self._worker.stdout.readline()
        if not answer:
            msg = f"the worker of {self.package} ended in {function}"
            raise RuntimeError(msg)
        result = np.load(Path(self._folder.name) / "result.npy")
        return result, float(json.loads(answer)["seconds"])


def make_environment(package: str) -> str:
    """Return the interpreter of an environment with a package, made if needed."""
    folder = ENVIRONMENTS / package
    python = folder / "bin" / "python"
    stamp = folder / ".stamp"
    if not stamp.exists():
        print(f"installing {package} into {folder}", flush=True)
        venv.create(folder, with_pip=True, clear=True)
        options = ["--disable-pip-version-check", "--quiet"]
        command = [str(python), "-m", "pip", "install", *options, package]
        subprocess.run(command, check=True)
        stamp.touch()
    return str(python)


def work(script: str, folder: Path) -> None:
    """Answer requests until the pipe is closed."""
    answers = os.fdopen(os.dup(1), "w")
    # What a package prints must not be taken for an answer.
    os.dup2(2, 1)
    spec: Any = importlib.util.spec_from_file_location("peer", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for line in sys.stdin:
        request = json.loads(line)
        arrays = [np.load(folder / f"{k}.npy") for k in range(request["n_arrays"])]
        started = time.process_time()
        result = getattr(module, request["function"])(*arrays)
        seconds = time.process_time() - started
        np.save(folder / "result.npy", result)
        answers.write(json.dumps({"seconds": seconds}) + "\n")
        answers.flush()


if __name__ == "__main__":
    work(sys.argv[1], Path(sys.argv[2]))
