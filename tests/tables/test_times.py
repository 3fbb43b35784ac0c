"""Timestamps: formats are inferred, order is checked, steps and gaps are found."""

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from undertow.errors import DataError
from undertow.tables.spacing import spacing
from undertow.tables.table import read_table, table_of
from undertow.tables.times import times


def moments(*written: str) -> np.ndarray:
    return np.array(written, dtype="datetime64[us]")


FORMATS = [
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H", "%Y/%m/%d %H:%M:%S", "%d.%m.%Y %H:%M",
    "%Y%m%d %H:%M", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S+00:00", "%Y-%m-%dT%H:%M:%S.%f", "%m/%d/%Y %I:%M %p",
    "%d %b %Y %H:%M", "%B %d, %Y %H:%M", "%d-%b-%Y %H:%M", "%d. %B %Y %H:%M", "%Y-%m-%d %H:%M:%S UTC", "%Y%m%d%H%M",
]  # fmt: skip


@given(
    st.lists(st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1)), min_size=1, max_size=20, unique=True),
    st.sampled_from(FORMATS),
)
def test_times_come_back_in_every_format(found, form):
    found = sorted({moment.replace(minute=0, second=0, microsecond=0) for moment in found})
    found.append(datetime(2200, 1, 31))  # its day is no month
    read = times(table_of({"t": [moment.strftime(form) for moment in found]}), "t")
    assert read.astype(object).tolist() == found


@pytest.mark.parametrize("form", ["%m/%d/%Y", "%d/%m/%Y"])
def test_day_first_or_month_first_is_told_by_order(form):
    found = [date(2021, month, day) for month in (1, 2) for day in range(1, 12)]  # no day is above 12
    read = times(table_of({"t": [moment.strftime(form) for moment in found]}), "t")
    assert read.astype("datetime64[D]").astype(object).tolist() == found


def test_what_order_cannot_tell_is_an_error():
    """Five days in January, or the first days of five months."""
    with pytest.raises(
        DataError, match=r"row 0 .*: '01/01/2021' and the times after it can be read month first or day"
    ):
        times(table_of({"t": [f"01/0{day}/2021" for day in range(1, 6)]}), "t")
    assert len(times(table_of({"t": ["01/12/2021", "01/13/2021"]}), "t")) == 2


def test_zones_become_utc():
    table = table_of({"t": ["2024-01-01T00:30:00+01:00", "2024-01-01T00:00:00+00:00"]})
    assert times(table, "t").tolist() == moments("2023-12-31T23:30", "2024-01-01T00:00").tolist()


def test_the_day_ends_at_24():
    table = table_of({"d": ["12/31/1999", "12/31/1999"], "t": ["23:00", "24:00"], "x": [1, 2]})
    assert times(table, "d,t").tolist() == moments("1999-12-31T23:00", "2000-01-01T00:00").tolist()


def test_numbers_that_are_times(tmp_path):
    fields = {"y": [2020, 2020, 2021], "m": [2, 12, 1], "d": [29, 31, 1], "h": [0, 23, 5]}
    assert (
        times(table_of(fields), "y,m,d,h").tolist() == moments("2020-02-29", "2020-12-31T23", "2021-01-01T05").tolist()
    )
    assert times(table_of(fields), "y,m").tolist() == moments("2020-02-01", "2020-12-01", "2021-01-01").tolist()
    assert times(table_of({"t": [19580329, 19580405]}), "t").tolist() == moments("1958-03-29", "1958-04-05").tolist()
    assert times(table_of({"t": [1958, 1959]}), "t").tolist() == moments("1958-01-01", "1959-01-01").tolist()
    assert times(table_of({"t": [1_700_000_000]}), "t").tolist() == moments("2023-11-14T22:13:20").tolist()
    assert times(table_of({"t": [1_700_000_000_000]}), "t").tolist() == moments("2023-11-14T22:13:20").tolist()
    for digits in (["195803290930", "195804050000"], ["19580329093059", "19580405000000"]):  # and no milliseconds
        read = times(table_of({"t": [int(written) for written in digits]}), "t")
        assert read.astype("datetime64[m]").tolist() == [datetime(1958, 3, 29, 9, 30), datetime(1958, 4, 5)]
    assert times(table_of({"t": [202_312_999_999]}), "t").astype("datetime64[Y]").tolist() == [date(1976, 1, 1)]
    (tmp_path / "t.csv").write_text("d,h,x\n2020-01-01,09,1\n2020-01-01,10,1\n")
    assert times(read_table(tmp_path / "t.csv"), "d,h").tolist() == moments("2020-01-01T09", "2020-01-01T10").tolist()


