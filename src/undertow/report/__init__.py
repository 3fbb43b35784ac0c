"""The folder of a run, or of a search, as one page that opens offline: verdict, pictures, the numbers behind each.

``read`` (the folder as data) · ``charts`` (what a chart is) · ``training``, ``gradient``, ``gates``, ``memory``,
``remedies`` (one chart a function) · ``tolerant`` (records of other versions) · ``verdict`` (in words) · ``figures``
(charts and tables in frames) · ``sections`` and ``page`` (put together) · ``results`` and ``tasks`` (what a task
came to) · ``search`` (the page of a search) ·
``document`` (what every page has) · ``markup`` (HTML that escapes) · ``numbers`` (how figures are written) ·
``assets`` (style, script, Apache ECharts).
"""

from undertow.report.page import write

__all__ = ["write"]
