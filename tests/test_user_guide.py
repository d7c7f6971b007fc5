"""The examples of the user guide run and print what they say."""

import doctest
from pathlib import Path

import pytest

GUIDE = Path(__file__).resolve().parents[1] / "docs" / "user_guide"
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.mark.parametrize("page", sorted(GUIDE.glob("*.md")), ids=lambda p: p.stem)
@pytest.mark.filterwarnings("default")
def test_examples_of_a_page_print_what_they_say(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    failed, _ = doctest.testfile(str(page), module_relative=False, optionflags=FLAGS)
    assert failed == 0


def test_pages_have_examples():
    silent = [
        page.stem
        for page in GUIDE.glob("*.md")
        if page.stem != "index" and ">>> " not in page.read_text(encoding="utf-8")
    ]
    assert silent == []
