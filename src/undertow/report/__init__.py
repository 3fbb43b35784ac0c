"""A run folder as one page that opens offline: verdict, pictures, and the numbers behind each.

``read`` (the folder as data) · ``charts`` (what a chart is) · ``training``, ``gradient``, ``gates``, ``memory``,
``remedies`` (one chart a function) · ``tolerant`` (records of other versions) · ``verdict`` (in words) · ``figures``
(charts and tables in frames) · ``sections`` and ``page`` (put together) · ``markup`` (HTML that escapes) · ``numbers``
(how figures are written) · ``assets`` (style, script, Apache ECharts).
"""

from undertow.report.page import write

__all__ = ["write"]
