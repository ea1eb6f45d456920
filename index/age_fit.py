"""How well a topic fits the age of the child who is asked about. Pure."""

import numpy as np

from index.heads import Floats
from index.vector_index import Rows

AGE_TOLERANCE_MONTHS = 2
AGE_MISFIT = 0.8
"""What a topic for quite another age loses, on the scale of the fused similarity (its spread is about 1)."""

OUTGROWN_MONTHS = 12
"""What a child has outgrown by that much loses as much again: parents ask ahead, hardly back."""


def age_misfit(topic_months: Rows, age_months: int | None) -> Floats:
    """How far each topic falls back because it is about another age, shape (topics,); zeros when no age is known."""
    if age_months is None:
        return np.zeros(len(topic_months), dtype=np.float32)
    below = topic_months[:, 0] - AGE_TOLERANCE_MONTHS > age_months
    above = topic_months[:, 1] + AGE_TOLERANCE_MONTHS < age_months
    outgrown = np.clip(age_months - topic_months[:, 1] - AGE_TOLERANCE_MONTHS, 0, OUTGROWN_MONTHS) / OUTGROWN_MONTHS
    return np.asarray(AGE_MISFIT * ((below | above) + outgrown), dtype=np.float32)