def test_columns_that_are_dates_already():
    frame = pd.DataFrame({"t": pd.date_range("2020-01-31", periods=3, freq="ME")})
    assert times(table_of(frame), "t").tolist() == moments("2020-01-31", "2020-02-29", "2020-03-31").tolist()
    assert times(table_of({"t": [date(2020, 1, 1)]}), "t").tolist() == moments("2020-01-01").tolist()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            "2020-01-01,2020-01-02,2020-01-32",
            r"line 4, column `t`: '2020-01-32' is not a time \(others are written %Y-",
        ),
        ("2020-01-01,soon,2020-01-03", r"line 3, column `t`: 'soon' is not a time"),
        ("2020-01-01,NA,2020-01-03", "line 3, column `t`: the time is missing"),
        (
            "1/2/20,1/3/20,1/4/20",
            r"line 2, column `t`: '1/2/20' is not a time \(a year has four digits\); write times as 2024-01-31",
        ),
        ("1 May 2020,2-May-20,3 May 2020", r"line 3, column `t`: '2-May-20' is not a time \(a year has four"),
        ("2020-01-01,2020-01-02,2020-01-02", "line 4, column `t`: 2020-01-02 00:00:00 stands in line 3 too"),
        (
            "2020-01-01,2020-01-03,2020-01-02",
            r"line 4, .*: 2020-01-02 00:00:00 comes after 2020-01-03 00:00:00 \(line 3\)",
        ),
        ("1,2,3", "column `t` holds numbers from 1 to 3, which are no times; if they count equal steps, name no time"),
        ("1959.04,1959.12,1959.2", "which are no times"),
        ("01:00,02:00,03:00", "line 2, column `t`: '01:00' is not a time"),
    ],
)
def test_times_that_are_none(tmp_path, rows, message):
    (tmp_path / "t.csv").write_text("t,x\n" + "".join(f"{row},1\n" for row in rows.split(",")))
    with pytest.raises(DataError, match=message):
        times(read_table(tmp_path / "t.csv"), "t")


def test_fields_that_are_no_date():
    table = table_of({"y": [2020, 2020], "m": [2, 2], "d": [28, 30]})
    with pytest.raises(
        DataError, match=r"row 1 .*: y=2020, m=2, d=30 is not a time; columns of numbers are read as year"
    ):
        times(table, "y,m,d")
    with pytest.raises(DataError, match="d=28, m=2, y=2020 is not a time"):
        times(table, "d,m,y")


def test_order_is_asked_of_each_series_alone():
    table = table_of({"t": ["2020-01-01", "2020-01-02", "2020-01-01", "2020-01-02"], "s": ["a", "a", "b", "b"]})
    assert len(times(table, "t", group=["a", "a", "b", "b"])) == 4
    with pytest.raises(DataError, match=r"row 2 .*: 2020-01-01 00:00:00 comes after 2020-01-02 .*tells series apart"):
        times(table, "t")


@pytest.mark.parametrize(
    ("start", "frequency", "words", "unit"),
    [
        ("2020-01-01", "h", "1 hour", "hour"),
        ("2020-01-01", "15min", "15 minutes", "minute"),
        ("2020-01-01", "D", "1 day", "day"),
        ("2020-01-04", "W-SAT", "1 week", "week"),
        ("2020-01-01", "MS", "1 month", "month"),
        ("2020-01-01", "QS", "3 months", "month"),
        ("2020-01-31", "ME", "1 month", "month"),
        ("2020-01-01", "YS", "1 year", "month"),
        ("2020-01-01", "28D", "4 weeks", "week"),
        ("2020-01-01", "250ms", "250 milliseconds", "millisecond"),
    ],
)
def test_steps_go_on_as_pandas_does(start, frequency, words, unit):
    found = pd.date_range(start, periods=20, freq=frequency).to_numpy().astype("datetime64[us]")
    step = spacing(found[:12])
    assert (str(step), step.unit, step.gaps, step.off) == (words, unit, (), 0)
    assert step.after(found[11], 8).tolist() == found[12:].tolist()


@given(st.sets(st.integers(2, 37), max_size=8), st.sampled_from(["h", "D", "MS", "ME"]))
def test_gaps_are_what_was_taken_out(gone, frequency):
    whole = pd.date_range("2019-01-01", periods=40, freq=frequency).to_numpy().astype("datetime64[us]")
    kept = [i for i in range(40) if i not in gone]
    step = spacing(whole[kept])
    assert sum(gap.missing for gap in step.gaps) == len(gone)
    assert step.off == 0
    for gap in step.gaps:
        assert gap.stop == whole[kept][gap.row]
        assert gap.start == whole[kept][gap.row - 1]
        assert gap.missing == kept[gap.row] - kept[gap.row - 1] - 1


def test_what_is_said_of_steps():
    hours = moments(
        "2024-01-01T00", "2024-01-01T01", "2024-01-01T02", "2024-01-01T05", "2024-01-01T06", "2024-01-01T06:30"
    )
    said = "step 1 hour; 1 gap (2 steps missing), the first after 2024-01-01 02:00:00; 1 row not on a step"
    assert spacing(hours).words() == said
    with pytest.raises(DataError, match="a series of 1 row has no step"):
        spacing(hours[:1])
