r"""A pytest plugin that puts skmi's functions in the place of scikit-learn's.

scikit-learn's own tests of mutual_info_classif and mutual_info_regression then test
ours::

    python -m pytest -p tools.swap_mutual_info --pyargs \
        sklearn.feature_selection.tests.test_mutual_info
"""

import sklearn.feature_selection as theirs

import skmi.feature_selection as ours

for _name in ("mutual_info_classif", "mutual_info_regression"):
    setattr(theirs, _name, getattr(ours, _name))
