"""Remedies side by side: which of those that a verdict names helps, if one does."""

from undertow.remedy.comparing import AS_IT_IS, Comparison, Row, candidates, compare
from undertow.remedy.trainers import trainer_of

__all__ = ["AS_IT_IS", "Comparison", "Row", "candidates", "compare", "trainer_of"]
