"""The page: complete, escaped, small, closed to the network; and what is absent is told with its reason."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from importlib import resources

import pytest
import tomlkit

from report.synthetic import flow_lines, make, measurement, verdict, write_flow
from undertow.errors import RunError
from undertow.report import write
from undertow.report.markup import Html, tag
from undertow.report.numbers import aligned, evenly, figure, finite, percent, rounded, telling
from undertow.report.read import read
from undertow.report.verdict import headline
from undertow.runs import RunFolder

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


class Page(HTMLParser):
    """Elements, their attributes and texts, and whether every element is closed in its place."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict]] = []
        self.scripts: list[str] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")
        if tag not in ("meta", "link", "br", "hr"):
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open and self._open[-1] == "script":
            self.scripts[-1] += data
        elif "style" not in self._open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, name: str, **having: str) -> list[dict]:
        return [a for n, a in self.elements if n == name and having.items() <= a.items()]

    @property
    def numbers(self) -> dict:
        """The charts; those that have the numbers of another with these."""
        charts = json.loads(self.scripts[0])["charts"]
        for chart in charts.values():
            if isinstance(chart["table"], str):
                chart["table"] = charts[chart["table"]]["table"]
        return charts

    @property
    def absences(self) -> list[str]:
        return re.findall(r"Not available because .*?\.(?= |$)", self.text)


def page_of(run: RunFolder) -> Page:
    file = write(run.path)
    assert file == run.report_file
    return Page(file.read_text(encoding="utf-8"))


@pytest.fixture
def run(tmp_path):
    return make(tmp_path / "run", measurements=12, steps=40)


def test_a_full_run_has_everything_and_nothing_absent(run):
    page = page_of(run)
    assert page.absences == []
    for title in (
        "Loss over training",
        "Size of the gradient", "Clipped updates", "Gradient by step over training", "Lag profile",
        "Horizon over training", "Pascanu's Ω", "Paths of the gradient", "Activations of the gates",
        "Saturation over training", "Forget half lives (gate f)", "Recurrent matrices", "Loss by remedy", "What to try",
        "BRUTUS:", "config.toml",
    ):  # fmt: skip
        assert title in page.text, title
    charts = page.all("div", role="img")
    assert len(charts) == 17
    assert {c["data-chart"] for c in charts} == set(page.numbers)
    assert all(len(c["aria-label"]) > 20 for c in charts)


def test_verdict_stands_on_top_in_words(run):
    page = page_of(run)
    horizon = [e for e in run.flow_events() if e["event"] == "flow"][-1]["quantities"]["horizon"]["steps"]
    sentence = f"Reaches {horizon} of 50 steps; the gradient falls by a factor"
    assert sentence in page.text
    assert page.text.index(sentence) < page.text.index("Loss over training")
    copies = [b["data-copy"] for b in page.all("button") if "data-copy" in b]
    assert '[model]\ninit = "chrono"\nmemory = 50' in copies
    assert "undertow.LSTM(64, 128, init='chrono', memory=50)" in copies
    assert run.config_file.read_text() in copies


def test_the_last_verdict_counts(run):
    first, second = verdict(measurement(1, 0, "r", "forward", 9)), verdict(measurement(2, 0, "r", "forward", 9))
    first["findings"][0]["text"] = "old news"
    second["findings"] = [{"kind": "reaches", "level": "fine", "text": "reaches all"}]
    write_flow(run, [measurement(1, 0, "r", "forward", 9), first, second])
    page = page_of(run)
    assert "Reaches all." in page.text
    assert "old news" not in page.text


