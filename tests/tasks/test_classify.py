"""Classification: pooling against slow twins, figures against scikit-learn; what is split, learned and kept."""

import itertools
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import safetensors.torch
import torch
from hypothesis import given, settings, strategies as st
from rich.cells import cell_len
from sklearn import metrics

from undertow.errors import DataError, OptionError, RunError
from undertow.storage import read_metadata, seal
from undertow.tables.table import read_table, table_of
from undertow.tasks import classify
from undertow.tasks.base import Setup
from undertow.tasks.classify.model import Pooling, SequenceClassifier
from undertow.tasks.classify.options import POOLINGS, ClassifyOptions
from undertow.tasks.classify.reading import read_samples
from undertow.tasks.classify.scoring import calibration, confusion, figures, per_class, summary
from undertow.tasks.given import Given
from undertow.tasks.model_options import ModelOptions
from undertow.words import visible

SMALL = ModelOptions(hidden=6, embedding=5)


def task_of(frame, model=SMALL, batch=8, seed=0, **own):
    torch.manual_seed(seed)
    return classify.prepare(
        Setup(ClassifyOptions(**own), model, batch, seed=seed, given=Given(memory=pl.DataFrame(frame)))
    )


def words(count=60, seed=0):
    """Words of a and b, told apart by whether two b stand together."""
    rng = np.random.default_rng(seed)
    texts = sorted({"".join(rng.choice(["a", "b"], 7 + n % 2 * 2, p=[0.7, 0.3])) for n in range(3 * count)})[:count]
    return {"text": texts, "label": ["B" if "bb" in t else "A" for t in texts]}


# ---- the model


@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("kind", POOLINGS)
def test_pooling_equals_its_slow_twin_sample_by_sample(kind, directions):
    """Each sample alone, without padding, by the formula as it is written."""
    torch.manual_seed(0)
    width, lengths = 6, torch.tensor([4, 1, 7])
    pool = Pooling(kind, width, bidirectional=directions == 2)
    outputs = torch.randn(7, 3, width)
    pooled = pool(outputs, lengths)
    for b, length in enumerate(lengths.tolist()):
        h = outputs[:length, b]
        match kind:
            case "last":
                half = width // 2
                expected = torch.cat([h[-1, :half], h[0, half:]]) if directions == 2 else h[-1]
            case "mean":
                expected = h.mean(0)
            case "max":
                expected = h.max(0).values
            case _:
                scores = torch.stack([pool.score(torch.tanh(pool.hidden(step)))[0] for step in h])
                expected = sum(w * step for w, step in zip(scores.softmax(0), h, strict=True))
        assert torch.allclose(pooled[b], expected, atol=1e-6)


@pytest.mark.parametrize("symbols", [True, False])
@pytest.mark.parametrize("kind", POOLINGS)
@torch.no_grad()
def test_what_stands_in_padding_changes_nothing(kind, symbols):
    torch.manual_seed(1)
    model = SequenceClassifier(SMALL, 9 if symbols else 2, 3, symbols=symbols, pooling=kind, bidirectional=True).eval()
    lengths = torch.tensor([5, 2, 3])
    x = torch.randint(2, 9, (5, 3)) if symbols else torch.randn(5, 3, 2)
    other = x.clone()
    for b, length in enumerate(lengths.tolist()):
        other[length:, b] = 7 if symbols else 1e3
    alone = torch.cat([model(x[:n, b : b + 1], torch.tensor([n])) for b, n in enumerate(lengths.tolist())])
    assert torch.equal(model(x, lengths), model(other, lengths))
    assert torch.allclose(model(x, lengths), alone, atol=1e-5)


def test_attention_weighs_the_steps_there_are():
    torch.manual_seed(0)
    weights = Pooling("attention", 4, bidirectional=False).weights(torch.randn(6, 2, 4), torch.tensor([6, 2]))
    assert torch.allclose(weights.sum(0), torch.ones(2))
    assert (weights[2:, 1] == 0).all()
    assert (weights[:2, 1] > 0).all()


