"""Rooms load their files when a name is first used, and not before."""

import importlib
import os
import pkgutil
import subprocess
import sys
import types
from pathlib import Path

import pytest

import skmi
from skmi._lazy import lazy_rooms, lazy_table

ROOMS = [m.name for m in pkgutil.iter_modules(skmi.__path__) if m.ispkg]


@pytest.fixture
def room(tmp_path, monkeypatch):
    """Return the name of a package of two files that say when they are loaded."""
    package = tmp_path / "lazy_room_of_a_test"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from skmi._lazy import lazy_table\n"
        "__getattr__, __dir__, __all__ = lazy_table(\n"
        "    __name__, {'b': 'second', 'a': 'first'})\n"
    )
    (package / "first.py").write_text("a = ['first']\n")
    (package / "second.py").write_text("b = ['second']\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield package.name
    for name in list(sys.modules):
        if name.split(".")[0] == package.name:
            del sys.modules[name]


def test_a_file_is_loaded_by_the_first_use_of_its_name(room):
    module = importlib.import_module(room)
    assert f"{room}.first" not in sys.modules
    assert module.a == ["first"]
    assert f"{room}.first" in sys.modules
    assert f"{room}.second" not in sys.modules


def test_a_name_is_looked_up_once(room):
    module = importlib.import_module(room)
    assert "a" not in vars(module)
    first = module.a
    assert vars(module)["a"] is first is module.a


def test_from_imports_and_stars_work(room):
    names = {}
    exec(f"from {room} import *", names)
    assert names["a"] == ["first"]
    assert names["b"] == ["second"]


def test_names_are_sorted_and_known_before_they_are_loaded(room):
    module = importlib.import_module(room)
    assert module.__all__ == ["a", "b"]
    assert dir(module) == ["a", "b"]
    assert f"{room}.first" not in sys.modules


def test_unknown_name_is_an_attribute_error_that_says_where(room):
    module = importlib.import_module(room)
    with pytest.raises(AttributeError, match=rf"'{room}' has no attribute 'c'"):
        module.c  # noqa: B018
    assert not hasattr(module, "first_")


def test_hooks_of_a_table_do_not_import_anything():
    getter, lister, public = lazy_table("no.such.package", {"z": "file", "y": "file"})
    assert public == lister() == ["y", "z"]
    with pytest.raises(ModuleNotFoundError):
        getter("z")
    with pytest.raises(AttributeError, match="no attribute 'x'"):
        getter("x")


def test_rooms_are_modules_and_extras_are_only_listed():
    getter, lister, public = lazy_rooms("json", ["decoder"], extra=("__version__",))
    assert public == lister() == ["__version__", "decoder"]
    assert isinstance(getter("decoder"), types.ModuleType)
    with pytest.raises(AttributeError, match="__version__"):
        getter("__version__")


@pytest.mark.parametrize("name", ROOMS)
def test_every_public_name_of_a_room_resolves(name):
    room = importlib.import_module(f"skmi.{name}")
    assert room.__all__ == sorted(room.__all__)
    for public in room.__all__:
        assert getattr(room, public) is not None


def test_every_room_is_an_attribute_of_the_package():
    assert set(ROOMS) <= set(skmi.__all__)
    for name in ROOMS:
        assert getattr(skmi, name).__name__ == f"skmi.{name}"


_SCRIPT = """
import importlib, sys
for name in {names!r}:
    importlib.import_module(name)
heavy = sorted({{"torch", "skorch", "numba"}} & set(sys.modules))
print(",".join(heavy))
"""


def test_importing_the_rooms_loads_neither_torch_nor_skorch_nor_numba():
    names = ["skmi", *(f"skmi.{name}" for name in ROOMS)]
    root = Path(skmi.__file__).parents[1]
    output = subprocess.run(
        [sys.executable, "-c", _SCRIPT.format(names=names)],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert output.stdout.strip() == ""
