"""What was seen, in words: one finding after the other, each with its figures and what can be done.

Plain data in, plain data out: a verdict can be had from a run folder as well as from a watched model.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from undertow.flow.eye import Glance
from undertow.flow.finding import Facts, Finding, Level, Verdict
from undertow.flow.reach import SOON, Seen, reaches
from undertow.flow.remedies import Case, cell_named, remedies_for

__all__ = ["judge"]

#: A gradient that is so many times as long somewhere before as where it started from has exploded. At ten times this
#: was said of 4 of 47 networks that learn, at a hundred of none (experiments/results/ill.md).
EXPLODED = 100.0
#: Share of a gate's units, or of a layer's, that are saturated or dead, from which on it is said.
MANY = 0.5
#: An input is large if one of its entries is so large on average, and small if its vectors are shorter than this
#: (experiments/results/input_scale.md).
LARGE, SMALL = 10.0, 0.01
#: Share of updates that clipping acts on, from which on it is said. By itself it is no alarm: networks trained best
#: with all updates clipped, by 7 to 70 times. It is one if no step can be longer than so much, whatever the gradient
#: (experiments/results/clipping.md).
MOST, CRAWL = 0.5, 3e-4
#: Said of units that are stuck or dead where the others do the work. Half the units of a relu network that starts as
#: the identity are dead at first; 9 of 47 networks that learn had an alarm for dead units (experiments/results/ill.md).
_HARMLESS = "; the gradient gets through all the same"
#: Reasons that have this in them are about the layer's own values.
_NAN = "(NaN)"


def judge(history: Sequence[Glance], facts: Facts | None = None, unseen: Mapping[str, str] | None = None) -> Verdict:
    """The verdict on everything seen; of each layer and direction the last glance counts that looked closely, and
    the first one, for how far the gradient reached then."""
    facts = facts or Facts()
    places = sorted({(glance.layer, glance.direction) for glance in history})
    findings: list[Finding] = []
    for layer, direction in places:
        own = [g for g in history if (g.layer, g.direction) == (layer, direction)]
        bad = _bad_input(own)
        if bad:
            findings.append(bad)
            continue
        close = [g for g in own if "horizon" in g.quantities] or own[-1:]
        seen = Seen(close[0], close[-1], max(glance.steps for glance in own))
        findings += _of_layer(seen, facts)
    for layer, reason in (unseen or {}).items():
        kind = "too little data" if reason.startswith("no backward") else "not available"
        findings.append(Finding(layer, "forward", kind, "open", f"{kind}: {reason}"))
    last = history[-1] if history else None
    return Verdict(tuple(findings), last.step if last else 0, last.reach if last and last.declared else None)


def _bad_input(history: Iterable[Glance]) -> Finding | None:
    """What is said, and all that is, if the first thing that was not finite is the layer's input."""
    for glance in history:
        reason = glance.unavailable.get("input")
        if reason:
            text = f"the layer's input {reason}: look at the data, and at what comes before this layer"
            return _found(glance, "input not finite", text, {})
        explosion = _explosion(Seen(glance, glance, glance.steps))
        if explosion and explosion.figures["largest"] is None:
            break
    return None


def _of_layer(seen: Seen, facts: Facts) -> Iterable[Finding]:
    glance = seen.last
    built = facts.layers.get(glance.layer)
    case = Case("", cell_named(glance.cell), glance.reach, glance.steps, facts.config)
    if built:
        case = replace(case, cell=built.cell, config={**built.options, **facts.config}, code=built.code)
    short = _samples_too_short(seen) if _whole(facts) else _too_short(glance, facts)
    if "training.window" not in facts.config and seen.longest == 1:
        short = _step_by_step(glance, facts)
    reach = None if short and (reaches(glance) or seen.longest == 1) else _reach(seen)
    findings = (
        _explosion(seen), short, reach, _scale(glance), _saturation(seen), _dead(seen), _clipping(glance, facts),
    )  # fmt: skip
    for finding in findings:
        if finding is not None:
            remedies = () if finding.level == "fine" else remedies_for(replace(case, kind=finding.kind))
            yield replace(finding, remedies=remedies)


def _fall(glance: Glance) -> str:
    growth = _growth(glance)
    return f"; it changes by a factor of {math.exp(growth):.3g} a step" if growth else ""


