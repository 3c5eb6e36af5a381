// What a document looks like with the values so far. Asks at most one question at a time, and the latest.

import { fill, h, icon, set } from "./elements.js";
import { remarks } from "./remarks.js";
import { Problem, ask } from "./server.js";

const PATIENCE = 300; // milliseconds without a key stroke
const MAX_DPI = 160;

/**
 * `size` is the page's in mm. `onFaults` hears of values that cannot be drawn, and of none when all can. `fieldAt` gives the
 * field of a pointer, as a form does.
 */
export function livePreview(path, [width, height], { onFaults, fieldAt }) {
  const image = h("img", { alt: "Preview of the document", hidden: true });
  const sheet = h(".sheet", {}, image);
  sheet.style.aspectRatio = `${width} / ${height}`;
  const words = h("p.under", { role: "status" });
  const turn = (step, name, label) =>
    h("button.icon-only", { type: "button", "aria-label": label, onclick: () => leaf(step) }, icon(name));
  const [before, after] = [turn(-1, "back", "Previous page"), turn(1, "next", "Next page")];
  const place = h("span");
  const pager = h(".pager", { hidden: true }, before, place, after);
  const notes = remarks(fieldAt);
  const element = h(".shown", {}, h("figure.preview", {}, sheet, h("figcaption", {}, words, pager)), notes.element);
  element.style.setProperty("--ratio", width / height);

  let wanted = null;
  let page = 1;
  let pages = 1;
  let timer = null;
  let asking = null;
  let address = null;

  function draw(item) {
    wanted = item;
    clearTimeout(timer);
    timer = setTimeout(fetchImage, image.hidden ? 0 : PATIENCE);
  }

  function leaf(step) {
    page = Math.min(pages, Math.max(1, page + step));
    fetchImage();
  }

  async function fetchImage() {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    const body = JSON.stringify(wanted);
    const isSample = !Object.keys(wanted.values).length;
    const post = (query, accept) =>
      ask(`${path}?${query}`, {
        method: "POST",
        signal,
        body,
        headers: { "Content-Type": "application/json", Accept: `${accept}, application/problem+json` },
      });
    sheet.classList.add("busy");
    try {
      const response = await post(`format=png&dpi=${dpi()}&page=${page}`, "image/png");
      const picture = await response.blob();
      if (signal.aborted) return;
      pages = Number(response.headers.get("X-Pages")) || 1;
      show(picture);
      say("");
      onFaults([]);
      const report = Number(response.headers.get("X-Warnings")) ? await (await post("format=json", "application/json")).json() : null;
      if (!signal.aborted) notes.show(report?.warnings ?? [], { isSample });
    } catch (error) {
      if (!signal.aborted) refuse(error);
    } finally {
      if (!signal.aborted) sheet.classList.remove("busy");
    }
  }

  function refuse(error) {
    const faults = error instanceof Problem ? error.faults : [];
    if (faults.some(({ code }) => code === "no_such_page") && page > 1) {
      page = 1;
      fetchImage();
      return;
    }
    onFaults(faults);
    notes.show([]);
    const others = faults.filter(({ pointer }) => !pointer.startsWith("/values/"));
    say(faults.length ? others.map(({ detail }) => detail).join(" ") || "Drawn again as soon as every field can be." : error.message);
  }

  function show(picture) {
    const old = address;
    address = URL.createObjectURL(picture);
    image.src = address;
    image.hidden = false;
    if (old) URL.revokeObjectURL(old);
    pager.hidden = pages < 2;
    place.textContent = `Page ${page} of ${pages}`;
    set(before, { disabled: page <= 1 });
    set(after, { disabled: page >= pages });
  }

  function say(text) {
    fill(words, text ? [icon("warning"), text] : "A preview: nothing is stored until it is issued.");
    words.classList.toggle("wrong", Boolean(text));
  }

  /** As many dots as the screen shows, in steps, so that a small change of the window asks for the same picture. */
  function dpi() {
    const across = (sheet.clientWidth || 480) * (devicePixelRatio || 1);
    return Math.min(MAX_DPI, Math.max(40, Math.ceil(across / (width / 25.4) / 10) * 10));
  }

  say("");
  return {
    element,
    draw,
    stop() {
      clearTimeout(timer);
      asking?.abort();
      if (address) URL.revokeObjectURL(address);
    },
  };
}