@pytest.mark.parametrize(("levels", "told", "tone"), [
    (("open", "alarm", "fine"), "b.", "bad"),
    (("fine", "open", "fine"), "b.", "open"),
    (("fine", "fine", "fine"), "a.", "good"),
    (("open", "not judged", "fine"), "a.", "open"),
    (("fine", "not judged", "not judged"), "a.", "good"),
    (("not judged", "not judged", "not judged"), "bits/char on held-out data", "open"),
    ((None, "no such level", "fine"), "a.", "open"),
])  # fmt: skip
def test_the_worst_finding_is_the_headline(run, levels, told, tone):
    """What could not be judged is told below; what has no level that we know is open."""
    judged = verdict(measurement(2, 0, "r", "forward", 9))
    judged["findings"] = [
        {"kind": "not available", "level": "open", "text": text}
        if level == "not judged"
        else {"kind": "reaches", "level": level, "text": text}
        for text, level in zip("abc", levels, strict=True)
    ]
    write_flow(run, [measurement(1, 0, "r", "forward", 9), judged])
    sentence, found = headline(read(run.path))
    assert (told in sentence.lower(), found) == (True, tone), sentence


def test_layers_and_directions_are_tabs_the_worst_layer_is_the_headline(tmp_path):
    run = make(tmp_path / "run", layers=2, directions=2, measurements=3, steps=60)
    page = page_of(run)
    panels = page.all("div", role="tabpanel")
    assert [p["id"] for p in panels] == [t["aria-controls"] for t in page.all("button", role="tab")]
    assert re.search(r"recurrent.0 recurrent.0 \(reverse\) recurrent.1 recurrent.1 \(reverse\)", page.text)
    assert ["hidden" in p for p in panels] == [False, True, True, True]
    horizons = {
        (e["layer"], e["direction"]): e["quantities"]["horizon"]["steps"]
        for e in run.flow_events()
        if e["event"] == "flow"
    }
    (layer, direction), steps = min(horizons.items(), key=lambda item: item[1])
    title = layer if direction == "forward" else f"{layer} ({direction})"
    assert f"{title}: reaches {steps} of 50 steps" in page.text
    assert page.text.count("sets forget biases") == 1  # one remedy for all layers is told once


def test_without_flow_and_samples_the_rest_is_there(run):
    for file in (run.flow_file, run.samples_file, run.remedy_file):
        file.unlink()
    page = page_of(run)
    assert "Loss over training" in page.text
    assert "bits/char on held-out data after 2,000 steps; the gradient was not judged." in page.text
    assert set(page.absences) == {
        "Not available because the run has no flow.jsonl: gradient flow was not recorded while it trained.",
        "Not available because the run has no samples.txt: it wrote no samples.",
        "Not available because the run has no remedy.json: no remedies were tried on it.",
    }
    assert len(page.all("div", role="img")) == 3


def test_the_figure_on_top_is_the_task_s_own_by_its_name(run):
    same = {"event": "evaluate", "part": "validation", "figure": "accuracy", "loss": 0.1}
    lines = [{**same, "step": 9 + n, "accuracy": a} for n, a in enumerate((0.75, 0.5))]
    run.metrics_file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert "validation, accuracy 0.5 best 0.75" in page_of(run).text
    run.flow_file.unlink()
    assert "0.5 accuracy on held-out data after" in page_of(run).text


def test_a_run_that_has_only_begun(tmp_path):
    import tomlkit

    page = page_of(RunFolder.create(tmp_path / "new", tomlkit.parse('task = "text"\n'), {}))
    assert "metrics.jsonl has no line of training yet" in page.text
    assert page.all("div", role="img") == []


def test_what_was_not_measured_has_its_reason(run):
    line = measurement(1, 0, "r", "forward", 9)
    del line["quantities"]["paths"], line["quantities"]["omega"]
    line["quantities"]["half_life"] = None
    line["unavailable"] = {"paths": "the vendor's kernel keeps no gates.", "half_life": "the cell has no forget gate"}
    write_flow(run, [line])
    absences = page_of(run).absences
    assert "Not available because the vendor's kernel keeps no gates." in absences
    assert "Not available because the cell has no forget gate." in absences
    assert "Not available because no measurement in flow.jsonl has it." in absences
    assert "Not available because flow.jsonl has no verdict on this layer." in absences
    assert absences.count("Not available because it takes two measurements, and there are fewer.") == 1