def _found(glance: Glance, kind: str, text: str, figures: Mapping[str, Any], level: Level = "alarm") -> Finding:
    return Finding(glance.layer, glance.direction, kind, level, text, figures)


def _reach(seen: Seen) -> Finding | None:
    glance = seen.last
    horizon = glance.quantities.get("horizon")
    if horizon is None:
        reason = glance.unavailable.get("horizon", "no window was examined")
        if "infinite" in reason or _NAN in reason:
            return None
        kind = "too little data" if "examined" in reason or "step" in reason else "not available"
        return _found(glance, kind, f"{kind}: {reason}", {}, "open")
    steps = horizon["steps"]
    least = "at least " if horizon["open"] else ""
    fall = _fall(glance)
    far = f"reaches {least}{steps} of {glance.steps} steps"
    figures = {"horizon": steps, "open": horizon["open"], "growth": horizon["growth"], "reach": glance.reach}
    if not glance.declared:
        hint = "how far back the task needs memory was not declared (reach)"
        del figures["reach"]
        return _found(glance, "reaches", f"the gradient {far}{fall}; {hint}", figures, "fine")
    text = f"{far}, where {glance.reach} are needed{fall}"
    if horizon["open"] and glance.reach >= glance.steps:
        text = f"reaches from end to end: {glance.steps} steps{fall}"
    if reaches(glance):
        return _found(glance, "reaches", f"the gradient {text}", figures, "fine")
    if seen.further:
        before = seen.first.quantities["horizon"]["steps"]
        text = (
            f"the gradient reaches further and further: {steps} of {glance.steps} steps by now, {before} at step "
            f"{seen.first.step}, where {glance.reach} are needed{fall}"
        )
        return _found(glance, "reaches further", text, {**figures, "at_first": before}, "open")
    level, why = seen.arrives
    figures |= {"left": seen.left, "updates": seen.updates}
    return _found(glance, "vanishing", f"the gradient vanishes: it {text}{why}", figures, level)


def _whole(facts: Facts) -> bool:
    """Whether windows are whole samples, so that there are no longer ones to be had."""
    return bool(facts.config.get("training.window") == 0)


def _step_by_step(glance: Glance, facts: Facts) -> Finding | None:
    if not glance.declared:
        return None
    text = (
        "the layer is called one step at a time, so nothing is seen of the gradient's way back through time; call the "
        "layer once for all steps"
    )
    text += _read_as(glance, facts)
    return _found(glance, "step by step", text, {"window": 1, "reach": glance.reach})


def _read_as(glance: Glance, facts: Facts) -> str:
    """A hint where samples and steps may have been mistaken for each other: so many samples would be steps enough."""
    built = facts.layers.get(glance.layer)
    if built is None or built.options["layer.batch_first"] or glance.batch < glance.reach:
        return ""
    return (
        f"; x is read as (steps {glance.steps}, batch {glance.batch}): if it is the other way round, the layer wants "
        "batch_first=True"
    )


def _samples_too_short(seen: Seen) -> Finding | None:
    glance, longest = seen.last, seen.longest
    if not glance.declared or longest < 2 or glance.reach <= longest:
        return None
    text = f"the samples have only {longest} steps: a reach of {glance.reach} cannot be met there"
    return _found(glance, "samples too short", text, {"longest": longest, "reach": glance.reach})


def _too_short(glance: Glance, facts: Facts) -> Finding | None:
    if not glance.declared or glance.steps < 2 or glance.reach <= glance.steps:
        return None
    profile = glance.quantities.get("lag_profile", {}).get("joint", [])
    left = next((v for v in reversed(profile) if v is not None), None)
    more = "" if left is None else f"; at its start {left:.2g} of the gradient is left"
    if left is not None and left >= 0.01:
        more += ", so it could go further"
    text = f"the window is too short: {glance.steps} steps, where memory of {glance.reach} is needed{more}"
    text += _read_as(glance, facts)
    return _found(glance, "window too short", text, {"window": glance.steps, "reach": glance.reach, "left": left})


