"""The option ``model.widths``: what it means, what it cannot be, and where it is given."""

import dataclasses

import pytest

from undertow.cli.flags import chosen
from undertow.errors import OptionError
from undertow.tasks.kinds import kind_of
from undertow.tasks.model_options import ModelOptions
from undertow.tasks.recurrent import recurrent
from undertow.training.config import Config


def test_sizes():
    assert ModelOptions(hidden=7, layers=3).sizes == (7, 7, 7)
    assert ModelOptions(hidden=7, widths="128, 64").sizes == (128, 64)
    assert (ModelOptions(hidden=7, widths="9,8").top, ModelOptions(hidden=7, layers=2).top) == (8, 7)
    assert ModelOptions(widths="3").sizes == (3,)
    assert ModelOptions(widths="4,3", layers=2).sizes == (4, 3)
    assert recurrent(ModelOptions(widths="4,3"), 2).hidden_size == [4, 3]
    assert recurrent(ModelOptions(widths="4,4"), 2).hidden_size == 4


@pytest.mark.parametrize("text", ["128,,x", "128,", ",", " ", "0", "-3", "4,0", "1.5", "1e3", "+4", "1_0", "٣", "6;4"])
def test_what_is_no_list_of_widths_is_told(text):
    with pytest.raises(OptionError, match=r"model\.widths must be whole numbers from 1 on, .*got"):
        ModelOptions(widths=text)


@pytest.mark.parametrize(("widths", "layers"), [("6,4", 3), ("6", 2), ("6,4,3", 2)])
def test_another_number_of_layers_is_told(widths, layers):
    with pytest.raises(OptionError, match=rf"model\.widths .* lists {len(widths.split(','))} .* is {layers}"):
        ModelOptions(widths=widths, layers=layers)


def test_what_needs_equal_widths_is_told_before_anything_is_read():
    with pytest.raises(OptionError, match=r"model\.residual adds .* one width; model\.widths is '6,4'"):
        ModelOptions(widths="6,4", residual=True)
    with pytest.raises(OptionError, match=r"model\.cell 'sru' adds .* one width; model\.widths is '6,4'"):
        ModelOptions(widths="6,4", cell="sru")
    assert ModelOptions(widths="5,5", residual=True).sizes == (5, 5)
    with pytest.raises(OptionError, match=r"model\.widths is '6,4'"):
        Config.of("classify").replaced({"widths": "6,4", "residual": True, "data": "there is none.csv"})


def test_the_config_explains_it():
    told = Config().document().as_string()
    assert (
        '# hidden units of each layer, with commas, from the first: 128,64; empty: every layer has hidden\nwidths = ""'
        in told
    )
    assert all(
        "widths" in {f.name for f in dataclasses.fields(Config.of(t).model)} for t in ("text", kind_of("classify").name)
    )


def test_set_gives_it_on_the_command_line():
    assert chosen(Config(), {}, ["widths=6,4"]).model.sizes == (6, 4)
    assert chosen(Config(), {}, ["model.widths=6"]).model.sizes == (6,)
