// How much was issued: a period, its days or months as a chart, and what it is made of.

import { chart } from "./chart.js";
import { oneOf } from "./controls.js";
import { announce, fill, h, uniqueId } from "./elements.js";
import { Problem, get, me } from "./server.js";
import { all, labels } from "./templates.js";
import { humanise, number, plural } from "./words.js";

const PERIODS = [
  ["30 days", 30],
  ["90 days", 90],
  ["12 months", 365],
];
const MOST_DAYS = 120; // more of them are too thin to look at: then by month

export async function showStatistics(page, from, to, isCurrent) {
  const [known, spas] = await Promise.all([labels(), all("/spas?limit=200")]);
  const first = dateInput("From", from ?? "", ask);
  const last = dateInput("To", to ?? "", ask);
  const usual = PERIODS.map(([words, days]) => radio(words, () => choose(lastDays(days, today))));
  const kind = oneOf("Kind", "All kinds", [...known.kinds], null, ask);
  const spa = oneOf("Spa", "All spas", spas.map(({ id, name }) => [id, name]), null, ask);
  const fault = h("p.notice.wrong", { role: "alert", hidden: true });
  const found = h(".statistics");
  let today = iso(new Date());
  let turn = 0;

  function choose(period) {
    first.input.value = period.from;
    last.input.value = period.to;
    return ask();
  }

  function ask() {
    const period = { from: first.input.value, to: last.input.value };
    return show({ ...period, by: daysOf(period) > MOST_DAYS ? "month" : "day" });
  }

  async function show(period) {
    const query = new URLSearchParams(period);
    for (const [name, value] of [["kind", kind.read()], ["spa_id", spa.read()]]) if (value) query.set(name, value);
    const mine = (turn += 1);
    found.classList.add("busy");
    try {
      const statistics = await get(`/statistics?${query}`);
      if (mine !== turn || !isCurrent()) return;
      fill(found, views(statistics, known));
      fault.hidden = true;
      if (!period.to) today = statistics.to;
      say(statistics);
      announce(`${plural(statistics.total, "document")} issued`);
    } catch (error) {
      if (mine !== turn || !isCurrent()) return;
      if (error instanceof Problem && error.status === 401) return;
      fault.hidden = false;
      fault.textContent = error.faults?.[0]?.detail ?? error.message;
    } finally {
      if (mine === turn) found.classList.remove("busy");
    }
  }

  /** The period that is shown, as the chooser and the address say it; the view is not built anew for that. */
  function say({ from: begin, to: end }) {
    first.input.value = begin;
    last.input.value = end;
    PERIODS.forEach(([, days], place) => (usual[place].input.checked = begin === lastDays(days, today).from && end === today));
    history.replaceState(null, "", `#/statistics/${begin}/${end}`);
  }

  fill(
    page,
    h(
      "header.head",
      {},
      h("div", {}, h("h1", {}, "Statistics"), h("p.lead", {}, me().role === "user" ? "What you have issued." : "What everybody has issued.")),
    ),
    h(
      ".chooser",
      {},
      h("fieldset.ways", {}, h("legend.unseen", {}, "Period"), usual.map(({ element }) => element)),
      first.element,
      last.element,
      kind.element,
      spa.element,
    ),
    fault,
    found,
  );
  // The server knows what day it is where documents are issued.
  await (from ? ask() : show({}));
}

function views(statistics, known) {
  const { total, states, series, by, kinds, spas } = statistics;
  const most = series.reduce((best, point) => (point.count > best.count ? point : best));
  const counters = [
    ["Issued", number(total)],
    ["Valid", number(states.valid)],
    ["Revoked", number(states.revoked)],
    states.superseded ? ["Superseded", number(states.superseded)] : null,
    states.erased ? ["Erased", number(states.erased)] : null,
    most.count ? [`Most in a ${by}`, number(most.count)] : null,
  ].filter(Boolean);
  return [
    h(
      "section.panel.broad",
      { "aria-label": by === "day" ? "Issued by day" : "Issued by month" },
      h("dl.counters", {}, counters.map(([name, value]) => h("div", {}, h("dd", {}, value), h("dt", {}, name)))),
      chart(statistics),
    ),
    h("section.panel", {}, h("h2", {}, "By kind"), shares(kinds.map(({ kind, count }) => [known.kinds.get(kind) ?? humanise(kind), count]), total)),
    h("section.panel", {}, h("h2", {}, "By spa"), shares(spas.map(({ spa, count }) => [spa?.name ?? "Without a spa", count]), total)),
  ];
}

/** Names with their counts, and bars as long as their parts of the whole. */
function shares(rows, total) {
  if (!rows.length) return h("p.about", {}, "Nothing was issued in this period.");
  return h(
    "ol.shares",
    {},
    rows.map(([name, count]) => {
      const part = h("span", { "aria-hidden": "true" });
      part.style.inlineSize = `${(100 * count) / total}%`;
      return h("li", {}, h("span.name", { dir: "auto" }, name), h("span.figure", {}, number(count)), h("span.part", {}, part));
    }),
  );
}

const GROUP = "period";

function radio(words, onchange) {
  const input = h("input", { type: "radio", name: GROUP, onchange });
  return { input, element: h("label", {}, input, h("span", {}, words)) };
}

function dateInput(words, value, onchange) {
  const id = uniqueId("day");
  const input = h("input", { id, type: "date", required: true, value, onchange });
  return { input, element: h(".day", {}, h("label", { for: id }, words), input) };
}

function lastDays(many, today) {
  const begin = new Date(today);
  begin.setUTCDate(begin.getUTCDate() - many + 1);
  return { from: begin.toISOString().slice(0, 10), to: today };
}

const iso = (day) => [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
const daysOf = ({ from, to }) => (new Date(to) - new Date(from)) / 86_400_000 + 1;
