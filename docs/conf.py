"""Configuration of the documentation; built by ``make docs``."""

from __future__ import annotations

import inspect
import logging
import os
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path.insert(0, str(DOCS))

# Figures are drawn without a screen, small networks trained on one thread.
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import _api_tables

import skmi

# ------------------------------------------------------------------- project

project = "skmi"
author = "The skmi developers"
copyright = "2026, The skmi developers"
release = skmi.__version__
version = ".".join(release.split(".")[:2])

# ------------------------------------------------------------------- sources

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinxcontrib.bibtex",
]
exclude_patterns = ["_build", "changelog.d", "**/README.md"]
templates_path = ["_templates"]

# A folder of pages may still be empty, and the glob of its toctree match nothing. The
# warning has no type, so suppress_warnings cannot name it.
logging.getLogger("sphinx.sphinx.directives.other").addFilter(
    lambda record: getattr(record, "subtype", None) != "empty_glob"
)

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

bibtex_bibfiles = ["references.bib"]
bibtex_default_style = "plain"
bibtex_reference_style = "author_year"

# Prompts and outputs of examples are not copied.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

# ------------------------------------------------------------- API reference

autosummary_generate = True
autodoc_typehints = "none"
autodoc_default_options = {"members": True, "inherited-members": True}
numpydoc_show_class_members = False


def skip_foreign_members(app, what, name, obj, skip, options):
    """Leave out what a class inherits from other libraries."""
    inner = getattr(obj, "fget", None) or getattr(obj, "__func__", obj)
    module = getattr(inspect.unwrap(inner), "__module__", None) or ""
    if what == "class" and not module.startswith("skmi"):
        return True
    return None


# ------------------------------------------------------------------- gallery

examples = ROOT / "examples"
if any(examples.glob("plot_*.py")):
    extensions.append("sphinx_gallery.gen_gallery")
    sphinx_gallery_conf = {
        "examples_dirs": str(examples),
        "gallery_dirs": "auto_examples",
        "filename_pattern": r"plot_",
        # Scripts that are no examples of the gallery.
        "ignore_pattern": r"(^|[/\\])(?!plot_)[^/\\]*\.py$",
        "within_subsection_order": "FileNameSortKey",
        "abort_on_example_error": True,
        "download_all_examples": False,
        "min_reported_time": 5,
        "show_memory": False,
        "show_signature": False,
    }

# ---------------------------------------------------------------------- HTML

html_theme = "pydata_sphinx_theme"
html_title = f"skmi {version}"
html_show_sourcelink = False
html_theme_options = {
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
}


def setup(app):
    """Write the pages of the API reference before Sphinx lists its sources."""
    _api_tables.write_pages(DOCS / "generated")
    app.connect("autodoc-skip-member", skip_foreign_members)
