"""InfomaxEncoder keeps what two views share and reports honest bounds."""

import math

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV

from skmi.exceptions import EstimationWarning
from skmi.infomax import InfomaxEncoder
from skmi.nn import BOUNDS, CRITICS
from skmi.nn.bounds import nwj
from skmi.nn.objectives import OBJECTIVES, ObjectiveContext
from skmi.training import Augmentation, Critic, EarlyStopping

D, RHO = 5, 0.7
# 1.683 nats.
TRUE_MI = -D / 2 * math.log(1 - RHO**2)
COLUMNS = [slice(0, 5), slice(5, 10)]
LOWER = [
    name
    for name, build in OBJECTIVES.items()
    if build(ObjectiveContext(2, 2, lambda a, b: torch.nn.Bilinear(a, b, 1))).kind
    == "lower"
]


def paired_gaussians(n, rho=RHO, seed=0):
    """Return n rows of two views, each dimension correlated with its counterpart."""
    rng = np.random.default_rng(seed)
    first = rng.normal(size=(n, D))
    second = rho * first + math.sqrt(1 - rho**2) * rng.normal(size=(n, D))
    return np.hstack([first, second])


def small(**params):
    """Return a small encoder of two given views."""
    base = {
        "n_components": 3,
        "views": "paired",
        "hidden_layer_sizes": (8,),
        "max_epochs": 2,
        "batch_size": 32,
        "random_state": 0,
        "device": "cpu",
    }
    if params.get("views", "paired") == "paired":
        base["view_columns"] = COLUMNS
    return InfomaxEncoder(**{**base, **params})


def same_weights(first, second):
    """Tell whether two encoders have the same weights, to the bit."""
    a, b = first.weights_, second.weights_
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a)


def scores_of_blocks(encoder, X, size=1024):
    """Return the mean score over blocks of new rows and its standard error."""
    blocks = [encoder.score(X[i : i + size]) for i in range(0, len(X), size)]
    return np.mean(blocks), np.std(blocks, ddof=1) / len(blocks) ** 0.5


# Information


@pytest.mark.parametrize("objective", LOWER)
def test_score_on_new_rows_is_close_below_the_true_information(objective):
    encoder = small(
        objective=objective,
        n_components=5,
        hidden_layer_sizes=(),
        lr=2e-3,
        max_epochs=15,
        batch_size=256,
        early_stopping=True,
    ).fit(paired_gaussians(16_000))
    mean, se = scores_of_blocks(encoder, paired_gaussians(8192, seed=1))
    assert mean <= TRUE_MI + 3 * se
    assert mean >= TRUE_MI - 0.2
    assert encoder.mi_lower_bound_ == pytest.approx(mean, abs=0.15)


@pytest.mark.parametrize("objective", ["infonce", "symmetric_infonce"])
@pytest.mark.filterwarnings("ignore::skmi.exceptions.EstimationWarning")
def test_score_never_exceeds_the_log_of_the_batch(objective):
    X = paired_gaussians(256, rho=0.9999)
    encoder = small(
        objective=objective,
        max_epochs=30,
        lr=0.02,
        hidden_layer_sizes=(),
        critic="distance",
    ).fit(X)
    assert math.log(32) * 0.8 < encoder.score(X) <= math.log(32)
    assert encoder.score(X[:10]) <= math.log(10)
    assert max(encoder.history_["bound"]) <= math.log(32)


@pytest.mark.parametrize("objective", LOWER)
def test_independent_views_have_no_information(objective):
    encoder = small(objective=objective, max_epochs=5, batch_size=128)
    encoder.fit(paired_gaussians(2000, rho=0.0))
    mean, se = scores_of_blocks(encoder, paired_gaussians(4096, rho=0.0, seed=1))
    assert mean <= 3 * se
    assert mean >= -0.1


def test_more_information_gives_a_larger_score():
    scores = [
        small(max_epochs=8, lr=5e-3, batch_size=128, hidden_layer_sizes=())
        .fit(paired_gaussians(2000, rho=rho))
        .score(paired_gaussians(2000, rho=rho, seed=1))
        for rho in (0.2, 0.5, 0.8)
    ]
    assert scores == sorted(scores)
    assert scores[-1] - scores[0] > 0.3


