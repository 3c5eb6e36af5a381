// Which view an address shows. Addresses stand behind the #, so that one page serves them all.

import { announce, fill, h } from "./elements.js";
import { showBar } from "./bar.js";
import { showCertificate } from "./certificate.js";
import { showComposer } from "./composer.js";
import { showDocuments } from "./documents.js";
import { showEndpoint } from "./endpoint.js";
import { showGallery } from "./gallery.js";
import { showJob } from "./job.js";
import { showJobs } from "./jobs.js";
import { Problem, me, resume } from "./server.js";
import { showSignIn } from "./signin.js";
import { showStatistics } from "./statistics.js";
import { showWebhooks } from "./webhooks.js";

const ROUTES = [
  [/^$/, showJobs, "Jobs"],
  [/^new$/, showGallery, "New document"],
  [/^new\/([a-z0-9-]+)$/, showComposer, "New document"],
  [/^jobs\/([0-9a-f-]{36})$/, showJob, "Job"],
  [/^certificates\/([0-9a-f-]{36})$/, showCertificate, "Document"],
  [/^documents(?:\?(.*))?$/, showDocuments, "Documents"],
  [/^statistics(?:\/(\d{4}-\d\d-\d\d)\/(\d{4}-\d\d-\d\d))?$/, showStatistics, "Statistics"],
  [/^webhooks$/, showWebhooks, "Webhooks"],
  [/^webhooks\/([0-9a-f-]{36})$/, showEndpoint, "Endpoint"],
];

const content = document.getElementById("content");
let leave = () => {};
let shown = 0;

async function show() {
  const turn = (shown += 1);
  leave();
  leave = () => {};
  if (!me()) return present(turn, "Sign in", showSignIn, [show]);
  const address = location.hash.replace(/^#\/?/, "");
  for (const [pattern, view, title] of ROUTES) {
    const match = pattern.exec(address);
    if (match) return present(turn, title, view, match.slice(1));
  }
  location.hash = "#/";
}

async function present(turn, title, view, parameters) {
  showBar(location.hash, show);
  document.title = `${title} · Certmill`;
  const page = h("div.page");
  const isCurrent = () => turn === shown;
  // A view gives a function that stops what it began: polling, pictures in memory.
  try {
    const stop = await view(page, ...parameters, isCurrent);
    if (!isCurrent()) return stop?.();
    leave = stop ?? leave;
  } catch (error) {
    if (!isCurrent() || (error instanceof Problem && error.status === 401)) return;
    fill(page, trouble(error));
  }
  fill(content, page);
  const heading = page.querySelector("h1");
  if (heading) {
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    announce(heading.textContent);
  }
  page.querySelector("[data-first]")?.focus();
  scrollTo(0, 0);
}

function trouble(error) {
  const missing = error instanceof Problem && error.status === 404;
  return h(
    ".empty",
    {},
    h("h1", {}, missing ? "There is nothing here" : "This did not work"),
    h("p", {}, missing ? "It may belong to somebody else, or the address may be wrong." : error.message),
    h("p", {}, h("a.button", { href: "#/" }, "Go to the jobs")),
  );
}

addEventListener("hashchange", show);
addEventListener("signed-out", show);
try {
  await resume();
  await show();
} catch (error) {
  fill(content, h(".page", {}, trouble(error)));
}
