"""Lanes of a diagram: which wires run straight, which turn, and the rows that keep them apart.

Every box stands in a column (its longest path from a source) and in a lane, a horizontal line that one of the
box's arguments runs straight into. A wire that is nobody's straight continuation turns in the gap between two
columns, runs along a lane of its own or along the rest of its source's, and enters its target from the left, from
above or from below. Lanes that overlap in no column may share a row; within a row, no two of them ever meet. So only
crossings at right angles are left, and a local search over the order of the lanes makes them few.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["LanePlan", "Step", "Wire", "search"]

Step = tuple[int, int, float]
"""A corner of a route: 2 * column (its centre) or 2 * column + 1 (the gap after it), row, offset from the row."""

_SQUEEZE = 7.0
"""How far from the middle of its left side a wire enters a box that it cannot reach otherwise."""

_EFFORT = 4_000_000
"""How long to look for a better order of the lanes: orders tried, times wires squared."""


@dataclass(frozen=True)
class Wire:
    """A value's way from one box to another. ``port`` is a fixed place on the target's left side, as an offset from
    its middle; ``lead`` says whether the wire may enter it straight from the left."""

    source: int
    target: int
    lead: bool = True
    port: float | None = None


@dataclass
class _Lane:
    boxes: list[int]
    start: int
    end: int
    wire_of: int = -1


class LanePlan:
    """Which wires go straight, which turn, and the lanes that follow; rows are found by :meth:`rows`."""

    def __init__(
        self, wires: Sequence[Wire], columns: Sequence[int], below: int | None, rails: Sequence[Sequence[int]]
    ):
        self.wires, self.columns, self.below = wires, columns, below
        self.into: dict[int, list[int]] = defaultdict(list)
        self.outof: dict[int, list[int]] = defaultdict(list)
        for number, wire in enumerate(wires):
            self.into[wire.target].append(number)
            self.outof[wire.source].append(number)
        self.heir: dict[int, int] = {}
        self.straight: dict[int, int] = {}
        self._continue(rails)
        self.claim = {
            t: max((n for n in given if wires[n].lead), key=lambda n: columns[wires[n].source])
            for t, given in self.into.items()
            if t not in self.straight and any(wires[n].lead for n in given)
        }
        self.lanes = self._lanes()
        self.pinned = len(rails)

    def _continue(self, rails: Sequence[Sequence[int]]) -> None:
        """Choose for each box the wire that runs straight into it, and so one heir for each source."""
        ends = {(self.wires[n].source, t): n for t, given in self.into.items() for n in given}
        for rail in rails:
            for source, target in pairwise(rail):
                self.heir[source], self.straight[target] = target, ends[source, target]
        for target in sorted(self.into, key=lambda t: (self.columns[t], t)):
            free = [
                n
                for n in self.into[target]
                if self.wires[n].lead and self.wires[n].source not in self.heir and self.wires[n].source != self.below
            ]
            if target not in self.straight and free:
                best = min(free, key=lambda n: (len(self.outof[self.wires[n].source]), n))
                self.straight[target] = best
                self.heir[self.wires[best].source] = target

    def kind(self, number: int) -> str:
        """How a wire runs: straight, turning once in a gap, along its source's lane or along one of its own."""
        wire = self.wires[number]
        if self.straight.get(wire.target) == number:
            return "straight"
        adjacent = self.columns[wire.target] == self.columns[wire.source] + 1
        if self.claim.get(wire.target) == number or (wire.port is not None and adjacent):
            return "turn"
        return "own" if wire.source in self.heir or wire.source == self.below else "rest"

    def _lanes(self) -> list[_Lane]:
        lanes: list[_Lane] = []
        self.lane_of: dict[int, int] = {}
        self.wire_lane: dict[int, int] = {}
        for first in range(len(self.columns)):
            if first == self.below or first in self.straight:
                continue
            boxes = [first]
            while boxes[-1] in self.heir:
                boxes.append(self.heir[boxes[-1]])
            start = 2 * self.columns[first] - 1
            if first in self.claim:
                start = 2 * self.columns[self.wires[self.claim[first]].source] + 1
            reach = [2 * self.columns[self.wires[n].target] for n in self.outof[boxes[-1]] if self.kind(n) == "rest"]
            self.lane_of |= dict.fromkeys(boxes, len(lanes))
            lanes.append(_Lane(boxes, start, max([2 * self.columns[boxes[-1]] + 1, *reach])))
        for source, given in self.outof.items():
            reach = [2 * self.columns[self.wires[n].target] for n in given if self.kind(n) == "own"]
            if reach:
                self.wire_lane[source] = len(lanes)
                lanes.append(_Lane([], 2 * self.columns[source] + 1, max(reach), source))
        return lanes

    def rows(self, order: Sequence[int]) -> list[int]:
        """The row of each lane: as high as it fits under the lanes before it."""
        rows = [0] * len(self.lanes)
        floor = [0] * (2 + max((lane.end for lane in self.lanes), default=0))
        for index in order:
            lane = self.lanes[index]
            span = slice(max(lane.start, 0), lane.end + 1)
            rows[index] = max(floor[span], default=0)
            floor[span] = [rows[index] + 1] * len(floor[span])
        return rows

    def routes(self, rows: Sequence[int], roomy: Sequence[bool]) -> tuple[list[list[Step]], int]:
        """The corners of every wire, and how many could not enter from above or below because a box is in the way.

        ``roomy`` tells which boxes can be entered from below.
        """
        row_of = {box: rows[lane] for box, lane in self.lane_of.items()}
        bottom = max(rows, default=0) + 1
        taken: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        for box, row in row_of.items():
            taken[self.columns[box]].append((row, row, -1 - box))
        routes, blocked = [], 0
        for number, wire in enumerate(self.wires):
            from_column, to_column = 2 * self.columns[wire.source], 2 * self.columns[wire.target]
            here, there = row_of.get(wire.source, bottom), row_of[wire.target]
            kind, port = self.kind(number), wire.port or 0.0
            path: list[Step] = [(from_column, here, 0.0)]
            turn: list[Step] = [(from_column + 1, here, 0.0), (from_column + 1, there, port), (to_column, there, port)]
            if kind == "straight":
                path.append((to_column, there, port))
            elif kind == "turn":
                path += turn
            else:
                lane = here if kind == "rest" else rows[self.wire_lane[wire.source]]
                low, high = sorted((lane, there))
                inside = (low, high - 1) if lane < there else (low + 1, high)
                met = any(
                    a <= inside[1] and inside[0] <= b and net != wire.source for a, b, net in taken[to_column // 2]
                )
                if kind == "own":
                    path += [(from_column + 1, here, 0.0), (from_column + 1, lane, 0.0)]
                if wire.port is None and not met and (lane < there or roomy[wire.target]):
                    taken[to_column // 2].append((*inside, wire.source))
                    path += [(to_column, lane, 0.0), (to_column, there, 0.0)]
                else:
                    blocked += wire.port is None
                    port = wire.port if wire.port is not None else math.copysign(_SQUEEZE, lane - there)
                    path += [(to_column - 1, lane, 0.0), (to_column - 1, there, port), (to_column, there, port)]
            routes.append(path)
        return routes, blocked


def _cost(plan: LanePlan, order: Sequence[int], roomy: Sequence[bool]) -> float:
    """Crossings, length of the vertical runs, rows and wires that had to squeeze in from the left."""
    rows = plan.rows(order)
    routes, blocked = plan.routes(rows, roomy)
    flat: set[tuple[float, int, int, int]] = set()
    upright: dict[tuple[int, int], tuple[float, float]] = {}
    for wire, path in zip(plan.wires, routes, strict=True):
        for (x0, r0, d0), (x1, r1, d1) in pairwise(path):
            y0, y1 = r0 + d0 / 100, r1 + d1 / 100
            if x0 == x1:
                low, high = upright.get((x0, wire.source), (y0, y0))
                upright[x0, wire.source] = (min(low, y0, y1), max(high, y0, y1))
            else:
                flat.add((y0, min(x0, x1), max(x0, x1), wire.source))
    crossings = sum(
        low < y < high and left < x < right and net != other
        for (x, net), (low, high) in upright.items()
        for y, left, right, other in flat
    )
    return 5 * crossings + sum(b - a for a, b in upright.values()) + 2 * max(rows, default=0) + 12 * blocked


def search(plan: LanePlan, roomy: Sequence[bool]) -> list[int]:
    """An order of the lanes that no single move improves (or the best found within the effort)."""
    order = sorted(range(len(plan.lanes)), key=lambda n: (n >= plan.pinned, plan.lanes[n].wire_of >= 0, n))
    best = _cost(plan, order, roomy)
    left = _EFFORT // (len(plan.wires) + 1) ** 2 + 200
    improved = True
    while improved and left > 0:
        improved = False
        for lane in sorted(range(plan.pinned, len(order)), key=order.index):
            at = order.index(lane)
            for to in sorted(range(plan.pinned, len(order)), key=lambda n, at=at: abs(n - at)):  # type: ignore[misc]
                trial = [n for n in order if n != lane]
                trial.insert(to, lane)
                cost = _cost(plan, trial, roomy) if left > 0 else best
                left -= 1
                if cost < best - 1e-9:
                    order, best, improved = trial, cost, True
    return order
