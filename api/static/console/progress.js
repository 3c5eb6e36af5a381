// How far a job is, as a bar and in words.

import { h, icon, set } from "./elements.js";

const WORDS = { waiting: "Waiting", rendering: "Rendering", completed: "Completed", cancelled: "Cancelled" };

/** A bar of what is issued, failed and still to come. */
export function progress(job, { label }) {
  const issued = h("span.issued");
  const failed = h("span.failed");
  const element = h(
    ".progress",
    { role: "progressbar", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100 },
    issued,
    failed,
  );
  const bar = {
    element,
    update({ total, issued: done, failed: wrong, percent, state }) {
      issued.style.inlineSize = `${(100 * done) / total}%`;
      failed.style.inlineSize = `${(100 * wrong) / total}%`;
      set(element, { "aria-valuenow": percent, "aria-valuetext": `${percent} %` });
      element.classList.toggle("busy", state === "rendering");
      element.classList.toggle("full", done === total);
    },
  };
  bar.update(job);
  return bar;
}

/** A job's state as a label that says more than its colour does. */
export function stateOf(job) {
  const partly = job.state === "completed" && job.failed > 0;
  const sign = partly ? "warning" : { completed: "check", cancelled: "close" }[job.state];
  return h(`span.state.${partly ? "partly" : job.state}`, {}, sign ? icon(sign) : null, partly ? "With failures" : WORDS[job.state]);
}
