"""Charts of a search show the numbers of search.json: each against the file's own, computed another way."""

import itertools
import statistics

import pytest

from report.synthetic_search import STEPS, make_search, outcome
from undertow.report.read import Absent
from undertow.report.search import genealogy, genes, population, progress, read, tradeoffs
from undertow.report.search.every import every_trial, front
from undertow.report.search.winner import changes, final_rows, measured


def column(chart, name):
    at = list(chart.table.columns).index(name)
    return [row[at] for row in chart.table.rows]


def rows_of(data, method):
    return [(one["seed"], row) for one in data["searches"] if one["method"] == method for row in one["trials"]]


def best_by(data, method, seed, spent, better=min):
    found = [r["values"][0] for s, r in rows_of(data, method) if s == seed and r["values"] and r["spent"] <= spent]
    return better(found) if found else None


@pytest.mark.parametrize(("sought", "better"), [("loss", min), ("horizon,loss", max)])
def test_best_so_far_is_the_mean_over_seeds_of_the_best_by_then(tmp_path, sought, better):
    data = outcome(seeds=3, trials=12, population=4, sought=sought, fails=0.1)
    chart = progress.best_so_far(read(make_search(tmp_path, data)))
    curve = dict(zip(column(chart, "trainings spent"), column(chart, "genetic: mean of the best"), strict=True))
    least, width = column(chart, "genetic: least"), column(chart, "genetic: most less least")
    ends = [max(r["spent"] for s, r in rows_of(data, "genetic") if s == seed) for seed in range(3)]
    checked = 0
    for at, (x, y) in enumerate(curve.items()):
        found = [best_by(data, "genetic", seed, x * STEPS, better) for seed in range(3)]
        if None in found or x * STEPS > min(ends):
            assert y is None
            continue
        assert y == pytest.approx(statistics.fmean(found))
        assert (least[at], least[at] + width[at]) == pytest.approx((min(found), max(found)))
        checked += 1
    assert checked > 5
    known = [y for y in curve.values() if y is not None]
    assert known == sorted(known, reverse=better is min)


def test_one_seed_has_a_line_and_no_band(tmp_path):
    chart = progress.best_so_far(read(make_search(tmp_path, outcome(seeds=1, trials=8, population=4))))
    assert chart.table.columns == ["trainings spent", "genetic", "TPE", "random"]
    assert [s["name"] for s in chart.option["series"]] == ["genetic", "TPE", "random"]
    assert "luck" in chart.note


def test_an_exhausted_search_keeps_its_best_and_another_ends_where_it_stands(tmp_path):
    data = outcome(seeds=1, trials=10, population=5)
    for one in data["searches"][:2]:
        one["trials"] = one["trials"][:4]
    data["searches"][0]["exhausted"] = True
    chart = progress.best_so_far(read(make_search(tmp_path, data)))
    assert column(chart, "genetic")[-1] == best_by(data, "genetic", 0, 1e9)
    assert column(chart, "TPE")[-1] is None


def test_importance_is_sorted_and_without_it_the_reason_is_told(tmp_path):
    data = outcome(trials=20)
    chart = genes.importance(read(make_search(tmp_path / "a", data)))
    values = column(chart, "importance")
    assert values == sorted(data["importance"].values(), reverse=True)
    assert column(chart, "gene")[:2] == ["cell", "learning_rate"]
    few = genes.importance(read(make_search(tmp_path / "b", outcome(seeds=1, trials=4, population=2))))
    assert isinstance(few, Absent)
    assert "fewer than 20" in few.reason


def test_population_has_every_genome_of_the_genetic_search(tmp_path):
    data = outcome(seeds=2, trials=20, population=5, fails=0.2)
    chart = population.population(read(make_search(tmp_path, data)))
    rows = [(r["generation"], r["values"][0]) for _, r in rows_of(data, "genetic") if r["values"]]
    assert sorted(zip(column(chart, "generation"), column(chart, "loss"), strict=True)) == sorted(rows)
    for generation, best, middle in zip(
        column(chart, "generation"), column(chart, "best of its generation"), column(chart, "median"), strict=True
    ):
        own = [v for g, v in rows if g == generation]
        assert best == min(own)
        assert middle == pytest.approx(statistics.median(own))


