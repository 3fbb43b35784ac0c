"""Columns: their kinds, and what is told when one is asked for what it is not."""

import json

import numpy as np
import polars as pl
import pytest

from undertow.errors import DataError
from undertow.tables.columns import kind_of, labels, lists, numbers, reading, texts
from undertow.tables.table import read_table, table_of


def csv(folder, text):
    file = folder / "t.csv"
    file.write_text(text)
    return read_table(file)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["Ann", "Bob", "Cy", "Di"], "text"),
        (["F", "M", "F", "M"], "label"),
        (["a long sentence that is longer than a label would be, isn't it?"] * 4, "text"),
        ([str(i // 2) + "x" for i in range(300)], "text"),  # 150 values
        (["yes", None, None, "yes"], "label"),
        ([True, False, True], "label"),
        ([1, 2, 3], "number"),
        ([0.5, None], "number"),
        ([20240131, 20240201], "time"),
        (["2024-01-31", "2024-02-01"], "time"),
        (["01/31/2024 10:00", None], "time"),
        ([[1.0], [2.0, 3.0]], "list"),
        (["1984", "Dune", "Ulysses", "Emma"], "text"),  # a title that is a number
    ],
)
def test_kinds(cells, kind):
    assert kind_of(table_of({"a": cells}), "a") == kind


def test_what_is_read_is_said(tmp_path):
    table = csv(tmp_path, "name,gender,n\nAnn,F,1\nBob,M,2\nCy,,3\n")
    assert reading(table, {"name": "text", "gender": "label"}) == "reading `name` as text, `gender` as label (2 values)"
    assert reading(table, {"n": "number"}) == "reading `n` as number"


def test_numbers_with_their_missing_cells(tmp_path):
    table = csv(tmp_path, "a,b\n1,x\nNA,y\n,z\nnan,u\n2e1,v\n")
    np.testing.assert_array_equal(numbers(table, "a"), [1, np.nan, np.nan, np.nan, 20])
    np.testing.assert_array_equal(numbers(table_of({"a": [True, None, False]}), "a"), [1, np.nan, 0])


def test_a_column_of_mixed_types_is_never_cast(tmp_path):
    table = csv(tmp_path, "a,b\n1,x\n2,y\nthree,z\n4,u\nfive,v\n6,w\n")
    said = r"t\.csv, line 4, column `a`: 'three' is not a number, but 4 of the column's 6 cells are; correct it"
    for ask in (kind_of, numbers, labels, texts):
        with pytest.raises(DataError, match=said):
            ask(table, "a")
    assert kind_of(table, "b") == "text"  # the other columns can be used


def test_texts_asked_for_numbers(tmp_path):
    table = csv(tmp_path, 'a,b\n"1,5",x\n"2,5",y\n')
    with pytest.raises(DataError, match=r"line 2, column `a`: '1,5' is not a number.*write decimals with a point"):
        numbers(table, "a")
    with pytest.raises(DataError, match=r"line 2, column `b`: 'x' is not a number, but the column holds text"):
        numbers(table, "b")


def test_nothing_but_missing_cells(tmp_path):
    table = csv(tmp_path, "a,b\nNaN,1\nNaN,2\n,3\n")
    for ask in (kind_of, numbers):
        with pytest.raises(DataError, match=r"column `a` has no (values|numbers): all 3 cells are missing"):
            ask(table, "a")


def test_infinity(tmp_path):
    with pytest.raises(DataError, match=r"line 3, column `a`: the number is infinite"):
        numbers(csv(tmp_path, "a\n1\ninf\n"), "a")
    with pytest.raises(DataError, match=r"row 0 .*: a number of the series is infinite"):
        lists(table_of({"s": [[1.0, float("inf")]]}), "s")


def test_labels_keep_their_writing(tmp_path):
    assert labels(csv(tmp_path, "a,b\n007,x\n7,y\nNA,z\n"), "a") == ["007", "7", None]
    assert labels(table_of({"a": [1.0, None, 2.0]}), "a") == ["1", None, "2"]
    assert labels(table_of({"a": [True, False]}), "a") == ["True", "False"]
    assert labels(table_of({"a": ["x", None]}), "a") == ["x", None]


def test_an_empty_text_is_told(tmp_path):
    table = csv(tmp_path, "a,b\nx,y\nz,\n")
    assert texts(table, "a") == ["x", "z"]
    with pytest.raises(DataError, match=r"t\.csv, line 3, column `b`: the text is empty"):
        texts(table, "b")
    with pytest.raises(DataError, match=r"line 2, column `a`: the text is empty"):
        texts(csv(tmp_path, 'a,b\n"  ",y\n'), "a")


def test_series_in_cells(tmp_path):
    file = tmp_path / "t.jsonl"
    rows = [{"s": [1, None, 2.5], "m": [[1, 2], [3, 4]]}, {"s": [4], "m": [[5, 6]]}]
    file.write_text("\n".join(map(json.dumps, rows)))
    table = read_table(file)
    np.testing.assert_array_equal(lists(table, "s")[0], [1, np.nan, 2.5])
    assert [a.shape for a in lists(table, "m")] == [(2, 2), (1, 2)]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([[1.0], []], "row 1 .*: the series is empty"),
        ([[1.0], None], "row 1 .*: the series is missing"),
        ([[[1.0, 2.0]], [[1.0, 2.0], [3.0]]], "row 1 .*: step 1 has 1 values, others have 2"),
        ([["a"], ["b"]], r"column `s` holds List\(String\), not lists of numbers"),
        ([1, 2], "column `s` holds Int64, not lists of numbers"),
    ],
)
def test_series_that_are_none(cells, message):
    with pytest.raises(DataError, match=message):
        lists(table_of({"s": cells}), "s")


def test_lists_are_no_labels_and_dates_no_numbers():
    table = table_of(pl.DataFrame({"s": [[1.0]], "t": [pl.date(2020, 1, 1)]}, strict=False))
    with pytest.raises(DataError, match="holds lists, which cannot be read as label"):
        labels(table, "s")
    with pytest.raises(DataError, match="has no column 'x'"):
        numbers(table, "x")
