"""Cells as pictures (SVG): one step, its derived BPTT step, and the chain of steps.

``draw`` (how a cell looks) · ``sketch`` (what is shown) · ``lanes`` and ``layout`` (where) · ``svg`` (how pictures are
written).
"""

from undertow.lang.diagram.draw import bptt_svg, cell_svg, unrolled_svg

__all__ = ["bptt_svg", "cell_svg", "unrolled_svg"]