def test_genes_that_do_not_count_never_seem_to_act(tmp_path):
    data = outcome(seeds=1, trials=30, population=10)
    search = read(make_search(tmp_path, data))
    for chart in (population.population(search), every_trial(search)):
        keys = list(zip(column(chart, "method"), column(chart, "trial"), strict=True))
        rates = dict(zip(keys, column(chart, "momentum"), strict=True))
        names = {"genetic": "genetic", "tpe": "TPE", "random": "random"}
        told = {(names[m], r["number"]): r for m in names for _, r in rows_of(data, m)}
        idle = [key for key in keys if "training.momentum" not in told[key]["counts"]]
        assert idle
        assert {rates[key] for key in idle} == {None}
        assert all(rates[key] == told[key]["genes"]["training.momentum"] for key in keys if key not in idle)
    chart = genes.values(search, "training.momentum")
    counted = [r for _, r in rows_of(data, "genetic") if "training.momentum" in r["counts"]]
    assert len(chart.table.rows) == len(counted)
    chart = genes.choices(search, "model.forget_bias")
    first = [r for _, r in rows_of(data, "genetic") if r["generation"] == 0]
    assert column(chart, "does not count")[0] == sum(r["genes"]["model.cell"] != "lstm" for r in first) / len(first)


def test_shares_of_choices_are_those_of_the_generation_and_add_up(tmp_path):
    data = outcome(seeds=2, trials=30, population=10)
    chart = genes.choices(read(make_search(tmp_path, data)), "model.cell")
    for generation, *shares in chart.table.rows:
        own = [r["genes"]["model.cell"] for _, r in rows_of(data, "genetic") if r["generation"] == int(generation)]
        assert sum(shares) == pytest.approx(1)
        assert shares[:3] == [own.count(cell) / len(own) for cell in ("gru", "lstm", "rnn")]


def test_more_choices_than_colours_are_put_together(tmp_path):
    data = outcome(seeds=1, trials=30, population=10)
    for n, (_, row) in enumerate(rows_of(data, "genetic")):
        row["genes"]["model.cell"] = f"cell{n % 9}"
    search = read(make_search(tmp_path, data))
    chart = genes.choices(search, "model.cell")
    assert "others" in chart.table.columns
    assert all(sum(shares) == pytest.approx(1) for _, *shares in chart.table.rows)
    kinds = [s["name"] for s in population.population(search).option["series"] if s["type"] == "scatter"]
    assert len(kinds) == 6
    assert kinds[-1] == "others"


def by_hand(data):
    """The winner and its ancestors, by walking up from each trial again and again until nothing is added."""
    winner = data["winner"]
    rows = {r["number"]: r for s, r in rows_of(data, "genetic") if s == winner["seed"]}
    line = {winner["number"]}
    while (more := line | {p for n in line for p in rows[n]["parents"]}) != line:
        line = more
    return rows, line


def test_genealogy_is_the_winner_and_all_it_descends_from(tmp_path):
    data = outcome(seeds=2)
    chart = genealogy.genealogy(read(make_search(tmp_path, data)))
    rows, line = by_hand(data)
    parts = dict(zip(column(chart, "trial"), column(chart, "part in it"), strict=True))
    assert {n for n, part in parts.items() if part != "other"} == line
    assert [n for n, part in parts.items() if part == "winner"] == [data["winner"]["number"]]
    assert set(parts) == set(rows)
    (graph,) = (s for s in chart.option["series"] if s["type"] == "graph")
    drawn = [n for n, part in parts.items() if part in graph["where"]]  # the script numbers them in this order
    links = {(drawn[link["source"]], drawn[link["target"]]) for link in graph["links"]}
    assert links == {(p, n) for n in line for p in rows[n]["parents"]}
    assert len(line) > 5


