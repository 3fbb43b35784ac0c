"""How far off numbers are."""

from torch import Tensor

from undertow.tasks.base import Evaluation

__all__ = ["examined", "figures"]


def figures(said: Tensor, truth: Tensor) -> dict[str, float]:
    """The mean squared error (the loss), and the mean absolute one."""
    away = (said - truth).double()
    return {"loss": float(away.square().mean()), "error": float(away.abs().mean())}


def examined(said: Tensor, truth: Tensor, texts: list[str]) -> Evaluation:
    """Figures, and the texts that were counted worst."""
    found = figures(said, truth)
    worst = (said - truth).abs().argsort(descending=True, stable=True)[:5].tolist()
    rows = [[texts[n], float(truth[n]), round(float(said[n]), 2)] for n in worst]
    return Evaluation(found, [f"{len(texts)} texts, off by {found['error']:.2f}"], {"worst": rows})
