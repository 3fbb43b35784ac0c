"""One direction of one layer under observation: the quantities measured of it, and what they amount to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from undertow.documents import json_from
from undertow.errors import DamagedError
from undertow.flow.quantities import QUANTITIES
from undertow.flow.quantities.horizon import horizon
from undertow.flow.quantities.lag_profile import LagProfile
from undertow.flow.quantity import Array, Quantity, Sums, Unavailable
from undertow.flow.window import Window
from undertow.forms import Each, MisfitError, fitted
from undertow.reasons import FORM, Reason, Why, read
from undertow.runs.lines import flow_form

__all__ = ["DIRECTIONS", "Eye", "Glance", "default_reach", "whole"]

DIRECTIONS = ("forward", "reverse")
#: What is known of the windows, in numbers.
_NUMBERS = ("steps", "batch", "hidden")
#: The bytes in :meth:`Eye.state` that say what is not available, and why; and which gate has which role.
_WHY, _ROLES = "why", "roles"
#: How a name began that said so in words, before reasons were data.
_REFUSED = "refused"


def default_reach(steps: int) -> int:
    """How far back a task is taken to need memory if nobody says: the larger of 10 steps and a tenth of the window."""
    return max(10, steps // 10)


@dataclass(frozen=True)
class Glance:
    """What was seen of one direction of a layer since the glance before: plain data, one line of ``flow.jsonl``.

    Attributes:
        step: windows seen from the beginning (in a run: updates of the weights).
        layer, direction: which; ``layer`` is the module's dotted name and the layer's number.
        cell, backend: what it computes and on which engine.
        steps: of the longest sample in any of the windows.
        batch, hidden: B and H of the last one.
        windows: how many are summed up here.
        reach: how many steps back the task needs memory; ``declared`` if somebody said so.
        quantities: by name, see :mod:`undertow.flow.quantities`.
        reasons: why a quantity is not there, by name.
        roles: which gate is the cell's forget gate, its input gate, its candidate.
    """

    step: int
    layer: str
    direction: str
    cell: str
    backend: str
    steps: int
    batch: int
    hidden: int
    windows: int
    reach: int
    declared: bool = True
    quantities: Mapping[str, Any] = field(default_factory=dict)
    reasons: Mapping[str, Reason] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)

    @property
    def unavailable(self) -> dict[str, str]:
        """:attr:`reasons` in words."""
        return {name: str(reason) for name, reason in self.reasons.items()}

    def line(self) -> dict[str, Any]:
        """As written to ``flow.jsonl``: reasons in words under ``unavailable``, and as data under ``why``."""
        facts = {name: value for name, value in vars(self).items() if name != "reasons"}
        why = {name: reason.plain() for name, reason in self.reasons.items()}
        return {"event": "flow", **facts, "unavailable": self.unavailable, "why": why}

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> Self:
        """From a line of ``flow.jsonl``; what more it says is of another version's."""
        facts = {f.name: line[f.name] for f in fields(cls) if f.name in line and f.name != "reasons"}
        words, why = line.get("unavailable", {}), line.get("why", {})
        return cls(**facts, reasons={name: read(why.get(name), text) for name, text in words.items()})


