"""Whether everything was finite: what comes in, states, gradients; and what was the first that was not."""

from __future__ import annotations

from collections.abc import Sequence

from undertow.flow.eye import Glance
from undertow.flow.finding import Finding, found
from undertow.reasons import Why

__all__ = ["bad_input", "ruined"]


def bad_input(history: Sequence[Glance]) -> tuple[Finding | None, Sequence[Glance]]:
    """What is said if the first thing that was not finite is the layer's input; and the glances after it that can be
    judged, if there was a close look among them."""
    bad = [number for number, glance in enumerate(history) if "input" in glance.reasons]
    if not bad or any(ruined(glance) for glance in history[: bad[0]]):
        return None, history
    glance, rest = history[bad[0]], history[bad[-1] + 1 :]
    reason = glance.reasons["input"]
    text = f"the layer's input {reason}: look at the data, and at what comes before this layer"
    place = {"x at step": reason.step, "of sample": reason.sample}
    figures = {name: at for name, at in place.items() if at is not None} | {"seen at": glance.step}
    judged = rest if any("horizon" in g.quantities for g in rest) else ()
    return found(glance, "input not finite", text, figures), judged


def ruined(glance: Glance) -> Finding | None:
    """What is said, and all that is, if states or gradients are no finite numbers any more."""
    recorded, horizon = glance.quantities.get("gradient", {}), glance.reasons.get("horizon")
    if any(reason.kind is Why.NOT_NUMBERS for reason in glance.reasons.values()):
        text = "the network explodes: states of this layer are not numbers any more (NaN)"
    elif any(values and values[0] is None for values in recorded.get("total", {}).values()):
        text = (
            "the gradient that comes into this layer is not finite, at the last step already: look at the loss, and at "
            "what stands above this layer"
        )
        return found(glance, "gradient not finite", text, {"step": glance.step})
    elif (horizon and horizon.kind is Why.PROBE_INFINITE) or any(
        # First steps are where the gradient arrives from all others.
        values and values[0] is None
        for values in recorded.get("total_by_age", {}).values()
    ):
        text = "the gradient explodes: it is no longer finite on its way back through time"
    else:
        return None
    return found(glance, "exploding", text, {"largest": None, "step": glance.step})
