"""Tables: what stands in the file comes back, with its lines; what cannot be read is told with its place."""

import csv
import datetime
import gzip
import hashlib
import io
import json
import time

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from undertow.cli.using import _give
from undertow.errors import DataError
from undertow.tables import delimited, parquet
from undertow.tables.columns import kind_of, texts
from undertow.tables.table import Table, column, columns, read_table, table_of
from undertow.tables.writing import as_text, placed, shortened


def written(folder, name, content) -> Table:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(file)


def told(folder, name, content) -> str:
    with pytest.raises(DataError) as caught:
        written(folder, name, content)
    return str(caught.value).replace(f"{folder}/", "")


CELL = st.text(st.sampled_from("ab ,;\"\n'é"), max_size=6)


@settings(max_examples=60)
@given(rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=6))
def test_csv_comes_back_as_the_standard_library_wrote_it(tmp_path_factory, rows):
    rows = [*rows, ("a", "b")]  # a column of blank cells alone has no texts
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([("first", "second"), *rows])
    table = written(tmp_path_factory.mktemp("t"), "t.csv", out.getvalue())
    assert table.frame.columns == ["first", "second"]
    assert [(a or "", b or "") for a, b in table.frame.rows()] == rows
    lines = out.getvalue().split("\n")
    for row, (first, _) in enumerate(rows):  # each row begins in the line that we say
        assert lines[table.line(row) - 1].startswith('"' + first.replace('"', '""').split("\n")[0])


def test_lines_count_on_inside_quotes_and_over_blank_lines(tmp_path):
    table = written(tmp_path, "t.csv", 'text,n\n"a\nb",1\n\nc,2\r\n"d",x\n')
    assert table.frame["text"].to_list() == ["a\nb", "c", "d"]
    assert [table.line(row) for row in range(3)] == [2, 5, 6]
    assert table.where(2, "n").endswith("t.csv, line 6, column `n`")


def test_tabs_leave_quotes_alone(tmp_path):
    """Half of a quotation is common in a line of a translation."""
    table = written(tmp_path, "t.tsv", 'He said: "Go.\tIl dit: "Va.\n"Go!" he said.\t"Va!" dit-il.\n')
    assert table.frame.rows() == [('He said: "Go.', 'Il dit: "Va.'), ('"Go!" he said.', '"Va!" dit-il.')]


@pytest.mark.parametrize(
    ("name", "content", "columns"),
    [
        ("t.csv", "name,gender\nAnn,F\nBob,M\n", ["name", "gender"]),
        ("t.csv", "Anna Maria,1\nBob,2\n", None),
        ("t.csv", "0,0,5,13\n1,2,3,4\n", None),
        ("t.csv", "0,1,2\n0.5,1.5,2.5\n", ["0", "1", "2"]),  # a frame's unnamed columns
        ("t.csv", "day,8am,temp (°C)\n2020-01-01,1,2\n", None),  # not a name: 8am; but above a number
        ("t.csv", "date,value\n2020-01-01,1\n", ["date", "value"]),
        ("t.csv", "2020-01-01,1\n2020-01-02,1\n", None),
        ("t.csv", ",a\n0,1\n1,2\n", ["column_1", "a"]),
        ("t.tsv", "en\tAnd he went, and saw.\nen\tWhy?\n", None),
        ("t.tsv", "dog\tchien\ncat\tchat\ndog\tchienne\n", None),
        ("t.tsv", "one dog\tun chien\ntwo cats\tdeux chats\n", None),
        ("t.tsv", "dog\tchien\ncat\tchat\n", None),  # as well a header as not
        ("t.csv", "dog,chien\ncat,chat\n", ["dog", "chien"]),
        ("t.tsv", "word\tsaid\nDOG\tD AO G\nCAT\tK AE T\n", ["word", "said"]),
        ("t.tsv", "AACHEN\nABLE\n", None),
        ("t.tsv", "source\ttarget\ndog\tchien\n", ["source", "target"]),
        ("t.tsv", "AACHENER\tAA1 K AH0 N ER0\nAB\tAE1 B\n", None),
    ],
)
def test_headers_are_told_from_data(tmp_path, name, content, columns):
    table = written(tmp_path, name, content)
    if content.startswith("day,8am"):
        columns = ["day", "8am", "temp (°C)"]
    width = table.frame.width
    assert table.frame.columns == (columns or [f"column_{i}" for i in range(1, width + 1)])
    assert len(table) == content.count("\n") - (columns is not None)
    assert bool(table.notes) == (columns is None)
    if columns is None:
        assert "line 1 looks like data, not like a header: columns are called column_1" in table.notes[0]