def test_saturated_bound_warns_at_fit_and_at_score():
    X = paired_gaussians(256, rho=0.9999)
    encoder = small(
        n_components=5,
        max_epochs=30,
        lr=0.02,
        hidden_layer_sizes=(),
        critic="distance",
        batch_size=16,
    )
    with pytest.warns(EstimationWarning, match=r"ceiling of 2\.77 with 16 rows"):
        encoder.fit(X)
    with pytest.warns(EstimationWarning, match="Raise batch_size"):
        encoder.score(X)


def test_bound_far_from_its_ceiling_does_not_warn():
    encoder = small().fit(paired_gaussians(200))
    assert encoder.score(paired_gaussians(200, seed=1)) < 0.9 * math.log(32)


def two_views_of_factors(n=3000, seed=0):
    """Return two views, the factors they share, and those of the first alone."""
    rng = np.random.default_rng(seed)
    shared, own, other = (rng.normal(size=(n, 3)) for _ in range(3))
    mixing = np.random.default_rng(9)
    first = np.hstack([shared, own]) @ mixing.normal(size=(6, 8))
    second = np.hstack([shared, other]) @ mixing.normal(size=(6, 7))
    noise = 0.05 * rng.normal(size=(n, 15))
    return np.hstack([first, second]) + noise, shared, own


def test_shared_factors_are_kept_and_private_ones_fade():
    X, shared, own = two_views_of_factors()
    encoder = small(
        view_columns=[slice(0, 8), slice(8, 15)],
        n_components=3,
        hidden_layer_sizes=(),
        critic="bilinear",
        lr=1e-2,
        max_epochs=20,
        batch_size=128,
    ).fit(X)
    new, new_shared, new_own = two_views_of_factors(seed=1)

    def r2(factors, new_factors):
        model = LinearRegression().fit(encoder.transform(X), factors)
        return model.score(encoder.transform(new), new_factors)

    assert r2(shared, new_shared) > 0.95
    assert r2(own, new_own) < 0.05


def test_augmented_views_keep_what_columns_tell_of_each_other():
    rng = np.random.default_rng(0)
    factor = rng.normal(size=(2000, 1))
    X = np.hstack(
        [factor + 0.3 * rng.normal(size=(2000, 6)), rng.normal(size=(2000, 6))]
    )
    encoder = small(
        views="augment", n_components=1, lr=1e-2, max_epochs=15, batch_size=128
    ).fit(X)
    code = encoder.transform(X)[:, 0]
    assert abs(np.corrcoef(code, factor[:, 0])[0, 1]) > 0.85
    assert max(abs(np.corrcoef(code, column)[0, 1]) for column in X[:, 6:].T) < 0.25


# Views as lists, columns, names


def test_list_of_views_equals_view_columns_to_the_bit():
    X = paired_gaussians(100)
    by_columns = small().fit(X)
    by_list = small(view_columns=None).fit([X[:, :5], X[:, 5:]])
    assert same_weights(by_columns, by_list)
    assert by_list.n_features_in_ == 10
    assert by_list.score([X[:, :5], X[:, 5:]]) == by_columns.score(X)
    assert np.array_equal(by_list.transform(X), by_columns.transform(X))


@pytest.mark.parametrize(
    "view_columns",
    [
        [list(range(5)), list(range(5, 10))],
        [np.arange(5), np.arange(-5, 0)],
        [np.arange(10) < 5, np.arange(10) >= 5],
        [list("abcde"), list("fghij")],
        (slice(None, 5), slice(5, None)),
    ],
    ids=["indices", "arrays", "masks", "names", "slices"],
)
def test_columns_may_be_given_in_every_form(view_columns):
    X = pd.DataFrame(paired_gaussians(100), columns=list("abcdefghij"))
    encoder = small(view_columns=view_columns).fit(X)
    assert same_weights(encoder, small().fit(X))
    assert np.array_equal(encoder.transform(X), small().fit(X).transform(X))


