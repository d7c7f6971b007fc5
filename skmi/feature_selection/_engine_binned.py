"""Information terms of codes, counted."""

from __future__ import annotations

import numpy as np

from skmi.feature_selection._problem import Problem
from skmi.information import discretize, joint_entropies


class BinnedEngine:
    """Terms of equal-frequency codes."""

    def __init__(self, problem: Problem) -> None:
        X, weight = problem.X, problem.sample_weight
        codes = np.empty(X.shape, dtype=np.int32, order="F")
        for j in range(X.shape[1]):
            x = X[:, j].astype(float)
            gone = np.isnan(x)
            if not problem.discrete[j]:
                filled = np.where(gone, x[~gone][0] if (~gone).any() else 0.0, x)
                w = np.ones(len(x)) if weight is None else weight
                codes[:, j] = discretize(
                    filled[:, None], problem.n_bins, sample_weight=w * ~gone
                )[0][:, 0]
            else:
                codes[:, j] = np.where(gone, 0, x)
            codes[gone, j] = codes[:, j].max() + 1
        if problem.units is not None:
            codes = np.column_stack([self._join(codes[:, u]) for u in problem.units])
        self.codes = np.asfortranarray(codes)
        self.n_levels = self.codes.max(axis=0) + 1
        y = problem.y
        parts = [
            y[:, [k]].astype(int)
            if problem.discrete_target[k]
            else discretize(y[:, [k]], problem.n_bins_target, sample_weight=weight)[0]
            for k in range(y.shape[1])
        ]
        self.y_codes = self._join(np.hstack(parts))
        self._options = {
            "correction": problem.correction,
            "sample_weight": problem.sample_weight,
        }
        self.n_units = self.codes.shape[1]
        self._varies = np.ptp(self.codes, axis=0) > 0
        self.informative = self._varies & bool(np.ptp(self.y_codes) > 0)
        nobody = np.zeros(len(y), dtype=np.uint8)
        self._alone, self._with_y = self._entropies(nobody)
        self._h_y = joint_entropies(self.y_codes[:, None], nobody, **self._options)[0]

    def _join(self, codes):
        return np.unique(codes, axis=0, return_inverse=True)[1].ravel()

    def _entropies(self, other):
        return joint_entropies(self.codes, other, self.y_codes, **self._options)

    def relevance(self):
        return self._masked(self._alone - (self._with_y - self._h_y))

    def redundancy(self, unit, units=None):
        pair = self._entropies(self.codes[:, unit])[0]
        value = np.where(
            self._varies & self._varies[unit],
            self._alone - (pair - self._alone[unit]),
            0,
        )
        return value if units is None else value[units]

    def conditional(self, unit):
        _, triple = self._entropies(self.codes[:, unit])
        given_both = triple - self._with_y[unit]
        v = self._masked((self._with_y - self._h_y) - given_both)
        return v if self._varies[unit] else np.zeros_like(v)

    def conditional_relevance(self, unit):
        return self._given(self.codes[:, unit])

    def _given(self, code):
        pair, triple = self._entropies(code)
        nobody = np.zeros(len(code), dtype=np.uint8)
        alone, with_y = joint_entropies(
            code[:, None], nobody, self.y_codes, **self._options
        )
        return self._masked((pair - alone[0]) - (triple - with_y[0]))

    def triple(self, first, second):
        return self._given(self._join(self.codes[:, [first, second]]))

    def given_all(self, selected):
        return self._given(self._join(self.codes[:, list(selected)]))

    def entropies(self):
        return self._alone

    def entropy_of_target(self):
        return float(self._h_y)

    def joint_entropy(self, unit):
        return self._entropies(self.codes[:, unit])[1]

    def entropy_given_all(self, selected):
        code = self._join(self.codes[:, list(selected)])
        pair = self._entropies(code)[0]
        nobody = np.zeros(len(code), dtype=np.uint8)
        alone = joint_entropies(code[:, None], nobody, **self._options)[0]
        return np.where(self._varies, pair - alone, 0)

    def _masked(self, values):
        return np.where(self.informative, values, 0.0)
