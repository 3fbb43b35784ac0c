"""The estimator of counting."""

from typing import Any, ClassVar, Self

from undertow.estimators.base import Estimator, in_memory
from undertow.tasks.given import Given

__all__ = ["Counter"]


class Counter(Estimator):
    """Counts a symbol in the column ``text`` of a table."""

    task: ClassVar[str] = "count"

    def __init__(self, *, symbol: str | None = None, steps: int | None = None, options: Any = None, run: Any = None):
        self.symbol, self.steps, self.options, self.run = symbol, steps, options, run

    def fit(self, X: Any, y: Any = None) -> Self:
        """Train on a table in memory."""
        self._train(Given(memory=in_memory(X).frame))
        return self

    def predict(self, X: Any) -> list[float]:
        """The number for each row."""
        return self._model.predict(in_memory(X))["count"].to_list()
