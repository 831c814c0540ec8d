"""Logistic regression with a ridge towards known coefficients, for a handful of signals and some hundred examples.

    coefficients = logistic.fit(signals, truth, weights, towards=prior, strength=100)

Newton's method (iteratively reweighted least squares; Hastie, Tibshirani and Friedman, "The Elements of Statistical Learning", 4.4.1) on
the penalised likelihood, a fixed number of steps, in float64: the same examples give the same coefficients to more digits than are stated.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

_STEPS = 25  # it settles within ten
_FARTHEST = 30.0  # a logit beyond this is certain, and its exponential would only overflow


def probabilities(signals: Numbers, coefficients: Numbers) -> Numbers:
    """(n,) of (n, d) ``signals``; the first of the (1 + d,) ``coefficients`` is the intercept."""
    logits = np.clip(coefficients[0] + signals @ coefficients[1:], -_FARTHEST, _FARTHEST)
    result: Numbers = 1 / (1 + np.exp(-logits))
    return result


def fit(signals: Numbers, truth: Numbers, weights: Numbers, *, towards: Numbers, strength: float) -> Numbers:
    """(1 + d,) coefficients of (n, d) ``signals`` for ``truth`` (n,), 0 or 1.

    ``strength`` is how many examples of weight 1 it takes to move a coefficient as far as the ridge holds it back; the intercept is free.
    """
    design = np.concatenate([np.ones((len(signals), 1)), signals], axis=1)
    ridge = np.diag([1.0, *[strength] * signals.shape[1]])
    coefficients = towards.copy()
    for _ in range(_STEPS):
        chances = probabilities(signals, coefficients)
        curvature = design.T @ (design * (weights * chances * (1 - chances))[:, None]) + ridge
        slope = design.T @ (weights * (truth - chances)) - ridge @ (coefficients - towards)
        coefficients = coefficients + np.linalg.solve(curvature, slope)
    return coefficients
