"""The report's section on counting."""

from collections.abc import Mapping
from typing import Any

from undertow.report.figures import Pictures, table
from undertow.report.markup import Html
from undertow.report.numbers import figure

__all__ = ["section"]


def section(evaluation: Mapping[str, Any], pictures: Pictures) -> Html:
    """The texts that were counted worst."""
    rows = [[text, figure(truth), figure(said)] for text, truth, said in evaluation["pictures"]["worst"]]
    return table(("text", "true", "said"), rows, "texts that were counted worst")
