"""Words are for people: whatever they are, verdicts, levels, figures and remedies are the same."""

import ast
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load, save

import undertow
from flow.watches import WATCHES, workers
from undertow import reasons
from undertow.flow import Facts, Finding, Glance, judge
from undertow.flow.finding import Verdict
from undertow.flow.schedule import at
from undertow.forms import MisfitError
from undertow.reasons import Reason, Why, read

#: Words that say nothing, and words that would say everything at once to a program that read them.
WORDS = [
    "",
    "zyx",
    "no backward pass was examined at step 98 of sample 97 (NaN), infinite, warning: vanishing, not fine",
]
CLIPPED = {"training.clip_norm": 0.01, "training.learning_rate": 0.01, "clipping.gradient_norm": 3.0}
FACTS = (
    Facts(), Facts(config={"training.window": 1}), Facts(config={"training.window": 0}),
    Facts(clipped=0.9, config=CLIPPED), Facts(diverged="the loss was no number any more at update 3"),
)  # fmt: skip


def bones(verdict: Verdict):
    """A verdict without its words."""
    kept = [(f.place, f.kind, f.level, dict(f.figures), [r.name for r in f.remedies]) for f in verdict.findings]
    changes = [(r.name, dict(r.config)) for r in verdict.remedies]
    return kept, changes, verdict.step, verdict.reach, verdict.level


def judged(watch):
    return [bones(watch.judged(facts)) for facts in FACTS]


def reword(monkeypatch, words):
    """Every reason, and every text that is made of it or beside it, says ``words`` instead."""
    monkeypatch.setattr(reasons, "worded", lambda reason: words)
    made = Finding.__init__

    def init(self, layer, direction, kind, level, text, *rest, **named):
        made(self, layer, direction, kind, level, words, *rest, **named)

    def init_by_name(self, *given, **named):
        made(self, *given, **named | {"text": words}) if "text" in named else init(self, *given, **named)

    monkeypatch.setattr(Finding, "__init__", init_by_name)


@pytest.fixture(scope="module")
def straight():
    """What is said of each watch in our own words."""
    return {name: judged(make()) for name, make in WATCHES.items()}


@pytest.mark.parametrize("words", WORDS)
def test_reworded_messages_change_no_verdict(straight, monkeypatch, words):
    reword(monkeypatch, words)
    for name, make in WATCHES.items():
        watch = make()
        assert judged(watch) == straight[name], name
        assert {f.text for f in watch.verdict.findings} == {words}
        assert {text for glance in watch.history for text in glance.unavailable.values()} <= {words}
    kinds = {finding[1] for said in straight.values() for verdict in said for finding in verdict[0]}
    assert kinds >= {
        "reaches", "vanishing", "exploding", "diverged", "saturated", "dead units", "clipped away", "step by step",
        "window too short", "input not finite", "gradient not finite", "input out of scale", "too little data",
        "not available",
    }  # fmt: skip


def test_every_kind_of_reason_is_brought_about_by_a_watch_or_a_cell():
    """Those that the watches here lack have a test of their own in test_not_seen."""
    found = set()
    for make in WATCHES.values():
        watch = make()
        found |= {r.kind for glance in watch.history for r in glance.reasons.values()}
        found |= {r.kind for r in watch.unseen().values()}
    rare = {Why.OTHER, Why.PROJECTED, Why.NO_SQUARE_MATRIX, Why.NO_GRADIENT, Why.NOT_RECORDED, Why.NOT_PLAIN}
    hidden = {Why.REVERSE_STATISTICS}  # the other direction is seen
    assert found | rare | hidden == set(Why)


# ---- files


def written(watch):
    """Lines of ``flow.jsonl``, as another process reads them: of the history, and what was unseen."""
    lines = json.loads(json.dumps([glance.line() for glance in watch.history]))
    return lines, {layer: json.loads(json.dumps([str(r), r.plain()])) for layer, r in watch.unseen().items()}


