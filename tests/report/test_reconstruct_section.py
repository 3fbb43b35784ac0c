"""The section of reconstruction: its numbers are those of the evaluation, what is odd is told, nothing is markup."""

import copy
import json

import pytest

from report.test_page import EVIL, Page
from undertow.report.figures import Pictures
from undertow.report.read import Absent
from undertow.report.tasks.reconstruct import errors, scores, section, stretch, vectors

DATA = {
    "thing": "window",
    "rate": 0.005,
    "errors": {"edges": [0.5, 1.0, 2.0], "normal": [7, 2], "anomalous": [0, 3], "threshold": 1.8},
    "embedding": {"x": [0.1, 0.2, 0.3], "y": [1.0, 2.0, None], "label": ["b", "a", "b"], "shares": [0.6, 0.25]},
    "series": [
        {
            "name": "mote 1", "step": [10, 11, 12], "score": [0.5, 4.0, None], "threshold": 2.0,
            "flagged": [[11, 12]], "known": [[11, 13]],
        }
    ],
    "worst": [
        {
            "name": "mote 1", "row": 1200, "score": 9.25, "steps": [10, 11], "flagged": [[11, 12]],
            "channels": [
                {"name": "humidity", "truth": [40.0, None], "rebuilt": [41.0, 42.0]},
                {"name": "temperature", "truth": [20.0, 21.0], "rebuilt": [20.5, 21.5]},
            ],
        }
    ],
}  # fmt: skip
TEXTS = {
    "thing": "sequence", "rate": 0.01, "errors": {}, "embedding": DATA["embedding"],
    "texts": [{"row": 3, "text": "Xavier", "rebuilt": "Mavier", "bits": 2.5}],
}  # fmt: skip


def page_of(data):
    pictures = Pictures()
    page = Page(section({"pictures": data}, pictures))
    json.dumps(pictures.data, allow_nan=False)
    return page, pictures


def test_scores_with_threshold_flags_and_known_anomalies():
    chart = scores(DATA["series"][0])
    assert chart.table.rows == [[10, 0.5], [11, 4.0], [12, None]]
    assert chart.option["series"][-1]["markLine"]["data"][0]["yAxis"] == 2.0
    areas = {s["name"]: s["markArea"]["data"] for s in chart.option["series"] if "markArea" in s}
    assert areas == {
        "flagged": [[{"xAxis": 11}, {"xAxis": 11}]],
        "known anomalies": [[{"xAxis": 11}, {"xAxis": 12}]],
    }
    unknown = scores(DATA["series"][0] | {"known": None})
    assert [s["name"] for s in unknown.option["series"]] == ["score", "flagged", ""]


def test_a_stretch_is_truth_and_reconstruction():
    one = DATA["worst"][0]
    chart = stretch(one, one["channels"][0])
    assert chart.table.rows == [[10, 40.0, 41.0], [11, None, 42.0]]
    assert chart.table.columns == ["step", "humidity", "rebuilt"]


def test_the_histogram_has_every_count_at_its_edge():
    chart = errors(DATA)
    assert chart.table.rows == [[0.5, 7, 0], [1.0, 2, 3], [2.0, 2, 3]]  # the last edge closes the last step
    assert "12 windows" in chart.summary
    assert "0.5% of normal ones" in chart.reading
    assert "what is normal on later.csv" in errors(DATA | {"learned_on": "later.csv"}).reading
    assert errors(DATA | {"errors": {}}) == Absent("no window has a score")


def test_vectors_stand_in_the_column_of_their_label():
    chart = vectors(DATA)
    assert chart.table.columns == ["first direction", "a", "b"]
    assert chart.table.rows == [[0.1, None, 1.0], [0.2, 2.0, None], [0.3, None, None]]
    assert chart.option["xAxis"]["name"] == "first direction (60% of the variance)"
    assert len({s["itemStyle"]["color"] for s in chart.option["series"]}) == 2


def test_numbers_make_a_section_with_all_pictures():
    page, pictures = page_of(DATA)
    assert page.absences == []
    assert len(pictures.data) == 5
    for words in (
        "What stands out",
        "The windows that came back worst",
        "mote 1, row 1,200: score 9.25",
        "All together",
    ):
        assert words in page.text


def test_texts_are_a_table():
    page, pictures = page_of(TEXTS)
    assert "Xavier Mavier 2.5" in page.text
    assert page.absences == ["Not available because no sequence has a score."]
    assert len(pictures.data) == 1


@pytest.mark.parametrize("missing", ["errors", "embedding"])
def test_records_of_another_form_are_absences(missing):
    data = {key: value for key, value in DATA.items() if key != missing}
    assert f"its record has no '{missing}'" in page_of(data)[0].absences[0]
    broken = copy.deepcopy(DATA)
    del broken["series"][0]["score"]
    broken["worst"][0]["channels"][0]["truth"] = 7
    assert len(page_of(broken)[0].absences) == 2


def test_no_pictures_is_an_absence():
    assert "the evaluation has no pictures" in section({}, Pictures())


def test_names_from_the_data_are_never_markup():
    data = copy.deepcopy(DATA) | {"texts": [{"row": 0, "text": EVIL, "rebuilt": EVIL, "bits": 1.0}]}
    data["series"][0]["name"] = data["worst"][0]["name"] = data["worst"][0]["channels"][0]["name"] = EVIL
    data["embedding"]["label"][0] = EVIL
    page, _ = page_of(data)
    assert page.scripts == []
    assert page.all("img") == []