def test_a_header_can_be_said(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("Ann,F\nBob,M\n")
    assert read_table(file, header="no").frame.columns == ["column_1", "column_2"]
    assert read_table(file, header="yes").frame.columns == ["Ann", "F"]
    assert read_table(file, header="no").notes == ()


def test_a_text_file_with_a_header_is_a_table(tmp_path):
    file = tmp_path / "t.txt"
    file.write_text("level\n3\n5\n4\n")
    assert read_table(file).frame.to_dict(as_series=False) == {"text": ["level", "3", "5", "4"]}
    assert read_table(file, header="yes").frame.to_dict(as_series=False) == {"level": [3, 5, 4]}
    assert read_table(file, header="no").frame.columns == ["text"]


@pytest.mark.parametrize("separator", [",", ";", "|", "\t"])
def test_separators(tmp_path, separator):
    rows = [["name", "said"], ["Ann", "one, two"], ["Bob", "three; four"], ["Cy", "five"]]
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(rows)
    table = written(tmp_path, "t.csv", out.getvalue())
    assert [list(row) for row in table.frame.rows()] == rows[1:]


def test_types_are_numbers_only_if_all_cells_are(tmp_path):
    text = "whole,real,mixed,zip,word,long\n1,1.5,1,007,Nan,123456789012345678901\n,NA,x,010,NA,1\n-3,1e3,,5,b,2\n"
    frame = written(tmp_path, "t.csv", text).frame
    assert frame["whole"].to_list() == [1, None, -3]
    assert frame["real"].to_list() == [1.5, None, 1000.0]
    assert frame["mixed"].to_list() == ["1", "x", None]
    assert frame["word"].to_list() == ["Nan", "NA", "b"]  # a name and a country: only an empty text is missing
    assert frame["long"].to_list() == ["123456789012345678901", "1", "2"]  # would lose digits as a number
    assert texts(written(tmp_path, "t.csv", text), "zip") == ["007", "010", "5"]


def test_numbers_in_a_text_file(tmp_path):
    table = written(tmp_path, "t.txt", " 58.0  62.6\n 70.0 NA\n\n1e2\n")
    assert table.frame.to_dict(as_series=False) == {"value": [58.0, 62.6, 70.0, None, 100.0]}
    assert [table.line(row) for row in range(5)] == [1, 1, 2, 2, 4]


def test_lines_of_a_text_file(tmp_path):
    table = written(tmp_path, "t.txt", "To be, or not to be.\n\nThat is the question:\n")
    assert table.frame.to_dict(as_series=False) == {"text": ["To be, or not to be.", "That is the question:"]}
    assert table.line(1) == 3
    assert written(tmp_path, "u.txt", "a\tb c\nd\te f\n").frame.width == 2


def test_json_lines(tmp_path):
    rows = [
        {"text": "a\nb", "y": True, "series": [1, 2.5], "two": [[1, 2], [3, 4]]},
        {"text": "c", "y": False, "series": [3], "n": 1, "two": [[5, 6.5]]},
        {"text": None, "y": True, "series": [], "n": float("nan"), "two": None},
    ]
    table = written(tmp_path, "t.jsonl", "\n\n".join(json.dumps(row) for row in rows))
    assert table.frame.columns == ["text", "y", "series", "two", "n"]
    assert table.frame["series"].to_list() == [[1.0, 2.5], [3.0], []]
    assert table.frame["two"].to_list() == [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.5]], None]
    assert table.frame["n"].to_list() == [None, 1, None]
    assert [table.line(row) for row in range(3)] == [1, 3, 5]