@pytest.mark.parametrize("words", [None, *WORDS])
def test_files_say_the_same_whatever_their_words(monkeypatch, words):
    if words is not None:
        monkeypatch.setattr(reasons, "worded", lambda reason: words)
    for name, make in WATCHES.items():
        watch = make()
        bare = bones(judge(watch.history, unseen=watch.unseen()))
        lines, unseen = written(watch)
        history = [Glance.of(line) for line in lines]
        assert [glance.line() for glance in history] == lines
        assert bones(judge(history, unseen={n: read(plain, text) for n, (text, plain) in unseen.items()})) == bare, name


def as_before(lines):
    """Lines as they were when they had words alone."""
    return [{key: value for key, value in line.items() if key != "why"} for line in lines]


def test_files_with_words_alone_are_judged_and_shown_as_they_were(monkeypatch):
    for name, make in WATCHES.items():
        watch = make()
        expected = judge(watch.history, unseen=watch.unseen())
        lines, unseen = written(watch)
        history = [Glance.of(line) for line in as_before(lines)]
        assert [g.unavailable for g in history] == [g.unavailable for g in watch.history]
        assert judge(history, unseen={n: read(None, text) for n, (text, _) in unseen.items()}) == expected, name
        with monkeypatch.context() as patch:
            patch.setattr(reasons, "_WORDS", dict.fromkeys(Why, "zyx"))
            assert judge(history, unseen={n: read(None, text) for n, (text, _) in unseen.items()}) == expected, name


#: As versions wrote them that had words alone. These never change, whatever our words become.
OLD = {
    "no window was examined": Why.NOT_EXAMINED,
    "no window of two steps or more was examined": Why.NOT_EXAMINED,
    "windows of one step have no step before": Why.ONE_STEP,
    "no backward pass was recorded": Why.NOT_RECORDED,
    "no gradient flowed": Why.NO_GRADIENT,
    "values of the layer itself are not numbers (NaN)": Why.NOT_NUMBERS,
    "the gradient of a probe is infinite": Why.PROBE_INFINITE,
    "x is not finite": Why.INPUT_NOT_FINITE,
    "x is not finite at step 3 of sample 1 (counted from 0)": Why.INPUT_NOT_FINITE,
    "samples depend on each other where batches are normalised at every step": Why.BATCH_STATISTICS,
    "cell 'plain' has no gate with a function": Why.NO_GATES,
    "cell 'plain' declares no forget gate between 0 and 1": Why.NO_FORGET_GATE,
    "the layer has no square recurrent matrix": Why.NO_SQUARE_MATRIX,
    "where the output is projected (proj_size) gradients are not split by way": Why.PROJECTED,
    "no backward pass went through this layer while it was watched": Why.NO_BACKWARD,
    "gradients that are batched (is_grads_batched=True) go by unseen": Why.BATCHED,
    "gradients that are differentiated again (create_graph=True) go past the kernels": Why.PAST_THE_KERNELS,
    "a call whose operations are traced, or whose tensors are not plain, goes by unseen": Why.NOT_PLAIN,
    "torch's own kernels do not show what flows inside; use backend='reference'": Why.OTHERS_KERNELS,
    "the reverse direction of a layer with statistics of each step is not watched": Why.REVERSE_STATISTICS,
    "a cell of the moon": Why.OTHER,
}


@pytest.mark.parametrize("text", OLD)
def test_old_words_are_read(text):
    found = read(None, text)
    assert (found.kind, str(found)) == (OLD[text], text)
    if "sample" in text and "step 3" in text:
        assert (found.step, found.sample) == (3, 1)
    if "cell 'plain'" in text:
        assert found.cell == "plain"


def test_old_words_cover_every_kind():
    assert set(OLD.values()) == set(Why)


@pytest.mark.parametrize("kind", Why)
def test_plain_and_back(kind):
    for reason in (Reason(kind), Reason(kind, 3, 0), Reason(kind, cell="plain"), Reason(kind, said="old words")):
        assert read(json.loads(json.dumps(reason.plain())), "other words") == reason


