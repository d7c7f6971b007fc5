"""A room's table of public names, resolved to files when a name is first used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any

_Hooks = tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]


def lazy_table(package: str, table: Mapping[str, str]) -> _Hooks:
    """Return ``(__getattr__, __dir__, __all__)`` for a room (PEP 562).

    Parameters
    ----------
    package : str
        ``__name__`` of the room.
    table : mapping of str to str
        Public name -> file of the room that defines it, without ``.py``.
    """

    def load(name: str) -> Any:
        return getattr(import_module(f"{package}.{table[name]}"), name)

    return _hooks(package, list(table), load)


def lazy_rooms(package: str, rooms: Iterable[str], extra: Iterable[str] = ()) -> _Hooks:
    """Return ``(__getattr__, __dir__, __all__)`` for a package of subpackages."""
    names = list(rooms)
    getter, _, _ = _hooks(
        package, names, lambda name: import_module(f"{package}.{name}")
    )
    public = sorted([*names, *extra])
    return getter, lambda: public, public


def _hooks(package: str, names: list[str], load: Callable[[str], Any]) -> _Hooks:
    """Build the three module-level hooks around ``load``."""
    public = sorted(names)

    def __getattr__(name: str) -> Any:
        if name not in names:
            msg = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(msg)
        value = load(name)
        setattr(sys.modules[package], name, value)
        return value

    return __getattr__, lambda: public, public