def test_columns_in_another_order_are_the_same_views():
    X = paired_gaussians(100)
    order = np.random.default_rng(0).permutation(10)
    where = np.argsort(order)
    moved = small(view_columns=[where[:5], where[5:]]).fit(X[:, order])
    straight = small().fit(X)
    assert same_weights(moved, straight)
    assert np.array_equal(moved.transform(X[:, order]), straight.transform(X))
    views = [X[:, :5], X[:, 5:]]
    for ours, theirs in zip(
        moved.transform(views), straight.transform(views), strict=True
    ):
        assert np.array_equal(ours, theirs)


def test_columns_of_no_view_are_not_read():
    X = paired_gaussians(100)
    encoder = small(view_columns=[[0, 1], [5, 6]]).fit(X)
    codes = encoder.transform(X)
    X[:, [2, 3, 4, 7, 8, 9]] = 0.0
    assert np.array_equal(encoder.transform(X), codes)
    first, second = encoder.transform([X[:, [0, 1]], X[:, [5, 6]]])
    assert np.array_equal(first, codes)
    assert second.shape == codes.shape


def frames_of_views(library, n=60):
    """Return two views as frames with names of their own."""
    X = paired_gaussians(n)
    if library == "pandas":
        return [
            pd.DataFrame(X[:, :5], columns=list("abcde")),
            pd.DataFrame(X[:, 5:], columns=list("fghij")),
        ]
    return [
        pl.DataFrame(X[:, :5], list("abcde")),
        pl.DataFrame(X[:, 5:], list("fghij")),
    ]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_names_of_listed_frames_are_kept_and_checked(library):
    first, second = frames_of_views(library)
    encoder = small(view_columns=None).fit([first, second])
    assert list(encoder.feature_names_in_) == list("abcdefghij")
    codes = encoder.transform([first, second])
    assert np.array_equal(codes[0], small().fit_transform(paired_gaussians(60)))
    for wrong in ([second, first], [first[list("abced")], second]):
        with pytest.raises(ValueError, match="feature names of the views"):
            encoder.transform(wrong)


def test_listed_frames_of_an_encoder_fitted_on_one_frame_do_not_warn():
    first, second = frames_of_views("pandas")
    whole = pd.concat([second, first], axis=1)
    names = [list(first.columns), list(second.columns)]
    encoder = small(view_columns=names).fit(whole)
    codes = encoder.transform([first, second])
    assert np.array_equal(codes[0], encoder.transform(whole))


def test_list_that_contradicts_view_columns_is_refused():
    X = paired_gaussians(60)
    with pytest.raises(ValueError, match=r"view_columns=.* are not the columns"):
        small(view_columns=[slice(5, 10), slice(0, 5)]).fit([X[:, :5], X[:, 5:]])


def test_view_that_is_not_two_dimensional_is_named():
    X = paired_gaussians(60)
    first, second = X[:, :5], X[:, 5:]
    with pytest.raises(ValueError, match=r"view 1 must be 2-D, found shape \(60,\)"):
        small().fit([first, second[:, 0]])
    with pytest.raises(ValueError, match=r"view 0 must be 2-D, found shape \(60,\)"):
        small(view_columns=[[0], [1]]).fit([first[:, 0], second[:, 0]])
    encoder = small().fit([first, second])
    with pytest.raises(ValueError, match=r"view 1 must be 2-D, found NoneType"):
        encoder.transform([first, None])


def test_list_of_views_after_set_output_is_refused_by_name():
    views = [paired_gaussians(60)[:, :5], paired_gaussians(60)[:, 5:]]
    encoder = small(view_columns=None).set_output(transform="pandas").fit(views)
    with pytest.raises(ValueError, match="set_output"):
        encoder.transform(views)
    assert len(encoder.set_output(transform="default").transform(views)) == 2


def test_views_are_those_of_fit_whatever_is_set_later():
    X = paired_gaussians(60)
    encoder = small(views="augment").fit(X).set_params(views="paired")
    with pytest.raises(ValueError, match="views is 'augment'"):
        encoder.transform([X[:, :5], X[:, 5:]])


