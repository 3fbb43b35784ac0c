"""Tables of pandas, NumPy, polars and torch: each value comes back right, or is refused by its type's name."""

import datetime as dt
import decimal
import fractions

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch

from undertow.errors import DataError
from undertow.tables.columns import kind_of, labels, lists, numbers
from undertow.tables.table import read_table, table_of

DAYS = [dt.datetime(2024, 1, day) for day in (1, 2, 3)]
BERLIN = pd.date_range("2024-01-01", periods=3, tz="Europe/Berlin")
IN_UTC = [day.replace(tzinfo=dt.UTC) - dt.timedelta(hours=1) for day in DAYS]


def cells(data, name="c"):
    table = table_of(data)
    assert not table.faults, table.faults
    return table.frame[name].to_list()


READ = {
    "period": (pd.period_range("2024-01-01", periods=3, freq="D"), DAYS),
    "month": (pd.period_range("2024-01", periods=1, freq="M"), DAYS[:1]),
    "duration": (pd.to_timedelta(["1h", "36h", None]), [3600, 129600, None]),
    "decimal": ([decimal.Decimal("1.5"), None, decimal.Decimal("NaN")], [1.5, None, None]),
    "category": (pd.Categorical(["a", None, "b"]), ["a", None, "b"]),
    "category of numbers": (pd.Categorical([1, 2, 1]), ["1", "2", "1"]),
    "category of floats": (pd.Categorical([1.0, None, 2.5]), ["1", None, "2.5"]),
    "binned": (pd.cut([1, 5, 9], [0, 4, 10]), ["(0, 4]", "(4, 10]", "(4, 10]"]),
    "Int64": (pd.array([1, None, 2**62 + 1], dtype="Int64"), [1, None, 2**62 + 1]),
    "Float64": (pd.array([1.5, None], dtype="Float64"), [1.5, None]),
    "boolean": (pd.array([True, None], dtype="boolean"), [True, None]),
    "string": (pd.array(["a", None], dtype="string"), ["a", None]),
    "sparse": (pd.arrays.SparseArray([0, 0, 1.5]), [0, 0, 1.5]),
    "a zone": (BERLIN, IN_UTC),
    "two zones": (
        pd.Series([BERLIN[0], BERLIN[1].tz_convert("Asia/Tokyo"), pd.NaT], dtype=object),
        [*IN_UTC[:2], None],
    ),
    "dates": ([day.date() for day in DAYS], DAYS),
    "NaT": (pd.Series([pd.Timestamp("2024-01-01"), pd.NaT]), [DAYS[0], None]),
    "NA": (pd.Series([1, pd.NA], dtype=object), [1, None]),
    "nanoseconds": (np.array(["2024-01-01"], "M8[ns]"), DAYS[:1]),
    "lists": ([[1, 2], np.array([0.5]), torch.tensor([3.0])], [[1, 2], [0.5], [3]]),
    "masked": (np.ma.masked_array([1, 2, 3], [0, 1, 0]), [1, None, 3]),
    "masked times": (np.ma.masked_array(np.array(DAYS, "M8[us]"), [0, 0, 1]), [*DAYS[:2], None]),
    "half": (np.array([1.5, np.nan], np.float16), [1.5, None]),
    "long double": (np.array([0.1], np.longdouble), [0.1]),
    "too long": (np.array([2**63 + 1, 2**64 - 1], np.uint64), ["9223372036854775809", "18446744073709551615"]),
    "unsigned": (np.array([2**62 + 1], np.uint64), [2**62 + 1]),
    "whole": ([2**70, 1, None], ["1180591620717411303424", "1", None]),
    "infinite": ([1.0, np.inf], [1.0, np.inf]),
    "big-endian": (np.array([1.5, 2], ">f8"), [1.5, 2]),
    "big-endian whole": (np.array([1, 2], ">i2"), [1, 2]),
    "backwards": (np.arange(3)[::-1], [2, 1, 0]),
    "objects": (np.array([1, None, 2.5], object), [1, None, 2.5]),
    "hours": (np.array([1, "NaT"], "m8[h]"), [3600, None]),
    "grad": (torch.tensor([1.5, 2], requires_grad=True), [1.5, 2]),
    "bfloat16": (torch.tensor([1.5], dtype=torch.bfloat16), [1.5]),
    "Decimal": (pl.Series(["1.5"]).cast(pl.Decimal(10, 2)), [1.5]),
    "Duration": (pl.Series([dt.timedelta(hours=1.5), None]), [5400, None]),
    "Duration ns": (pl.Series([5, None]).cast(pl.Duration("ns")), [5e-9, None]),
    "Categorical": (pl.Series(["a", None], dtype=pl.Categorical), ["a", None]),
    "Enum": (pl.Series(["a"], dtype=pl.Enum(["b", "a"])), ["a"]),
    "Null": (pl.Series([None, None]), [None, None]),
    "UInt64": (pl.Series([2**63 + 1, None], dtype=pl.UInt64), ["9223372036854775809", None]),
    "Int128": (pl.Series([2**100, -5], dtype=pl.Int128), ["1267650600228229401496703205376", "-5"]),
    "Array": (pl.Series([[1, 2]], dtype=pl.Array(pl.Int64, 2)), [[1, 2]]),
    "Object": (pl.Series([decimal.Decimal("1.5")], dtype=pl.Object), [1.5]),
    "series of polars": ([pl.Series([1, 2])], [[1, 2]]),
}


