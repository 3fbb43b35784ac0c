"""Remedies side by side: which of those that a verdict names helps, if one does.

``comparing`` (trainings from the same seeds, and what is said of them) · ``trainers`` (what trains a run once more).
"""

from undertow.remedy.comparing import AS_IT_IS, Comparison, Row, candidates, compare
from undertow.remedy.trainers import trainer_of

__all__ = ["AS_IT_IS", "Comparison", "Row", "candidates", "compare", "trainer_of"]