def test_parquet(tmp_path):
    frame = pl.DataFrame({"a": [1, 2], "s": [[1, 2], [3]], "c": pl.Series(["x", "y"], dtype=pl.Categorical)})
    frame.write_parquet(tmp_path / "t.parquet")
    table = read_table(tmp_path / "t.parquet")
    assert table.frame.to_dict(as_series=False) == {"a": [1, 2], "s": [[1.0, 2.0], [3.0]], "c": ["x", "y"]}
    assert table.line(1) is None
    assert table.where(1, "a").endswith("t.parquet, row 1 (counting from 0), column `a`")


def test_packed_files_are_the_same_table(tmp_path):
    content = b"name,n\na,1\n"
    plain, packed = written(tmp_path, "t.csv", content), written(tmp_path, "t.csv.gz", gzip.compress(content))
    assert plain.frame.equals(packed.frame)
    assert plain.digest == packed.digest == hashlib.sha256(content).hexdigest()


def test_byte_order_mark_is_no_part_of_a_name(tmp_path):
    assert written(tmp_path, "t.csv", b"\xef\xbb\xbfname,n\na,1\n").frame.columns == ["name", "n"]


LONG = "x" * 1_000_000


UNREADABLE = [
    ("t.csv", "", "t.csv is empty"),
    ("t.csv", " \n\n", "t.csv is empty"),
    ("t.csv", "name,gender\n", "t.csv has a header (line 1: name, gender) and no rows"),
    ("t.csv", b"name,n\na,1\ncaf\xe9,2\n", "t.csv, line 3: byte 4 of the line is not UTF-8 (0xe9)"),
    ("t.csv", b"a,b\n\0\0,1\n", "t.csv is a binary file (it has a zero byte at offset 4)"),
    ("t.csv", "a,b\n1,2\n".encode("utf-16"), "it looks like UTF-16: save it as UTF-8"),
    ("t.csv", "a,b\n1,2\n3\n", "t.csv, line 3 has 1 field, line 1 has 2 (separated by comma)"),
    ("t.csv", "a,b\n1,2\nx,y,z\n", "t.csv, line 3 has 3 fields, line 1 has 2"),
    ("t.tsv", "a\tb\n1\t2\t3\n", "t.tsv, line 2 has 3 fields, line 1 has 2 (separated by tab)"),
    ("t.csv", 'a,b\n1,2\n"x,3\n4,5\n', "t.csv, line 3: a quote opens in this row and is never closed"),
    ("t.csv", 'a,b\n"x"y,3\n', "t.csv, line 2: a quoted field must end at its quote"),
    ("t.csv", "a,b,a\n1,2,3\n", "t.csv, line 1: columns 1 and 3 are both called 'a'"),
    (
        "t.csv",
        f"text,n\na,1\n{LONG},2\n",
        "t.csv, line 3: a field has more than 131,072 characters",
    ),
    (
        "t.csv",
        f"text,n\na,1\n{LONG[:100_001]},2\n",
        "t.csv, line 3, field 1 has 100,001 characters",
    ),
    ("t.tsv", f"en\t{LONG}\n", "t.tsv, line 1: a field has more than 131,072 characters"),
    ("t.txt", f"short\n{LONG}\n", "t.txt, line 2 has 1,000,000 characters; a cell may have 100,000"),
    ("t.jsonl", f'{{"text": "{LONG}"}}\n', "t.jsonl, line 1, column `text` has 1,000,000 characters"),
    ("t.jsonl", '{"a": 1}\n{"a": 2\n', "t.jsonl, line 2, column 8: not JSON ("),
    ("t.jsonl", '{"a": 1}\n[1, 2]\n', "t.jsonl, line 2 is not an object"),
    ("t.jsonl", '{"a": 1, "a": 2}\n', "t.jsonl, line 1: not JSON (the key 'a' stands twice)"),
    ("t.jsonl", "{}\n", "t.jsonl has no rows with columns"),
    ("t.ndjson", "[" * 100_000, "t.ndjson, line 1: nested too deeply"),
    ("t.parquet", "name,n\na,1\n", "t.parquet is not a Parquet file that can be read"),
    ("t.csv.gz", "name,n\na,1\n", "cannot unpack t.csv.gz: Not a gzipped file"),
    ("t.csv.gz", gzip.compress(b"name,n\na,1\n")[:-4], "cannot unpack t.csv.gz"),
    ("t.csv.gz", gzip.compress(b"1" * 2**26), "t.csv.gz unpacks to more than 200 times its size"),
    (
        "t.xlsx",
        "name",
        "t.xlsx: tables are read from .csv, .tsv, .txt, .jsonl, .ndjson, .parquet (each",
    ),
    ("t", "name", "not from a name without one"),
]


