"""From tables to sequences and windows: nothing is lost, nothing crosses a seam, mistakes are told with their place."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from undertow.errors import DataError, OptionError
from undertow.tables.table import read_table, table_of
from undertow.tasks.reconstruct.options import ReconstructOptions
from undertow.tasks.reconstruct.reading import chosen_text, read
from undertow.tasks.reconstruct.scaling import Scaling
from undertow.tasks.reconstruct.symbols import Symbols
from undertow.tasks.reconstruct.windows import Excerpt, cut, overlaid


@given(
    st.integers(0, 60),
    st.integers(2, 9),
    st.integers(1, 12),
    st.lists(st.integers(-5, 70), max_size=4),
    st.integers(0, 9),
)
def test_windows_hold_every_step_and_cross_no_break(length, window, stride, breaks, start):
    pieces = cut(3, start, start + length, window, stride, breaks)
    edges = sorted({start, start + length, *(b for b in breaks if start < b < start + length)})
    for piece in pieces:
        assert 2 <= len(piece) <= window
        assert start <= piece.start < piece.stop <= start + length
        assert not any(piece.start < edge < piece.stop for edge in edges)
    seen = {step for piece in pieces for step in range(piece.start, piece.stop)}
    if stride <= window:
        long = [(a, b) for a, b in pairwise(edges) if b - a >= 2]
        assert seen == {step for a, b in long for step in range(a, b)}


def test_windows_go_by_the_stride():
    assert [p.start for p in cut(0, 0, 11, 4, 3)] == [0, 3, 6, 7]


@given(st.integers(2, 20), st.integers(1, 5), st.data())
def test_windows_laid_over_each_other_are_the_mean(length, stride, data):
    pieces = cut(0, 0, length, 4, stride)
    values = [
        np.array(data.draw(st.lists(st.floats(-9, 9), min_size=len(p), max_size=len(p))))[:, None] for p in pieces
    ]
    together = overlaid(length, pieces, values)
    for step in range(length):
        mine = [v[step - p.start, 0] for p, v in zip(pieces, values, strict=True) if p.start <= step < p.stop]
        assert together[step, 0] == pytest.approx(np.mean(mine)) if mine else np.isnan(together[step, 0])


def test_what_is_missing_in_one_window_is_left_to_the_others():
    pieces = [Excerpt(0, 0, 2), Excerpt(0, 1, 3)]
    values = [np.array([[1.0], [np.nan]]), np.array([[5.0], [np.nan]])]
    assert overlaid(4, pieces, values)[:, 0] == pytest.approx([1, 5, np.nan, np.nan], nan_ok=True)


LONG = {
    "mote": ["a", "b", "a", "b", "a"],
    "x": [1.0, 10, 2, 20, 3],
    "y": [5.0, 6, 7, 8, 9],
    "bad": [0, 0, 0, 1, 0],
    "kind": ["warm", "cold", "warm", "cold", "warm"],
}


def test_long_series_are_told_apart_and_know_their_rows():
    own = ReconstructOptions(series="mote", anomaly="bad", label="kind")
    found = read(table_of(LONG), own)
    assert (found.layout, found.names, found.cut) == ("steps", ["x", "y"], True)
    first, second = found.items
    assert first.values.tolist() == [[1, 5], [2, 7], [3, 9]]
    assert second.values.tolist() == [[10, 6], [20, 8]]
    assert (first.rows.tolist(), second.rows.tolist()) == ([0, 2, 4], [1, 3])
    assert (first.name, second.label) == ("a", "cold")
    assert second.anomaly.tolist() == [False, True]
    assert second.known(Excerpt(1, 0, 1)) is False
    assert second.known(Excerpt(1, 0, 2)) is True
    assert found.notes == [
        "reading `x` as number, `y` as number, `mote` as series, `kind` as label (2 values), `bad` as known anomalies"
    ]


def test_an_id_tells_whole_sequences_apart():
    found = read(table_of(LONG), ReconstructOptions(id="mote", columns="y", group="kind"))
    assert not found.cut
    assert [item.values[:, 0].tolist() for item in found.items] == [[5, 7, 9], [6, 8]]
    assert [item.group for item in found.items] == ["warm", "cold"]


def test_rows_of_numbered_columns_are_sequences():
    table = table_of({f"p{n}": [float(n), 100.0 + n] for n in range(16)} | {"digit": [3, 4]})
    found = read(table, ReconstructOptions(label="digit", features=4))
    assert (found.layout, found.names) == ("rows", ["value 1", "value 2", "value 3", "value 4"])
    assert found.items[1].values.tolist() == [[100.0 + 4 * t + c for c in range(4)] for t in range(4)]
    assert [item.label for item in found.items] == ["3", "4"]
    with pytest.raises(DataError, match="16 columns of numbers, which 3 a step do not divide"):
        read(table, ReconstructOptions(label="digit", features=3))


def test_few_numbered_columns_are_steps_of_one_series():
    found = read(table_of({"p1": [1.0, 2, 3], "p2": [4.0, 5, 6]}), ReconstructOptions())
    assert found.cut
    (item,) = found.items
    assert item.values.tolist() == [[1, 4], [2, 5], [3, 6]]


def test_cells_with_lists_are_sequences_of_unequal_length():
    found = read(table_of({"v": [[1.0, 2, 3], [4.0, 5]], "w": [[0.0, 0, 1], [1.0, 1]]}), ReconstructOptions())
    assert (found.layout, found.names) == ("lists", ["v", "w"])
    assert [item.values.tolist() for item in found.items] == [[[1, 0], [2, 0], [3, 1]], [[4, 1], [5, 1]]]
    with pytest.raises(DataError, match=r"row 1 .*unequal numbers of steps: `v` 2, `w` 1"):
        read(table_of({"v": [[1.0, 2], [4.0, 5]], "w": [[0.0, 0], [1.0]]}), ReconstructOptions())


def test_the_only_text_is_read_and_several_want_a_word():
    one = table_of({"name": ["Anna", "Bo", "Cy"], "sex": ["f", "m", "m"]})
    assert chosen_text(one, ReconstructOptions(label="sex")) == "name"
    two = table_of({"a": ["x", "y", "z"], "b": ["u", "v", "w"]})
    with pytest.raises(DataError, match=r"2 columns of text \(a, b\): name the one to rebuild with --text"):
        chosen_text(two, ReconstructOptions())
    assert chosen_text(two, ReconstructOptions(text="b")) == "b"


def test_texts_are_numbers_of_symbols_and_come_back():
    symbols = Symbols.of(["Anna", "Bo"])
    found = read(table_of({"name": ["Anna", "Bob"]}), ReconstructOptions(text="name"), symbols)
    assert [symbols.text(item.values) for item in found.items] == ["Anna", "Bo\N{REPLACEMENT CHARACTER}"]
    assert Symbols.from_plain(symbols.plain).plain == symbols.plain
    assert min(found.items[0].values) >= 2


def written(folder, content):
    file = folder / "t.csv"
    file.write_text(content)
    return read_table(file)


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("x,bad\n1,0\n2,2\n", dict(anomaly="bad"), r"t\.csv, line 3, column `bad`: 2 is not 0 \(normal\) or 1"),
        ("m,x\na,1\n,2\n", dict(series="m"), r"t\.csv, line 3, column `m`: it is empty"),
        ("x,y\n1,2\n", dict(series="mote"), "no column 'mote'"),
        ("x,y\n1,\n2,\n", {}, "column `y` has no values|column `y` has no numbers"),
        ("t,x\n2024-01-02,1\n2024-01-01,2\n", dict(time="t"), r"t\.csv, line 3, column `t`.* comes after .*line 2"),
        ("name,kind\nu,a\nv,a\n", dict(layout="steps"), "no column of numbers to rebuild; its columns: name, kind"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path, content, options, message):
    with pytest.raises(DataError, match=message):
        read(written(tmp_path, content), ReconstructOptions(**options))


def test_gaps_in_time_are_told_and_not_crossed(tmp_path):
    days = [1, 2, 3, 4, 7, 8, 9, 10]
    table = written(tmp_path, "t,x\n" + "".join(f"2024-01-{d:02d},{d}\n" for d in days))
    found = read(table, ReconstructOptions(time="t"))
    assert found.items[0].breaks == (4,)
    assert "the series has 1 gap in time, which no window crosses" in found.notes


@settings(max_examples=30)
@given(st.lists(st.lists(st.floats(-100, 100), min_size=3, max_size=3), min_size=2, max_size=9))
def test_scaling_goes_back(rows):
    values = np.array(rows)
    scaling = Scaling.from_plain(Scaling.of({"": [values]}).plain)
    scaled = scaling("anything", values)
    assert scaling.back("anything", scaled) == pytest.approx(values, abs=1e-9)
    assert scaled.mean(0) == pytest.approx(0, abs=1e-6)


def test_series_scaled_apart_are_told_when_unknown():
    scaling = Scaling.of({"north": [np.array([[1.0], [3.0]])], "south": [np.array([[10.0], [10.0]])]})
    assert scaling("north", np.array([[3.0]])).tolist() == [[1]]
    assert scaling("south", np.array([[11.0]])).tolist() == [[1]]  # a constant is not divided by
    with pytest.raises(DataError, match=r"series 'nort' was not in training.*did you mean 'north'"):
        scaling("nort", np.ones((1, 1)))
    with pytest.raises(DataError, match="channel 2 of series 'a' has no values in the training part"):
        Scaling.of({"a": [np.array([[1.0, np.nan]])]})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(text="a", columns="b"), "cannot both be given"),
        (dict(id="a", series="b"), "give one of them"),
        (dict(columns="a, b", anomaly="b"), r"reconstruct\.anomaly is 'b', which is also to be rebuilt"),
        (dict(series="a", text="b"), r"reconstruct\.series belongs to layout steps"),
        (dict(validation=0.5, test=0.5), "leave something to train on"),
        (dict(denoising=1.0), r"reconstruct\.denoising must be below 1"),
    ],
)
def test_options_that_do_not_go_together(options, message):
    with pytest.raises(OptionError, match=message):
        ReconstructOptions(**options)


def test_other_columns_need_not_be_there_in_use():
    own = ReconstructOptions(series="mote", anomaly="bad", label="kind", columns="x,y")
    frame = pl.DataFrame(LONG).drop("bad", "kind")
    assert read(table_of(frame), own, known=False).items[0].anomaly is None
    with pytest.raises(DataError, match="no column 'kind'"):
        read(table_of(frame), own)


@pytest.mark.parametrize(
    ("more", "options", "named"),
    [
        ({"odd": [0, 1, 0, None]}, {}, "`odd` (0 and"),
        (
            {"odd": [0.0, 1.0, 0.0, 0.0], "Class": [3, 3, 7, 7]},
            {},
            "`odd`, `Class` (0 and 1 alone, or called like a label)",
        ),
        ({"odd": [0, 1, 0, 0], "p1": [0, 1, 0, 0]}, {"layout": "rows"}, "`odd` (0 and"),  # a black and white dot
        ({"odd": [0, 1, 0, 0]}, {"columns": "x,odd"}, ""),
        ({"odd": [0, 1, 0, 0]}, {"anomaly": "odd"}, ""),
        ({"gear": [3, 3, 7, 7], "class": [0.5, 1.5, 2.5, 3.5], "off": [0, 0, 0, 0]}, {}, ""),
    ],
)
def test_columns_that_look_like_answers_are_warned_of_and_read_all_the_same(more, options, named):
    found = read(table_of({"x": [1.5, 2, 3, 4]} | more), ReconstructOptions(**options))
    assert len(found.columns) == 1 + len(more) - ("anomaly" in options)
    warnings = [note for note in found.notes if note.startswith("warning: among the numbers to rebuild: ")]
    assert [named in note for note in warnings] == ([True] if named else [])


def test_numbers_that_are_all_0_and_1_are_the_data():
    assert len(read(table_of({"on": [0, 1, 1, 0], "open": [1, 1, 0, 0]}), ReconstructOptions()).notes) == 1
