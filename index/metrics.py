"""Figures over judged questions. Pure."""

import statistics
from collections.abc import Sequence

import numpy as np

RESAMPLINGS = 1000
_SEED = 7


def share(flags: Sequence[bool]) -> float | None:
    """The share of true ones, 0..1; None of an empty list."""
    return sum(flags) / len(flags) if flags else None


def right_among(ranked: Sequence[str], right: Sequence[str], first: int) -> bool:
    """Whether one of the `right` topics stands among the `first` ranked ones."""
    return any(topic in right for topic in ranked[:first])


def quantile(values: Sequence[float], q: float) -> float | None:
    """The value below which a share `q` of the values lies (nearest rank); None of an empty list."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


def median(values: Sequence[float]) -> float | None:
    """The middle value; None of an empty list."""
    return statistics.median(values) if values else None


def interval(flags: Sequence[bool]) -> tuple[float, float] | None:
    """The 95 % bootstrap interval of a share, the same in every run; None of an empty list."""
    if not flags:
        return None
    values = np.asarray(flags, dtype=np.float64)
    drawn = np.random.default_rng(_SEED).integers(0, len(values), (RESAMPLINGS, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)
