"""The rules of docs/architecture.md, checked on the sources."""

import ast
import re
import shutil
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "skmi"
FILES = sorted(PACKAGE.rglob("*.py"))
ROOMS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
HEAVY = {"torch", "numba", "skorch", "matplotlib"}

# Rooms where every file may import torch, and those (layer 0 is "") where none may.
# In all others, those of layer 3, only files called `_torch_*.py` do.
TORCH_ROOMS = {"nn", "training"}
TORCH_FREE_ROOMS = {"", "information", "datasets", "model_selection", "inspection"}

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 80


def name_of(path):
    """Return the path from the root, as a test's id."""
    return path.relative_to(ROOT).as_posix()


def room_of(path):
    """Return the room a file of skmi belongs to, "" for layer 0."""
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else ""


def module_of(path):
    """Return the dotted name of a file of skmi."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def may_import_torch(path):
    room = room_of(path)
    if room in TORCH_ROOMS:
        return True
    return room not in TORCH_FREE_ROOMS and path.name.startswith("_torch_")


def may_import_numba(path):
    return room_of(path) == "information" and path.name.startswith("_kernels")


@cache
def syntax_tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def imports_of(path):
    """Return (line, level, module) of every import, those in functions too."""
    found = []
    for node in ast.walk(syntax_tree(path)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, 0, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            stem = node.module or ""
            found += [
                (node.lineno, node.level, f"{stem}.{alias.name}")
                for alias in node.names
            ]
    return found


def importers_of(library, allowed):
    """Return where ``library`` is imported by files that ``allowed`` rejects."""
    return [
        f"{name_of(path)}:{line}"
        for path in FILES
        if not allowed(path)
        for line, level, module in imports_of(path)
        if level == 0 and module.partition(".")[0] == library
    ]


def heavy_after(code):
    """Return which heavy libraries a fresh interpreter has loaded after ``code``."""
    probe = f"{code}\nimport sys\nprint(*({HEAVY} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", probe],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def code_lines(function):
    """Return the length of a function without its decorators and docstring."""
    lines = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function, clean=False) is not None:
        text = function.body[0]
        lines -= text.end_lineno - text.lineno + 1
    return lines


# -------------------------------------------------------------------- imports


def test_import_contracts_hold():
    program = "from importlinter.cli import lint_imports\n"
    program += "raise SystemExit(lint_imports(no_cache=True, no_logo=True))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_torch_is_imported_only_where_it_may_be():
    assert importers_of("torch", may_import_torch) == []


def test_numba_is_imported_only_by_kernels():
    assert importers_of("numba", may_import_numba) == []


def test_skorch_is_imported_only_by_training():
    assert importers_of("skorch", lambda path: room_of(path) == "training") == []


def test_matplotlib_is_imported_only_by_inspection():
    assert importers_of("matplotlib", lambda path: room_of(path) == "inspection") == []


def test_imports_are_absolute():
    relative = [
        f"{name_of(path)}:{line}"
        for path in FILES
        for line, level, _ in imports_of(path)
        if level > 0
    ]
    assert relative == []


def test_private_modules_stay_in_their_room():
    private = re.compile(r"skmi\.(\w+)\._(?!_)\w+")
    trespasses = [
        f"{name_of(path)}:{line} imports {module}"
        for path in FILES
        for line, _, module in imports_of(path)
        if (found := private.match(module)) and found[1] != room_of(path)
    ]
    assert trespasses == []


@pytest.mark.parametrize("module", ["skmi", *(f"skmi.{room}" for room in ROOMS)])
def test_importing_a_room_loads_nothing_heavy(module):
    assert heavy_after(f"import {module}") == []


def test_files_without_torch_in_their_name_load_nothing_heavy():
    light = [
        module_of(path)
        for path in FILES
        if not may_import_torch(path) and not may_import_numba(path)
    ]
    assert heavy_after("\n".join(f"import {module}" for module in light)) == []


# --------------------------------------------------------------- public names


def test_every_room_is_a_public_name_of_skmi():
    assert set(ROOMS) <= set(import_module("skmi").__all__)


@pytest.mark.parametrize("module", ["skmi", *(f"skmi.{room}" for room in ROOMS)])
def test_public_names_can_be_imported_and_are_listed(module):
    room = import_module(module)
    assert len(set(room.__all__)) == len(room.__all__)
    assert set(room.__all__) <= set(dir(room))
    missing = [name for name in room.__all__ if not hasattr(room, name)]
    assert missing == []


@pytest.mark.parametrize("module", ["skmi", *(f"skmi.{room}" for room in ROOMS)])
def test_an_unknown_name_is_an_attribute_error_that_names_it(module):
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = import_module(module).no_such_name


# ------------------------------------------------------------ files and style


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_and_functions_are_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_FILE_LINES
    long = [
        f"{node.name} ({code_lines(node)} lines)"
        for node in ast.walk(syntax_tree(path))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and code_lines(node) > MAX_FUNCTION_LINES
    ]
    assert long == []


def test_no_file_is_named_after_nothing():
    vague = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert [name_of(path) for path in FILES if path.stem.strip("_") in vague] == []


def test_the_package_never_prints():
    prints = [
        f"{name_of(path)}:{node.lineno}"
        for path in FILES
        for node in ast.walk(syntax_tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    assert prints == []


def test_no_file_names_the_folders_of_one_machine():
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode != 0:
        pytest.skip(f"git cannot list the files: {listed.stderr.strip()}")
    # In two pieces, or this file would find itself.
    folders = re.compile(rb"(?<![\w.\-])/(?:wo" rb"rk|ro" rb"ot)/")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    found = [
        name_of(path)
        for path in paths
        if path.is_file() and folders.search(path.read_bytes())
    ]
    assert found == []
