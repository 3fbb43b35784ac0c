"""Floor 6, the estimators: tasks from Python, used as scikit-learn's estimators are. Each is imported when used.

``classifier`` · ``forecaster`` · ``autoencoder`` · ``translator`` · ``base`` (what they share) · ``samples`` (data in
memory, in whatever form).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from undertow.errors import RunError
from undertow.estimators.base import Estimator
from undertow.tasks.kind import named
from undertow.tasks.kinds import KINDS

if TYPE_CHECKING:
    from undertow.estimators.autoencoder import Autoencoder as Autoencoder
    from undertow.estimators.classifier import Classifier as Classifier
    from undertow.estimators.forecaster import Forecaster as Forecaster
    from undertow.estimators.translator import Translator as Translator

__all__ = ["Autoencoder", "Classifier", "Estimator", "Forecaster", "Translator", "load"]


def __getattr__(name: str) -> Any:
    """Load an estimator when it is first used; each task names its own."""
    for kind in KINDS.values():
        if kind.estimator.partition(":")[2] == name:
            return named(kind.estimator)
    raise AttributeError(f"module 'undertow.estimators' has no attribute {name!r}")


def load(path: str | Path) -> Estimator:
    """A fitted estimator from the folder of a run, which ``save`` or ``undertow train`` left. Runs no code from it.

    Raises:
        RunError: it is no run, has no model yet, or is of a task without an estimator.
    """
    from undertow.training.session import trained

    folder = Path(path)
    _, config = trained(folder)
    if not config.kind.estimator:
        raise RunError(f"{path} is a run of task {config.task}, for which there is no estimator")
    made: Estimator = named(config.kind.estimator)()
    made._take(config)
    made._adopt(folder)
    return made
