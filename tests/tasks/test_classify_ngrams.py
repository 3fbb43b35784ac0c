"""N-grams beside symbols: which row each has, what they add to the steps, and that they are kept with the run."""

import numpy as np
import polars as pl
import pytest
import safetensors.torch
import torch

from undertow.errors import OptionError
from undertow.storage import read_metadata
from undertow.tasks import classify
from undertow.tasks.base import Setup
from undertow.tasks.classify.model import SequenceClassifier
from undertow.tasks.classify.ngrams import ROWS, NGrams, rows_of
from undertow.tasks.classify.options import ClassifyOptions
from undertow.tasks.given import Given
from undertow.tasks.model_options import ModelOptions
from undertow.training.config import Config
from undertow.training.session import begin

SMALL = ModelOptions(hidden=6, embedding=5)
TEXTS = {"text": [f"{'ab' * (n % 2)}{'ba' * (1 - n % 2)}{n}" for n in range(40)], "label": ["p", "q"] * 20}


def task_of(frame=TEXTS, **own):
    torch.manual_seed(0)
    return classify.prepare(Setup(ClassifyOptions(**own), SMALL, 8, given=Given(memory=pl.DataFrame(frame))))


def taught(task, steps=6):
    """``task`` after some steps of training, no longer in training."""
    optimizer = torch.optim.AdamW(task.model.parameters(), 0.02, weight_decay=0.1)
    for piece in task.plan(0)[:steps]:
        optimizer.zero_grad()
        task.loss(piece, None).loss.backward()
        optimizer.step()
    task.model.eval()
    return task


