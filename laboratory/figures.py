"""Figures for light and dark pages: no ground, grey text, colours that all eyes tell apart; always the same bytes."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["NOTES", "RESULTS", "Style", "figure", "save", "svg"]


@dataclass(frozen=True)
class Style:
    """How figures look: ``grey`` is text and axes, legible on white and on black; ``more`` goes to matplotlib."""

    grey: str
    colours: tuple[str, ...]
    more: dict[str, Any] = field(default_factory=dict)

    def settings(self) -> dict[str, Any]:
        """All that matplotlib is told."""
        from cycler import cycler

        inked = ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color", "grid.color")
        return {
            **dict.fromkeys(inked, self.grey), "axes.prop_cycle": cycler(color=self.colours), "axes.grid": True,
            "grid.alpha": 0.25, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False,
            "svg.fonttype": "none", "svg.hashsalt": "undertow", **self.more,
        }  # fmt: skip


#: Results: Okabe and Ito's colours; black left out, so that they show on dark pages too.
RESULTS = Style(
    "#808080",
    ("#E69F00", "#56B4E9", "#009E73", "#D55E00", "#CC79A7", "#0072B2", "#8C8C8C", "#B0A020"),
    {"font.size": 9},
)
#: Notes: after Okabe and Ito 2008, evened out in brightness, and larger, for they are read and not looked up.
NOTES = Style(
    "#707a86",
    ("#1f83c6", "#d55e00", "#0f9d78", "#b765a0", "#b98a00", "#707a86"),
    {
        "figure.facecolor": "none", "axes.facecolor": "none", "savefig.facecolor": "none", "figure.dpi": 72,
        "axes.titlecolor": "#707a86", "grid.linewidth": 0.8, "axes.axisbelow": True, "font.size": 12,
        "axes.titlesize": 13, "axes.titlelocation": "left", "axes.titlepad": 10, "legend.fontsize": 11,
        "lines.linewidth": 2.2, "lines.markersize": 6,
        "font.sans-serif": ["DejaVu Sans", "Verdana", "Helvetica", "Arial"],
    },
)  # fmt: skip


def figure(
    style: Style, columns: int = 1, rows: int = 1, *, width: float, height: float, **options: Any
) -> tuple[Figure, list[Axes]]:
    """An empty figure of so many axes; sizes in inches of 72 points, ``options`` as ``Figure.subplots`` has them."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams.update(style.settings())
    drawn = Figure(figsize=(width, height), layout="constrained")
    return drawn, list(drawn.subplots(rows, columns, squeeze=False, **options).flat)


def svg(drawn: Figure, title: str) -> str:
    """As the text of an SVG, without blanks at the ends of lines."""
    written = io.StringIO()
    drawn.savefig(written, format="svg", metadata={"Date": None, "Creator": None, "Title": title})
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines()) + "\n"


def save(drawn: Figure, file: Path) -> None:
    """As a file of SVG."""
    drawn.savefig(file, transparent=True, metadata={"Date": None})