# ---- figures


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 5), st.integers(1, 40), st.integers(0, 2**31))
def test_figures_equal_scikit_learns(classes, count, seed):
    rng = np.random.default_rng(seed)
    truth = rng.integers(classes, size=count)
    probabilities = rng.dirichlet(np.ones(classes), size=count)
    said, names = probabilities.argmax(1), np.arange(classes)
    matrix = confusion(truth, said, classes)
    assert np.array_equal(matrix, metrics.confusion_matrix(truth, said, labels=names))
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(truth, said, labels=names, zero_division=0)
    found = per_class(matrix)
    for key, expected in (("precision", precision), ("recall", recall), ("f1", f1)):
        assert np.allclose(found[key], expected)
    whole = figures(probabilities, truth)
    assert whole["accuracy"] == pytest.approx(metrics.accuracy_score(truth, said))
    assert whole["loss"] == pytest.approx(metrics.log_loss(truth, probabilities, labels=names))
    there = np.unique(truth)
    assert whole["macro_f1"] == pytest.approx(
        metrics.f1_score(truth, said, labels=there, average="macro", zero_division=0)
    )
    assert whole["majority"] == pytest.approx(np.bincount(truth).max() / count)


def test_calibration_by_hand():
    """Two bins: 0.65 sure and half right, 0.95 sure and always right, with 2 and 3 of 5 samples."""
    sure = np.array([0.61, 0.69, 0.95, 0.95, 0.95])
    bins, error = calibration(sure, np.array([True, False, True, True, True]))
    assert [(round(b["sure"], 6), b["right"], b["count"]) for b in bins] == [(0.65, 0.5, 2), (0.95, 1.0, 3)]
    assert error == pytest.approx(2 / 5 * 0.15 + 3 / 5 * 0.05)


def test_a_probability_of_zero_is_an_infinite_loss_no_more():
    assert np.isfinite(figures(np.array([[1.0, 0.0]]), np.array([1]))["loss"])


def test_summary_names_the_commonest_mistake():
    matrix = np.array([[5, 3], [1, 7]])
    truth = np.repeat([0, 0, 1, 1], [5, 3, 1, 7])
    probabilities = np.eye(2)[np.repeat([0, 1, 0, 1], [5, 3, 1, 7])]
    lines = summary(figures(probabilities, truth), matrix, ["cat", "dog"])
    assert lines[0] == "accuracy 0.7500 over 16 samples (always the commonest class: 0.5000)"
    assert lines[-1] == "most often wrong: cat taken for dog, 3 times"
    assert [line.split() for line in lines[3:5]] == [
        ["cat", "0.8333", "0.6250", "0.7143", "8"],
        ["dog", "0.7000", "0.8750", "0.7778", "8"],
    ]


LABELS = ["cat", "漢字漢字", "e\N{COMBINING ACUTE ACCENT}", "a\x1b[2J", "\u202egnp.exe", "two\nlines"]


def test_the_columns_of_a_summary_stand_under_each_other_whatever_the_labels():
    """By what a terminal shows of them."""
    matrix = np.eye(6, dtype=int) * 7
    matrix[3, 5] = 2
    lines = summary(figures(np.eye(6), np.arange(6)), matrix, LABELS)
    head, rows, last = lines[2], lines[3:-1], lines[-1]
    assert len(rows) == 6
    ends = {cell_len(visible(line)) for line in [head, *rows]}
    assert len(ends) == 1
    assert [row.split()[0] for row in rows] == [
        "cat",
        "漢字漢字",
        LABELS[2],
        "a\\x1b[2J",
        "\\u202egnp.exe",
        "two\\nlines",
    ]
    assert last == "most often wrong: a\\x1b[2J taken for two\\nlines, 2 times"


# ---- the task


def test_it_learns():
    """By two letters that stand together somewhere, which no letter tells by itself."""
    task = task_of(words(120), ModelOptions(hidden=12, embedding=4), validation=0.2, test=0.0)
    optimizer = torch.optim.Adam(task.model.parameters(), 0.02)
    for epoch in range(20):
        for piece in task.plan(epoch):
            optimizer.zero_grad()
            task.loss(piece, None).loss.backward()
            optimizer.step()
    assert task.evaluate("train")["accuracy"] > 0.95
    assert task.evaluate("validation")["accuracy"] > 0.85


