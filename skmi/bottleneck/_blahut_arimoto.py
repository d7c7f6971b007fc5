"""The self-consistent equations of the bottleneck, iterated for many starts at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import logsumexp

from skmi.bottleneck._ib_table import TINY, Table

# Rise of the Lagrangian that is taken for rounding.
_SLACK = 1e-13


class Problem(NamedTuple):
    """A table, beta, the power of the rate, and when to stop."""

    table: Table
    beta: float
    power: float
    tol: float
    max_iter: int


class Codes(NamedTuple):
    """What starts came to: log p(t|x) (N, r, k), and figures (r,) of each."""

    log_q: np.ndarray
    rate: np.ndarray
    relevance: np.ndarray
    converged: np.ndarray
    n_iter: int

    def value(self, beta: float, power: float) -> np.ndarray:
        """Return the Lagrangian of each start."""
        return beta * self.rate**power - self.relevance


class _Point(NamedTuple):
    """Codes, with what the equations ask for: log p(t) (r, k), KL (N, r, k)."""

    log_q: np.ndarray
    log_p: np.ndarray
    divergence: np.ndarray
    rate: np.ndarray
    relevance: np.ndarray


def evaluate(table: Table, log_q: np.ndarray) -> _Point:
    """Return p(t), KL(p(y|x) || p(y|t)), rate and relevance of codes."""
    n, r, k = log_q.shape
    weighted = np.exp(log_q) * table.weight[:, None, None]
    log_p = np.log(np.maximum(weighted.sum(axis=0), TINY))
    joint = table.across @ weighted.reshape(n, r * k)
    log_given = np.log(np.maximum(joint, TINY)) - log_p.reshape(-1)
    crossed = (table.given @ log_given).reshape(n, r, k)
    divergence = table.negentropy[:, None, None] - crossed
    rate = np.einsum("nrk,nrk->r", weighted, log_q - log_p)
    lost = np.einsum("nrk,nrk->r", weighted, divergence)
    return _Point(log_q, log_p, divergence, np.maximum(rate, 0.0), table.mi - lost)


def normalise(log_q: np.ndarray) -> np.ndarray:
    """Return log-memberships that sum to one."""
    top = log_q.max(axis=2, keepdims=True)
    shifted = log_q - top
    return shifted - np.log(np.exp(shifted).sum(axis=2, keepdims=True))


def iterate(problem: Problem, log_q: np.ndarray) -> Codes:
    r"""Iterate the equations from every start until each stands.

    A step is one of mirror descent on the Lagrangian: with a step size of 1 and a power
    of 1 it is :math:`p(t|x) \propto p(t) e^{-KL / \beta}`. Momentum, dropped whenever
    the Lagrangian rises, makes up for slow convergence near critical betas. A rate to
    another power has the tangent's beta, which a long step may overshoot: its steps
    are halved when the Lagrangian rises.
    """
    r = log_q.shape[1]
    result = log_q.copy()
    converged = np.zeros(r, dtype=bool)
    running = np.arange(r)
    state = _Runs.start(log_q, problem.power)
    n_iter = 0
    while running.size and n_iter < problem.max_iter:
        n_iter += 1
        change = state.advance(problem)
        done = change <= problem.tol
        last = n_iter == problem.max_iter
        if done.any() or last:
            leaving = np.ones_like(done) if last else done
            where = running[leaving]
            result[:, where] = state.code[:, leaving]
            converged[where] = done[leaving]
            running = running[~leaving]
            state = state.kept(~leaving)
    final = evaluate(problem.table, result)
    return Codes(result, final.rate, final.relevance, converged, n_iter)


class _Runs:
    """The runs that have not converged yet."""

    def __init__(
        self,
        code: np.ndarray,
        ahead: np.ndarray,
        value: np.ndarray,
        pace: np.ndarray,
        step: np.ndarray,
        power: float,
    ) -> None:
        self.code = code  # last accepted code
        self.ahead = ahead  # where the next step is taken from
        self.value = value  # Lagrangian of the last point that was kept
        self.pace = pace  # steps since momentum was dropped
        self.step = step
        self.power = power

    @classmethod
    def start(cls, log_q: np.ndarray, power: float) -> _Runs:
        """Return runs before their first step."""
        r = log_q.shape[1]
        step = np.full(r, 1.0 if power == 1 else 0.5)
        return cls(log_q, log_q, np.full(r, np.inf), np.zeros(r), step, power)

    def kept(self, stay: np.ndarray) -> _Runs:
        """Return some of the runs."""
        return _Runs(
            self.code[:, stay],
            self.ahead[:, stay],
            self.value[stay],
            self.pace[stay],
            self.step[stay],
            self.power,
        )

    def advance(self, problem: Problem) -> np.ndarray:
        """Take a step in every run; return by how much memberships change."""
        point = evaluate(problem.table, self.ahead)
        value = problem.beta * point.rate**self.power - point.relevance
        rose = value > self.value + _SLACK
        if rose.any():
            # From the last code, without momentum and with a shorter step.
            stuck = rose & (self.pace == 0)
            self.step = np.where(
                stuck & (self.power != 1), np.maximum(self.step / 2, 1e-3), self.step
            )
            ahead = np.where(rose[None, :, None], self.code, self.ahead)
            again = evaluate(problem.table, ahead)
            point = _Point(ahead, *again[1:])
            value = problem.beta * point.rate**self.power - point.relevance
            self.pace = np.where(rose, 0.0, self.pace)
        self.value = value
        slope = problem.beta * self.power * point.rate ** (self.power - 1)
        code = normalise(self._mirror(problem, point, slope))
        moved = np.abs(np.exp(code) - np.exp(point.log_q)).sum(axis=2)
        change = (problem.table.weight @ moved) / self.step
        if self.power == 1:
            self.pace = self.pace + 1
            gain = ((self.pace - 1) / (self.pace + 2))[None, :, None]
            self.ahead = normalise(code + gain * (code - self.code))
        else:
            self.ahead = code
        self.code = code
        return change

    def _mirror(self, problem: Problem, point: _Point, slope: np.ndarray) -> np.ndarray:
        """Return the codes one step down the Lagrangian, not normalised."""
        # A rate near 0 has hardly a price under a power: its steps are bounded.
        scale = np.maximum(slope, 1e-3 if self.power != 1 else 0.0)
        step = (self.step / scale)[None, :, None]
        priced = (slope[None, :, None] * step) * (point.log_q - point.log_p)
        return point.log_q - priced - step * point.divergence


def memberships(log_p: np.ndarray, divergence: np.ndarray, beta: float) -> np.ndarray:
    """Return p(t|x), proportional to p(t) exp(-KL / beta); hard at beta 0."""
    if beta == 0:
        return np.eye(log_p.size)[(divergence - 1e-12 * log_p).argmin(axis=1)]
    logits = log_p - divergence / beta
    return np.exp(logits - logsumexp(logits, axis=1, keepdims=True))