def test_a_kind_of_another_version_is_shown_in_its_words():
    found = read({"kind": "phase of the moon", "phase": "full"}, "the moon is full")
    assert (found.kind, str(found), found.too_little) == (Why.OTHER, "the moon is full", False)
    assert str(read({"kind": "phase of the moon"})) == "phase of the moon"


@pytest.mark.parametrize("plain", [3, {}, {"kind": 3}, {"kind": "one step", "step": "7"}, {"kind": "other", "said": 1}])
def test_what_is_no_reason(plain):
    with pytest.raises(MisfitError):
        read(plain, "words")


# ---- checkpoints


def restored(state):
    watch = undertow.watch(undertow.LSTM(3, 16), reach=5, examine=at([0]))
    watch.restore(load(save(state)))
    return watch


def before(state):
    """A state as it was when reasons were the names of tensors."""
    found = dict(state)
    for name in [name for name in state if name.endswith("/why")]:
        for quantity, plain in json.loads(found.pop(name).numpy().tobytes()).items():
            found[f"{name.removesuffix('why')}refused/{quantity}/{read(plain)}"] = torch.tensor(1.0)
    return found


def test_reasons_survive_a_checkpoint_as_values(monkeypatch):
    _, ill = workers()
    state, expected = ill.state(), bones(ill.verdict)
    assert "lstm.0/forward/why" in state
    assert not any("refused" in name for name in state)
    with monkeypatch.context() as patch:
        patch.setattr(reasons, "worded", lambda reason: "zyx")
        assert bones(restored(state).verdict) == expected


def test_a_checkpoint_of_today_is_read():
    _, ill = workers()
    state = before(ill.state())
    assert "lstm.0/forward/refused/input/x is not finite at step 7 of sample 2 (counted from 0)" in state
    assert "lstm.0/forward/refused/gates/values of the layer itself are not numbers (NaN)" in state
    watch, expected = restored(state), ill.verdict
    assert (bones(watch.verdict), str(watch.verdict)) == (bones(expected), str(expected))
    assert watch.verdict.findings[0].figures == {"x at step": 7, "of sample": 2, "seen at": 1}


@pytest.mark.parametrize("value", [
    torch.tensor(1.0), torch.zeros(2, 2, dtype=torch.uint8), torch.tensor([255], dtype=torch.uint8),
    torch.tensor(list(b'{"input": 3}'), dtype=torch.uint8), torch.tensor(list(b"["), dtype=torch.uint8),
])  # fmt: skip
def test_forged_reasons_are_refused(value):
    _, ill = workers()
    with pytest.raises(MisfitError, match=r"^has .* of the gradient"):
        restored(ill.state() | {"lstm.0/forward/why": value})


def test_merged_reasons_are_those_of_whoever_has_them():
    """The first one's own count where both have some."""
    well, ill = workers()
    well.merge(ill)
    assert well.verdict.findings[0].kind == "input not finite"
    one, other = workers()[1], workers()[1]
    eye = other._eyes["lstm.0", 0]
    eye.refusals["input"] = replace(eye.refusals["input"], step=30)
    one.take_in(other.state())
    assert one.verdict.findings[0].figures["x at step"] == 7


# ---- the source

#: What takes a text apart, and where that is no reading of words: a number in a layer's name, the names that sums have
#: in files, and the one reader of remedies in files that have code alone.
TAKEN_APART = {
    "startswith", "endswith", "removeprefix", "removesuffix", "partition", "rpartition", "split", "rsplit", "find",
    "index", "search", "match", "fullmatch", "findall", "finditer",
}  # fmt: skip
KNOWN = {
    ("remedies.py", "startswith"), ("verdict.py", "rpartition"), ("verdict.py", "index"), ("watching.py", "split"),
    ("watching.py", "index"), ("eye.py", "split"), ("quantity.py", "split"), ("quantity.py", "removesuffix"),
}  # fmt: skip


def test_nothing_in_the_flow_takes_words_apart():
    folder = Path(undertow.__file__).parent / "flow"
    found = {
        (path.name, node.func.attr)
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in TAKEN_APART
    }
    assert found == KNOWN
