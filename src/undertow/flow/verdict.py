"""What was seen, in words: one finding after the other, each with its figures and what can be done.

Plain data in, plain data out: a verdict can be had from a run folder as well as from a watched model.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from undertow.flow.eye import Glance
from undertow.flow.finding import Facts, Finding, Level, Verdict, found
from undertow.flow.finite import bad_input, ruined
from undertow.flow.quantities.horizon import LEFT
from undertow.flow.reach import SOON, Seen, lags, reaches
from undertow.flow.remedies import Case, cell_named, remedies_for
from undertow.reasons import Reason, Why

__all__ = ["judge"]

#: A gradient has exploded if, at an earlier step, it is this many times as long as where it started. A limit of ten
#: would have named 4 of 47 networks that learn, a hundred names none (experiments/results/ill.md). A finite one is no
#: alarm: of 4 networks with this finding after training 3 had learned (experiments/results/ill_short.md).
EXPLODED = 100.0
#: The finding is made when at least this share of a gate's, or a layer's, units is saturated or dead.
MANY = 0.5
#: An input is large if the mean or the deviation of one of its entries is above these. It is small if its vectors are
#: shorter than this (experiments/results/input_scale.md).
MEAN, DEVIATION, SMALL = 5.0, 30.0, 0.03
#: The finding is made when clipping acts on more than this share of updates. By itself it is no alarm: networks trained
#: best with all updates clipped, by 7 to 70 times. It is an alarm if clipping keeps steps shorter than this, whatever
#: the gradient (experiments/results/clipping.md).
MOST, CRAWL = 0.5, 3e-4
#: Said of units that are stuck or dead where the others do the work. Half the units of a relu network that starts as
#: the identity are dead at first; 9 of 47 networks that learn had an alarm for dead units (experiments/results/ill.md).
_HARMLESS = "; the gradient gets through all the same"


def judge(history: Sequence[Glance], facts: Facts | None = None, unseen: Mapping[str, Reason] | None = None) -> Verdict:
    """The verdict on everything seen: of each layer and direction, how far the gradient reached at the last look that
    could show it, and at the first one; and whether all was finite to the end."""
    facts = facts or Facts()
    findings: list[Finding] = []
    for number, (layer, direction) in enumerate(sorted({(glance.layer, glance.direction) for glance in history})):
        own = [g for g in history if (g.layer, g.direction) == (layer, direction)]
        bad, rest = bad_input(own)
        findings += [bad] if bad else []
        if rest:
            # Clipping acts on the whole model, so it is said once.
            findings += _of_layer(Seen.of(rest), facts if number == 0 else replace(facts, clipped=None))
    for layer, reason in (unseen or {}).items():
        kind = _not_judged(reason)
        findings.append(Finding(layer, "forward", kind, "open", f"{kind}: {reason}"))
    last = history[-1] if history else None
    return Verdict(tuple(findings), last.step if last else 0, last.reach if last and last.declared else None)


def _not_judged(reason: Reason) -> str:
    """The kind of finding where there is nothing to judge by."""
    return "too little data" if reason.too_little else "not available"


def _of_layer(seen: Seen, facts: Facts) -> Iterable[Finding]:
    glance = seen.last
    built = facts.layers.get(glance.layer)
    case = Case("", cell_named(glance.cell), glance.reach, seen.longest, facts.config)
    if built:
        config = {**built.options, **facts.config}
        case = replace(case, cell=built.cell, config=config, code=built.code, swapped=built.swapped)
    for finding in _all_of(seen, facts):
        remedies = () if finding.level == "fine" else remedies_for(replace(case, kind=finding.kind))
        yield replace(finding, remedies=remedies)


def _all_of(seen: Seen, facts: Facts) -> Iterable[Finding]:
    ruin, stopped = ruined(seen.newest), _diverged(seen, facts)
    if ruin:
        return filter(None, (stopped, ruin))
    glance = seen.last
    short = _samples_too_short(seen) if _whole(facts) else _too_short(seen, facts)
    if "training.window" not in facts.config and seen.longest == 1:
        short = _step_by_step(seen, facts)
    reach = None if short and (seen.longest == 1 or (glance.declared and reaches(glance))) else _reach(seen)
    findings = (
        _scale(glance), stopped, _explosion(seen), short, reach, _saturation(seen), _dead(seen),
        _clipping(glance, facts),
    )  # fmt: skip
    return filter(None, findings)


def _fall(glance: Glance) -> str:
    growth = _growth(glance)
    return f"; it changes by a factor of {math.exp(growth):.3g} a step" if growth else ""


def _reach(seen: Seen) -> Finding | None:
    glance = seen.last
    horizon = glance.quantities.get("horizon")
    if horizon is None:
        reason = glance.reasons.get("horizon", Reason(Why.NOT_EXAMINED))
        kind = _not_judged(reason)
        return found(glance, kind, f"{kind}: {reason}", {}, "open")
    steps = horizon["steps"]
    least = "at least " if horizon["open"] else ""
    fall = _fall(glance)
    far = f"reaches {least}{steps} of {lags(glance)} steps"
    figures = {"horizon": steps, "open": horizon["open"], "growth": horizon["growth"], "reach": glance.reach}
    if not glance.declared:
        hint = "how far back the task needs memory was not declared (reach)"
        del figures["reach"]
        return found(glance, "reaches", f"the gradient {far}{fall}; {hint}", figures, "fine")
    text = f"{far}, where {glance.reach} are needed{fall}"
    if horizon["open"] and glance.reach >= lags(glance):
        text = f"reaches from end to end: {lags(glance)} steps{fall}"
    if reaches(glance):
        return found(glance, "reaches", f"the gradient {text}", figures, "fine")
    if seen.further:
        before = seen.first.quantities["horizon"]["steps"]
        text = (
            f"the gradient reaches further and further: {steps} of {lags(glance)} steps by now, {before} at step "
            f"{seen.first.step}, where {glance.reach} are needed{fall}"
        )
        return found(glance, "reaches further", text, {**figures, "at_first": before}, "open")
    level, why = seen.arrives
    figures |= {"left": seen.left, "updates": seen.updates}
    return found(glance, "vanishing", f"the gradient vanishes: it {text}{why}", figures, level)


def _whole(facts: Facts) -> bool:
    """Whether windows are whole samples, so that there are no longer ones to be had."""
    return bool(facts.config.get("training.window") == 0)


def _step_by_step(seen: Seen, facts: Facts) -> Finding | None:
    glance = seen.last
    text = (
        "the layer is called one step at a time, so nothing is seen of the gradient's way back through time; call the "
        "layer once for all steps, or hand its state on as it is"
    )
    text += _read_as(seen, facts)
    if not glance.declared:
        return found(glance, "step by step", text, {"window": 1}, "open")
    return found(glance, "step by step", text, {"window": 1, "reach": glance.reach})


def _read_as(seen: Seen, facts: Facts) -> str:
    """A hint where samples and steps may have been mistaken for each other: so many samples would be steps enough."""
    glance = seen.last
    built = facts.layers.get(glance.layer)
    if built is None or built.options["layer.batch_first"] or glance.batch < glance.reach:
        return ""
    return (
        f"; x is read as (steps {seen.longest}, batch {glance.batch}): if it is the other way round, the layer wants "
        "batch_first=True"
    )


def _samples_too_short(seen: Seen) -> Finding | None:
    glance, longest = seen.last, seen.longest
    if not glance.declared or longest < 2 or glance.reach <= longest:
        return None
    text = f"the samples have only {longest} steps: a reach of {glance.reach} cannot be met there"
    return found(glance, "samples too short", text, {"longest": longest, "reach": glance.reach})


def _too_short(seen: Seen, facts: Facts) -> Finding | None:
    """Whether the gradient is cut before it has gone as far as it is needed; or, if nobody said how far that is, where
    windows are cut from longer sequences and it could go on."""
    glance, left = seen.last, seen.left
    cut = facts.config.get("training.window") and glance.quantities.get("horizon", {}).get("open")
    if seen.longest < 2 or (glance.reach <= seen.longest if glance.declared else not cut):
        return None
    more = "" if left is None else f"; at its start {left:.2g} of the gradient is left"
    if left is not None and left >= LEFT:
        more += ", so it could go further"
    figures = {"window": seen.longest, "reach": glance.reach, "left": left}
    if not glance.declared:
        text = (
            f"the window of {seen.longest} steps may be too short{more}: say how far back the task needs memory (reach)"
        )
        return found(glance, "window too short", text, {**figures, "reach": None}, "open")
    text = f"the window is too short: {seen.longest} steps, where memory of {glance.reach} is needed{more}"
    return found(glance, "window too short", text + _read_as(seen, facts), figures)


def _diverged(seen: Seen, facts: Facts) -> Finding | None:
    if facts.diverged is None:
        return None
    text = f"training had to stop: {facts.diverged}"
    return found(seen.last, "diverged", text, {"step": seen.newest.step})


def _explosion(seen: Seen) -> Finding | None:
    glance = seen.last
    profile = glance.quantities.get("lag_profile", {}).get("joint", [])
    largest = max((v for v in profile[1:] if v is not None), default=0.0)
    if largest < EXPLODED:
        return None
    lag = profile.index(largest)
    text = f"the gradient explodes: {lag} steps back it is {largest:.3g} times as long as where it started"
    figures = {"largest": largest, "lag": lag, "growth": _growth(glance)}
    if seen.early:
        text += f"; training often tames that within some {SOON} updates"
    return found(glance, "exploding", text, figures, "open")


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
    text = (
        f"gate {gate} is saturated in {worst[gate]:.0%} of its units: nine tenths of their pre-activations lie "
        "outside of -4 to 4, where it hardly changes"
    )
    return _obstacle(seen, "saturated", text, {"gate": gate, "units": worst})


def _obstacle(seen: Seen, kind: str, text: str, figures: Mapping[str, Any]) -> Finding:
    """What may keep the gradient from getting through: as serious as the gradient's not getting there."""
    glance = seen.last
    level, why = seen.arrives
    horizon = glance.quantities.get("horizon")
    if level == "fine":
        text += _HARMLESS
    elif horizon:
        text += f"; the gradient reaches {horizon['steps']} of {lags(glance)} steps{why}"
        figures = {**figures, "horizon": horizon["steps"], "left": seen.left, "updates": seen.updates}
    return found(glance, kind, text, figures, level)


