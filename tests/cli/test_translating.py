"""Translation and beam search from the command line."""

import json

import pytest

from translating import pairs

SMALL = [
    "--steps",
    "4",
    "--hidden",
    "8",
    "--source-tokens",
    "characters",
    "--target-tokens",
    "symbols",
    "--longest",
    "9",
]


@pytest.mark.slow
def test_train_predict_evaluate(undertow_process, tmp_path):
    pairs().write_csv(tmp_path / "pairs.tsv", separator="\t")
    trained = undertow_process("train", "translate", "pairs.tsv", *SMALL, "--no-bidirectional", "--out", "run")
    assert "reading `word` as source in characters, `turned` as target in symbols" in trained.err
    told = undertow_process("predict", "run", "pairs.tsv", "--best", "2", "--json")
    assert [(e["line"], e["rank"]) for e in told.events] == [(line, rank) for line in range(2, 62) for rank in (1, 2)]
    assert len(undertow_process("predict", "run", "pairs.tsv", "--json").events) == 60
    measured = undertow_process("evaluate", "run", "--json")
    assert measured.events[0]["figures"]["pairs"] == 6
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "Where the decoder looked" in page


@pytest.mark.slow
def test_pieces_and_the_likeliest_text(undertow_process, text):
    small = ["--steps", "4", "--hidden", "8", "--batch", "2", "--window", "16"]
    undertow_process("train", "text", text, "--pieces", "300", *small, "--out", "run")
    found = undertow_process("sample", "run", "--prompt", "O brave", "--beam", "3", "--length", "5", "--json")
    texts = json.loads(found.out)["texts"]
    assert len(texts) == 3
    assert [t["log_probability"] for t in texts] == sorted((t["log_probability"] for t in texts), reverse=True)
    shown = undertow_process("sample", "run", "--prompt", "O brave", "--beam", "3", "--length", "5").out
    assert shown.startswith("O brave")
    assert "--beam is 1 or more" in undertow_process("sample", "run", "--beam", "3", "--temperature", "1", status=2).err
    assert "of translators" in undertow_process("predict", "run", text, "--best", "3", status=2).err
