"""The data that ships: unchanged, credited, readable, and handed out without overwriting."""

import gzip
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

import undertow
from undertow import examples
from undertow.errors import OptionError
from undertow.examples import EXAMPLES
from undertow.tables.spacing import spacing
from undertow.tables.table import read_table
from undertow.tables.times import times

FOLDER = Path(undertow.__file__).parent / "data"


@pytest.mark.parametrize("name", EXAMPLES)
def test_files_are_what_they_were(name):
    file = examples.path(name)
    raw = file.read_bytes()
    assert hashlib.sha256(gzip.decompress(raw) if file.suffix == ".gz" else raw).hexdigest() == EXAMPLES[name].sha256
    if name != "shakespeare_plays":  # a text's rows are its lines, with the empty ones
        assert len(examples.frame(name)) == EXAMPLES[name].rows
    else:
        assert raw.count(b"\n") == EXAMPLES[name].rows


def test_every_file_is_listed_and_credited():
    credits = (FOLDER / "CREDITS.md").read_text()
    files = {file.name for file in FOLDER.iterdir()} - {"CREDITS.md", "cmudict.LICENSE"}
    assert files == {example.file for example in EXAMPLES.values()}
    for file in files:
        assert f"`{file}`" in credits, f"{file} has no credit"
    notice = (FOLDER / "cmudict.LICENSE").read_text()
    assert notice.startswith("Copyright (C) 1993-2015 Carnegie Mellon University. All rights reserved.")
    assert "POSSIBILITY OF SUCH DAMAGE" in notice


def test_what_the_credits_say_of_them():
    names = examples.frame("names_gender")
    assert names["gender"].value_counts(sort=True).rows() == [("F", 4525), ("M", 3478)]
    assert names["name"].n_unique() == 8003
    assert examples.frame("language_id")["column_1"].value_counts()["count"].to_list() == [600] * 5
    assert examples.frame("digits_8x8").shape == (1797, 65)
    assert examples.frame("co2_weekly")["co2"].null_count() == 59
    assert examples.frame("sensor_singlehop_labelled")["label"].sum() == 149
    ecg = examples.frame("ecg_mitdb208")["mv"].to_numpy()
    raw = np.load(examples.path("ecg_mitdb208"))["ecg"]
    np.testing.assert_array_equal(np.round(ecg * 200 + 1024), raw)


@pytest.mark.parametrize(
    ("name", "columns", "step"),
    [
        ("co2_weekly", "date", "1 week"),
        ("us_births", "year,month,date_of_month", "1 day"),
        ("airline_passengers", "Date", "1 month"),
    ],
)
def test_series_are_without_gaps(name, columns, step):
    found = spacing(times(read_table(examples.path(name)), columns))
    assert (str(found), found.gaps, found.off) == (step, (), 0)


def test_names_that_are_none():
    with pytest.raises(OptionError, match="no data called 'names' ship with Undertow; did you mean 'names_gender'"):
        examples.path("names")


def test_the_list(undertow):
    shown = undertow("data").out
    listed = json.loads(undertow("data", "--json").out)
    assert [entry["name"] for entry in listed] == list(EXAMPLES)
    for entry in listed:
        assert entry["name"] in shown
        assert f"{entry['rows']:,}" in shown


def test_copies(undertow, tmp_path):
    done = undertow("data", "greensboro", "--out", "there")
    assert "try: undertow train forecast there/greensboro_tmy3_hourly.csv --time none --target temp_c" in done.err
    copy = tmp_path / "there" / "greensboro_tmy3_hourly.csv"
    assert hashlib.sha256(copy.read_bytes()).hexdigest() == EXAMPLES["greensboro"].sha256
    undertow("data", "greensboro", "--out", "there")  # the same again is no harm

    copy.write_text("mine")
    failed = undertow("data", "greensboro", "--out", "there", status=2)
    assert "greensboro_tmy3_hourly.csv is there already, with other content" in failed.err
    assert copy.read_text() == "mine"
    assert "did you mean 'ecg_mitdb208'?" in undertow("data", "ecg_mitdb", status=2).err
    assert sorted(file.name for file in tmp_path.iterdir()) == ["there"]

    (event,) = [json.loads(undertow("data", "ecg_mitdb208", "--json").out)]
    assert event["file"] == "ecg_mitdb208_360hz_5min.csv"
    assert len(read_table(tmp_path / event["file"])) == 108_000


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_suggested_command_trains(undertow, name, tmp_path):
    told = undertow("data", name).err
    command = told.partition("try: undertow ")[2].split()
    undertow(*command, "--steps", "1", "--hidden", "4", "--out", "run")
    assert (tmp_path / "run" / "model.safetensors").is_file()
