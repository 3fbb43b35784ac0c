"""The section of a translator: what is in its data is in the page, hostile text stays text, what is absent is told."""

import json

import pytest
import torch

from translating import pairs, task
from undertow.report.charts import Chart
from undertow.report.figures import Pictures
from undertow.report.read import Absent
from undertow.report.tasks.translate import alignment, beside, section, worst


@pytest.fixture(scope="module")
def evaluation():
    torch.manual_seed(5)
    found = task(pairs(), ignore="A", beam=2).examine("validation")
    return json.loads(json.dumps(vars(found)))


def test_the_matrix_has_every_weight_in_its_place(evaluation):
    one = evaluation["pictures"]["alignments"][0]
    chart = alignment(one, 1)
    assert isinstance(chart, Chart)
    assert chart.option["xAxis"]["data"] == one["source"]
    assert chart.option["yAxis"]["data"] == one["target"]
    for at, (token, *weights) in enumerate(chart.table.rows):
        assert token == one["source"][at]
        assert weights == [step[at] for step in one["weights"]]
    assert chart.note == f"true: {one['reference']}"


def test_figures_stand_beside_the_nearest_pairs():
    figures = {"bleu": 12.3456, "bleu_low": 11.0, "bleu_high": 13.5, "nearest_bleu": 9.0, "exact": 0.25, "loss": 2.0}
    rows = beside({"figures": figures})
    assert rows == [
        ["BLEU", "12.3", "11 to 13.5", "9", "–"],
        ["wholly right", "25%", "–", "–", "–"],
    ]


def test_a_whole_section(evaluation):
    pictures = Pictures()
    html = section(evaluation, pictures)
    assert len(pictures.data) == len(evaluation["pictures"]["alignments"])
    assert html.count("<tr>") == 2 + 3 + len(evaluation["pictures"]["worst"])
    assert "error rate without A" in html


def test_text_of_the_data_never_becomes_markup(evaluation):
    evil = "<script>alert(1)</script>"
    row = {"source": evil, "reference": evil, "written": evil, "errors": 1.0, "score": -1.0}
    one = {"source": [evil], "target": [evil], "weights": [[1.0]], "reference": evil}
    data = {**evaluation, "pictures": {"worst": [row], "alignments": [one], "ignore": evil, "computed": [evil]}}
    assert evil not in section(data, Pictures())


def test_what_is_not_there_is_told(evaluation):
    html = section({**evaluation, "pictures": {**evaluation["pictures"], "alignments": []}}, Pictures())
    assert "this model has no attention" in html
    assert isinstance(worst({}), Absent)
    assert isinstance(alignment({"source": ["a"]}, 1), Absent)
    assert isinstance(beside({}), Absent)
    assert "Not available" in section({}, Pictures())