@pytest.mark.parametrize("case", READ)
def test_cells_come_back_right(case):
    """By themselves, as a list, and in a frame."""
    given, expected = READ[case]
    assert cells({"c": given}) == expected
    if isinstance(given, pl.Series):
        assert cells(pl.DataFrame({"c": given})) == expected
    elif hasattr(given, "isna"):
        assert cells(pd.DataFrame({"c": given})) == expected
        assert cells(pd.DataFrame({"v": range(len(given))}, index=pd.Index(given, name="c"))) == expected
    elif isinstance(given, np.ndarray) and given.ndim == 1:
        name = "value"
        assert cells(given, name) == expected
        assert case in ("masked", "masked times") or cells({"c": list(given)}) == expected


def test_masked_steps_are_missing_ones():
    masked = np.ma.masked_array([[1, 2], [3, 4]], [[0, 1], [0, 0]])
    for given in (masked, list(masked)):
        np.testing.assert_array_equal(lists(table_of({"c": given}), "c"), [[1, np.nan], [3, 4]])


class Arraylike:
    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return self.array


class Coordinated(Arraylike):
    dims, coords = ("time",), {"time": 1}


class Frame(pd.DataFrame):
    """A class of somebody's."""


GRID = np.arange(6.0).reshape(3, 2)
STRIPES = np.arange(24.0).reshape(6, 4)[::2, ::2]
FIELDS = np.array([(1, 2.5), (2, 3.5)], dtype=[("x", int), ("y", float)])
LOCKED = GRID.copy()
LOCKED.setflags(write=False)


@pytest.mark.parametrize(
    ("array", "columns"),
    [
        (np.asfortranarray(GRID), [[0, 2, 4], [1, 3, 5]]),
        (LOCKED, [[0, 2, 4], [1, 3, 5]]),
        (STRIPES, [[0, 8, 16], [2, 10, 18]]),
        (GRID[::-1], [[4, 2, 0], [5, 3, 1]]),
        (GRID.view(np.matrix), [[0, 2, 4], [1, 3, 5]]),
        (np.ma.masked_equal(GRID, 2), [[0, None, 4], [1, 3, 5]]),
        (torch.tensor(GRID).T.requires_grad_(), [[0, 1], [2, 3], [4, 5]]),
        (Arraylike(GRID), [[0, 2, 4], [1, 3, 5]]),
        (Frame(GRID), [[0, 2, 4], [1, 3, 5]]),
        (FIELDS, [[1, 2], [2.5, 3.5]]),
        (FIELDS.view(np.recarray), [[1, 2], [2.5, 3.5]]),
    ],
)
def test_arrays_of_any_make(array, columns):
    assert [series.to_list() for series in table_of(array).frame] == columns