def row_by_hand(symbols):
    """FNV-1a of 32 bits over whole numbers, folded to the table: in Python's numbers, which have no end."""
    found = 0x811C9DC5
    for symbol in symbols:
        found = ((found ^ symbol) * 0x01000193) % 2**32
    return 1 + (found ^ (found // 2**16)) % ROWS


def test_rows_equal_their_slow_twins_and_stand_where_they_end():
    rng = np.random.default_rng(0)
    lengths = [9, 1, 4]
    texts = [rng.integers(2, 60_000, size=length).tolist() for length in lengths]
    x = torch.nn.utils.rnn.pad_sequence([torch.tensor(text) for text in texts])
    for n in (2, 3, 5):
        rows = rows_of(x, n)
        for b, text in enumerate(texts):
            expected = [row_by_hand(text[t - n + 1 : t + 1]) if t >= n - 1 else 0 for t in range(len(text))]
            assert rows[:, b].tolist() == expected + [0] * (9 - len(text))


def test_the_hash_is_what_it_always_was():
    """Models that are kept have learned what stands in these rows."""
    x = torch.tensor([2, 5, 6, 5, 3])[:, None]
    assert rows_of(x, 2)[:, 0].tolist() == [0, 7356, 9305, 12230, 11796]
    assert rows_of(x, 3)[:, 0].tolist() == [0, 0, 5057, 9388, 1279]


def test_a_step_has_the_sum_of_the_n_grams_that_end_there():
    torch.manual_seed(0)
    table = NGrams(3, 4)
    with torch.no_grad():
        table.table[1:].normal_()
    text = [7, 8, 9, 7]
    sums = table(torch.tensor(text)[:, None])[:, 0]
    for t in range(4):
        ending = [text[t - n + 1 : t + 1] for n in (2, 3) if t >= n - 1]
        expected = sum((table.table[row_by_hand(gram)] for gram in ending), torch.zeros(4))
        assert torch.allclose(sums[t], expected)


def test_of_the_same_symbols_in_another_order_only_n_grams_tell():
    """What is read of a text, added up over its steps: the same for symbols alone."""
    one, other = (torch.tensor(text)[:, None] for text in ([2, 5, 6, 7, 3], [2, 6, 5, 7, 3]))
    for ngrams, same in ((1, True), (2, False)):
        task = taught(task_of(ngrams=ngrams))
        sums = [task.model.steps(x).detach().sum(0) for x in (one, other)]
        assert torch.allclose(*sums, atol=1e-6) == same


@torch.no_grad()
def test_n_grams_change_nothing_before_they_have_learned():
    """The table begins at 0 and draws no random numbers: the same model but for it, and the same logits."""
    models = []
    for ngrams in (1, 3):
        torch.manual_seed(3)
        models.append(
            SequenceClassifier(SMALL, 9, 3, symbols=True, pooling="max", bidirectional=True, ngrams=ngrams).eval()
        )
    plain, with_grams = (model.state_dict() for model in models)
    assert set(with_grams) - set(plain) == {"ngrams.table"}
    assert all(torch.equal(weight, with_grams[name]) for name, weight in plain.items())
    x, lengths = torch.randint(2, 9, (6, 4)), torch.tensor([6, 2, 3, 5])
    assert torch.equal(models[0](x, lengths), models[1](x, lengths))


def test_only_rows_of_n_grams_in_training_learn():
    task = taught(task_of(ngrams=3, ngram_dropout=0.0))
    seen = {int(row) for i in task.parts.train for n in (2, 3) for row in rows_of(task._sequences[i][:, None], n)}
    learned = task.model.ngrams.table.detach().abs().sum(1).nonzero()[:, 0].tolist()
    assert set(learned) == seen - {0}


def test_a_sample_is_read_beside_others_as_alone():
    task = taught(task_of(ngrams=3))
    sequences = [task._sequences[i] for i in (0, 13, 7)]
    lengths = [len(s) for s in sequences]
    steps = task.model.steps(torch.nn.utils.rnn.pad_sequence(sequences))
    for b, sequence in enumerate(sequences):
        assert torch.equal(steps[: lengths[b], b], task.model.steps(sequence[:, None])[:, 0])


def test_dropout_leaves_n_grams_out_in_training_alone():
    torch.manual_seed(0)
    table = NGrams(2, 1, dropout=0.25)
    with torch.no_grad():
        table.table[1:] = 1
    x = torch.randint(2, 90, (50, 40))
    sums = table(x)[1:]
    assert set(sums.flatten().tolist()) <= {0.0, 1.0}
    assert 0.7 < sums.mean() < 0.8
    assert (table.eval()(x)[1:] == 1).all()


# ---- kept with the run


def test_a_model_that_is_read_again_says_the_same_bits():
    task = taught(task_of(ngrams=3))
    again, table = classify.load(task.serialise()), task.samples.table
    assert again.model.ngrams.longest == 3
    assert again.predict(table).equals(task._trained.predict(table))
    assert again.embed(table).equals(task._trained.embed(table))


def test_a_file_from_before_there_were_n_grams_is_read():
    task = taught(task_of())
    data, table = task.serialise(), task.samples.table
    metadata = read_metadata(data)
    assert metadata.pop("ngrams") == "1"
    old = classify.load(safetensors.torch.save(safetensors.torch.load(data), metadata))
    assert old.predict(table).equals(task._trained.predict(table))


def run_of(folder, **values):
    config = Config.of("classify").replaced({"steps": 4, "hidden": 6, "embedding": 5, "flow.watch": False, **values})
    session = begin(config, folder, Given(memory=pl.DataFrame(TEXTS)))
    session.train(listen=lambda event: None)
    return session.task.model


def test_n_grams_come_with_an_encoder_and_are_frozen_with_it(tmp_path):
    first = run_of(tmp_path / "first", ngrams=3)
    started = task_of(encoder=str(tmp_path / "first"))
    assert torch.equal(started.model.ngrams.table, first.ngrams.table)
    kept = run_of(tmp_path / "kept", encoder=str(tmp_path / "first"), freeze=True, ngrams=3)
    assert torch.equal(kept.ngrams.table, first.ngrams.table)
    going_on = run_of(tmp_path / "going_on", encoder=str(tmp_path / "first"))
    assert not torch.equal(going_on.ngrams.table, first.ngrams.table)


def test_n_grams_that_an_encoder_has_not_learned_are_refused(tmp_path):
    run_of(tmp_path / "first")
    with pytest.raises(OptionError, match=r"classify\.ngrams is 3.*was trained with 1: leave classify\.ngrams out"):
        task_of(encoder=str(tmp_path / "first"), ngrams=3)


def test_n_grams_of_series_are_refused():
    series = {f"x{n}": np.arange(40.0) for n in range(3)} | {"label": ["p", "q"] * 20}
    with pytest.raises(OptionError, match=r"classify\.ngrams \(2\) are of texts"):
        task_of(series, ngrams=2)