def with_gaps(count=80, seed=0):
    """Series that are 3 all over; in those of class ``gap`` a step is not there, somewhere before the end."""
    rng = np.random.default_rng(seed)
    values = np.full((count, 9), 3.0)
    values[np.arange(0, count, 2), rng.integers(8, size=count // 2)] = np.nan
    return {f"x{n}": values[:, n] for n in range(9)} | {"g": np.arange(count), "label": ["gap", "whole"] * (count // 2)}


def test_that_something_is_missing_is_learned():
    """Nothing else tells the classes apart: filled with the mean, all series are equal."""
    frame = with_gaps()
    own = {"group": "g", "series": ",".join(f"x{n}" for n in range(9)), "validation": 0.2, "test": 0.0}
    task = task_of(frame, ModelOptions(hidden=8), **own)
    assert any(line == "missing: 40 of 720 values; the model is told where, in a channel of its own"
               for line in task.describe())  # fmt: skip
    optimizer = torch.optim.Adam(task.model.parameters(), 0.02)
    for epoch in range(30):
        for piece in task.plan(epoch):
            optimizer.zero_grad()
            task.loss(piece, None).loss.backward()
            optimizer.step()
    assert task.evaluate("validation")["accuracy"] == 1.0
    again = classify.load(task.serialise())
    assert again.predict(table_of(with_gaps(20, seed=1)))["label"].to_list() == ["gap", "whole"] * 10


def test_only_channels_with_gaps_in_training_tell_of_them():
    rng = np.random.default_rng(0)
    values = rng.normal(5, 2, (40, 6, 2))
    values[3, 2, 1] = np.nan
    frame = {"series": values.tolist(), "label": ["a", "b"] * 20}
    task = task_of(frame, validation=0.0, test=0.0)
    assert task._trained.coding.patchy == (1,)
    assert task.model.encoder.input_size == 3
    read = task._sequences[3]
    assert read[2, 1] == 0
    assert read[:, 2].tolist() == [1, 1, 0, 1, 1, 1]
    frame["series"][5][1][0] = np.nan  # of a channel that is whole in training: the mean, and nothing is told
    other = read_samples(table_of(frame), task._trained.layout, labelled=True)
    assert task._trained.coding.encode(other)[5][1].tolist() == pytest.approx([0, read_value(task, values[5, 1, 1]), 1])
    lines = classify.load(task.serialise()).evaluate(table_of(frame)).lines
    assert lines[:2] == [
        "missing: 1 of 480 values; the model is told where, in a channel of its own",
        "missing: 1 of 480 values, read as the mean: of their channel none was in training",
    ]


def read_value(task, value):
    coding = task._trained.coding
    return (value - coding.mean[1]) / coding.scale[1]


def test_a_model_that_knows_of_no_gaps_reads_them_as_the_mean():
    frame = {f"x{n}": np.random.default_rng(n).normal(n, 2, 40) for n in range(4)} | {"label": ["a", "b"] * 20}
    task = task_of(frame)
    assert not any("missing" in line for line in task.describe())
    model = classify.load(task.serialise())
    gap, mean = ({**frame, "x1": np.full(40, value)} for value in (np.nan, task._trained.coding.mean[0]))
    gap["x1"][0] = mean["x1"][0]  # a column of nothing is an error
    assert model.predict(table_of(gap)).equals(model.predict(table_of(mean)))


def test_a_file_from_before_models_were_told_of_gaps_is_read():
    task = task_of({f"x{n}": np.arange(40.0) for n in range(4)} | {"label": ["a", "b"] * 20})
    data = task.serialise()
    metadata = read_metadata(data)
    assert metadata.pop("patchy") == "[]"
    old = classify.load(safetensors.torch.save(safetensors.torch.load(data), metadata))
    assert old.coding == task._trained.coding


def test_a_pass_has_each_training_sample_once_and_depends_on_the_epoch_alone():
    task = task_of(words(), seed=3)
    for epoch in (0, 1):
        assert sorted(np.concatenate(task.plan(epoch))) == task.parts.train.tolist()
    again = task_of(words(), seed=3)
    assert [p.tolist() for p in task.plan(1)] == [p.tolist() for p in again.plan(1)]
    assert [p.tolist() for p in task.plan(0)] != [p.tolist() for p in task.plan(1)]


def test_the_loss_is_the_mean_cross_entropy():
    task = task_of(words())
    piece = task.plan(0)[0]
    measured = task.loss(piece, None)
    slow = []
    for n in piece:
        ids = task._sequences[int(n)]
        logits = task.model(ids[:, None], torch.tensor([len(ids)]))
        slow.append(-logits[0].log_softmax(-1)[task._truth[n]])
    assert measured.count == len(piece)
    assert measured.loss.item() == pytest.approx(torch.stack(slow).mean().item(), abs=1e-6)


def test_balanced_weights_give_every_class_the_same_share():
    frame = {
        "text": [f"{'ab'[n % 5 == 0]}{n}" for n in range(100)],
        "label": ["rare" if n % 5 == 0 else "often" for n in range(100)],
    }
    task = task_of(frame, class_weights="balanced")
    counts = np.bincount(task._truth[task.parts.train])
    shares = counts * task._weights.numpy()
    assert shares[0] == pytest.approx(shares[1])
    assert shares.sum() == pytest.approx(counts.sum())
    assert task_of(frame)._weights is None


def test_evaluation_uses_no_randomness_and_leaves_the_model_training():
    task = task_of(words(), ModelOptions(hidden=6, embedding=5, dropout=0.5, zoneout=0.2), symbol_dropout=0.3)
    task.model.train()
    before = torch.get_rng_state()
    assert task.evaluate("validation") == task.evaluate("validation")
    task.examine("validation")
    assert torch.equal(torch.get_rng_state(), before)
    assert task.model.training


def test_symbol_dropout_hides_symbols_in_training_alone(monkeypatch):
    task = task_of(words(), symbol_dropout=0.5)
    seen = []
    real = task.model.steps
    monkeypatch.setattr(task.model, "steps", lambda x: seen.append(x) or real(x))
    piece = task.plan(0)[0]
    task.loss(piece, None)
    x = seen[-1]
    inside = torch.arange(len(x))[:, None] < torch.from_numpy(task._lengths[piece])
    assert 0.2 < (x == 1)[inside].float().mean() < 0.8
    assert (x == 0).logical_xor(inside).all()  # padding stays padding
    task.evaluate("validation")
    assert not (seen[-1] == 1).any()


def test_what_is_learned_from_data_is_learned_from_the_training_part_alone():
    frame = {"text": [chr(0x4E00 + n) * 3 for n in range(40)], "label": ["a", "b"] * 20}
    task = task_of(frame)
    train = {task.samples.contents[i][0] for i in task.parts.train}
    assert set(task._trained.coding.tokens.symbols[4:]) == train
    numbers = {f"x{n}": np.random.default_rng(n).normal(n, 2, 40) for n in range(4)}
    task = task_of({**numbers, "label": ["a", "b"] * 20}, features=2)
    rows = task.parts.train
    steps = np.stack([numbers[f"x{n}"][rows] for n in range(4)], 1).reshape(-1, 2)
    assert np.allclose(task._trained.coding.mean, steps.mean(0))
    assert np.allclose(task._trained.coding.scale, steps.std(0))
    scaled = torch.cat([task._sequences[i] for i in rows])
    assert torch.allclose(scaled.mean(0), torch.zeros(2), atol=1e-5)


def test_adversarial_change_is_along_the_gradient_and_as_long_as_asked():
    task = task_of(words(), ModelOptions(hidden=6, embedding=5), adversarial=1.5)
    piece, changes = task.plan(0)[0], []
    real = task._cross_entropy
    task._cross_entropy = lambda steps, *others: changes.append(steps) or real(steps, *others)
    measured = task.loss(piece, None)
    clean, worse = changes
    change = (worse - clean).detach()
    inside = (torch.arange(len(clean))[:, None] < torch.from_numpy(task._lengths[piece]))[..., None]
    size = clean.detach()[inside.expand_as(clean)].square().mean().sqrt()
    assert torch.allclose(change.square().sum((0, 2)).sqrt(), 1.5 * size.expand(len(piece)), rtol=1e-4)
    assert (change.masked_select(~inside) == 0).all()
    lengths, truth = torch.from_numpy(task._lengths[piece]), torch.from_numpy(task._truth[piece])
    (gradient,) = torch.autograd.grad(real(clean, lengths, truth), clean)
    cosine = torch.nn.functional.cosine_similarity(
        change.transpose(0, 1).flatten(1), gradient.transpose(0, 1).flatten(1)
    )
    assert torch.allclose(cosine, torch.ones(len(piece)), atol=1e-4)
    assert measured.loss > real(clean, lengths, truth)  # to do harm: the changed samples are worse
    measured.loss.backward()
    assert all(p.grad is not None for p in task.model.parameters())


def test_adversarial_training_of_series_changes_no_data():
    frame = {f"x{n}": np.random.default_rng(n).normal(size=40) for n in range(4)} | {"label": ["a", "b"] * 20}
    task = task_of(frame, adversarial=2.0)
    before = [s.clone() for s in task._sequences]
    task.loss(task.plan(0)[0], None).loss.backward()
    assert all(torch.equal(a, b) for a, b in zip(before, task._sequences, strict=True))


# ---- splits


def test_equal_texts_are_never_in_two_parts_whatever_their_case():
    names = ["Anna", "anna ", "ANNA", "Otto", "otto"] + [f"n{n}" for n in range(35)]
    for seed in range(8):
        task = task_of({"name": names, "sex": ["f", "f", "f", "m", "m"] + ["f", "m"] * 17 + ["f"]}, seed=seed)
        part_of = {i: part for part, rows in task.parts.items() for i in rows.tolist()}
        assert len({part_of[i] for i in (0, 1, 2)}) == len({part_of[i] for i in (3, 4)}) == 1
        assert not any("warning" in line for line in task.describe())


def test_a_split_by_row_counts_what_stands_in_two_parts():
    frame = {"text": ["same", "other"] * 30, "label": ["a", "b"] * 30}
    told = [line for line in task_of(frame, split="row").describe() if line.startswith("warning")]
    assert told[0].startswith("warning: 6 samples of the validation part stand in the train part too")
    assert told[1].startswith("warning: 12 samples of the test part stand in the train part too")


def test_groups_are_never_in_two_parts():
    frame = {
        "x1": np.arange(60.0),
        "x2": np.arange(60.0) % 7,
        "label": ["a", "b"] * 30,
        "patient": [n // 6 for n in range(60)],
    }
    task = task_of(frame, group="patient")
    assert task._trained.layout.columns == ("x1", "x2")
    groups = [set(np.array(frame["patient"])[rows]) for _, rows in task.parts.items()]
    assert all(groups)
    assert all(not a & b for a, b in itertools.combinations(groups, 2))


def test_classes_have_their_share_of_every_part():
    frame = {"text": [f"t{n}" for n in range(200)], "label": ["rare" if n % 10 == 0 else "often" for n in range(200)]}
    task = task_of(frame)
    for _, rows in task.parts.items():
        share = np.mean([task.samples.labels[i] == "rare" for i in rows])
        assert share == pytest.approx(0.1, abs=0.06)


# ---- files


def test_a_model_says_the_same_from_its_file_alone():
    task = task_of(words(), pooling="attention", fold_case=True)
    trained = classify.load(task.serialise())
    told = trained.predict(task.samples.table)
    which, probabilities = task._probabilities("test")
    columns = told.select("probability_A", "probability_B").to_numpy()
    assert np.allclose(columns[which], probabilities)
    assert np.allclose(columns.sum(1), 1)
    assert told["label"].to_list() == [("A", "B")[n] for n in columns.argmax(1)]
    assert np.allclose(told["probability"], columns.max(1))
    assert trained.evaluate(task.samples.table).figures["accuracy"] == pytest.approx(
        np.mean([a == b for a, b in zip(told["label"], task.samples.labels, strict=True)]), abs=1e-6
    )
    vectors = trained.embed(task.samples.table)
    assert vectors.shape == (60, 2 + 12)
    for of in (told, vectors):
        assert of["row"].to_list() == list(range(60))
        assert of["text"].to_list() == task.samples.contents
    assert classify.load(task.serialise()).written() == task.serialise()


def test_symbols_never_seen_are_read_as_unknown():
    trained = classify.load(task_of(words()).serialise())
    told = trained.predict(table_of({"text": ["xyz", "qqq"]}))
    assert told["probability"][0] == told["probability"][1]


def test_another_kind_of_file_is_refused():
    task = task_of(words())
    data = task.serialise()
    head = read_metadata(data)
    assert json.loads(head["vocabulary"])[4:] == ["a", "b"]
    with pytest.raises(RunError, match="undertow-translator/1, not undertow-classifier/1"):
        classify.load(seal(data.replace(b"undertow-classifier/1", b"undertow-translator/1")))


def test_examination_has_the_surest_mistakes_with_their_lines(tmp_path):
    file = tmp_path / "words.csv"
    frame = pl.DataFrame(words())
    frame.write_csv(file)
    task = classify.prepare(Setup(ClassifyOptions(data=str(file)), SMALL, 8))
    found = task.examine("validation")
    worst = found.pictures["worst"]
    sure = [w["probability"] for w in worst]
    assert sure == sorted(sure, reverse=True)
    lines = Path(file).read_text().splitlines()
    for w in worst:
        assert lines[int(w["where"].split()[1]) - 1] == f"{w['text']},{w['truth']}"
        assert w["said"] != w["truth"]
    assert len(worst) == sum(row[1 - n] for n, row in enumerate(found.pictures["confusion"]))
    json.dumps(found.pictures, allow_nan=False)


def test_labels_that_look_like_slips_are_warned_of():
    data = words()
    task = task_of({**data, "label": ["B ", "b", "b", "Aa", *data["label"][4:]]}, validation=0.0, test=0.0)
    told = [line for line in task.describe() if line.startswith("warning")]
    assert len(told) == 2
    assert all(label in told[0] for label in ("'B '", "'B'", "'b'"))
    assert "'Aa'" not in told[0]
    assert "alone: 'B ', 'Aa' (the first: row 0" in told[1]


# ---- options


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"validation": 0.5, "test": 0.5}, "nothing to train on"),
        ({"order": "t"}, "classify.id"),
        ({"text": "a", "label": "a"}, "column 'a' is named twice, as label and as text"),
        ({"id": "a", "label": "a"}, "column 'a' is named twice, as label and as id"),
        ({"freeze": True}, "say which: classify.encoder"),
        ({"text": "a", "series": "b"}, "a text or a series"),
        ({"id": "a", "features": 2}, "a row is a step"),
        ({"pooling": "median"}, "pooling cannot be 'median'"),
    ],
)
def test_options_that_do_not_go_together(own, words):
    with pytest.raises(OptionError, match=words):
        ClassifyOptions(**own)


def test_a_part_that_is_not_there():
    with pytest.raises(DataError, match=r"no test part: classify\.test is 0"):
        task_of(words(), test=0.0).evaluate("test")


def test_reading_the_same_file_twice_gives_the_same_task(tmp_path):
    file = tmp_path / "words.tsv"
    pl.DataFrame(words()).write_csv(file, separator="\t")
    tasks = []
    for _ in range(2):
        torch.manual_seed(5)
        tasks.append(classify.prepare(Setup(ClassifyOptions(data=str(file)), SMALL, 8, seed=5)))
    assert tasks[0].digest == tasks[1].digest == read_table(file).digest
    assert tasks[0].serialise() == tasks[1].serialise()