def _scale(glance: Glance) -> Finding | None:
    """Whether what comes into a stack of layers is so large that it saturates gates, or too small to be noticed."""
    inputs = glance.quantities.get("inputs")
    if inputs is None or glance.layer.rpartition(".")[2] != "0":
        return None
    largest, length = inputs["largest"], inputs["length"]
    if abs(largest["mean"]) > MEAN or largest["deviation"] > DEVIATION:
        text = (
            f"the input is large: entry {largest['entry']} of x (counted from 0) has mean {largest['mean']:.3g} and "
            f"deviation {largest['deviation']:.3g}, and drives gates towards saturation"
        )
        return found(glance, "input out of scale", text, {"length": length, **largest}, "open")
    if 0 < length < SMALL:
        text = f"the input is small: vectors x are {length:.2g} long on average, and gates hardly notice them"
        return found(glance, "input out of scale", text, {"length": length}, "open")
    return None


def _dead(seen: Seen) -> Finding | None:
    glance = seen.last
    dead = glance.quantities.get("dead_units")
    if not dead or dead["share"] < MANY:
        return None
    text = f"{dead['count']} of {glance.hidden} units are dead: their output stays the same whatever comes in"
    return _obstacle(seen, "dead units", text, dead)


def _clipping(glance: Glance, facts: Facts) -> Finding | None:
    if facts.clipped is None or facts.clipped <= MOST:
        return None
    config = facts.config
    limit, norm, rate = (
        config.get(name) for name in ("training.clip_norm", "clipping.gradient_norm", "training.learning_rate")
    )
    figures = {"clipped": facts.clipped, "limit": limit, "gradient_norm": norm}
    text = f"clipping acts on {facts.clipped:.0%} of the updates"
    if limit and norm:
        text += f": gradients are {norm:.3g} long on average, the limit is {limit:g}"
    elif config.get("training.clip_value"):
        text += f": their entries are cut to {config['training.clip_value']:g}"
    if not facts.scale_matters:
        text += "; this optimizer's steps do not depend on the length of gradients, so little is lost"
        return found(glance, "clipped away", text, figures, "fine")
    level: Level = "open"
    if limit and norm and rate:
        # Momentum adds up to so many steps in one direction.
        step = limit * rate / (1 - config.get("training.momentum", 0.0))
        text += f"; no step can be longer than {step:.2g}, the learning rate times the limit"
        figures["longest_step"] = step
        level = "alarm" if step < CRAWL <= norm * rate else "open"
    return found(glance, "clipped away", text, figures, level)