REFUSED = [
    ([2.0, 1j], "row 1, column `c` has a complex number, which no task can read"),
    ([1j], "has a complex number, which no task can read; give real and imaginary part a column each"),
    ([None, dt.time(1)], "row 1, column `c` has a time of day (time), which no task can read; write it with its date"),
    ([b"a"], "has bytes, which no task can read; decode them"),
    (np.array([b"a"]), "has bytes"),
    ([pd.Interval(0, 1)], "has an interval (Interval), which no task can read; take its middle"),
    ([{"a": 1}], "has an object with keys (dict), which no task can read; give each key a column"),
    ([fractions.Fraction(1, 3)], "has a value of type Fraction, which no task can read; convert it to numbers"),
    ([[fractions.Fraction(1, 3)]], "has a list with a value of type Fraction in it, which no task can read; a"),
    ([[1, "a"]], "has a list of mixed values, which no task can read; a cell"),
    ([pd.Series([1.0, 2.0])], "has a pandas Series, which no task can read; write each as a list, frame.map(list)"),
    ([DAYS[0], IN_UTC[0]], "has a time with a zone, \"2023-12-31 23:00:00+00:00\", where others have a time"),
    ([1, "a", 2.0], "row 1, column `c` has text, \"a\", where others have a number (row 0: 1)"),
    ([torch.zeros(2, device="meta")], "row 0, column `c`: it is a Tensor that cannot be read: Cannot copy out of meta"),
    ([np.timedelta64(1, "M")], "row 0, column `c`: durations in the unit 'M' have no length in seconds"),
    (pl.Series([{"a": 1}]), "column `c` has the type Struct({'a': Int64}), which no task can read; give each of its"),
    (pl.Series([dt.time(1)]), "column `c` has the type Time, which no task can read; write it with its date"),
    (pl.Series([b"a"]), "column `c` has the type Binary, which no task can read; decode it"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "told"), REFUSED, ids=[case[1] for case in REFUSED])
def test_what_no_task_reads_is_called_by_its_type(given, told):
    data = pl.DataFrame({"c": given}) if isinstance(given, pl.Series) else {"c": given, "v": range(len(given))}
    with pytest.raises(DataError) as error:
        kind_of(table_of(data), "c")
    assert told in str(error.value)


PAIRS = pd.MultiIndex.from_tuples([("a", 1), ("a", 2)])
NOT_TABLES = [
    (pd.DataFrame([[1, 2]], columns=PAIRS), "the frame's columns have names of 2 levels; make each one text"),
    (pd.DataFrame([[1, 2]], columns=[1, "1"]), "two columns are '1' as texts: 1 and '1'; give each a name"),
    ({1: [1], "1": [2]}, "two columns are '1' as texts"),
    (pd.DataFrame({"v": [1, 2]}, index=pd.Index([7, 8], name="v")), "the frame's index would be the column 'v'"),
    (pd.DataFrame({"time": [1, 2]}, index=pd.to_datetime(DAYS[:2])), "the frame's index would be the column 'time'"),
    (pd.DataFrame({"v": [1, 2]}, index=PAIRS.rename(["k", "k"])), "two levels of the frame's index are called 'k'"),
    ({"c": {0: 1.5, 1: 2.5}}, "column `c` is a dict with keys; give its values, list(x.values())"),
    ({"c": {3, 1}}, "column `c` is {1, 3}, not a column of values"),
    ({"c": b"abc"}, "column `c` is b'abc', not a column of values"),
    ({"c": np.array(1.0)}, "not a column of values"),
    ({"c": pl.DataFrame({"v": [1]})}, "not a column of values"),
    ({"c": np.array([1], "m8[Y]")}, "column `c`: durations in the unit 'Y' have no length in seconds"),
    ({"c": torch.eye(2).to_sparse()}, "column `c` is a Tensor that cannot be read: can't convert Sparse layout"),
    (torch.eye(2, device="meta"), "the table is a Tensor that cannot be read: Cannot copy out of meta"),
    (Coordinated(GRID), "a Coordinated has coordinates, which an array has not; give data.to_dataframe()"),
    ([{"a": 1}], "not list; of rows make polars.DataFrame(rows)"),
]


@pytest.mark.parametrize(("data", "told"), NOT_TABLES, ids=[case[1] for case in NOT_TABLES])
def test_what_would_be_read_wrong_is_no_table(data, told):
    with pytest.raises(DataError) as error:
        table_of(data)
    assert told in str(error.value)


