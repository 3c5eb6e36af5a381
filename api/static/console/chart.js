// A chart of counts, a bar for each day or month, drawn for the width that there is; and the same as a table.

import { fill, h, uniqueId } from "./elements.js";
import { number, plural } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 260;
const [TOP, RIGHT, BOTTOM, LEFT] = [12, 4, 26, 44];
const WIDEST = 40; // of a bar
const LABEL = { day: 62, month: 58 }; // the room that a date wants
const UTC = { timeZone: "UTC" };
const SAID = {
  day: new Intl.DateTimeFormat("en-IN", { ...UTC, weekday: "short", day: "numeric", month: "long", year: "numeric" }),
  month: new Intl.DateTimeFormat("en-IN", { ...UTC, month: "long", year: "numeric" }),
};
const PERIOD = new Intl.DateTimeFormat("en-IN", { ...UTC, day: "numeric", month: "short", year: "numeric" });
const SHORT = {
  day: new Intl.DateTimeFormat("en-IN", { ...UTC, day: "numeric", month: "short" }),
  month: new Intl.DateTimeFormat("en-IN", { ...UTC, month: "short", year: "2-digit" }),
};

/** Of what `GET /statistics` tells: a picture to point at, and a table to read. */
export function chart({ series, by, from, to, total }) {
  const said = h("p.said", { "aria-hidden": "true" });
  const frame = h(".chart");
  const named = { title: uniqueId("title"), desc: uniqueId("desc") };
  const words = `${plural(total, "document")} issued, ${PERIOD.formatRange(new Date(from), new Date(to))}`;

  function point(place) {
    for (const column of frame.querySelectorAll(".column")) column.classList.toggle("here", column.dataset.place === String(place));
    said.textContent = place === null ? words : `${SAID[by].format(new Date(series[place].date))}: ${plural(series[place].count, "document")}`;
  }

  function draw(width) {
    fill(frame, picture(series, { by, width, words, named, point }));
    point(null);
  }

  // It is told when the frame gets its width, when the window changes it, and with 0 when the frame is taken away.
  new ResizeObserver(([{ contentRect }]) => contentRect.width && draw(Math.round(contentRect.width))).observe(frame);
  return h("figure.series", {}, said, frame, table(series, by));
}

function picture(series, { by, width, words, named, point }) {
  const ticks = ticksFor(Math.max(...series.map(({ count }) => count)));
  const top = ticks.at(-1);
  const step = (width - LEFT - RIGHT) / series.length;
  const y = (count) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - count / top);
  const every = Math.ceil(LABEL[by] / step);
  const svg = s("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img", "aria-labelledby": `${named.title} ${named.desc}` });
  svg.append(
    s("title", { id: named.title }, by === "day" ? "Documents issued by day" : "Documents issued by month"),
    s("desc", { id: named.desc }, `${words}. The table below has every ${by}.`),
    ...ticks.flatMap((tick) => [
      s("line", { class: tick ? "grid" : "ground", x1: LEFT, x2: width - RIGHT, y1: y(tick), y2: y(tick) }),
      s("text", { class: "tick", x: LEFT - 10, y: y(tick), dy: "0.32em", "text-anchor": "end" }, number(tick)),
    ]),
  );
  const thick = Math.max(Math.min(step * 0.72, WIDEST), 1);
  series.forEach(({ date, count }, place) => {
    const middle = LEFT + step * (place + 0.5);
    if (count) svg.append(s("path", { class: "column", "data-place": place, d: outline(middle - thick / 2, y(count), thick, y(0)) }));
    if (place % every === 0 && middle + LABEL[by] / 2 <= width) {
      svg.append(s("text", { class: "tick", x: middle, y: HEIGHT - 6, "text-anchor": "middle" }, SHORT[by].format(new Date(date))));
    }
    const area = s("rect", { class: "area", x: LEFT + step * place, y: TOP, width: step, height: HEIGHT - TOP - BOTTOM });
    area.addEventListener("pointerenter", () => point(place));
    svg.append(area);
  });
  svg.addEventListener("pointerleave", () => point(null));
  return svg;
}

/** A bar with a round head, as far as there is room for one. */
function outline(x, top, width, bottom) {
  const round = Math.min(3, width / 2, bottom - top);
  return `M${x} ${bottom}V${top + round}q0 ${-round} ${round} ${-round}h${width - 2 * round}q${round} 0 ${round} ${round}V${bottom}z`;
}

/** 0 and some whole numbers at even steps, the last of them no less than `most`. */
function ticksFor(most) {
  const rough = Math.max(most, 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= rough && Number.isInteger(each));
  return Array.from({ length: Math.ceil(Math.max(most, 1) / step) + 1 }, (_, place) => place * step);
}

function table(series, by) {
  const rows = series.map(({ date, count }) => h("tr", {}, h("th", { scope: "row" }, SAID[by].format(new Date(date))), h("td.figure", {}, number(count))));
  const head = h("tr", {}, h("th", { scope: "col" }, by === "day" ? "Day" : "Month"), h("th.figure", { scope: "col" }, "Documents"));
  return h("details", {}, h("summary", {}, "The same as a table"), h(".scroll", {}, h("table", {}, h("thead", {}, head), h("tbody", {}, rows))));
}

function s(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}
