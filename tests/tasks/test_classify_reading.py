"""Layouts of tables for classification: what is taken for what, and what cannot be read is told with its place."""

import gzip
import json
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
import torch

from undertow.errors import DataError, RunError
from undertow.tables.table import column, read_table, table_of
from undertow.tasks import classify
from undertow.tasks.base import Setup
from undertow.tasks.classify.encoder import read_encoder
from undertow.tasks.classify.layout import SampleLayout, lay_out
from undertow.tasks.classify.options import ClassifyOptions
from undertow.tasks.classify.reading import read_samples
from undertow.tasks.given import Given
from undertow.tasks.kinds import KINDS
from undertow.tasks.model_options import ModelOptions
from undertow.training.config import Config
from undertow.training.session import begin

SMALL = ModelOptions(hidden=4, embedding=3)


def samples_of(table, **own):
    layout = lay_out(table, ClassifyOptions(**own))
    return layout, read_samples(table, layout, labelled=True)


def written(tmp_path, name, text):
    file = tmp_path / name
    file.write_text(text)
    return file


# ---- a lone column is the text


@pytest.mark.parametrize(
    ("name", "content", "first"),
    [("t.txt", "a great film\na bad one\n", "a great film"), ("t.csv", "a great film\na bad one\n", "a great film"),
     ("t.txt", "007\n12\n", "007")],
)  # fmt: skip
def test_a_lone_column_is_the_text_whatever_it_is_called(tmp_path, name, content, first):
    table, layout = read_table(written(tmp_path, name, content)), SampleLayout("text", ("review",), "label")
    assert read_samples(table, layout, labelled=False).contents[0] == first
    with pytest.raises(DataError, match="no column 'review'"):
        read_samples(table, layout, labelled=True)


def test_not_where_its_name_may_be_the_first_text_or_it_is_no_text(tmp_path):
    layout = SampleLayout("text", ("review",), "label")
    with pytest.raises(DataError, match=r"no column 'review'.*\(--header no if the first line is data, --header yes"):
        read_samples(read_table(written(tmp_path, "t.csv", "good\nbad\n")), layout, labelled=False)
    with pytest.raises(DataError, match="no column 'review'"):
        read_samples(table_of({"x": [1.0, 2.0]}), layout, labelled=False)


def test_no_header_is_advised_that_would_not_help(tmp_path):
    lines, table = "a b c\nd e f\n", "a 1,b\nc 2,d\n"
    for name, content, header, wanted in [
        ("t.txt", lines, "no", "column_1"), ("t.csv", table, "no", "review"), ("t.csv", table, "yes", "review"),
    ]:  # fmt: skip
        with pytest.raises(DataError, match="has no column") as told:
            column(read_table(written(tmp_path, name, content), header=header), wanted, "text")
        assert "--header" not in str(told.value)
    with pytest.raises(DataError, match=r"\(--header yes if the first line names"):
        column(read_table(written(tmp_path, "t.csv", table), header="no"), "a 1", "text")


# ---- what is taken for what


def test_a_text_and_a_label_are_found_by_what_they_hold():
    frame = {"gender": ["f", "m"] * 4, "name": [f"n{i}" for i in range(8)]}
    layout, samples = samples_of(table_of(frame))
    assert layout.words(samples.table) == "reading `name` as text, `gender` as label (2 values)"
    assert samples.contents == frame["name"]
    assert samples.labels == frame["gender"]


def test_columns_without_names(tmp_path):
    file = written(tmp_path, "l.tsv", "".join(f"{'en' if i % 2 else 'fr'}\tsome words {i}\n" for i in range(8)))
    layout, _ = samples_of(read_table(file))
    assert (layout.columns, layout.label) == (("column_2",), "column_1")


def test_wide_rows_are_series_with_so_many_values_a_step():
    frame = {f"x{n}": [float(n), np.nan if n > 3 else n + 0.5] for n in range(6)} | {"label": ["a", "b"]}
    layout, samples = samples_of(table_of(frame), features=2)
    assert layout.columns == tuple(f"x{n}" for n in range(6))
    assert samples.contents[0].tolist() == [[0, 1], [2, 3], [4, 5]]
    assert samples.contents[1].tolist() == [[0.5, 1.5], [2.5, 3.5]]  # empty cells at the end: a shorter series


