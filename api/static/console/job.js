// One job: how far it is while it runs, and what came of it.

import { certificateView } from "./certificate.js";
import { announce, fill, h, icon, set } from "./elements.js";
import { progress, stateOf } from "./progress.js";
import { get, poll, send } from "./server.js";
import { labels } from "./templates.js";
import { duration, humanise, moment, number } from "./words.js";

const PAGE = 50;
const FEW = 12; // documents that are shown as pictures rather than as lines

export async function showJob(page, id, isCurrent) {
  const known = await labels();
  const first = await get(`/jobs/${id}`);
  const template = known.templates.get(first.template) ?? first.template;
  const bar = progress(first, { label: "Progress of the job" });
  const state = h("span");
  const words = h("p.pace", { role: "status" });
  const counters = h("dl.counters");
  const note = h("p.notice.wrong", { role: "alert", hidden: true });
  const cancel = h("button.quiet", { type: "button", onclick: () => act("cancel") }, "Cancel what waits");
  const retry = h("button", { type: "button", onclick: () => act("retry") }, "Try the failed ones again");
  const whole = [
    [first.links.zip, "All as ZIP"],
    [first.links.pdf, "All in one PDF"],
  ].map(([href, name]) => h("a.button", { href, download: "" }, icon("download"), name));
  const results = h("section.results", { "aria-label": "Documents" });
  let seen = "";
  let stop = () => {};

  function show(job) {
    bar.update(job);
    fill(state, stateOf(job));
    words.textContent = pace(job);
    const counts = [["Documents", job.issued], ["Failed", job.failed], ["Cancelled", job.cancelled], ["In all", job.total]];
    fill(counters, counts.filter(([name, count]) => count || name === "Documents" || name === "In all").map(([name, count]) => h("div", {}, h("dd", {}, number(count)), h("dt", {}, name))));
    cancel.hidden = atRest(job);
    retry.hidden = !(atRest(job) && job.failed);
    for (const link of whole) link.hidden = !(atRest(job) && job.issued > 1);
    const news = `${job.issued} ${job.failed} ${job.cancelled}`;
    if (news === seen) return;
    seen = news;
    showResults(job).catch((error) => tell(error));
  }

  async function showResults(job) {
    if (job.total === 1 && job.issued === 1) return showOnly();
    if (job.issued + job.failed === 0) return;
    const { items, next } = await get(`/jobs/${id}/items?limit=${PAGE}`);
    const atRestNow = items.filter((item) => item.state !== "waiting");
    const pictures = job.total <= FEW ? await Promise.all(atRestNow.map(withThumbnail)) : null;
    if (isCurrent()) fill(results, pictures ? h("ul.gallery.made", {}, pictures) : table(atRestNow, next, id));
  }

  async function showOnly() {
    const { items } = await get(`/jobs/${id}/items`);
    const certificate = await get(items[0].certificate_url);
    if (!isCurrent()) return;
    fill(results, certificateView(certificate, known, "h2"));
    page.classList.add("single");
    announce("The document is issued");
  }

  async function act(verb) {
    note.hidden = true;
    for (const button of [cancel, retry]) set(button, { disabled: true });
    try {
      show(await send("POST", `/jobs/${id}/${verb}`));
      watch();
    } catch (error) {
      tell(error);
    } finally {
      for (const button of [cancel, retry]) set(button, { disabled: false });
    }
  }

  function tell(error) {
    note.hidden = !error;
    note.textContent = error?.message ?? "";
  }

  function watch() {
    stop();
    stop = poll(`/jobs/${id}`, {
      onNews: show,
      onTrouble: tell,
      pace: (job, retryAfter) => (job && atRest(job) ? null : Math.min(retryAfter ?? 1, job?.total === 1 ? 0.4 : 2)),
    });
  }

  fill(
    page,
    h("a.back", { href: "#/" }, icon("back"), "All jobs"),
    h("header.head.job-head", {}, h("div", {}, h("h1", {}, first.external_id ?? template), h("p.about", {}, about(first, template))), state),
    h("section.run", {}, bar.element, words, counters, h(".actions", {}, whole, cancel, retry), note),
    results,
  );
  show(first);
  if (!atRest(first)) watch();
  return () => stop();
}

const atRest = (job) => job.state === "cancelled" || job.completed_at !== null;

function about(job, template) {
  const parts = [job.external_id && template, `Asked for ${moment(job.created_at)}`, job.is_public && "Listed publicly"];
  return parts.filter(Boolean).join(" · ");
}

function pace(job) {
  if (job.state === "waiting") return "Waiting for a worker.";
  if (!atRest(job)) return job.eta_seconds === null ? `${job.percent} %` : `${job.percent} %, about ${duration(job.eta_seconds)} to go`;
  if (job.state === "cancelled") return "Cancelled.";
  const took = (new Date(job.completed_at) - new Date(job.created_at)) / 1000;
  return `Completed in ${duration(took)}.`;
}

async function withThumbnail(item) {
  if (item.state !== "issued") return h("li.failed", {}, h("p", { dir: "auto" }, item.recipient_name), h("p.fault", {}, reason(item)));
  const certificate = await get(item.certificate_url);
  const small = certificate.files.find(({ rendition }) => rendition === "thumbnail") ?? certificate.files.find(({ rendition }) => rendition === "png");
  return h(
    "li",
    {},
    h(
      "a.card",
      { href: `#/certificates/${certificate.id}` },
      h("span.sheet", {}, small ? h("img", { src: small.url, alt: "", loading: "lazy" }) : null),
      h("span.name", { dir: "auto" }, item.recipient_name),
      h("span.about", {}, certificate.number),
    ),
  );
}

function table(items, next, id) {
  const body = h("tbody", {}, items.map(line));
  const more = h("button", { type: "button", hidden: !next, onclick: load }, "Show more");

  async function load() {
    set(more, { disabled: true });
    try {
      const page = await get(`/jobs/${id}/items?limit=${PAGE}&cursor=${encodeURIComponent(next)}`);
      next = page.next;
      body.append(...page.items.map(line));
      more.hidden = !next;
    } finally {
      set(more, { disabled: false });
    }
  }

  const heads = ["Row", "Recipient", "Number", "State"].map((name) => h("th", { scope: "col" }, name));
  return [h(".scroll", {}, h("table.items", {}, h("thead", {}, h("tr", {}, heads)), body)), more];
}

function line(item) {
  const name = item.certificate_id ? h("a", { href: `#/certificates/${item.certificate_id}` }, item.recipient_name) : item.recipient_name;
  const state = item.state === "failed" ? h("span.fault", {}, reason(item)) : humanise(item.state);
  return h("tr", {}, h("td.figure", {}, number(item.position + 1)), h("td", { dir: "auto" }, name), h("td.figure", {}, item.number ?? ""), h("td", {}, state));
}

function reason(item) {
  const detail = item.problem?.detail || "it could not be drawn";
  return `${detail[0].toUpperCase()}${detail.slice(1).replace(/\.$/, "")}.`;
}
