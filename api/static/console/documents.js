// Every document the caller may see, newest first, looked for by name or number.

import { oneOf } from "./controls.js";
import { announce, fill, h, icon, uniqueId } from "./elements.js";
import { Problem, get, me } from "./server.js";
import { all, labels } from "./templates.js";
import { day, humanise, number, plural } from "./words.js";

const LIMIT = 25;
const PAUSE = 200; // ms without a letter, before it is looked for

export async function showDocuments(page, written, isCurrent) {
  const [known, spas] = await Promise.all([labels(), all("/spas?limit=200")]);
  const seesAll = me().role !== "user";
  const listing = seesAll ? "/certificates" : `/certificates/user/${me().user_id}`;
  const asked = new URLSearchParams(written ?? "");
  const search = h("input", { id: uniqueId("search"), type: "search", value: asked.get("q") ?? "", autocomplete: "off", "data-first": true, oninput: soon });
  const kind = oneOf("Kind", "All kinds", [...known.kinds], asked.get("kind"), ask);
  const spa = oneOf("Spa", "All spas", spas.map(({ id, name }) => [id, name]), asked.get("spa_id"), ask);
  const note = h("p.about", { role: "status" });
  const found = h(".found");
  let turn = 0;
  let timer = null;

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  }

  function ask() {
    return show(new URLSearchParams([["q", search.value.trim()], ["kind", kind.read()], ["spa_id", spa.read()]].filter(([, value]) => value)));
  }

  /** A page; where no name begins like what was written, those that sound like it. */
  async function show(query, cursor = null) {
    const mine = (turn += 1);
    found.classList.add("busy");
    try {
      let answer = await load(query, cursor);
      const similar = new URLSearchParams(query);
      if (!answer.items.length && !cursor && query.has("q") && !query.has("match")) {
        similar.set("match", "similar");
        answer = await load(similar, cursor);
      }
      if (mine !== turn || !isCurrent()) return;
      const used = answer.items.length ? similar : query;
      history.replaceState(null, "", `#/documents${query.size ? `?${query}` : ""}`);
      fill(found, answer.items.length ? view(answer, used) : nothing(query));
      note.textContent = said(answer, used);
      announce(note.textContent || plural(answer.items.length, "document"));
    } catch (error) {
      if (mine !== turn || !isCurrent() || (error instanceof Problem && error.status === 401)) return;
      note.textContent = error.faults?.[0]?.detail ?? error.message;
    } finally {
      if (mine === turn) found.classList.remove("busy");
    }
  }

  function load(query, cursor) {
    const wanted = new URLSearchParams(query);
    wanted.set("limit", LIMIT);
    if (cursor) wanted.set("cursor", cursor);
    else wanted.set("count", "true");
    return get(`${listing}?${wanted}`);
  }

  function view({ items, next, previous }, query) {
    const turnTo = (words, name, cursor) =>
      h("button", { type: "button", disabled: !cursor, onclick: () => show(query, cursor) }, name === "back" ? icon(name) : null, words, name === "next" ? icon(name) : null);
    return [
      h(
        ".scroll",
        {},
        h(
          "table.items",
          {},
          h("thead", {}, h("tr", {}, ["Name", "Kind", "Number", "Spa", seesAll ? "By" : null, "Issued"].filter(Boolean).map((name) => h("th", { scope: "col" }, name)))),
          h("tbody", {}, items.map(row)),
        ),
      ),
      previous || next ? h("nav.pager", { "aria-label": "Pages" }, turnTo("Newer", "back", previous), turnTo("Older", "next", next)) : null,
    ];
  }

  function row(document_) {
    return h(
      "tr",
      {},
      h(
        "td",
        {},
        h("a", { href: `#/certificates/${document_.id}`, dir: "auto" }, document_.recipient_name),
        document_.state === "valid" ? null : h("span.state.failed", {}, humanise(document_.state)),
      ),
      h("td", {}, known.kinds.get(document_.kind) ?? humanise(document_.kind)),
      h("td.figure", {}, document_.number),
      h("td", {}, document_.spa?.name ?? ""),
      seesAll ? h("td", {}, document_.user.name) : null,
      h("td.figure", {}, day(document_.issued_at)),
    );
  }

  fill(
    page,
    h("header.head", {}, h("h1", {}, "Documents"), h("a.button.primary", { href: "#/new" }, icon("plus"), "New document")),
    h(
      "search.chooser",
      {},
      h(".sought", {}, h("label", { for: search.id }, "Name or number"), search),
      kind.element,
      spa.element,
    ),
    note,
    found,
  );
  await ask();
  return () => clearTimeout(timer);
}

function said({ items, total, total_is_exact: exact }, query) {
  if (!items.length || total === undefined) return "";
  const many = exact ? plural(total, "document") : `More than ${number(total)} documents`;
  return query.get("match") === "similar" ? `No name begins like this. ${many} with names that sound like it:` : many;
}

function nothing(query) {
  return h(
    ".empty",
    {},
    h("h2", {}, query.size ? "Nothing was found" : "Nothing was issued yet"),
    h("p", {}, query.has("q") ? "A search looks for the beginnings of words in a name, in any order, or of a number." : ""),
  );
}