def test_long_rows_are_put_together_by_id_and_in_order():
    frame = {
        "who": ["p", "q", "p", "q", "p"], "t": [3, 1, 1, 2, 2], "u": [3.0, 10, 1, 20, 2], "v": [0.3, 1, 0.1, 2, 0.2],
        "label": ["x", "y", "x", "y", "x"],
    }  # fmt: skip
    layout, samples = samples_of(table_of(frame), id="who", order="t")
    assert layout.columns == ("u", "v")
    assert [c.tolist() for c in samples.contents] == [[[1, 0.1], [2, 0.2], [3, 0.3]], [[10, 1], [20, 2]]]
    assert samples.labels == ["x", "y"]
    unordered = samples_of(table_of(frame), id="who", series="u")[1]
    assert [c.ravel().tolist() for c in unordered.contents] == [[3, 1, 2], [10, 20]]


@pytest.mark.parametrize(
    "form", ["%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d %b %Y", "%B %d, %Y", "%Y%m%d", "%d.%m.%Y %H:%M"]
)
def test_times_put_rows_in_order_however_they_are_written(form):
    """Days from December to March, shuffled: as letters, 01.03. would stand before 15.12."""
    days = [date(2023, 12, 15) + timedelta(days=9 * n) for n in range(10)]
    shuffled = np.random.default_rng(0).permutation(20)
    frame = pl.DataFrame({"who": ["p", "q"] * 10, "day": [d.strftime(form) for d in days for _ in "pq"],
                          "x": np.arange(20.0), "label": ["a", "b"] * 10})[shuffled]  # fmt: skip
    _, samples = samples_of(table_of(frame), id="who", order="day", series="x")
    assert {label: c.ravel().tolist() for label, c in zip(samples.labels, samples.contents, strict=True)} == {
        "a": list(range(0, 20, 2)), "b": list(range(1, 20, 2)),
    }  # fmt: skip


def test_dates_of_a_table_and_equal_places_keep_the_order_of_rows():
    frame = {"who": ["p"] * 3 + ["q"], "x": [3.0, 1, 2, 0], "label": ["a"] * 3 + ["b"]}
    moments = {"day": [date(2024, 2, 1), date(2023, 12, 1), date(2023, 12, 1), date(2023, 1, 1)]}
    for place in (moments, {"day": [5, 2, 2, 1]}, {"day": [5e15, 2.5, 2.5, 1]}):
        _, samples = samples_of(table_of(frame | place), id="who", order="day", series="x")
        assert samples.contents[0].ravel().tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (["b", "a", "b", "a"], "t.csv: column `t` holds label, which puts no steps in order; name a column of numbers"),
        (["9:30", "10:30", "8:15", "7:00"], "t.csv: column `t` holds text, which puts no steps in order"),
        (["2024-01-03", "", "2024-01-01", "2024-01-02"], "t.csv, line 3, column `t`: the time is missing"),
        (["2024-01-03", "soon", "2024-01-01", "2024-01-02"], "t.csv, line 3, column `t`: 'soon' is not a time"),
        (["03/02/2024", "01/04/2024", "02/02/2024", "01/01/2024"], "t.csv, line 2, column `t`: '03/02/2024' and the"),
        (["3", "", "1", "2"], "t.csv, line 3, column `t`: the row's place in its series is missing"),
        (["3", "two", "1", "2"], "t.csv, line 3, column `t`: 'two' is not a number"),
    ],
)
def test_what_puts_no_rows_in_order(tmp_path, cells, told):
    rows = "".join(f"{who},{cell},1,{label}\n" for who, cell, label in zip("ppqq", cells, "aabb", strict=True))
    assert refused(tmp_path, "who,t,x,label\n" + rows, id="who", order="t").startswith(told)


