"""What a CUDA device must do as the CPU does."""

import pickle

import numpy as np
import pytest

from skmi.bottleneck import HierarchicalIBClassifier, IBClassifier, IBRegressor
from skmi.infomax import InfomaxEncoder
from skmi.training import Checkpoint

pytestmark = pytest.mark.gpu
ESTIMATORS = [InfomaxEncoder, IBClassifier, IBRegressor, HierarchicalIBClassifier]


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((300, 6))
    return X, (X[:, 0] > 0).astype(int)


def make(cls, **params):
    return cls(n_components=3, max_epochs=4, random_state=0, device="cuda", **params)


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_fit_on_cuda_keeps_the_module_there_and_exports_to_the_cpu(cls, data):
    estimator = make(cls).fit(*data)
    assert next(estimator.net_.module_.parameters()).device.type == "cuda"
    assert next(estimator.encoder_.parameters()).device.type == "cpu"
    assert estimator.transform(data[0]).shape == (300, 3)


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_auto_takes_cuda_and_the_same_seed_gives_the_same_weights(cls, data):
    first = make(cls).set_params(device="auto").fit(*data)
    second = make(cls).fit(*data)
    for name, array in first.weights_.items():
        np.testing.assert_allclose(array, second.weights_[name], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_a_pickle_from_cuda_transforms_alike_where_it_is_loaded(cls, data):
    estimator = make(cls).fit(*data)
    copy = pickle.loads(pickle.dumps(estimator))
    np.testing.assert_allclose(copy.transform(data[0]), estimator.transform(data[0]))


def test_training_on_cuda_resumes_from_a_checkpoint(data, tmp_path):
    whole = make(IBClassifier, callbacks=[Checkpoint(tmp_path)]).fit(*data)
    again = make(IBClassifier, callbacks=[Checkpoint(tmp_path)]).fit(*data)
    for name, array in whole.weights_.items():
        np.testing.assert_array_equal(array, again.weights_[name])
