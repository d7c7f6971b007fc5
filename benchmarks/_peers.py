"""Packages to compare with, in environments of their own, asked over a pipe.

A worker keeps running, so that what it compiles is compiled once and calls can be
interleaved with ours. Run as a script, this file is the worker of a :class:`Peer`; it
then needs the standard library and numpy only.
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
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ENVIRONMENTS = Path(__file__).parent / ".envs"
# The libraries that count threads read these when they are loaded.
ONE_THREAD = {
    f"{name}_NUM_THREADS": "1" for name in ("OMP", "MKL", "OPENBLAS", "NUMBA")
}


def peer_python(
    name: str, requirements: tuple[str, ...], alone: tuple[str, ...] = ()
) -> Path:
    """Return the interpreter of an environment that has some requirements.

    Those of ``alone`` are installed without what they require in turn. It is made on
    the first call, and again if the requirements change.
    """
    folder = ENVIRONMENTS / name
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    stamp = folder / "requirements.json"
    wanted = json.dumps(sorted(requirements + alone))
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"Installing {', '.join(requirements + alone)} into {folder}", flush=True)
        venv.create(folder, with_pip=True, clear=True)
        install = [python, "-m", "pip", "install", "--quiet"]
        subprocess.run([*install, *requirements], check=True)
        if alone:
            subprocess.run([*install, "--no-deps", *alone], check=True)
        stamp.write_text(wanted)
    return python


class Worker:
    """A script that answers each line of JSON with one, in an interpreter of its own.

    Parameters
    ----------
    python : Path
        The interpreter.
    script : Path
        The script: it reads questions from its input until that is closed.
    *arguments : str
        Of the script.
    """

    def __init__(self, python: Path, script: Path, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [python, str(script), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | ONE_THREAD,
        )

    def ask(self, **question: Any) -> dict[str, Any]:
        """Return the answer to a question."""
        if self._process.stdin is None or self._process.stdout is None:
            msg = "the worker has no pipes"
            raise RuntimeError(msg)
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            msg = f"the worker died on {question}"
            raise RuntimeError(msg)
        return json.loads(answer)

    def close(self) -> None:
        """Let the script end."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()


def answer_questions(answer: Callable[..., dict[str, Any]]) -> None:
    """Answer every question on the input; for the scripts of workers."""
    answers = os.fdopen(os.dup(1), "w")
    # What a package prints must not be taken for an answer.
    os.dup2(2, 1)
    for line in sys.stdin:
        answers.write(json.dumps(answer(**json.loads(line))) + "\n")
        answers.flush()


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
        python = peer_python(package, (package,))
        code = f"from importlib.metadata import version; print(version('{package}'))"
        self.version = subprocess.check_output([python, "-c", code], text=True).strip()
        self._folder = tempfile.TemporaryDirectory()
        functions = Path(__file__).parent / script
        self._worker = Worker(python, Path(__file__), str(functions), self._folder.name)

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *error: object) -> None:
        self._worker.close()
        self._folder.cleanup()

    def call(self, function: str, *arrays: np.ndarray) -> tuple[np.ndarray, float]:
        """Return what a function of the script returns, and its CPU seconds."""
        folder = Path(self._folder.name)
        for k, array in enumerate(arrays):
            np.save(folder / f"{k}.npy", array)
        answer = self._worker.ask(function=function, n_arrays=len(arrays))
        return np.load(folder / "result.npy"), float(answer["seconds"])


def work(script: str, folder: Path) -> None:
    """Be the worker of a Peer."""
    spec: Any = importlib.util.spec_from_file_location("peer", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def answer(function: str, n_arrays: int) -> dict[str, Any]:
        arrays = [np.load(folder / f"{k}.npy") for k in range(n_arrays)]
        started = time.process_time()
        result = getattr(module, function)(*arrays)
        seconds = time.process_time() - started
        np.save(folder / "result.npy", result)
        return {"seconds": seconds}

    answer_questions(answer)


if __name__ == "__main__":
    work(sys.argv[1], Path(sys.argv[2]))