class Eye:
    """Watches one direction of a layer and sums up."""

    def __init__(self, layer: str, direction: int) -> None:
        self.layer, self.direction = layer, DIRECTIONS[direction]
        self._facts: dict[str, Any] = {}
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self.windows = 0
        self._finite, self._restored = True, False
        self.refusals: dict[str, Reason] = {}
        made = [make() for make in QUANTITIES]
        self.quantities: dict[str, Quantity] = {q.name: q for q in made}

    def see(self, window: Window, backend: str) -> None:
        """Take in a window."""
        sweep = window.sweep
        self._facts = {
            "cell": sweep.layer.cell.name, "backend": backend,
            "steps": max(window.longest, self._facts["steps"] if self.windows else 0),
            "batch": sweep.x.shape[1], "hidden": sweep.layer.sizes.hidden, "roles": dict(sweep.layer.cell.roles),
        }  # fmt: skip
        self.windows += 1
        for name, quantity in self.quantities.items():
            try:
                with self._as_saved():
                    quantity.add(window)
            except Unavailable as error:
                self.refusals[name] = error.reason
        if self._finite and (window.examined or not window.finite):
            self._check_input(window)

    def _check_input(self, window: Window) -> None:
        """Tell an input that is not finite from a network that made itself so: what was there first counts."""
        bad = window.bad_input
        if bad:
            self.refusals["input"] = Reason(Why.INPUT_NOT_FINITE, *bad)
        self._finite = bad is None and window.finite

    def glance(self, step: int, reach: int | None) -> Glance:
        """What was seen since the last :meth:`clear`."""
        facts = self._facts or {"cell": "?", "backend": "?", "steps": 0, "batch": 0, "hidden": 0}
        found: dict[str, Any] = {}
        why = dict(self.refusals)
        for name, quantity in self.quantities.items():
            with self._as_saved():
                _enter(found, why, name, quantity.summary)
        profile = self.quantities[LagProfile.name]
        assert isinstance(profile, LagProfile)
        if LagProfile.name in why:
            why["horizon"] = why[LagProfile.name]
        else:
            with self._as_saved():
                _enter(found, why, "horizon", lambda: horizon(profile.joint()))
        seen = Glance(
            step, self.layer, self.direction, **facts, windows=self.windows,
            reach=default_reach(facts["steps"]) if reach is None else reach, declared=reach is not None,
            quantities=found, reasons=why,
        )  # fmt: skip
        if self._restored:  # before a line is written that nobody can read again
            with self._as_saved():
                fitted(seen.line(), flow_form(seen.line(), whole=True))
        return seen

    @contextmanager
    def _as_saved(self) -> Iterator[None]:
        """Sums that were saved may have shapes that go with nothing: only a quantity knows, when it uses them.

        Raises:
            DamagedError: they have.
        """
        try:
            yield
        except (ValueError, LookupError, TypeError) as error:
            if not self._restored:
                raise
            raise DamagedError(
                f"what the checkpoint has of the gradient in {self.layer} is not what was seen ({error}); put it back "
                "from a copy, or delete it: then training begins anew"
            ) from error

    def state(self) -> dict[str, Tensor]:
        """All sums, to be saved; numbered, since files do not keep their order."""
        sums = {
            f"{name}/{number}/{key}": torch.from_numpy(array)
            for name, quantity in self.quantities.items()
            for number, (key, array) in enumerate(quantity.sums.arrays.items())
        }
        facts = self._facts
        if facts:
            numbers = [float(facts[name]) for name in _NUMBERS]
            sums[f"facts/{facts['cell']}/{facts['backend']}"] = torch.tensor(numbers, dtype=torch.float64)
            sums[_ROLES] = _as_bytes(facts.get("roles", {}))
        if self.refusals:
            sums[_WHY] = _as_bytes({name: reason.plain() for name, reason in self.refusals.items()})
        return sums | {"windows": torch.tensor(float(self.windows)), "finite": torch.tensor(float(self._finite))}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Take up sums that were saved.

        Raises:
            MisfitError: they are none of those of :meth:`state`.
            DamagedError: they go with nothing that was seen.
        """
        self.clear()
        self._restored = True
        sums: dict[str, dict[str, Array]] = {name: {} for name in self.quantities}
        roles: Mapping[str, str] = {}
        for name, value in sorted(state.items(), key=_number):
            quantity, *rest = name.split("/", 2)
            if name == "windows":
                self.windows = whole(name, value)
            elif name == "finite":
                self._finite = bool(whole(name, value))
            elif name == _WHY:
                self.refusals |= {reason: read(plain) for reason, plain in _from_bytes(value, FORM).items()}
            elif name == _ROLES:
                roles = _from_bytes(value, str)
            elif len(rest) != 2 or not value.is_floating_point():
                raise MisfitError(f"has {name!r} of the gradient, which is not known here")
            elif quantity == _REFUSED:
                self.refusals[rest[0]] = read(None, rest[1])
            elif quantity == "facts":
                cell, backend = rest
                if value.shape != (len(_NUMBERS),):
                    raise MisfitError("has not the numbers of what was seen of the gradient")
                numbers = {number: whole(number, part) for number, part in zip(_NUMBERS, value, strict=True)}
                self._facts = {"cell": cell, "backend": backend, **numbers}
            elif quantity in self.quantities:
                sums[quantity][rest[1]] = np.array(value.double().numpy())
            else:
                raise MisfitError(f"has {quantity!r} of the gradient, which is not measured here")
        if self._facts:
            self._facts["roles"] = dict(roles)
        for name, kept in self.quantities.items():
            kept.sums = Sums.read(sums[name], kept.kept)
        if self._facts:  # whether they can be told, before training goes on and writes
            self.glance(0, None)

    def merge(self, other: Eye) -> None:
        """Take in what another worker saw of the same layer."""
        self.windows += other.windows
        self._restored = self._restored or other._restored
        self._finite = self._finite and other._finite
        self.refusals = other.refusals | self.refusals
        longest = max(eye._facts.get("steps", 0) for eye in (self, other))
        self._facts = (self._facts or other._facts) | ({"steps": longest} if longest else {})
        for name, quantity in self.quantities.items():
            with self._as_saved():
                quantity.sums.merge(other.quantities[name].sums)


def _number(item: tuple[str, Tensor]) -> int:
    """The number in a name of :meth:`Eye.state`, where it has one."""
    parts = item[0].split("/")
    return int(parts[1]) if len(parts) > 2 and parts[1].isdecimal() and parts[0] not in ("facts", _REFUSED) else -1


def whole(name: str, value: Tensor) -> int:
    """The whole number that is kept as a tensor.

    Raises:
        MisfitError: it is none.
    """
    if value.numel() != 1 or (not 0 <= float(value) < 2**53 and float(value) != -1):
        raise MisfitError(f"has no number for {name!r} of the gradient")
    return int(value)


def _as_bytes(value: Mapping[str, Any]) -> Tensor:
    """An object as bytes of JSON: a checkpoint holds tensors alone."""
    return torch.frombuffer(bytearray(json.dumps(value).encode()), dtype=torch.uint8)


def _from_bytes(value: Tensor, each: Any) -> dict[str, Any]:
    """What :func:`_as_bytes` kept, whose values have the form ``each``.

    Raises:
        MisfitError: it is no such thing.
    """
    if value.dtype != torch.uint8 or value.dim() != 1:
        raise MisfitError("has no bytes of JSON where it says what was seen of the gradient")
    try:
        found: dict[str, Any] = json_from(value.numpy().tobytes().decode(), Each(each))
    except (MisfitError, UnicodeDecodeError) as error:
        raise MisfitError(f"has notes of the gradient that cannot be read: {error}") from None
    return found


def _enter(found: dict[str, Any], why: dict[str, Reason], name: str, summary: Callable[[], Any]) -> None:
    """Enter a quantity, or why it is not there."""
    try:
        found[name] = summary()
        why.pop(name, None)
    except Unavailable as error:
        why.setdefault(name, error.reason)
