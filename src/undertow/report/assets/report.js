"use strict";
// Draws the charts, switches layers and colours, fills the tables and copies. Everything it needs is in the page.
(() => {
  const { shared, charts } = JSON.parse(document.getElementById("numbers").textContent);
  for (const chart of Object.values(charts)) // some have the numbers of another
    if (typeof chart.table === "string") chart.table = charts[chart.table].table;
  const root = document.documentElement;
  const drawn = new Map();

  // Writing numbers: what "@name" in a chart's option stands for.

  const superscript = (n) => [...String(n)].map((c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]).join("");
  const minus = (text) => text.replace("-", "−");
  const number = (v) => {
    if (v === null || v === undefined || v === "" || Number.isNaN(v)) return "–";
    if (typeof v !== "number") return String(v);
    if (v !== 0 && (Math.abs(v) < 1e-3 || Math.abs(v) >= 1e7)) {
      const [digits, exponent] = v.toExponential(1).split("e");
      return `${minus(digits)}×10${superscript(Number(exponent))}`;
    }
    return minus(v.toLocaleString("en", { maximumSignificantDigits: Math.abs(v) >= 1000 ? 7 : 4 }));
  };
  const power = (v) => {
    const exponent = Math.round(Math.log10(v));
    return exponent >= -2 && exponent <= 3 ? String(10 ** exponent) : "10" + superscript(exponent);
  };
  const percent = (v) => (typeof v === "number" ? number(100 * v) + "%" : "–");
  const from = (text) => text.split("–")[0];
  const formats = { number, power, percent, from };

  const ends = (low, high, bins) => (_, index) => (index === 0 ? minus(low) : index === bins - 1 ? minus(high) : "");
  const heat = (columns, rows) => ({ data: [x, y, v] }) => {
    const size = v === null ? "no gradient" : `${number(10 ** v)} times the last step's`;
    return `step ${number(rows[x][0])}, ${columns[y + 1]}<br><b>${size}</b>`;
  };
  const plain = (text) => String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const share = (columns, rows) => ({ data: [x, y, v] }) =>
    `${plain(columns[y + 1])}, ${plain(columns[0])} ${plain(rows[x][0])}<br><b>${percent(v)}</b>`;
  // A point's whole row; what is not there is left out.
  const told = (columns) => ({ value }) => {
    if (!Array.isArray(value)) return "";
    const shown = columns.map((name, n) => [name, value[n]]).filter(([, v]) => v !== null && v !== undefined && v !== "");
    const entries = shown.map(([name, v]) => `<dt>${plain(name)}</dt><dd>${plain(number(v))}</dd>`).join("");
    return `<dl class="told${shown.length > 14 ? " long" : ""}">${entries}</dl>`;
  };
  formats.whole = (v) => (Number.isInteger(v) ? number(v) : "");
  formats.named = ({ value: [, v, name] }) => `${name}: ${number(v)}`;
  formats.cell = ({ data: [, , v] }) => (v ? percent(v) : "");

  // Options: names of colours and of functions become colours and functions.

  const isPlain = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  const together = (below, above) => {
    const made = { ...below };
    for (const [key, part] of Object.entries(above))
      made[key] = isPlain(part) && isPlain(made[key]) ? together(made[key], part) : part;
    return made;
  };

  function resolved(value, table, colours) {
    if (Array.isArray(value)) return value.map((part) => resolved(part, table, colours));
    if (value !== null && typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, resolved(part, table, colours)]));
    if (typeof value !== "string") return value;
    if (value.startsWith("var(")) return colours.getPropertyValue(value.slice(4, -1)).trim();
    if (value === "@heat") return heat(table.columns, table.rows);
    if (value === "@row") return told(table.columns);
    if (value === "@share") return share(table.columns, table.rows);
    if (value.startsWith("@ends:")) {
      const [low, high, bins] = value.split(":").slice(1);
      return ends(low, high, Number(bins));
    }
    if (value.startsWith("@") && value.slice(1) in formats) return formats[value.slice(1)];
    return value;
  }

  function optionOf({ option, table }) {
    const made = resolved(together(shared, option), table, getComputedStyle(root));
    const logarithmic = made.yAxis.type === "log";
    const rows = logarithmic ? table.rows.map((row) => row.map((v, n) => (n && !(v > 0) ? null : v))) : table.rows;
    for (const series of made.series) {
      if (series.where) {
        const [column, ...values] = series.where;
        series.data = table.rows.filter((row) => values.includes(row[column]));
      }
      if (series.matrix) series.data = table.rows.flatMap((row, x) => row.slice(1).map((v, y) => [x, y, v]));
    }
    const named = ({ value }) => `${table.columns[0]}: ${number(value)}`;
    made.xAxis.axisPointer = { label: { formatter: named } };
    if (!made.series.some((series) => series.matrix)) made.dataset = { source: rows, sourceHeader: false };
    return made;
  }

  // Drawing: what can be seen, and again when colours or widths change.

  function draw(place) {
    if (!place.clientWidth) return;
    let chart = drawn.get(place);
    if (!chart) {
      chart = echarts.init(place, null, { renderer: "svg" });
      drawn.set(place, chart);
      sizes.observe(place);
    }
    const hidden = [...place.parentElement.querySelectorAll('[data-curve][aria-pressed="false"]')];
    const option = optionOf(charts[place.dataset.chart]);
    option.legend.selected = Object.fromEntries(hidden.map((button) => [button.dataset.curve, false]));
    chart.setOption(option, { notMerge: true });
  }
  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) if (target.clientWidth) drawn.get(target).resize();
  });
  const drawAll = (again) => {
    for (const place of document.querySelectorAll("[data-chart]")) if (again || !drawn.has(place)) draw(place);
  };

  // Legends: a click hides a curve, another shows it again.

  for (const button of document.querySelectorAll("[data-curve]")) {
    button.addEventListener("click", () => {
      const shown = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(shown));
      const chart = drawn.get(button.closest("figure").querySelector("[data-chart]"));
      chart.dispatchAction({ type: shown ? "legendSelect" : "legendUnSelect", name: button.dataset.curve });
    });
  }

  // Colours: the system's, or the reader's choice.

  const choices = document.querySelectorAll("[data-theme-choice]");
  function choose(theme) {
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
    for (const button of choices) button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
    drawAll(true);
  }
  for (const button of choices) button.addEventListener("click", () => choose(button.dataset.themeChoice));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(true));

  // Tabs: arrows, Home and End, as in the ARIA authoring practices.

  const tabs = [...document.querySelectorAll('[role="tab"]')];
  function select(tab) {
    for (const other of tabs) {
      const chosen = other === tab;
      other.setAttribute("aria-selected", String(chosen));
      other.tabIndex = chosen ? 0 : -1;
      document.getElementById(other.getAttribute("aria-controls")).hidden = !chosen;
    }
    drawAll(false);
  }
  tabs.forEach((tab, at) => {
    tab.addEventListener("click", () => select(tab));
    tab.addEventListener("keydown", (event) => {
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const next = tabs[(to + tabs.length) % tabs.length];
      select(next);
      next.focus();
    });
  });

  // Tables and copying.

  function fill(place) {
    if (place.firstChild) return;
    const { columns, rows } = charts[place.dataset.table].table;
    const row = (cells, name) => {
      const line = document.createElement("tr");
      for (const cell of cells) line.appendChild(document.createElement(name)).textContent = cell ?? "–";
      return line;
    };
    const table = document.createElement("table");
    table.appendChild(document.createElement("thead")).appendChild(row(columns, "th"));
    table.appendChild(document.createElement("tbody")).append(...rows.map((cells) => row(cells, "td")));
    place.appendChild(table);
  }
  for (const details of document.querySelectorAll("details.numbers"))
    details.addEventListener("toggle", () => details.open && fill(details.querySelector("[data-table]")));

  const separated = ({ columns, rows }) => [columns, ...rows].map((row) => row.map((v) => v ?? "").join("\t")).join("\n");

  async function copied(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Not allowed, or not there for a page from a file: the old way.
      const area = document.createElement("textarea");
      area.value = text;
      area.className = "hidden";
      document.body.appendChild(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  }
  for (const button of document.querySelectorAll("[data-copy], [data-copy-table]")) {
    button.addEventListener("click", async () => {
      const { copy, copyTable } = button.dataset;
      const done = await copied(copyTable ? separated(charts[copyTable].table) : copy);
      button.focus();
      button.textContent = done ? "copied" : "not allowed";
      document.getElementById("said").textContent = done ? "copied" : "the browser does not allow copying";
      setTimeout(() => (button.textContent = "copy"), 1500);
    });
  }

  // On paper every layer is shown, and every remedy.

  const panels = [...document.querySelectorAll('[role="tabpanel"]')];
  addEventListener("beforeprint", () => {
    for (const panel of panels) panel.hidden = false;
    for (const remedy of document.querySelectorAll("details.remedy")) remedy.open = true;
    drawAll(false);
    // Paper is narrower than the window, and is not waited for: pictures shrink as a whole.
    for (const [place, chart] of drawn) {
      place.querySelector("svg").setAttribute("viewBox", `0 0 ${chart.getWidth()} ${chart.getHeight()}`);
    }
  });
  addEventListener("afterprint", () => tabs.length && select(tabs.find((tab) => tab.tabIndex === 0)));

  drawAll(false);
})();
