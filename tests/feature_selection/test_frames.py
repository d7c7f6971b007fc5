"""Selectors give frames back as frames."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from skmi.feature_selection._frames import FrameSelectorMixin


class TakeEvery(FrameSelectorMixin, BaseEstimator):
    """A selector of every second column."""

    def fit(self, X, y=None):
        validate_data(self, X, skip_check_array=True)
        return self

    def _get_support_mask(self):
        return np.arange(self.n_features_in_) % 2 == 0


TABLE = {"w": ["a", "b", "c"], "x": [1.0, 2.0, 3.0], "f": [True, False, True]}
LIBRARIES = {"pandas": pd, "polars": pl}


@pytest.mark.parametrize("name", sorted(LIBRARIES))
def test_a_mixed_frame_stays_a_frame_with_its_types(name):
    X = LIBRARIES[name].DataFrame(TABLE)
    Z = TakeEvery().fit(X).transform(X)
    assert type(Z) is type(X)
    assert list(Z.columns) == ["w", "f"]
    assert [str(t) for t in Z.dtypes] == [str(X[c].dtype) for c in ("w", "f")]
    assert list(Z["w"]) == TABLE["w"]


@pytest.mark.parametrize("name", sorted(LIBRARIES))
@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_set_output_decides_the_kind_of_frame(name, output):
    X = LIBRARIES[name].DataFrame(TABLE)
    Z = TakeEvery().fit(X).set_output(transform=output).transform(X)
    assert isinstance(Z, LIBRARIES[output].DataFrame)
    assert list(Z.columns) == ["w", "f"]
    assert list(Z["w"]) == TABLE["w"]


@pytest.mark.parametrize("name", sorted(LIBRARIES))
def test_frames_of_numbers_become_arrays_as_in_scikit_learn(name):
    X = LIBRARIES[name].DataFrame({"a": [1.0, 2.0], "b": [3, 4], "c": [5.0, 6.0]})
    Z = TakeEvery().fit(X).transform(X)
    np.testing.assert_array_equal(Z, [[1.0, 5.0], [2.0, 6.0]])


def test_sparse_matrices_stay_sparse():
    X = csr_array(np.eye(3))
    Z = TakeEvery().fit(X).transform(X)
    np.testing.assert_array_equal(Z.toarray(), np.eye(3)[:, [0, 2]])


@pytest.mark.parametrize("name", sorted(LIBRARIES))
def test_other_columns_at_transform_are_named(name):
    library = LIBRARIES[name]
    selector = TakeEvery().fit(library.DataFrame(TABLE))
    with pytest.raises(ValueError, match="feature names should match"):
        selector.transform(library.DataFrame({**TABLE, "z": TABLE["x"]}))


def test_missing_values_are_named_where_the_selector_has_none():
    selector = TakeEvery().fit(pd.DataFrame(TABLE))
    holes = pd.DataFrame({**TABLE, "w": ["a", None, "c"]})
    with pytest.raises(ValueError, match=r"X: column 0 .*row 1"):
        selector.transform(holes)