def test_lists_in_cells_are_series_several_columns_are_values_of_a_step(tmp_path):
    rows = [{"x": [1, 2, 3], "y": [4, 5, 6], "label": "a"}, {"x": [7], "y": [8], "label": "b"}]
    file = written(tmp_path, "s.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    layout, samples = samples_of(read_table(file))
    assert layout.kind == "list"
    assert [c.tolist() for c in samples.contents] == [[[1, 4], [2, 5], [3, 6]], [[7, 8]]]


def test_labels_that_are_numbers_stay_as_they_are_written(tmp_path):
    file = written(tmp_path, "n.csv", "text,label\n" + "".join(f"t{i},{'007' if i % 2 else '12'}\n" for i in range(8)))
    task = classify.prepare(Setup(ClassifyOptions(data=str(file)), SMALL, 4))
    assert task.classes == ("007", "12")


def test_packed_files_are_read(tmp_path):
    file = tmp_path / "t.csv.gz"
    file.write_bytes(gzip.compress(b"text,label\n" + b"".join(b"t%d,%d\n" % (i, i % 2) for i in range(9))))
    assert len(samples_of(read_table(file))[1]) == 9


# ---- what cannot be read


def refused(tmp_path, text, name="t.csv", **own):
    file = written(tmp_path, name, text)
    with pytest.raises(DataError) as caught:
        classify.prepare(Setup(ClassifyOptions(data=str(file), **own), SMALL, 4))
    return str(caught.value).replace(str(tmp_path) + "/", "")


ROWS = "".join(f"n{i},{'fm'[i % 2]}\n" for i in range(12))


def test_label_column_that_is_not_there(tmp_path):
    told = refused(tmp_path, "name,gender\n" + ROWS, label="gendre")
    assert told == "t.csv has no column 'gendre' (wanted as label); did you mean 'gender'?"


def test_one_class_only(tmp_path):
    told = refused(tmp_path, "name,label\n" + "".join(f"n{i},f\n" for i in range(9)))
    assert told == "t.csv: column `label` has one class only, 'f'; there is nothing to tell apart"


def test_labels_that_are_no_classes(tmp_path):
    told = refused(tmp_path, "name,label\n" + "".join(f"n{i},v{i}\n" for i in range(9)))
    assert "9 different values in 9 samples" in told


def test_a_label_that_is_missing_and_a_text_that_is_empty(tmp_path):
    assert refused(tmp_path, "name,label\n" + ROWS + "x,\n").startswith(
        "t.csv, line 14, column `label`: the label is missing"
    )
    assert refused(tmp_path, "name,label\n" + ROWS + ",f\n").startswith(
        "t.csv, line 14, column `name`: the text is empty"
    )


def test_a_class_with_nothing_to_train_on(tmp_path):
    rows = "name,label,place\n" + "".join(f"n{i},{'fm'[i % 2]},p{i // 4}\n" for i in range(24)) + "z,rare,p99\n" * 2
    told = {refused_or_not(tmp_path, rows, seed) for seed in range(12)}
    assert "t.csv, line 26, column `label`: 'rare' is in the test part alone" in told
    assert None in told


def refused_or_not(tmp_path, text, seed):
    file = written(tmp_path, "t.csv", text)
    try:
        own = ClassifyOptions(data=str(file), text="name", label="label", group="place")
        classify.prepare(Setup(own, SMALL, 4, seed=seed))
    except DataError as error:
        return str(error).replace(str(tmp_path) + "/", "").split(" part")[0] + " part alone"
    return None


def test_a_class_unseen_in_training_is_named_with_its_line(tmp_path):
    file = written(tmp_path, "t.csv", "name,label\n" + ROWS)
    trained = classify.load(classify.prepare(Setup(ClassifyOptions(data=str(file)), SMALL, 4)).serialise())
    other = written(tmp_path, "o.csv", "name,label\na,f\nb,ff\n")
    with pytest.raises(
        DataError, match=r"o\.csv, line 3, column `label`: the class 'ff' was not seen in training; did you"
    ):
        trained.evaluate(read_table(other))
    with pytest.raises(DataError, match="has no column 'name'"):
        trained.predict(table_of({"nam": ["a"], "x": ["b"]}))


def test_columns_that_hold_no_numbers(tmp_path):
    head, rows = "x1,x2,label\n", [f"{i},{i + 1},{'ab'[i % 2]}\n" for i in range(8)]
    none = [f"{i},,{'ab'[i % 2]}\n" for i in range(8)]
    assert "column `x2` has no numbers: all 8 cells are missing" in refused(tmp_path, head + "".join(none))
    mixed = refused(tmp_path, head + "".join(rows[:5]) + "7,oops,a\n" + "".join(rows[5:]), series="x1,x2")
    assert mixed.startswith("t.csv, line 7, column `x2`: 'oops' is not a number")


def test_columns_that_make_no_whole_steps(tmp_path):
    told = refused(tmp_path, "a,b,c,label\n" + "1,2,3,x\n2,3,4,y\n" * 4, features=2)
    assert told == "t.csv has 3 columns of values, which cannot be cut into steps of 2 (classify.features)"


def test_a_series_with_two_labels(tmp_path):
    told = refused(tmp_path, "who,v,label\np,1,a\np,2,b\nq,1,b\n", id="who")
    assert told == (
        "t.csv, line 3, column `label`: 'b', but the series 'p' has the label 'a' in line 2; a series has one label"
    )


def test_lists_of_unequal_length(tmp_path):
    rows = [{"x": [1, 2, 3], "y": [4, 5], "label": "a"}, {"x": [7], "y": [8], "label": "b"}]
    told = refused(tmp_path, "".join(json.dumps(row) + "\n" for row in rows), "s.jsonl")
    assert told == "s.jsonl, line 1: the lists of one series have 2 and 3 steps; they must be equally long"


def test_several_columns_could_be_it(tmp_path):
    rows = "".join(f"n{i},{'fm'[i % 2]},{'ab'[i % 2]}\n" for i in range(12))
    told = refused(tmp_path, "name,p,q\n" + rows)
    assert told == "t.csv: which column holds the labels? It could be `p` or `q`; name it with --label"
    texts = "".join(f"n{i},m{i},{'ab'[i % 2]}\n" for i in range(12))
    assert "which column holds the texts? `name`, `other`; say --text" in refused(
        tmp_path, "name,other,label\n" + texts
    )


def test_steps_of_another_width_than_the_model_reads():
    frame = {"x1": np.arange(8.0), "x2": np.arange(8.0), "label": ["a", "b"] * 4}
    torch.manual_seed(0)
    one = classify.prepare(Setup(ClassifyOptions(features=2), SMALL, 4, given=Given(memory=pl.DataFrame(frame))))
    lists = table_of({"series": [[[1.0, 2, 3]]] * 2, "label": ["a", "b"]})
    layout = lay_out(lists, ClassifyOptions())
    with pytest.raises(DataError, match="a step has 3 values, but the model reads 2"):
        one._trained.coding.encode(read_samples(lists, layout, labelled=False))


# ---- an encoder to start from


def run_of(tmp_path, name, frame, kind="classify", **values):
    config = Config.of(kind).replaced({"steps": 2, "hidden": 4, "embedding": 3, "flow.watch": False, **values})
    session = begin(config, tmp_path / name, Given(memory=pl.DataFrame(frame)))
    session.train(listen=lambda event: None)
    return tmp_path / name, session.task


TEXTS = {"text": [f"word {i}" for i in range(30)], "label": ["a", "b"] * 15}


def test_a_classifier_starts_from_anothers_encoder_vocabulary_and_cell(tmp_path):
    folder, first = run_of(tmp_path, "first", TEXTS, cell="gru", fold_case=True, bidirectional=False)
    other = {"text": [f"@ {i}" for i in range(24)], "label": ["p", "q", "r"] * 8}
    task = classify.prepare(
        Setup(ClassifyOptions(encoder=str(folder)), SMALL, 4, given=Given(memory=pl.DataFrame(other)))
    )
    for name, weight in first.model.state_dict().items():
        if name.startswith(("encoder.", "embedding.")):
            assert torch.equal(task.model.state_dict()[name], weight)
    assert task.model.encoder.cell.name == "gru"
    assert not task.model.encoder.bidirectional
    assert task._trained.coding == first._trained.coding
    assert len(task.classes) == 3
    assert any(line.startswith(f"encoder from {folder}: gru, 1 x 4 units") for line in task.describe())
    again = classify.load(task.serialise())
    assert again.predict(task.samples.table).height == 24


@pytest.mark.parametrize("kind", ["texts", "series", "gaps"])
def test_a_classifier_starts_from_an_autoencoder(tmp_path, kind):
    """Its weights, its symbols or scales, read in the same way: the final outputs are equal."""
    if kind == "texts":
        data = {"text": TEXTS["text"]}
    else:
        data = {f"x{n}": np.random.default_rng(n).normal(n, 2, 30) for n in range(16)}
        if kind == "gaps":  # in all samples, so that there are some in training
            data["x3"][:29] = data["x7"][1:] = np.nan
    folder, first = run_of(
        tmp_path, "first", data, "reconstruct", cell="gru", **({} if kind == "texts" else {"layout": "rows"})
    )
    own = ClassifyOptions(encoder=str(folder), pooling="last", label="label")
    task = classify.prepare(Setup(own, SMALL, 4, given=Given(memory=pl.DataFrame(data | {"label": ["a", "b"] * 15}))))
    for name, weight in first.model.state_dict().items():
        if name.startswith(("encoder.", "embedding.")):
            assert torch.equal(task.model.state_dict()[name], weight)
    table = table_of(data)
    theirs = KINDS["reconstruct"].load(first.serialise()).embed(table)
    ours = classify.load(task.serialise()).embed(table)
    columns = [name for name in theirs.columns if theirs[name].dtype.is_float()][:4]
    assert np.allclose(theirs.select(columns).to_numpy(), ours.select("^v[0-9]+$").to_numpy(), atol=1e-5)


def test_an_encoder_of_another_kind_does_not_fit(tmp_path):
    folder, _ = run_of(tmp_path, "first", TEXTS)
    numbers = {"x1": np.arange(24.0), "x2": np.arange(24.0), "label": ["p", "q"] * 12}
    with pytest.raises((RunError, DataError), match="reads texts, and these samples are series"):
        classify.prepare(
            Setup(ClassifyOptions(encoder=str(folder)), SMALL, 4, given=Given(memory=pl.DataFrame(numbers)))
        )


def test_runs_without_an_encoder(tmp_path):
    with pytest.raises(RunError, match="there is no run folder"):
        read_encoder(tmp_path / "nowhere", fold_case=False)
