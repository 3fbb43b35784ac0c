"""What a line of metrics.jsonl or flow.jsonl must say, by its event. What more it says is of another version's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from undertow.forms import COUNT, MEASURED, NUMBERS, POSITIVE, Each, Listed, Number
from undertow.reasons import FORM

__all__ = ["flow_form", "metrics_form"]

_PLACE = {"layer": str, "direction": Literal["forward", "reverse"]}
#: A slope of a logarithm that the number itself can be had of again.
_SLOPE = Number(-700, 700)

_METRICS: Mapping[str, Mapping[str, Any]] = {
    "train": {
        "step": POSITIVE, "loss": (MEASURED, None), "bits?": (MEASURED, None), "gradient_norm": (MEASURED, None),
        "clipped": MEASURED, "seconds": MEASURED, "learning_rate?": MEASURED, "epoch?": COUNT, "unit?": str,
        "symbols?": COUNT, "symbols_per_second?": MEASURED,
    },
    "evaluate": {
        "step": COUNT, "loss": MEASURED, "bits?": (MEASURED, None), "unit?": str, "part?": str, "figure?": str,
    },
    "sample": {"step?": COUNT, "text": str},
    "end": {"step": COUNT, "reason": str, "text?": str, "seconds?": MEASURED, "symbols?": COUNT},
}  # fmt: skip

_QUANTITIES = {
    "horizon?": {"steps": COUNT, "open": bool, "growth": (_SLOPE, None)},
    "lag_profile?": {"joint": NUMBERS},
    "gates?": Each({"saturated_units?": (COUNT, None)}),
    "inputs?": {"largest": {"entry": COUNT, "mean": float, "deviation": float}, "length": float},
    "dead_units?": {"share": float, "count": COUNT},
    "gradient?": {"total?": Each(NUMBERS), "total_by_age?": Each(NUMBERS)},
}
_REMEDY = {"name": str, "why": str, "config": dict, "code": str, "by_swap?": bool}
_FINDING = {
    "kind": str, "level": Literal["alarm", "open", "fine"], "text": str, "figures?": dict, "remedies": Listed(_REMEDY),
}  # fmt: skip
_FLOW: Mapping[str, Mapping[str, Any]] = {
    "flow": {
        **_PLACE, "step": COUNT, "cell": str, "backend": str, "steps": COUNT, "batch": COUNT, "hidden": POSITIVE,
        "windows": COUNT, "reach": COUNT, "declared?": bool, "quantities": _QUANTITIES, "unavailable": Each(str),
        "roles?": Each(str),
        "why?": Each(FORM),
    },
    "verdict": {**_PLACE, "step": COUNT, "reach?": (COUNT, None), "findings": Listed(_FINDING)},
    "unseen": {"layer": str, "reason": str, "step?": COUNT, "why?": FORM},
}  # fmt: skip


def metrics_form(event: Mapping[str, Any], *, whole: bool) -> Mapping[str, Any]:
    """The form of an object of metrics.jsonl: ``whole``, or only of what it says. The figure it names is a number."""
    form = {"event": str, "step?": COUNT, **_of(event, _METRICS, whole)}
    figure = event.get("figure")
    return form | {f"{figure}?": (MEASURED, None)} if isinstance(figure, str) and figure not in form else form


def flow_form(event: Mapping[str, Any], *, whole: bool) -> Mapping[str, Any]:
    """The form of an object of flow.jsonl: ``whole``, or only of what it says, and not of what was measured."""
    form = {"event": str, **_of(event, _FLOW, whole)}
    return form if whole else form | {"direction?": str, "quantities?": dict, "findings?": list}


def _of(event: Mapping[str, Any], forms: Mapping[str, Mapping[str, Any]], whole: bool) -> Mapping[str, Any]:
    kind = event.get("event")
    form = forms.get(kind, {}) if isinstance(kind, str) else {}
    return form if whole else {f"{name.removesuffix('?')}?": inner for name, inner in form.items()}