def _explosion(seen: Seen) -> Finding | None:
    glance = seen.last
    profile = glance.quantities.get("lag_profile", {}).get("joint", [])
    largest = max((v for v in profile[1:] if v is not None), default=0.0)
    if any(_NAN in reason for reason in glance.unavailable.values()):
        text = "the network explodes: states of this layer are not numbers any more (NaN)"
        return _found(glance, "exploding", text, {"largest": None})
    if "infinite" in glance.unavailable.get("horizon", "") or _not_finite(glance):
        text = "the gradient explodes: it is no longer finite on its way back through time"
        return _found(glance, "exploding", text, {"largest": None})
    if largest < EXPLODED:
        return None
    lag = profile.index(largest)
    text = f"the gradient explodes: {lag} steps back it is {largest:.3g} times as long as where it started"
    figures = {"largest": largest, "lag": lag, "growth": _growth(glance)}
    if seen.early:
        text += f"; training often tames that within some {SOON} updates"
    return _found(glance, "exploding", text, figures, "open" if seen.early else "alarm")


def _not_finite(glance: Glance) -> bool:
    """Whether a recorded gradient is not finite: at last steps, or at first ones, which it reaches from all others."""
    recorded = glance.quantities.get("gradient", {})
    ends = [*recorded.get("total", {}).values(), *recorded.get("total_by_age", {}).values()]
    return any(values and values[0] is None for values in ends)


def _growth(glance: Glance) -> float | None:
    growth: float | None = glance.quantities.get("horizon", {}).get("growth")
    return growth


def _saturation(seen: Seen) -> Finding | None:
    glance = seen.last
    gates = glance.quantities.get("gates", {})
    stuck = {g: v["saturated_units"] / glance.hidden for g, v in gates.items() if v.get("saturated_units")}
    worst = {g: share for g, share in stuck.items() if share >= MANY}
    if not worst:
        return None
    gate = max(worst, key=lambda g: worst[g])
    level, _ = seen.arrives
    text = (
        f"gate {gate} is saturated in {worst[gate]:.0%} of its units: nine tenths of their pre-activations lie "
        "outside of -4 to 4, where it hardly changes"
    )
    text += _HARMLESS if level == "fine" else ""
    return _found(glance, "saturated", text, {"gate": gate, "units": worst}, level)


def _scale(glance: Glance) -> Finding | None:
    """Whether what comes into the lowest layer is so large that it saturates gates, or too small to be noticed."""
    inputs = glance.quantities.get("inputs")
    if inputs is None or not glance.layer.endswith("0"):
        return None
    largest, length = inputs["largest"], inputs["length"]
    if math.hypot(largest["mean"], largest["deviation"]) > LARGE:
        text = (
            f"the input is large: entry {largest['entry']} of x has mean {largest['mean']:.3g} and deviation "
            f"{largest['deviation']:.3g}, and drives gates towards saturation"
        )
        return _found(glance, "input out of scale", text, {"length": length, **largest}, "open")
    if 0 < length < SMALL:
        text = f"the input is small: vectors x are {length:.2g} long on average, and gates hardly notice them"
        return _found(glance, "input out of scale", text, {"length": length}, "open")
    return None


def _dead(seen: Seen) -> Finding | None:
    glance = seen.last
    dead = glance.quantities.get("dead_units")
    if not dead or dead["share"] < MANY:
        return None
    level, _ = seen.arrives
    text = f"{dead['count']} of {glance.hidden} units are dead: their output stays the same whatever comes in"
    text += _HARMLESS if level == "fine" else ""
    return _found(glance, "dead units", text, dead, level)


def _clipping(glance: Glance, facts: Facts) -> Finding | None:
    if facts.clipped is None or facts.clipped <= MOST:
        return None
    limit, norm = facts.config.get("training.clip_norm"), facts.config.get("clipping.gradient_norm")
    figures = {"clipped": facts.clipped, "limit": limit, "gradient_norm": norm}
    text = f"clipping acts on {facts.clipped:.0%} of the updates"
    if norm and limit:
        text += f": gradients are {norm:.3g} long on average, the limit is {limit:g}"
    if not facts.scale_matters:
        text += "; this optimizer's steps do not depend on the length of gradients, so little is lost"
        return _found(glance, "clipped away", text, figures, "fine")
    step = facts.config.get("training.learning_rate", math.inf) * (limit or math.inf)
    if math.isfinite(step):
        text += f"; no step can be longer than {step:.2g}, the learning rate times the limit"
        figures["longest_step"] = step
    level: Level = "alarm" if step < CRAWL else "open"
    return _found(glance, "clipped away", text, figures, level)
