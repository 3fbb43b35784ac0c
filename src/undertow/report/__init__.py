"""A run folder as one page that opens offline: verdict, pictures, and the numbers behind each.

``read`` (the folder as data) · ``charts`` (what a chart is) · ``training``, ``gradient``, ``memory``, ``gates``,
``remedies`` (one chart a function) · ``verdict`` (in words) · ``sections`` and ``page`` (put together) · ``markup``
(HTML that escapes) · ``numbers`` (how figures are written) · ``assets`` (style, script, Apache ECharts).
"""

from undertow.report.page import write

__all__ = ["write"]