@pytest.mark.parametrize(("name", "content", "message"), UNREADABLE, ids=[case[2] for case in UNREADABLE])
def test_files_that_cannot_be_read(tmp_path, name, content, message):
    assert message in told(tmp_path, name, content)


def test_a_parquet_file_at_which_the_library_ends_its_process_is_refused(tmp_path, monkeypatch):
    """As it does where a length in the file is beyond all memory."""
    pl.DataFrame({"a": [1, 2]}).write_parquet(tmp_path / "t.parquet")
    for ends in ("import os; os.abort()", "import os; os._exit(4)"):
        monkeypatch.setattr(parquet, "_TRY", ends)
        with pytest.raises(DataError, match=r"t\.parquet is not a Parquet file that can be read: it is damaged"):
            read_table(tmp_path / "t.parquet")
    monkeypatch.setattr(parquet, "_TRY", "import nothing_that_there_is")  # what cannot be tried is read
    assert read_table(tmp_path / "t.parquet").frame["a"].to_list() == [1, 2]


@pytest.mark.parametrize(
    ("line", "fact"), [('{"a": "\\ud800"}', "half of a character"), ('{"a": ' + "[" * 70 + "]" * 70 + "}", "64 deep")]
)
def test_a_row_that_cannot_be_written_again_is_told(tmp_path, line, fact):
    (tmp_path / "t.jsonl").write_text('{"a": "b"}\n' + line + "\n")
    with pytest.raises(DataError, match=rf"t\.jsonl, line 2 .*{fact}"):
        read_table(tmp_path / "t.jsonl")


def test_missing_files_folders_and_empty_frames(tmp_path):
    with pytest.raises(DataError, match=r"there is no file .*gone\.csv"):
        read_table(tmp_path / "gone.csv")
    (tmp_path / "t.csv").mkdir()
    with pytest.raises(DataError, match=r"cannot read .*t\.csv: Is a directory"):
        read_table(tmp_path / "t.csv")
    pl.DataFrame({"a": pl.Series([], dtype=pl.String)}).write_parquet(tmp_path / "t.parquet")
    with pytest.raises(DataError, match="has 1 columns and no rows"):
        read_table(tmp_path / "t.parquet")
    for empty in (pl.DataFrame({"a": []}), pl.DataFrame(), {}, np.zeros((0, 3))):
        with pytest.raises(DataError, match="0 rows"):
            table_of(empty)


def test_a_long_series_in_a_cell_is_no_long_text(tmp_path):
    table = written(tmp_path, "t.jsonl", json.dumps({"ecg": list(range(200_000))}))
    assert table.frame["ecg"].list.len().to_list() == [200_000]
    wide = ",".join([f"{1 / 3:.99f}"] * 1_000)
    assert written(tmp_path, "t.csv", f"{wide}\n{wide}\n").frame.shape == (2, 1_000)


