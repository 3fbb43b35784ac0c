"""The report of a search for a network: what it found, how, and whether it was worth it.

``read`` (search.json as data) · ``genomes`` (how they are written) · ``progress``, ``every``, ``genes``,
``population``, ``genealogy``, ``tradeoffs``, ``winner``, ``trials`` (charts and tables) · ``page`` (put together).
"""

from undertow.report.search.page import page
from undertow.report.search.read import read

__all__ = ["page", "read"]
