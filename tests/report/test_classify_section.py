"""A classifier's pictures show the numbers of its evaluation; hostile names stay text."""

import json

import pytest

from report.synthetic import make
from report.test_page import EVIL, Page
from undertow.report import write
from undertow.report.charts import Chart, ChartTable, axis, cartesian, line
from undertow.report.figures import Pictures
from undertow.report.read import Absent
from undertow.report.tasks.classify import calibration, confusion, mistakes, per_class, section

DATA = {
    "classes": ["cat", "dog", "owl"],
    "classes_in_all": 5,
    "samples": 20,
    "confusion": [[8, 2, 0], [1, 4, 0], [0, 0, 5]],
    "per_class": {
        "precision": [8 / 9, 4 / 6, 1.0], "recall": [0.8, 0.8, 1.0], "f1": [0.8421, 0.7273, 1.0], "support": [10, 5, 5],
    },
    "calibration": [{"sure": 0.55, "right": 0.5, "count": 4}, {"sure": 0.93, "right": 0.9375, "count": 16}],
    "worst": [
        {"truth": "cat", "said": "dog", "probability": 0.91, "where": "line 7", "text": "meow wow"},
        {"truth": "dog", "said": "cat", "probability": 0.71, "where": "line 3", "text": "purr"},
    ],
}  # fmt: skip
SERIES = {**DATA, "worst": [{**DATA["worst"][0], "series": [[0.5, 1.0], [None, 2.0], [1.5, 3.0]]}]}
del SERIES["worst"][0]["text"]


def test_confusion_holds_the_share_of_each_true_class_by_what_was_said():
    chart = confusion(DATA)
    assert list(chart.table.columns) == ["said", "true cat", "true dog", "true owl"]
    assert chart.table.rows == [["cat", 0.8, 0.2, 0.0], ["dog", 0.2, 0.8, 0.0], ["owl", 0.0, 0.0, 1.0]]
    assert chart.option["xAxis"]["data"] == chart.option["yAxis"]["data"] == DATA["classes"]
    assert "3 of 20 are wrong" in chart.summary
    assert chart.note == "2 rarer classes are left out."


def test_a_class_without_samples_has_no_shares():
    chart = confusion({**DATA, "confusion": [[8, 2, 0], [0, 0, 0], [0, 0, 5]]})
    assert [row[2] for row in chart.table.rows] == [None, None, None]


def test_numbers_are_written_in_cells_where_there_is_room():
    many = [f"c{n}" for n in range(30)]
    data = {**DATA, "classes": many, "classes_in_all": 30, "confusion": [[int(a == b) for a in many] for b in many]}
    assert confusion(DATA).option["series"][0]["label"]["show"]
    assert not confusion(data).option["series"][0]["label"]["show"]


def test_calibration_stands_against_what_was_said():
    chart = calibration(DATA)
    assert chart.table.rows == [[0.55, 0.5, 0.55, 4], [0.93, 0.9375, 0.93, 16]]
    assert chart.option["xAxis"]["min"] == 0.5
    assert [series["encode"]["y"] for series in chart.option["series"]] == [1, 2]


def test_classes_and_mistakes_are_tables_in_order():
    assert per_class(DATA)[1] == ["dog", "66.7%", "80%", "72.7%", "5"]
    html = mistakes(DATA, Pictures())
    assert html.index("meow wow") < html.index("purr")
    assert "91%" in html
    assert "line 7" in html


def test_series_that_were_told_wrong_are_drawn():
    pictures = Pictures()
    html = mistakes(SERIES, pictures)
    (drawn,) = pictures.data.values()
    assert drawn["table"]["rows"] == [[1, 0.5, 1.0], [2, None, 2.0], [3, 1.5, 3.0]]
    assert "true cat, said dog" in html
    assert "91% sure, line 7" in html


def test_without_mistakes_it_says_so():
    assert "every sample was told right" in mistakes({**DATA, "worst": []}, Pictures())


@pytest.mark.parametrize(
    "broken", [{}, {"classes": 3}, {**DATA, "confusion": None, "calibration": [{}], "worst": [{}]}]
)
def test_another_versions_record_is_an_absence(broken):
    for made in (confusion(broken), calibration(broken), per_class({**broken, "per_class": {}})):
        assert isinstance(made, Absent)
    assert "Not available because" in section({"pictures": broken}, Pictures())


def test_the_page_holds_the_section_and_hostile_names_stay_text(tmp_path):
    run = make(tmp_path / "run")
    config = run.config_file.read_text().replace('task = "text"', 'task = "classify"').replace("[text]", "[classify]")
    run.config_file.write_text(config)
    data = {**DATA, "classes": [EVIL, "dog", "owl"], "worst": [{**DATA["worst"][0], "text": EVIL, "truth": EVIL}]}
    evaluation = {"step": 9, "part": "test", "figures": {"accuracy": 0.85}, "lines": [], "pictures": data}
    (run.path / "evaluation.json").write_text(json.dumps(evaluation))
    page = Page(write(run.path).read_text(encoding="utf-8"))
    assert len(page.scripts) == 3
    assert page.all("img") == []
    assert "Confusion matrix" in page.text
    assert EVIL in page.text
    titles = [chart["table"]["columns"][0] for chart in page.numbers.values()]
    assert "said" in titles
    assert "how sure" in titles


#: Turns the direction of text, in a chart as anywhere.
TURNED = "\u202egnp\u2066.\x1bexe"


def test_labels_with_marks_of_direction_are_written_out_in_charts(tmp_path):
    classes = {**DATA, "classes": [f"{TURNED}{n}" for n in range(3)]}
    worst = [{**SERIES["worst"][0], "truth": TURNED, "said": TURNED}]
    run = make(tmp_path / "run")
    config = run.config_file.read_text().replace('task = "text"', 'task = "classify"').replace("[text]", "[classify]")
    run.config_file.write_text(config)
    evaluation = {"step": 9, "part": "test", "figures": {}, "lines": [], "pictures": {**classes, "worst": worst}}
    run.evaluation_file.write_text(json.dumps(evaluation))
    page = write(run.path).read_text(encoding="utf-8")
    assert "Confusion matrix" in page
    assert not set(page) & set("\u202e\u2066\x1b")
    assert "\\u001b" not in page
    columns = [c for chart in Page(page).numbers.values() if "table" in chart for c in chart["table"]["columns"]]
    assert "true \\u202egnp\\u2066.\\x1bexe1" in columns, "as Python writes it"


def test_a_curves_name_is_the_same_to_its_legend():
    """Which hides it by its name."""
    series = [line(f"{TURNED}{n}", n + 1, n) for n in range(2)]
    chart = Chart("t", "s", "r", cartesian(axis("x"), axis("y"), series), ChartTable(["x", *"ab"], [[0, 1.0, 2.0]]))
    pictures = Pictures()
    html = pictures.place("t", chart)
    (drawn,) = pictures.data.values()
    buttons = [of["data-curve"] for name, of in Page(html).elements if "data-curve" in of]
    assert (
        buttons
        == [one["name"] for one in drawn["option"]["series"]]
        == [f"\\u202egnp\\u2066.\\x1bexe{n}" for n in range(2)]
    )