def test_list_of_views_is_refused_where_their_columns_overlap():
    X = paired_gaussians(100)
    encoder = small(view_columns=[slice(0, 6), slice(4, 10)]).fit(X)
    with pytest.raises(ValueError, match="view_columns overlap"):
        encoder.transform([X[:, :6], X[:, 4:]])


def test_transform_of_a_list_gives_the_code_of_each_view():
    X = paired_gaussians(100)
    encoder = small(output="concat").fit(X)
    first, second = encoder.transform([X[:, :5], X[:, 5:]])
    assert np.array_equal(encoder.transform(X), np.hstack([first, second]))


@pytest.mark.parametrize(
    ("output", "width"), [("first", 3), ("concat", 6), ("mean", 3)]
)
def test_output_says_what_becomes_of_the_two_codes(output, width):
    X = paired_gaussians(100)
    encoder = small(output=output).fit(X)
    first, second = encoder.transform([X[:, :5], X[:, 5:]])
    expected = {
        "first": first,
        "concat": np.hstack([first, second]),
        "mean": (first + second) / 2,
    }
    code = encoder.transform(X)
    np.testing.assert_allclose(code, expected[output], rtol=1e-12)
    names = [f"infomaxencoder{i}" for i in range(width)]
    assert list(encoder.get_feature_names_out()) == names
    frame = encoder.set_output(transform="pandas").transform(X)
    assert list(frame.columns) == names


def test_shared_encoder_encodes_both_views_alike():
    X = paired_gaussians(100)
    encoder = small(share_encoder=True, standardize=False).fit(X)
    first, second = encoder.transform([X[:, :5], X[:, :5]])
    assert np.array_equal(first, second)
    separate = small().fit(X).transform([X[:, :5], X[:, :5]])
    assert not np.array_equal(*separate)


def test_search_over_view_columns_uses_one_array():
    X = paired_gaussians(120)
    search = GridSearchCV(small(), {"lr": [1e-3, 1e-2]}, cv=2).fit(X)
    assert np.isfinite(search.best_score_)


# Objectives and critics


@pytest.mark.parametrize("critic", sorted(CRITICS))
@pytest.mark.parametrize("objective", sorted(OBJECTIVES))
def test_every_objective_trains_with_every_critic(objective, critic):
    X = paired_gaussians(64)
    chosen = Critic(critic)
    if critic != "bilinear":
        chosen.set_params(hidden_layer_sizes=(4,))
    encoder = small(
        objective=objective, critic=chosen, max_epochs=1, early_stopping=True
    ).fit(X)
    assert encoder.transform(X).shape == (64, 3)
    assert np.isfinite(encoder.score(X))
    assert hasattr(encoder, "mi_lower_bound_") == (objective in LOWER)


def test_objective_may_be_a_function_of_scores():
    X = paired_gaussians(100)
    encoder = small(objective=nwj).fit(X)
    assert same_weights(encoder, small(objective="nwj").fit(X))
    assert encoder.history_ == small(objective="nwj").fit(X).history_
    assert not hasattr(encoder, "mi_lower_bound_")


def test_objective_may_be_a_record_or_a_builder():
    X = paired_gaussians(100)
    by_name = small(objective="nwj").fit(X)
    assert same_weights(small(objective=BOUNDS["nwj"]).fit(X), by_name)
    assert same_weights(small(objective=OBJECTIVES["nwj"]).fit(X), by_name)


def test_augmentation_may_be_a_function_of_rows_and_noise():
    X = paired_gaussians(100)
    by_spec = small(views="augment", augment=Augmentation(scale=0.3, corruption=0))
    by_function = small(
        views="augment", augment=lambda x, noise: x + 0.3 * noise.normal(x)
    )
    assert same_weights(by_spec.fit(X), by_function.fit(X))


def test_bound_of_an_earlier_fit_is_forgotten():
    X = paired_gaussians(100)
    encoder = small(early_stopping=True).fit(X)
    assert hasattr(encoder, "mi_lower_bound_")
    encoder.set_params(objective="smile").fit(X)
    assert not hasattr(encoder, "mi_lower_bound_")