def test_a_child_is_told_from_whom_its_genes_are(tmp_path):
    data = outcome(seeds=1)
    rows = {r["number"]: r for _, r in rows_of(data, "genetic")}
    winner = rows[data["winner"]["number"]]
    mother, father = list(rows.values())[:2]
    winner |= {"generation": 3, "parents": [mother["number"], father["number"]]}
    winner["genes"] = dict(mother["genes"])
    for row, batch, rate, optimizer in ((mother, 16, 0.01, "sgd"), (father, 32, 0.02, "sgd"), (winner, 32, 0.5, "sgd")):
        row["genes"] |= {"training.batch": batch, "training.learning_rate": rate, "training.optimizer": optimizer}
    winner["counts"] = ["training.batch", "training.learning_rate", "training.optimizer"]
    chart = genealogy.genealogy(read(make_search(tmp_path, data)))
    at = column(chart, "part in it").index("winner")
    assert column(chart, "parents")[at] == f"{mother['number']} × {father['number']}"
    assert column(chart, "from the first")[at] is None
    assert column(chart, "from the second")[at] == "batch 32"
    assert column(chart, "new")[at] == "learning_rate 0.5 (was 0.01 or 0.02)"


def test_the_line_of_descent_goes_by_the_better_parent(tmp_path):
    data = outcome(seeds=1)
    steps = genealogy.descent(read(make_search(tmp_path, data)))
    rows, _ = by_hand(data)
    at, line = data["winner"]["number"], []
    while True:
        line.append(at)
        if not rows[at]["parents"]:
            break
        at = min(rows[at]["parents"], key=lambda n: rows[n]["values"][0])
    assert steps.count("<tr>") == 1 + len(line)
    places = [steps.index(f"<td>{n}</td>") for n in line[::-1]]
    assert places == sorted(places)


def test_parents_that_are_gone_or_go_round_in_circles_end_it(tmp_path):
    data = outcome(seeds=1)
    rows, line = by_hand(data)
    eldest = rows[min(line)]
    eldest["parents"] = [data["winner"]["number"], 10_000]
    search = read(make_search(tmp_path, data))
    assert genealogy.genealogy(search).table.rows
    assert not isinstance(genealogy.descent(search), Absent)


def test_the_front_is_that_of_all_searches(tmp_path):
    data = outcome(seeds=2, trials=30, population=10, sought="loss,parameters,horizon", fails=0.1)
    search = read(make_search(tmp_path, data))
    every = [tuple(r["values"]) for one in data["searches"] for r in one["trials"] if r["values"]]

    def beaten(a):
        return any(b != a and b[0] <= a[0] and b[1] <= a[1] and b[2] >= a[2] for b in every)

    assert {tuple(t.values) for t in front(search)} == {v for v in every if not beaten(v)}
    charts = tradeoffs.pairs(search)
    assert [c.title for c in charts] == [
        f"{y} against {x}" for x, y in itertools.combinations(["loss", "parameters", "horizon (steps)"], 2)
    ]
    marked = [
        tuple(row[1:4])
        for row, on in zip(charts[0].table.rows, column(charts[0], "on the front"), strict=True)
        if on == "yes"
    ]
    assert sorted(marked) == sorted(tuple(t.values) for t in front(search))


def test_the_winner_is_told_with_its_changes_and_every_seed(tmp_path):
    data = outcome(seeds=1, trials=20, population=5)
    search = read(make_search(tmp_path, data))
    assert "<td>lstm</td><td>gru</td>" in changes(search)
    told = final_rows(search)
    for row in data["final"]["rows"]:
        assert ", ".join(f"{v:#.4g}" for v in row["loss"]) in told
        assert f"{statistics.fmean(t['accuracy'] for t in row['test']):#.4g}" in told
    found = [tuple(row) for row in measured(search).table.rows]
    assert found == [(t["accuracy"], row["name"]) for row in data["final"]["rows"] for t in row["test"]]
