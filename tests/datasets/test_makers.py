"""What every maker promises: shapes, seeds, forms of the result."""

import numpy as np
import pytest

from skmi import datasets

MAKERS = [
    pytest.param(getattr(datasets, name), options, id=f"{name}-{options}")
    for name, options in [
        ("make_bimodal_mixture", {}),
        ("make_correlated_gaussians", {"n_features": 2}),
        ("make_discrete_table", {}),
        *(("make_mixed_discrete_continuous", {"law": k}) for k in datasets.MIXED_LAWS),
        *(
            ("make_multivariate_gaussians", {"structure": k})
            for k in datasets.STRUCTURES
        ),
        ("make_parity", {"continuous": True, "flip": 0.1}),
        ("make_student_t", {}),
        ("make_uniform_additive_noise", {}),
        ("make_xor", {}),
    ]
]
every_maker = pytest.mark.parametrize(("make", "options"), MAKERS)


def test_every_maker_is_tested_here():
    tested = {param.values[0].__name__ for param in MAKERS}
    assert tested == {name for name in datasets.__all__ if name.startswith("make_")}


@every_maker
def test_rows_and_columns(make, options):
    X, y = make(23, **options)
    assert X.ndim == 2
    assert X.shape[0] == y.shape[0] == 23
    assert y.ndim == 1 or y.shape[1] > 1
    assert np.isfinite(X).all()
    assert np.isfinite(y).all()


@every_maker
def test_the_information_is_a_float_for_any_sample(make, options):
    _, _, mi = make(5, random_state=1, return_mi=True, **options)
    _, _, again = make(50, random_state=1, return_mi=True, **options)
    assert type(mi) is float
    assert mi == again >= 0


@every_maker
def test_the_same_seed_gives_the_same_bits(make, options):
    first = make(20, random_state=7, **options)
    second = make(20, random_state=7, return_mi=True, **options)
    for a, b in zip(first, second, strict=False):
        np.testing.assert_array_equal(a, b)


@every_maker
def test_other_seeds_give_other_samples(make, options):
    samples = [
        np.column_stack(make(50, random_state=seed, **options))
        for seed in (0, 1, None, None)
    ]
    assert len({sample.tobytes() for sample in samples}) == 4


@every_maker
def test_generators_go_on_where_they_stopped(make, options):
    for kind in (np.random.default_rng, np.random.RandomState):
        rng = kind(0)
        first, second = (make(50, random_state=rng, **options)[0] for _ in range(2))
        again = make(50, random_state=kind(0), **options)[0]
        assert not np.array_equal(first, second)
        np.testing.assert_array_equal(first, again)


@every_maker
def test_the_global_generator_is_left_alone(make, options):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    make(20, random_state=0, **options)
    make(20, **options)
    after = np.random.get_state()[1]  # noqa: NPY002
    np.testing.assert_array_equal(after, before)


@every_maker
@pytest.mark.parametrize("n_samples", [0, -1, 2.5, None, True, "10"])
def test_a_bad_number_of_samples_is_named(make, options, n_samples):
    with pytest.raises(ValueError, match="n_samples must be an integer"):
        make(n_samples, **options)


@every_maker
@pytest.mark.parametrize("random_state", ["seed", -1, 1.5, True])
def test_a_bad_random_state_is_named(make, options, random_state):
    with pytest.raises(ValueError, match="random_state must be"):
        make(10, random_state=random_state, **options)


@every_maker
def test_only_the_number_of_samples_is_positional(make, options):
    with pytest.raises(TypeError, match="positional"):
        make(10, 0.5)
