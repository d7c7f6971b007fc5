"""Peers in environments of their own, asked over a pipe by persistent workers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

ENVIRONMENTS = Path(__file__).parent / ".envs"
# The libraries that count threads read these when they are loaded.
ONE_THREAD = {
    f"{name}_NUM_THREADS": "1" for name in ("OMP", "MKL", "OPENBLAS", "NUMBA")
}


def peer_python(name: str, requirements: tuple[str, ...]) -> Path:
    """Return the interpreter of an environment that has some requirements.

    It is made on the first call, and again if the requirements change.
    """
    folder = ENVIRONMENTS / name
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    stamp = folder / "requirements.json"
    wanted = json.dumps(sorted(requirements))
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"Installing {', '.join(requirements)} into {folder}", flush=True)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", *requirements], check=True
        )
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
    """

    def __init__(self, python: Path, script: Path) -> None:
        self._process = subprocess.Popen(
            [python, str(script)],
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


def answer_questions(answer: Any) -> None:
    """Answer every question on the input; for the scripts of workers."""
    for line in sys.stdin:
        print(json.dumps(answer(**json.loads(line))), flush=True)
