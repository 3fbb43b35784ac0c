"""Where boxes stand and wires run: the lanes of :mod:`.lanes` turned into points.

Columns are as wide as their widest box, gaps as wide as the names and the vertical tracks in them, rows as high as
their highest box.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from undertow.lang.diagram.lanes import LanePlan, Step, Wire, search

__all__ = ["Arrangement", "BoxSize", "Point", "arrange"]

Point = tuple[float, float]

_TRACK = 12.0
"""Between two vertical wires in a gap."""
_LEAD, _ARROW = 12.0, 20.0
"""Before the first vertical wire of a gap and after the last: room for a dot, and for an arrow head."""
_FRAME = 24.0
"""Between what enters or leaves the cell and its frame, and between the frame and what is inside."""
_ROW = 11.0
"""Between two rows."""


@dataclass(frozen=True)
class BoxSize:
    """What a box asks for: its size, room above and below it, room for a name on the wire that leaves it,
    and the width of what hangs below it."""

    width: float
    height: float
    round: bool = False
    above: float = 0.0
    below: float = 0.0
    after: float = 0.0
    span: float = 0.0


@dataclass(frozen=True)
class Arrangement:
    """Centres of the boxes, corners of each wire from border to border, and dots where wires of a source part.

    ``frame`` is left, top, right and bottom of what lies between the first column and the last.
    """

    centres: tuple[Point, ...]
    paths: tuple[tuple[Point, ...], ...]
    dots: tuple[Point, ...]
    frame: tuple[float, float, float, float]
    width: float
    height: float


def arrange(
    shapes: Sequence[BoxSize],
    wires: Sequence[Wire],
    columns: Sequence[int],
    *,
    below: int | None = None,
    rails: Sequence[Sequence[int]] = (),
) -> Arrangement:
    """Place ``shapes`` in their ``columns`` and route ``wires``, left to right.

    ``rails`` are chains of boxes that run straight along the top, the first of each numbered before all other boxes;
    ``below`` is a source in column 0 that enters from under the rest.
    """
    plan = LanePlan(wires, columns, below, rails)
    roomy = [shape.below == 0 for shape in shapes]
    rows = plan.rows(search(plan, roomy))
    routes, _ = plan.routes(rows, roomy)
    row_of = {box: rows[lane] for box, lane in plan.lane_of.items()}
    levels, bottom = _levels(shapes, row_of, 1 + max(rows, default=0))
    height = bottom
    if below is not None:
        height = bottom + _FRAME + shapes[below].height
        levels.append(height - shapes[below].height / 2)
    tracks = _tracks(wires, routes, levels)
    middles, starts, frame, width = _across(shapes, columns, below, tracks)

    def across(source: int, position: int) -> float:
        if position % 2 == 0 and source != below:
            return middles[position // 2]
        return starts[position // 2] + _TRACK * tracks[position // 2].get(source, 0)

    def place(wire: Wire, step: Step) -> Point:
        x = middles[step[0] // 2] if step[0] and step[0] % 2 == 0 else across(wire.source, step[0])
        return x, levels[step[1]] + step[2]

    centres = [
        (across(box, 2 * columns[box]), levels[-1] if box == below else levels[row_of[box]])
        for box in range(len(shapes))
    ]
    paths = [
        _clip(_simple([place(wire, step) for step in path]), shapes[wire.source], shapes[wire.target], path[-1][2])
        for wire, path in zip(wires, routes, strict=True)
    ]
    box = (frame[0], 0.0, frame[1], bottom)
    return Arrangement(tuple(centres), tuple(paths), _dots(wires, paths), box, width, height)


def _levels(shapes: Sequence[BoxSize], row_of: Mapping[int, int], count: int) -> tuple[list[float], float]:
    """The height of each row's line, and of the lowest row's lower edge."""
    above, below = [4.0] * count, [4.0] * count
    for box, row in row_of.items():
        above[row] = max(above[row], shapes[box].height / 2 + shapes[box].above)
        below[row] = max(below[row], shapes[box].height / 2 + shapes[box].below)
    levels, y = [], _FRAME / 2
    for up, down in zip(above, below, strict=True):
        levels.append(y + up)
        y += up + down + _ROW
    return levels, y - _ROW + _FRAME / 2


def _tracks(
    wires: Sequence[Wire], routes: Sequence[Sequence[Step]], levels: Sequence[float]
) -> dict[int, dict[int, int]]:
    """For each gap the track of every source that turns in it: sources whose runs do not overlap share one."""
    spans: dict[int, dict[int, tuple[float, float]]] = defaultdict(dict)
    for wire, route in zip(wires, routes, strict=True):
        for position, row, offset in route:
            if position % 2:
                y = levels[row] + offset
                low, high = spans[position // 2].get(wire.source, (y, y))
                spans[position // 2][wire.source] = (min(low, y), max(high, y))
    tracks: dict[int, dict[int, int]] = {}
    for gap, nets in spans.items():
        tracks[gap], ends = {}, list[float]()
        for source, (low, high) in sorted(nets.items(), key=lambda item: (item[1], item[0])):
            free = next((n for n, end in enumerate(ends) if end + 2 * _ROW < low), len(ends))
            ends[free : free + 1] = [high]
            tracks[gap][source] = free
    return tracks


def _across(
    shapes: Sequence[BoxSize], columns: Sequence[int], below: int | None, tracks: Mapping[int, Mapping[int, int]]
) -> tuple[list[float], list[float], tuple[float, float], float]:
    """Middles of the columns, first tracks of the gaps, left and right edge of the frame, and the whole width."""
    count = 1 + max(columns)
    standing = [(s, c) for box, (s, c) in enumerate(zip(shapes, columns, strict=True)) if box != below]
    wide = [max((max(s.width, s.span) for s, c in standing if c == column), default=0.0) for column in range(count)]
    middles, starts, edges, x = list[float](), list[float](), list[float](), 0.0
    for column in range(count):
        edges += [x, x + wide[column]]
        middles.append(x + wide[column] / 2)
        names = max((s.width / 2 + s.after - wide[column] / 2 for s, c in standing if c == column), default=0.0)
        x += wide[column] + max(names, 0.0) + _LEAD + (_FRAME if column == 0 else 0.0)
        starts.append(x)
        x += _TRACK * max(tracks.get(column, {}).values(), default=-1) + _ARROW
        x += _FRAME if column == count - 2 else 0.0
    return middles, starts, (edges[1] + _FRAME / 2, edges[-2] - _FRAME / 2), edges[-1]


def _simple(path: Sequence[Point]) -> list[Point]:
    """The corners alone."""
    corners: list[Point] = []
    for point in path:
        if corners and math.dist(corners[-1], point) < 0.01:
            continue
        if len(corners) > 1 and any(corners[-2][k] == corners[-1][k] == point[k] for k in (0, 1)):
            corners[-1] = point
        else:
            corners.append(point)
    return corners


def _clip(path: list[Point], source: BoxSize, target: BoxSize, port: float) -> tuple[Point, ...]:
    """The path from border to border instead of from centre to centre."""
    (x, y), (_, next_y) = path[0], path[1]
    start = (x + source.width / 2, y) if y == next_y else (x, y + math.copysign(source.height / 2, next_y - y))
    (x, y), (_, before_y) = path[-1], path[-2]
    top_or_bottom = (x, y + math.copysign(target.height / 2, before_y - y))
    end = (x - _reach(target, port), y) if before_y == y else top_or_bottom
    return start, *path[1:-1], end


def _reach(shape: BoxSize, port: float) -> float:
    """From the middle of a box to its left border, ``port`` above or below the middle."""
    return math.sqrt((shape.width / 2) ** 2 - port**2) if shape.round else shape.width / 2


def _dots(wires: Sequence[Wire], paths: Sequence[Sequence[Point]]) -> tuple[Point, ...]:
    """Points where a wire turns off while another of the same source runs on."""
    runs: dict[int, list[tuple[Point, Point]]] = defaultdict(list)
    for wire, path in zip(wires, paths, strict=True):
        runs[wire.source] += pairwise(path)
    dots = {
        corner
        for wire, path in zip(wires, paths, strict=True)
        for corner in path[1:-1]
        if any(_inside(corner, *run) for run in runs[wire.source])
    }
    return tuple(sorted(dots))


def _inside(p: Point, a: Point, b: Point) -> bool:
    flat = a[1] == b[1] == p[1] and min(a[0], b[0]) < p[0] < max(a[0], b[0])
    return flat or (a[0] == b[0] == p[0] and min(a[1], b[1]) < p[1] < max(a[1], b[1]))
