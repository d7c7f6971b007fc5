"""What the API reference is made of: the public names of each room, by kind.

Nothing is listed by hand: a name in a room's ``__all__`` is in the reference. The
pages are written by :func:`write_pages` when Sphinx starts.
"""

from __future__ import annotations

import inspect
import tomllib
from importlib import import_module
from pathlib import Path

import skmi

MODULES = tuple(
    f"skmi.{name}" for name in sorted(skmi.__all__) if not name.startswith("_")
)

# Heading of each kind, in the order of the page.
KINDS = ("Classes", "Functions", "Tables")


def kind_of(thing: object) -> str:
    """Return the heading under which an object is listed."""
    if inspect.isclass(thing):
        return "Classes"
    return "Functions" if callable(thing) else "Tables"


def tables(module: str) -> dict[str, list[str]]:
    """Return the public names of a room under the headings of KINDS."""
    room = import_module(module)
    listed: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for name in sorted(room.__all__):
        listed[kind_of(getattr(room, name))].append(name)
    return listed


def heading(text: str, line: str) -> list[str]:
    """Return a reST heading."""
    return [text, line * len(text), ""]


def summary(module: str) -> list[str]:
    """Return the docstring of a room."""
    return [inspect.getdoc(import_module(module)) or "", ""]


def autosummary(names: list[str]) -> list[str]:
    """Return a directive that lists names and makes a page for each."""
    options = [".. autosummary::", "   :toctree: .", "   :nosignatures:", ""]
    return [*options, *(f"   {name}" for name in names), ""]


def registry(module: str, name: str) -> list[str]:
    """Return the entry of a registry: each of its names and what it stands for."""
    entries = getattr(import_module(module), name)
    lines = [f".. py:data:: {name}", ""]
    if isinstance(entries, dict):
        lines += [f"   * ``{key!r}``{_note(value)}" for key, value in entries.items()]
    else:
        lines += [f"   ``{entries!r}``"]
    return [*lines, ""]


def _note(value: object) -> str:
    """Return the kind of a bound, or the first line that documents a value."""
    kind = getattr(value, "kind", None)
    if isinstance(kind, str):
        return f" (kind: {kind})"
    documented = inspect.isclass(value) or inspect.isroutine(value)
    text = (inspect.getdoc(value) or "") if documented else ""
    return f": {text.splitlines()[0]}" if text else ""


def page(module: str) -> str:
    """Return the reST page of a room."""
    lines = [*heading(module, "="), *summary(module), f".. currentmodule:: {module}"]
    lines += [""]
    for kind, names in tables(module).items():
        if not names:
            continue
        lines += heading(kind, "-")
        if kind == "Tables":
            for name in names:
                lines += registry(module, name)
        else:
            lines += autosummary(names)
    return "\n".join(lines)


def write_pages(folder: Path) -> None:
    """Write the pages of rooms and methods into ``folder``; equal files stay."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {f"{module}.rst": page(module) for module in MODULES}
    listed = tomllib.loads((folder.parent / "methods.toml").read_text("utf-8"))
    texts["methods.md"] = methods_table(listed["method"])
    for name, text in texts.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def methods_table(entries: list[dict[str, str]]) -> str:
    """Return the page that lists the methods of the literature and their place here."""
    lines = [
        "# Methods of the literature",
        "",
        "Where each method lives, and whether all of it stands. Works are cited by",
        "their entry in the [references](../references.md).",
        "",
        "| method | source | status |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{e['class']}` | {{cite:t}}`{e['source']}` | {e['status']} |"
        for e in entries
    ]
    return "\n".join([*lines, ""])
