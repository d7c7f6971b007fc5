"""Write the text of the shared training parameters into the estimators' docstrings.

The text is kept in ``skmi/training/_params.py``, and that of what the estimators of a
room share besides in the room's own ``_params.py``. Run this after changing it::

    python tools/sync_docstrings.py            # write the sources
    python tools/sync_docstrings.py --check    # name what differs, exit with 1

In the Parameters section of every public torch estimator, each entry of a name in a
``TEXT`` gets its type, the default of the signature and the description; other entries
stay as they are. Defaults that are neither those of ``DEFAULTS`` nor of ``OVERRIDES``
are reported, and so are shared parameters that a class leaves out.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import pkgutil
import re
import sys
import textwrap
from pathlib import Path
from typing import Any, NamedTuple

import skmi
from skmi.training import BaseTorchEstimator
from skmi.training._params import DEFAULTS, OVERRIDES, TEXT

WIDTH = 88


class Entry(NamedTuple):
    """Lines ``start`` to ``stop``, counted from 0, that document a parameter."""

    name: str
    start: int
    stop: int


def torch_estimators() -> list[type]:
    """Return every torch estimator in the table of a room."""
    found = set()
    for room in pkgutil.iter_modules(skmi.__path__):
        module = importlib.import_module(f"skmi.{room.name}")
        if not room.ispkg:
            continue
        for thing in (getattr(module, name) for name in module.__all__):
            if inspect.isclass(thing) and (
                issubclass(thing, BaseTorchEstimator) or left_out(thing)
            ):
                found.add(thing)
    return sorted(found - {BaseTorchEstimator}, key=lambda cls: cls.__name__)


def left_out(cls: type) -> tuple[str, ...]:
    """Return the training parameters that a class lacks, or has a text of its own for.

    A class that trains by means of other estimators names them, and is found by it.
    """
    return getattr(cls, "_own_training_parameters", ())


def source_file(cls: type) -> Path:
    """Return the file that defines a class."""
    return Path(inspect.getfile(cls)).resolve()


def text_of(cls: type) -> dict[str, tuple[str, str]]:
    """Return the text of the parameters that a class shares with others."""
    room = ".".join(cls.__module__.split(".")[:2])
    texts = dict(TEXT)
    if importlib.util.find_spec(f"{room}._params") is not None:
        texts |= importlib.import_module(f"{room}._params").TEXT
    return {name: text for name, text in texts.items() if name not in left_out(cls)}


def signature_defaults(cls: type) -> dict[str, Any]:
    """Return the defaults of the constructor."""
    parameters = inspect.signature(cls).parameters.values()
    return {parameter.name: parameter.default for parameter in parameters}


def default_problems(cls: type) -> list[str]:
    """Return what is wrong with the shared parameters of a constructor."""
    room = cls.__module__.split(".")[1]
    wanted = {**DEFAULTS, **OVERRIDES.get(room, {})}
    wanted = {name: wanted[name] for name in wanted if name not in left_out(cls)}
    found = signature_defaults(cls)
    problems = [f"{name} is missing" for name in wanted if name not in found]
    for name in wanted.keys() & found.keys():
        if repr(found[name]) != repr(wanted[name]):
            text = f"{name}={found[name]!r}, but _params.py says {wanted[name]!r}"
            problems.append(text)
    return [f"{cls.__name__}: {problem}" for problem in sorted(problems)]


def synced(text: str, cls: type) -> tuple[str, list[str]]:
    """Return the source with one class's entries written anew, and what differed."""
    lines = text.splitlines()
    defaults, shared = signature_defaults(cls), text_of(cls)
    entries = {entry.name: entry for entry in _entries(lines, cls.__name__)}
    missing = [
        f"{cls.__name__}: {name} has no entry in the docstring"
        for name in shared
        if name in defaults and name not in entries
    ]
    differences = []
    # From the last one upwards, so that the lines of the others keep their numbers.
    for name, start, stop in sorted(entries.values(), key=lambda e: -e.start):
        if name not in shared or name not in defaults:
            continue
        wanted = entry_lines(name, shared[name], defaults[name])
        if lines[start:stop] != wanted:
            differences.append(f"line {start + 1}: {cls.__name__}: {name}")
            lines[start:stop] = wanted
    return "\n".join(lines) + "\n", [*differences[::-1], *missing]


def entry_lines(name: str, text: tuple[str, str], default: Any) -> list[str]:
    """Return the lines that document a shared parameter."""
    kind, description = text
    shown = f'"{default}"' if isinstance(default, str) else repr(default)
    lines = [f"    {name} : {kind}, default={shown}"]
    for paragraph in description.split("\n"):
        indent = " " * (10 if paragraph.startswith("- ") else 8)
        wrapper = textwrap.TextWrapper(
            WIDTH,
            initial_indent=" " * 8,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        lines += wrapper.wrap(paragraph) or [""]
    return lines


def _entries(lines: list[str], class_name: str) -> list[Entry]:
    """Return the entries of the Parameters section of a class's docstring."""
    start, stop = _parameters_section(lines, class_name)
    heads = [i for i in range(start, stop) if re.match(r" {4}\w", lines[i])]
    ends = [*heads[1:], stop]
    names = [re.match(r"\w+", lines[i].strip()).group() for i in heads]
    return [Entry(*parts) for parts in zip(names, heads, ends, strict=True)]


def _parameters_section(lines: list[str], class_name: str) -> tuple[int, int]:
    """Return where the lines under the heading start, and where they stop."""
    first, last = _docstring_lines("\n".join(lines), class_name)
    rules = [i for i in range(first, last) if re.fullmatch(r" {4}-{3,}", lines[i])]
    for rule, following in zip(rules, [*rules[1:], last + 1], strict=True):
        if lines[rule - 1].strip() == "Parameters":
            stop = following - 1
            while not lines[stop - 1].strip():
                stop -= 1
            return rule + 1, stop
    msg = f"the docstring of {class_name} has no section Parameters."
    raise ValueError(msg)


def _docstring_lines(text: str, class_name: str) -> tuple[int, int]:
    """Return the first and the last line of a class's docstring, counted from 0."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef) and node.name == class_name:
            if ast.get_docstring(node) is None:
                break
            return node.body[0].lineno - 1, node.body[0].end_lineno - 1
    msg = f"{class_name} has no docstring at the top level of its file."
    raise ValueError(msg)


def main(arguments: list[str]) -> int:
    """Write the sources, or check them; return the exit status."""
    check = "--check" in arguments
    status = 0
    for cls in torch_estimators():
        path = source_file(cls)
        text = path.read_text(encoding="utf-8")
        new, differences = synced(text, cls)
        problems = default_problems(cls)
        for line in [*differences, *problems]:
            print(f"{path}: {line}")
        if new != text and not check:
            path.write_text(new, encoding="utf-8")
        if problems or (differences if check else synced(new, cls)[1]):
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
