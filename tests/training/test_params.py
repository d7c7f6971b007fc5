"""The shared training parameters are said once and agree everywhere."""

import importlib.util
import inspect
from pathlib import Path

import pytest

from skmi.training._params import CONSTRAINTS, DEFAULTS, OVERRIDES, TEXT

TOOL = Path(__file__).resolve().parents[2] / "tools" / "sync_docstrings.py"


def load_tool():
    """Load the script as a module."""
    spec = importlib.util.spec_from_file_location("sync_docstrings", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tool = load_tool()
ESTIMATORS = tool.torch_estimators()
BY_NAME = {cls.__name__: cls for cls in ESTIMATORS}


def source(cls):
    return tool.source_file(cls).read_text(encoding="utf-8")


def test_discovery_finds_the_known_estimators():
    assert {"InfomaxEncoder", "IBClassifier", "IBRegressorCV"} <= set(BY_NAME)


def test_defaults_constraints_and_text_speak_of_the_same_parameters():
    assert set(DEFAULTS) == set(CONSTRAINTS) == set(TEXT)
    for changes in OVERRIDES.values():
        assert set(changes) <= set(DEFAULTS)


def test_docstrings_are_in_step(capsys):
    assert tool.main(["--check"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_signature_carries_every_shared_parameter_with_its_default(cls):
    assert tool.default_problems(cls) == []
    wanted = set(DEFAULTS) - set(tool.left_out(cls))
    assert wanted <= set(inspect.signature(cls).parameters)


def test_rooms_have_the_defaults_of_their_own():
    cls = BY_NAME["DynamicFeatureSelector"]
    wanted = {**DEFAULTS, **OVERRIDES["feature_selection"]}
    assert wanted["batch_size"] == 32
    signature = inspect.signature(cls).parameters
    assert {name: signature[name].default for name in wanted} == wanted


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_no_docstring_is_left_a_placeholder(cls):
    assert "\n        .\n" not in source(cls)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("        Learning rate.\n", "        Speed.\n"),
        ("lr : float, default=0.00", "lr : float, default=0.01"),
        ("        Learning rate.\n", "        Learning rate.\n        Small.\n"),
    ],
)
@pytest.mark.parametrize("cls", ESTIMATORS)
def test_edited_entry_is_found_and_written_back(cls, old, new):
    text = source(cls)
    edited = text.replace(old, new)
    assert edited != text
    restored, differences = tool.synced(edited, cls)
    assert restored == text
    assert len(differences) == 1
    assert differences[0].endswith(f"{cls.__name__}: lr")


def test_lost_entry_is_found():
    cls = BY_NAME["InfomaxEncoder"]
    edited = source(cls).replace(
        "    lr : float, default=0.001\n        Learning rate.\n", ""
    )
    assert tool.synced(edited, cls)[1] == [
        "InfomaxEncoder: lr has no entry in the docstring"
    ]


def test_other_entries_stay_as_they_are():
    cls = BY_NAME["InfomaxEncoder"]
    edited = source(cls).replace("        Columns of the code.\n", "        Width.\n")
    assert tool.synced(edited, cls) == (edited, [])


def test_check_exits_with_1_and_names_the_place(tmp_path, monkeypatch, capsys):
    cls = BY_NAME["IBRegressor"]
    copy = tmp_path / "copy.py"
    edited = source(cls).replace("        Learning rate.\n", "        Speed.\n")
    copy.write_text(edited, encoding="utf-8")
    monkeypatch.setattr(tool, "torch_estimators", lambda: [cls])
    monkeypatch.setattr(tool, "source_file", lambda _: copy)
    assert tool.main(["--check"]) == 1
    assert copy.read_text(encoding="utf-8") == edited
    line = edited[: edited.index("    lr : float")].count("\n") + 1
    assert f"{copy}: line {line}: IBRegressor: lr" in capsys.readouterr().out
    assert tool.main([]) == 0
    assert copy.read_text(encoding="utf-8") == source(cls)


def test_default_of_its_own_is_found(monkeypatch):
    cls = BY_NAME["IBClassifier"]
    monkeypatch.setattr(tool, "DEFAULTS", {**DEFAULTS, "patience": 3, "new": 1})
    assert tool.default_problems(cls) == [
        "IBClassifier: new is missing",
        "IBClassifier: patience=10, but _params.py says 3",
    ]