def test_frames_of_all_makes_are_one_table():
    cells = {"name": ["Ann", None, "Cy"], "n": [1.5, None, 3.0], "t": pd.date_range("2020-01-01", periods=3)}
    ours = pl.DataFrame({"name": cells["name"], "n": cells["n"], "t": pl.Series(cells["t"].to_numpy())})
    tables = [table_of(x) for x in (ours, ours.lazy(), pd.DataFrame(cells), cells, table_of(ours))]
    for table in tables:
        assert table.frame.equals(tables[0].frame), table.frame
        assert table.digest == tables[0].digest
        assert table.where(1, "n") == "row 1 (counting from 0), column `n`"
    indexed = pd.DataFrame(cells).set_index("name")
    assert table_of(indexed).frame.equals(tables[0].frame)


def test_arrays():
    table = table_of(np.arange(6.0).reshape(3, 2))
    assert table.frame.to_dict(as_series=False) == {"column_1": [0, 2, 4], "column_2": [1, 3, 5]}
    assert table_of(np.array([1, 2])).frame.columns == ["value"]
    table = table_of({"x": np.arange(12).reshape(2, 3, 2), "y": ["a", "b"]})
    assert table.frame["x"].to_list() == np.arange(12).reshape(2, 3, 2).tolist()
    assert table_of({"x": [np.array([1, 2]), np.array([0.5])]}).frame["x"].to_list() == [[1, 2], [0.5]]


def test_the_digest_is_of_the_content():
    base = {"a": [1, 2], "s": [[1.0], [2.0, 3.0]], "t": ["ab", "c"]}
    digest = table_of(base).digest
    chunks = pl.concat([pl.DataFrame(base)[:1], pl.DataFrame(base)[1:]], rechunk=False)
    assert table_of(chunks).digest == digest
    others = [{"a": [1, 3]}, {"s": [[1.0, 2.0], [3.0]]}, {"t": ["a", "bc"]}, {"a": [1, None]}, {"a": ["1", "2"]}]
    found = {table_of({**base, **other}).digest for other in others} | {
        table_of({"b" + k: v for k, v in base.items()}).digest
    }
    assert len(found | {digest}) == 7


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (3, "not int"),
        ("names.csv", "not str"),
        (np.zeros((2, 2, 2)), r"of shape \(2, 2, 2\)"),
        ({"a": [1, 2], "b": [1]}, "column `b` has 1 rows, column `a` 2"),
        ({"a": 3}, "column `a` is 3, not a column of values"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "two columns are called 'a'"),
    ],
)
def test_what_is_no_table(data, message):
    with pytest.raises(DataError, match=message):
        table_of(data)


def test_a_faulty_column_is_told_when_it_is_asked_for(tmp_path):
    table = written(tmp_path, "t.jsonl", '{"a": 1, "b": 1}\n{"a": "x", "b": 2}\n{"a": 3, "b": {"c": 1}}\n')
    with pytest.raises(
        DataError, match=r't\.jsonl, line 2, column `a` has text, "x", where others have a number \(line 1: 1\)'
    ):
        kind_of(table, "a")
    with pytest.raises(DataError, match=r"line 3, column `b` has an object"):
        kind_of(table, "b")
    frame = table_of(pl.DataFrame({"a": [{"b": 1}], "c": [1]}))
    assert kind_of(frame, "c") == "number"
    with pytest.raises(DataError, match="column `a` has the type Struct"):
        kind_of(frame, "a")


def test_columns_by_name(tmp_path):
    table = written(tmp_path, "t.csv", "name,gender\nAnn,F\n")
    assert column(table, "name", "text") == "name"
    assert columns(table, " gender, name", "inputs") == ["gender", "name"]
    assert columns(table, "", "inputs") == []
    with pytest.raises(DataError, match=r"has no column 'gendr' \(wanted as label\); did you mean 'gender'\?"):
        column(table, "gendr", "label")
    with pytest.raises(DataError, match="column 'name' is named twice as inputs"):
        columns(table, "name,name", "inputs")


