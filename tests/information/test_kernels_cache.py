"""What is kept on disk holds as long as no kernel file changes."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import skmi
from skmi.information._kernels_cache import digest_of_kernels

FOLDER = Path(skmi.__file__).parent
COUNT_LOADED = """
import numpy as np
from skmi.information._kernels_tables import fill_c_log_c
fill_c_log_c(np.empty(3))
print(sum(fill_c_log_c.stats.cache_hits.values()))
"""


@pytest.fixture
def n_loaded(tmp_path):
    """Return a function that tells how many kernels a new process finds compiled."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(FOLDER, tmp_path / "skmi", ignore=ignored)
    settings = {"NUMBA_CACHE_DIR": str(tmp_path / "kept"), "PYTHONPATH": str(tmp_path)}

    def run():
        command = [sys.executable, "-c", COUNT_LOADED]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            check=True,
        )
        return int(done.stdout)

    return run


def test_a_change_of_one_kernel_file_makes_all_kernels_be_compiled_anew(
    n_loaded, tmp_path
):
    assert [n_loaded(), n_loaded()] == [0, 1]
    with (tmp_path / "skmi/information/_kernels_leaf.py").open("a") as file:
        file.write("# A change.\n")
    assert [n_loaded(), n_loaded()] == [0, 1]


def test_the_digest_tells_names_and_contents_apart(tmp_path):
    digests = set()
    for number, (name, text) in enumerate(
        [("_kernels_a", "x"), ("_kernels_a", "y"), ("_kernels_b", "x")]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / f"{name}.py").write_text(text)
        digests.add(digest_of_kernels(folder))
        (folder / "other.py").write_text("not a kernel")
        digests.add(digest_of_kernels(folder))
    assert len(digests) == 3


def test_no_kernel_is_kept_but_by_the_decorator_that_looks_at_all():
    files = sorted((FOLDER / "information").glob("_kernels_*.py"))
    keeps = [path.name for path in files if re.search("cache=True", path.read_text())]
    assert keeps == ["_kernels_cache.py"]
