"""Public docstrings follow numpydoc, and the documentation knows every public name."""

import inspect
import re
import tomllib
from importlib import import_module, util
from pathlib import Path
from types import FunctionType

import pytest
from numpydoc.validate import validate
from sklearn.base import BaseEstimator

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
MODULES = sorted(
    [f"skmi.{path.parent.name}" for path in (ROOT / "skmi").glob("*/__init__.py")]
    + ["skmi.exceptions"]
)

IGNORED = {
    # The summary and the sections say it all where nothing more needs saying.
    "ES01",
    # Neighbours are found in the API tables, which are made from the code.
    "SA01",
    # A named return, such as `mi : float`, says more than its type.
    "RT02",
    # `ndarray of shape (n, k)` under a summary that says what is returned is enough.
    "RT03",
}
# The example of a class shows its methods at work.
IGNORED_FOR_METHODS = IGNORED | {"EX01"}
# Methods of modules and callbacks are called by the training loop, not by users; their
# class documents the shapes they take and give.
IGNORED_FOR_PARTS = IGNORED_FOR_METHODS | {"PR01", "RT01"}
# numpydoc takes a first argument of this name for the one of a class method.
FALSE_ALARMS = {"Unknown parameters {'cls'}"}


def is_documented_member(member):
    """Tell methods and properties from data; `fn` marks those of available_if."""
    kinds = (FunctionType, property, classmethod, staticmethod)
    return isinstance(member, kinds) or hasattr(member, "fn")


def public_members(cls):
    """Return the public methods and properties that skmi defines for ``cls``."""
    return sorted(
        {
            name
            for base in cls.__mro__
            if base.__module__.startswith("skmi.")
            for name, member in vars(base).items()
            if not name.startswith("_") and is_documented_member(member)
        }
    )


def public_objects():
    """Return (dotted name, ignored codes) of everything that users can name."""
    found = {}
    for module in MODULES:
        room = import_module(module)
        for name in room.__all__:
            thing = getattr(room, name)
            if not (inspect.isclass(thing) or inspect.isfunction(thing)):
                continue
            found[f"{module}.{name}"] = IGNORED
            if not inspect.isclass(thing):
                continue
            by_users = issubclass(thing, BaseEstimator)
            ignored = IGNORED_FOR_METHODS if by_users else IGNORED_FOR_PARTS
            for member in public_members(thing):
                found[f"{module}.{name}.{member}"] = ignored
    return sorted(found.items())


def api_tables():
    """Load the data structure that the API reference is made from."""
    spec = util.spec_from_file_location("_api_tables", DOCS / "_api_tables.py")
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("name", "ignored"), [pytest.param(*item, id=item[0]) for item in public_objects()]
)
def test_docstring_follows_numpydoc(name, ignored):
    errors = [
        f"{code} {text}"
        for code, text in validate(name)["errors"]
        if code not in ignored and text not in FALSE_ALARMS
    ]
    assert errors == []


@pytest.mark.parametrize("module", MODULES)
def test_api_reference_lists_every_public_name(module):
    tables = api_tables().tables(module)
    listed = [name for names in tables.values() for name in names]
    assert sorted(listed) == sorted(import_module(module).__all__)


def test_api_reference_has_a_page_for_every_room():
    assert sorted(api_tables().MODULES) == MODULES


def test_references_are_whole_and_in_order():
    text = (DOCS / "references.bib").read_text(encoding="utf-8")
    entries = re.split(r"^(?=@)", text, flags=re.M)[1:]
    assert [e for e in entries if e.count("{") != e.count("}")] == []
    keys = [re.match(r"@\w+\{([^,\s]+),", entry)[1] for entry in entries]
    assert keys == sorted(set(keys))


def test_pages_cite_what_is_in_the_references():
    keys = set(
        re.findall(r"^@\w+\{([^,\s]+),", (DOCS / "references.bib").read_text(), re.M)
    )
    pages = [*DOCS.glob("*.md"), *DOCS.glob("user_guide/*.md")]
    cited = {
        key.strip()
        for page in pages
        for keys_of_one in re.findall(r"\{cite:\w+\}`([^`]+)`", page.read_text())
        for key in keys_of_one.split(",")
    }
    assert cited - keys == set()


def test_methods_of_the_literature_name_what_exists():
    entries = tomllib.loads((DOCS / "methods.toml").read_text(encoding="utf-8"))
    keys = re.findall(r"^@\w+\{([^,\s]+),", (DOCS / "references.bib").read_text(), re.M)
    assert len(set(keys)) == len(keys)
    for entry in entries["method"]:
        assert set(entry) == {"card", "class", "source", "status"}, entry
        assert re.fullmatch(r"\d{3}", entry["card"]), entry
        assert entry["status"] in {"full", "partial"}, entry
        assert entry["source"] in keys, entry
        module, _, name = re.match(r"[\w.]+", entry["class"])[0].rpartition(".")
        assert hasattr(import_module(module), name), entry
