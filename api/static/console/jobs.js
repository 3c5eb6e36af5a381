// Every job the caller may see, newest first; those under way move while one looks.

import { fill, h, icon } from "./elements.js";
import { progress, stateOf } from "./progress.js";
import { poll } from "./server.js";
import { labels } from "./templates.js";
import { ago, number, plural } from "./words.js";

const LIMIT = 30;

export async function showJobs(page) {
  const known = await labels();
  const note = h("p.notice", { role: "status", hidden: true });
  const list = h("ol.jobs");
  fill(
    page,
    h("header.head", {}, h("h1", {}, "Jobs"), h("a.button.primary", { href: "#/new" }, icon("plus"), "New document")),
    note,
    list,
  );

  // What stands there is changed in place, so that a bar glides and the focus stays.
  const rows = new Map();

  function show({ items }) {
    if (!items.length) return fill(list, nothing());
    list.querySelector(".nothing")?.remove();
    for (const job of items) {
      const row = rows.get(job.id) ?? rows.set(job.id, makeRow(job)).get(job.id);
      row.update(job);
    }
    const wanted = items.map((job) => rows.get(job.id).element);
    if (wanted.some((element, place) => list.children[place] !== element)) list.replaceChildren(...wanted);
  }

  function makeRow(job) {
    const bar = progress(job, { label: `Job ${job.external_id || job.template}` });
    const counts = h("p.counts");
    const state = h("span");
    const template = known.templates.get(job.template) ?? job.template;
    const about = [job.external_id ? template : known.kinds.get(job.kind), ago(job.created_at)];
    const element = h(
      "li.job",
      {},
      h("a.title", { href: `#/jobs/${job.id}` }, job.external_id ?? template),
      h("p.about", {}, about.filter(Boolean).join(" · ")),
      bar.element,
      counts,
      state,
    );
    return {
      element,
      update(job_) {
        bar.update(job_);
        counts.textContent = countsOf(job_);
        fill(state, stateOf(job_));
      },
    };
  }

  return poll(`/jobs?limit=${LIMIT}`, {
    onNews: show,
    onTrouble(error) {
      note.hidden = !error;
      note.textContent = error?.message ?? "";
    },
    pace: (found) => (found?.items.some((job) => !job.completed_at && job.state !== "cancelled") ? 1 : 5),
  });
}

function countsOf(job) {
  const parts = [job.issued === job.total ? plural(job.total, "document") : `${number(job.issued)} of ${plural(job.total, "document")}`];
  if (job.failed) parts.push(`${number(job.failed)} failed`);
  if (job.cancelled) parts.push(`${number(job.cancelled)} cancelled`);
  return parts.join(", ");
}

function nothing() {
  return h(
    "li.nothing.empty",
    {},
    h("h2", {}, "Nothing has been asked for yet"),
    h("p", {}, "A job is one request: a certificate for one person, or for ten thousand."),
    h("p", {}, h("a.button.primary", { href: "#/new" }, "Make the first document")),
  );
}