def test_older_lines_help_out_and_it_is_said(run):
    lines = [measurement(n, 0, "r", "forward", 9) for n in (10, 20)]
    del lines[1]["quantities"]["lag_profile"]
    write_flow(run, lines)
    page = page_of(run)
    assert page.text.count("As of step 10: later measurements don't have it.") == 1


@pytest.mark.parametrize(
    "quantity", ["gradient", "lag_profile", "horizon", "gates", "half_life", "matrices", "omega", "paths"]
)
@pytest.mark.parametrize("record", [{"other": 1}, [1, 2], "text", 7])
def test_a_record_in_another_form_is_an_absence(run, quantity, record):
    lines = [measurement(n, 0, "r", "forward", 9) for n in (10, 20)]
    for line in lines:
        line["quantities"][quantity] = record
    write_flow(run, lines)
    assert any("its record" in reason for reason in page_of(run).absences)


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ({"hidden": 9, "layers": 1}, "gru, 9 units"),
        ({"hidden": 9, "layers": 3, "widths": ""}, "gru, 3 layers of 9 units"),
        ({"hidden": 9, "layers": 1, "widths": "6, 4"}, "gru, layers of 6, 4 units"),
        ({"hidden": 9, "layers": 1, "widths": "5,5"}, "gru, 2 layers of 5 units"),
        ({"hidden": 9, "layers": 1, "widths": "5"}, "gru, 5 units"),
    ],
)
def test_the_layers_are_told_by_their_widths(tmp_path, model, told):
    made = RunFolder.create(
        tmp_path / "run", tomlkit.document() | {"task": "text", "model": {"cell": "gru", **model}}, {}
    )
    assert f" {told} run " in page_of(made).text


def test_a_half_written_last_line_is_left_out(run):
    before = page_of(run).numbers
    with run.flow_file.open("a") as file:
        file.write('{"event": "flow", "step": 99')
    assert page_of(run).numbers == before


def test_values_from_files_are_escaped(tmp_path):
    document = tomlkit.document()
    document["task"], document["model"] = EVIL, {"cell": EVIL, "hidden": EVIL}
    document["text"] = {"data": EVIL}
    run = RunFolder.create(tmp_path / "a<b>&'c", document, {})
    run.record({"event": "evaluate", "step": 1, "part": EVIL, "unit": EVIL, "bits": 1.0})
    run.record({"event": "train", "step": 1, "unit": EVIL, "bits": 1.0, "gradient_norm": 1.0})
    run.keep_sample(EVIL, EVIL)
    line = measurement(1, 0, EVIL, EVIL, 9)
    quantities = line["quantities"]
    for part in (quantities["gates"], quantities["matrices"], quantities["paths"]["by_gate"]):
        part[EVIL] = part.pop("f")
    quantities["lag_profile"][EVIL] = quantities["lag_profile"]["c"]
    quantities["gradient"]["total"][EVIL] = quantities["gradient"]["total"]["c"]
    del quantities["omega"]
    line["unavailable"] = {"omega": EVIL}
    judged = verdict(line)
    judged["findings"][0] |= {"kind": EVIL, "text": EVIL, "figures": {EVIL: EVIL}}
    judged["findings"][0]["remedies"][0] |= {"name": EVIL, "why": EVIL, "config": {"model.init": EVIL}, "code": EVIL}
    write_flow(run, [line, judged])
    row = {"name": EVIL, "config": {"a.b": EVIL}, "loss": [1.0], "failed": [EVIL]}
    run.remedy_file.write_text(json.dumps({"rows": [row], "winner": EVIL, "text": EVIL, "config_file": EVIL}))
    page = page_of(run)
    assert len(page.scripts) == 3
    assert page.all("img") == []
    assert page.text.count("<script>alert(1)</script>") > 15
    assert not [a for _, attributes in page.elements for a in attributes if a.startswith("on")]
    assert any(EVIL in name for name in page.numbers["c4"]["table"]["columns"] + [page.text])


