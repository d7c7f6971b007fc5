"""The bound is its formula, at the best layer."""

import numpy as np
import pytest

from skmi.inspection import ib_generalization_bound


def test_the_bound_is_its_formula_in_nats():
    bound = ib_generalization_bound(
        2.0, 50, encoder_information=1.0, constants=(0.3, 0.5, 2.0)
    )
    assert bound == pytest.approx(2 * np.sqrt(3.5 / 50) + 0.3 / np.sqrt(50))


def test_the_best_layer_counts_with_its_encoder():
    # The deep layer knows less of its inputs, and its encoder more of the rows.
    bound = ib_generalization_bound([3.0, 1.0], 10, encoder_information=[0.0, 5.0])
    assert bound == pytest.approx(np.sqrt(3 / 10))
    assert ib_generalization_bound([3.0, 1.0], 10) == pytest.approx(np.sqrt(1 / 10))


def test_four_times_the_rows_halve_it():
    arguments = {"encoder_information": 0.2, "constants": (0.1, 0.2, 0.7)}
    few, many = (ib_generalization_bound(1.5, n, **arguments) for n in (30, 120))
    assert many == pytest.approx(few / 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"conditional_information": -0.1}, "conditional_information must be finite"),
        ({"conditional_information": np.inf}, "conditional_information must be finite"),
        ({"conditional_information": []}, "conditional_information must be a number"),
        ({"conditional_information": "x"}, "conditional_information must be a number"),
        ({"n_samples": 0}, "n_samples must be an integer of at least 1"),
        ({"encoder_information": [1, 2, 3]}, "encoder_information must have 1 or 2"),
        ({"encoder_information": np.nan}, "encoder_information must be finite"),
        ({"constants": (1, 2)}, "constants must be three numbers"),
        ({"constants": (1, 2, -1)}, "constants must be a number in"),
    ],
)
def test_bad_input_is_refused_by_name(change, message):
    arguments = {"conditional_information": [1.0, 2.0], "n_samples": 5, **change}
    with pytest.raises(ValueError, match=message):
        ib_generalization_bound(**arguments)