def test_bound_on_rows_that_earlier_fits_trained_on_is_not_reported():
    X = paired_gaussians(200)
    encoder = small(warm_start=True).fit(X)
    encoder.set_params(early_stopping=True).fit(X)
    assert not hasattr(encoder, "mi_lower_bound_")
    streamed = small(early_stopping=True, warm_start=True).partial_fit(X).fit(X)
    assert not hasattr(streamed, "mi_lower_bound_")
    shuffled = small(early_stopping=True, warm_start=True).fit(X)
    assert hasattr(shuffled.fit(X), "mi_lower_bound_")
    assert not hasattr(shuffled.fit(X[::-1]), "mi_lower_bound_")
    assert not hasattr(shuffled.fit(X), "mi_lower_bound_")


def test_bound_on_training_rows_is_not_reported_as_one():
    encoder = small().fit(paired_gaussians(100))
    assert not hasattr(encoder, "mi_lower_bound_")
    assert len(encoder.history_["bound"]) == 2


def test_reported_bound_is_that_of_the_held_out_rows_with_early_stopping():
    encoder = small(early_stopping=True).fit(paired_gaussians(200))
    best = int(np.argmin(encoder.history_["valid_loss"]))
    assert encoder.mi_lower_bound_ == encoder.history_["valid_bound"][best]


def test_reported_bound_is_that_of_the_weights_kept():
    X = paired_gaussians(200)
    watch = EarlyStopping("valid_bound", patience=3)  # keeps the worst epoch
    encoder = small(early_stopping=True, callbacks=[watch], max_epochs=6, lr=0.02)
    encoder.fit(X)
    kept = int(np.argmin(encoder.history_["valid_bound"]))
    assert kept != int(np.argmin(encoder.history_["valid_loss"]))
    assert encoder.mi_lower_bound_ == encoder.history_["valid_bound"][kept]


@pytest.mark.parametrize("n_valid", [31, 33])
def test_held_out_bound_never_exceeds_the_log_of_the_batch(n_valid):
    X = paired_gaussians(310, rho=0.9999)
    encoder = small(
        n_components=5,
        batch_size=16,
        max_epochs=30,
        lr=0.02,
        hidden_layer_sizes=(),
        critic="distance",
        early_stopping=True,
        validation_fraction=n_valid / 310,
    )
    with pytest.warns(EstimationWarning, match="within 10% of its ceiling"):
        encoder.fit(X)
    assert 2 < encoder.mi_lower_bound_ <= math.log(16)
    assert max(encoder.history_["valid_bound"]) <= math.log(16)


@pytest.mark.parametrize(
    "objective", ["infonce", "symmetric_infonce", "nwj", "donsker_varadhan"]
)
def test_loss_is_minus_the_bound_up_to_a_constant_where_the_bound_is_trained(objective):
    history = (
        small(objective=objective, max_epochs=5).fit(paired_gaussians(100)).history_
    )
    constant = np.add(history["loss"], history["bound"])
    np.testing.assert_allclose(constant, constant[0], atol=1e-6)


def test_temperature_is_that_of_the_cosine_critic_alone():
    X = paired_gaussians(100)
    first, other = (small(temperature=t).fit(X) for t in (0.1, 5.0))
    assert same_weights(first, other)
    first, other = (small(critic="cosine", temperature=t).fit(X) for t in (0.1, 5.0))
    assert not same_weights(first, other)


def test_critic_and_its_heads_are_left_out_of_the_code():
    X = paired_gaussians(100)
    encoder = small().fit(X)
    heads = [name for name in encoder.weights_ if name.startswith("objective.critic")]
    assert heads
    assert encoder.transform(X).shape == (100, 3)


def test_score_does_not_depend_on_how_often_it_is_asked():
    X = paired_gaussians(100)
    encoder = small(views="augment").fit(X)
    first = encoder.score(X)
    encoder.transform(X)
    assert encoder.score(X) == first