HELD = "holds times: it is the column `time`"
LEFT = "the frame's index has no name and is left out"
INDEXES = [
    (None, {}, None),
    (pd.RangeIndex(5, 7), {}, None),  # a slice of a frame
    ([0, 1], {}, None),
    ([7, 3], {}, f"{LEFT} (7 ...); to read it as a column, name it: frame.rename_axis('a name')"),
    (["x", "y"], {}, f"warning: {LEFT} ('x' ...)"),
    ([0.5, 1.0], {}, f"warning: {LEFT} (0.5 ...)"),
    (pd.to_timedelta(["1h", "2h"]), {}, f"warning: {LEFT} (3600.0 ...)"),
    (pd.to_datetime(DAYS[:2]), {"time": DAYS[:2]}, HELD),
    (pd.to_datetime(DAYS[1::-1]), {"time": DAYS[1::-1]}, HELD),
    (pd.period_range("2024-01-01", periods=2, freq="D"), {"time": DAYS[:2]}, HELD),
    (BERLIN[:2], {"time": IN_UTC[:2]}, HELD),
    (["2024-01-01", "2024-01-02"], {"time": ["2024-01-01", "2024-01-02"]}, HELD),
    ([20240101, 20240102], {"time": [20240101, 20240102]}, HELD),
    (PAIRS, {"level_0": ["a", "a"], "level_1": [1, 2]}, "are the columns `level_0`, `level_1`"),
    (PAIRS.rename(["who", None]), {"who": ["a", "a"], "level_1": [1, 2]}, "are the columns `level_1`"),
    (PAIRS.rename(["who", "n"]), {"who": ["a", "a"], "n": [1, 2]}, None),
    (pd.Index([7, 3], name="n"), {"n": [7, 3]}, None),
    (pd.Index([1.0, 2.0], name="v"), {}, None),  # set_index("v", drop=False)
]


@pytest.mark.parametrize(("index", "columns", "note"), INDEXES)
def test_an_index_that_is_data_is_columns(index, columns, note):
    table = table_of(pd.DataFrame({"v": [1.0, 2.0]}, index=index))
    assert table.frame.to_dict(as_series=False) == {**columns, "v": [1.0, 2.0]}
    assert len(table.notes) == (note is not None)
    assert (note or "") in "".join(table.notes)


def test_a_series_of_pandas_is_a_table():
    series = pd.Series([1.0, 2.0], index=pd.to_datetime(DAYS[:2]))
    assert table_of(series).frame.to_dict(as_series=False) == {"time": DAYS[:2], "value": [1, 2]}
    assert table_of(series.rename("load")).frame.columns == ["time", "load"]


@pytest.mark.parametrize(
    ("kept", "columns", "note"),
    [
        ({"__index_level_0__": DAYS[:2]}, ["v", "time"], HELD),
        ({"__index_level_0__": [7, 3]}, ["v"], LEFT),
        ({"__index_level_0__": ["a", "b"], "__index_level_1__": [7, 3]}, ["v", "level_0", "level_1"], ""),
    ],
)
def test_an_index_that_pandas_kept_in_a_file_is_read_as_in_memory(tmp_path, kept, columns, note):
    pl.DataFrame({"v": [1.0, 2.0], **kept}).write_parquet(tmp_path / "t.parquet")
    table = read_table(tmp_path / "t.parquet")
    assert table.frame.columns == columns
    assert note in "".join(table.notes)


def test_long_numbers_stay_apart_as_labels():
    long = [2**63 + 1, 2**63 + 3]
    assert labels(table_of({"c": np.array(long, np.uint64)}), "c") == [str(v) for v in long]
    assert numbers(table_of({"c": long}), "c").tolist() == [2.0**63, 2.0**63]
    assert labels(table_of({"c": [1e300, 1.0]}), "c") == ["1e+300", "1.0"]


@pytest.mark.parametrize(
    ("steps", "values", "odd"),
    [(29, 12, False), (50, 3, False), (28, 28, False), (12, 29, False), (4, 10, False), (1, 1, False), (10, 39, False),
     (3, 500, True), (1, 300, True), (6, 100, True), (64, 400, True), (1, 5, True)],
)  # fmt: skip
def test_steps_that_seem_to_stand_last_are_told(tmp_path, steps, values, odd):
    frame = table_of({"x": np.zeros((4, steps, values))}).frame
    frame.write_parquet(tmp_path / "t.parquet")
    (tmp_path / "t.jsonl").write_text(frame.write_ndjson())
    for name in ("t.parquet", "t.jsonl"):
        table = read_table(tmp_path / name)
        assert [a.shape for a in lists(table, "x")] == [(steps, values)] * 4
        assert bool(table.notes) is odd
        if odd:
            assert (
                f"warning: `x` has shape (4, {steps}, {values}) and is read as 4 samples of {steps} step"
                in table.notes[0]
            )