def test_only_its_own_scripts_may_run_and_nothing_is_fetched(run):
    page = page_of(run)
    (policy,) = (m["content"] for m in page.all("meta", **{"http-equiv": "Content-Security-Policy"}))
    hashes = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in page.scripts[1:]]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules.pop("script-src") == " ".join(f"'sha256-{h}'" for h in hashes)
    assert rules == {
        "default-src": "'none'", "style-src": "'unsafe-inline'", "img-src": "data:", "base-uri": "'none'",
        "form-action": "'none'",
    }  # fmt: skip
    for name, attributes in page.elements:
        assert "src" not in attributes, name
        assert attributes.get("href", "#")[:5] in ("#", "data:") or attributes["href"].startswith("#"), attributes


def test_the_library_is_the_one_that_is_credited():
    source = resources.files("undertow")
    library = (source / "report" / "assets" / "echarts.min.js").read_bytes()
    assert f"`{hashlib.sha256(library).hexdigest()}`" in (source / "data" / "CREDITS.md").read_text()


def test_not_a_number_is_written_as_none(run):
    run.metrics_file.write_text(
        '{"event": "train", "step": 1, "loss": NaN, "bits": NaN, "gradient_norm": Infinity, "clipped": 1.0}\n'
        '{"event": "train", "step": 2, "loss": 1e999, "bits": 1.5, "gradient_norm": 2.0, "clipped": 1.0}\n'
        '{"event": "end", "step": 2, "reason": "diverged", "text": "the loss became nan"}\n'
    )
    page = page_of(run)
    assert page.numbers["c0"]["table"]["rows"] == [[2, 1.5]]
    assert "diverged" in page.text


def test_a_large_run_stays_under_a_megabyte_and_a_half(tmp_path):
    run = make(tmp_path / "run", layers=2, directions=2, measurements=200, steps=200)
    assert write(run.path).stat().st_size < 1_500_000
    write_flow(run, flow_lines(layers=4, directions=2, measurements=100, steps=100))
    assert write(run.path).stat().st_size < 1_600_000  # eight tabs


def test_a_report_is_made_again_the_same(run):
    first = write(run.path).read_bytes()
    assert write(run.path).read_bytes() == first


def test_what_is_no_run_is_told(tmp_path, run):
    with pytest.raises(RunError, match="there is no run folder"):
        write(tmp_path / "nowhere")
    run.remedy_file.write_text("{")
    with pytest.raises(RunError, match=r"remedy\.json is not JSON"):
        write(run.path)


def test_markup():
    assert tag("p.a.b", "1 < 2", Html("<b>x</b>"), None, of={"id": 'q"', "hidden": True, "x": None, "y": False}) == (
        '<p class="a b" id="q&quot;" hidden>1 &lt; 2<b>x</b></p>'
    )
    assert tag("meta", of={"charset": "utf-8"}) == '<meta charset="utf-8">'


def test_numbers():
    assert [figure(v) for v in (None, 3, 12345, -0.21, 0.00012, 1234.5, "x")] == [
        "–", "3", "12,345", "−0.21", "0.00012", "1,234", "x",
    ]  # fmt: skip
    assert [percent(v) for v in (None, 0, 0.0001, 0.02, 0.5, 1)] == ["–", "0%", "<0.1%", "2%", "50%", "100%"]
    assert [aligned(v) for v in (1.5, 12.345678, 1234.0)] == ["1.500", "12.35", "1234"]
    assert [telling(v) for v in ([1.5, 1.5], [0.0012, 0.0013], [0.69312, 0.69314], [1.0, 1.0 + 1e-12], [])] == [
        4, 4, 5, 8, 4,
    ]  # fmt: skip
    assert aligned(0.69312, 5) == "0.69312"
    assert [rounded(v) for v in (0.123456, 123456.0, 0.0, 7, None)] == [0.1235, 123500.0, 0.0, 7, None]
    assert finite({"a": [float("nan"), 1.0, {"b": float("inf")}]}) == {"a": [None, 1.0, {"b": None}]}
    assert evenly(range(100), 4) == [0, 33, 66, 99]
    assert evenly([1, 2], 5) == [1, 2]