def test_times_are_written_to_the_second_and_finer_where_they_are():
    day = datetime.datetime(2024, 1, 31, 18, 30)
    assert as_text(pl.DataFrame({"t": [day]})) == "t\n2024-01-31 18:30:00\n"
    assert as_text(pl.DataFrame({"t": [day.replace(microsecond=500)]})) == "t\n2024-01-31 18:30:00.000500\n"


KINDS_OF_CELLS = ["1", "+2", " 3 ", "2.5", "1e3", "-inf", "", "NA", " ", "x", "1,5", "99999999999999999999"]


@settings(max_examples=60)
@given(data=st.data(), rows=st.integers(1, 4), together=st.sampled_from([1, 5, 1000]))
def test_a_column_is_read_as_if_it_stood_alone(data, rows, together):
    column = st.lists(st.sampled_from(KINDS_OF_CELLS), min_size=rows, max_size=rows)
    columns = data.draw(st.lists(column, min_size=1, max_size=6))

    def read(*columns):
        out = io.StringIO()
        csv.writer(out, quoting=csv.QUOTE_ALL).writerows(zip(*columns, strict=True))
        return delimited.read_delimited(out.getvalue(), "t", ".csv", "no")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "_TOGETHER", together)
        every = read(*columns)
    for at, cells in enumerate(columns):
        name, alone = f"column_{at + 1}", read(cells)
        assert every.series[at].equals(alone.series[0].alias(name), check_dtypes=True, check_names=True)
        number = "column_1" in alone.written
        assert (name in every.written) is number
        assert not number or every.written[name].to_list() == cells


def test_many_columns_are_read_together(tmp_path):
    """Thousands of texts and numbers: seconds, if each column is asked about by itself."""
    names = ",".join(f"c{n}" for n in range(8000))
    begun = time.process_time()
    table = written(tmp_path, "t.csv", f"{names}\n{'a b,1.5,' * 3999}a,2\n{'c d,2,' * 3999}b,NA\n")
    assert [str(kind) for kind in table.frame.dtypes[:2]] == ["String", "Float64"]
    assert time.process_time() - begun < 2
    assert (kind_of(table, "c1"), kind_of(table, "c7998")) == ("number", "text")


def test_answers_say_the_line_of_their_row(tmp_path):
    told = pl.DataFrame({"row": [2, 0], "score": [0.5, 0.1]})
    table = written(tmp_path, "t.csv", 'name,n\n"Ann\nLee",1\n\nBo,2\nCy,3\n')
    assert placed(told, table).to_dict(as_series=False) == {"line": [6, 2], "score": [0.5, 0.1]}
    windows = pl.DataFrame({"first_row": [0], "last_row": [1], "v1": [0.5]})
    assert placed(windows, table).to_dict(as_series=False) == {"first_line": [2], "last_line": [5], "v1": [0.5]}
    assert placed(told, table_of({"n": [1, 2, 3]})).equals(told)  # no lines: rows count from 0


def test_people_read_six_digits():
    third, odd = 1 / 3, [0.0, float("nan"), None, float("inf"), -1e-9 / 3]
    frame = pl.DataFrame({"line": [1234567891] * 6, "p": [third, *odd], "l": [[third, None]] * 6})
    told = as_text(shortened(frame)).splitlines()
    assert told[1] == "1234567891,0.333333,0.333333"
    assert [line.split(",")[1] for line in told[2:]] == ["0.0", "NaN", "", "inf", "-3.33333e-10"]


@pytest.mark.parametrize(("screen", "told"), [(True, "0.333333"), (False, "0.3333333333333333")])
def test_only_a_screen_gets_fewer_digits(capsys, monkeypatch, screen, told):
    monkeypatch.setattr("sys.stdout.isatty", lambda: screen)
    frame = pl.DataFrame({"row": [0], "p": [1 / 3]})
    _give(frame, table_of(frame), None, as_json=False)
    assert capsys.readouterr().out == f"row,p\n0,{told}\n"
