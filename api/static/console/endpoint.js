// One endpoint: how it is, what was delivered to it lately, and sending that again.

import { announce, fill, h, icon, set } from "./elements.js";
import { get, poll, send } from "./server.js";
import { endpointDialog, endpointState, secretDialog, wordsOf } from "./webhooks.js";
import { ago, moment, number, plural } from "./words.js";

const LIMIT = 50;
const STATES = { delivered: ["completed", "check", "Delivered"], waiting: ["waiting", null, "Waiting"], failed: ["failed", "close", "Failed"] };

export async function showEndpoint(page, id) {
  let endpoint = await get(`/webhooks/${id}`);
  const address = h("h1.address");
  const about = h("p.about");
  const state = h("span");
  const why = h("p.notice", { hidden: true });
  const note = h("p.notice.wrong", { role: "alert", hidden: true });
  const test = h("button.primary", { type: "button", onclick: () => act(sendTest) }, "Send a test");
  const toggle = h("button", { type: "button", onclick: () => act(change) });
  const body = h("tbody");
  const table = h(
    ".scroll",
    {},
    h("table.items", {}, h("thead", {}, h("tr", {}, ["Event", "When", "State", "Answer"].map((name) => h("th", { scope: "col" }, name)), h("th", { scope: "col", "aria-label": "Once more" }))), body),
  );
  const none = h("p.none", { hidden: true }, "Nothing has been delivered yet.");
  let stop = () => {};

  function show() {
    address.textContent = endpoint.url;
    about.textContent = [endpoint.description, endpoint.events.map(wordsOf).join(", "), `added ${moment(endpoint.created_at)}`].filter(Boolean).join(" · ");
    fill(state, endpointState(endpoint));
    why.hidden = endpoint.enabled;
    why.textContent = endpoint.disabled_because ?? "";
    test.hidden = !endpoint.enabled;
    fill(toggle, endpoint.enabled ? "Disable" : "Enable");
    for (const again of body.querySelectorAll("button")) set(again, { disabled: !endpoint.enabled });
  }

  async function sendTest() {
    await send("POST", `/webhooks/${id}/test`);
    announce("A test is on its way");
  }

  async function change() {
    const { url, description, events, enabled } = endpoint;
    endpoint = await send("PUT", `/webhooks/${id}`, { url, description, events, enabled: !enabled });
  }

  async function rotate() {
    const { secret, ...changed } = await send("POST", `/webhooks/${id}/rotate`);
    endpoint = changed;
    open(secretDialog(secret, () => announce("For a day the former secret is good, too")));
  }

  async function remove() {
    if (!confirm("Remove this endpoint, and what was delivered to it?")) return;
    await send("DELETE", `/webhooks/${id}`);
    location.hash = "#/webhooks";
  }

  function edit() {
    open(
      endpointDialog((changed) => {
        endpoint = changed.endpoint;
        show();
      }, endpoint),
    );
  }

  /** Do something that the server may refuse, and look again at what came of it. */
  async function act(what) {
    tell(null);
    try {
      await what();
      show();
      watch();
    } catch (error) {
      tell(error);
    }
  }

  function tell(error) {
    note.hidden = !error;
    note.textContent = error?.message ?? "";
  }

  function watch() {
    stop();
    stop = poll(`/webhooks/${id}/deliveries?limit=${LIMIT}`, {
      onNews({ items }) {
        none.hidden = items.length > 0;
        table.hidden = !items.length;
        fill(body, items.map((delivery) => line(delivery, act)));
        show();
        get(`/webhooks/${id}`).then((found) => {
          endpoint = found;
          show();
        }, tell);
      },
      onTrouble: tell,
      pace: (found) => (found?.items.some(({ state: is }) => is === "waiting") ? 1 : 5),
    });
  }

  fill(
    page,
    h("a.back", { href: "#/webhooks" }, icon("back"), "All endpoints"),
    h("header.head.endpoint-head", {}, h("div", {}, address, about), state),
    why,
    note,
    h(
      ".actions",
      {},
      test,
      h("button", { type: "button", onclick: edit }, "Change"),
      h("button", { type: "button", onclick: () => act(rotate) }, "New secret"),
      toggle,
      h("button.quiet", { type: "button", onclick: () => act(remove) }, "Remove"),
    ),
    h("section.deliveries", { "aria-label": "Deliveries" }, h("h2", {}, "Recent deliveries"), table, none),
  );
  table.hidden = true;
  show();
  watch();
  return () => stop();
}

function open(dialog) {
  document.body.append(dialog);
  dialog.showModal();
}

function line(delivery, act) {
  const again = h("button.quiet", { type: "button", "aria-label": `Send again: ${wordsOf(delivery.type)}`, onclick: resend }, "Send again");

  function resend() {
    set(again, { disabled: true });
    act(() => send("POST", delivery.links.resend));
  }

  const [kind, sign, words] = STATES[delivery.state];
  const label = h(`span.state.${kind}`, {}, sign ? icon(sign) : null, words);
  return h(
    "tr",
    {},
    h("td", {}, wordsOf(delivery.type), subject(delivery)),
    h("td.figure", {}, ago(delivery.created_at)),
    h("td", {}, label),
    h("td.answer", {}, answerOf(delivery)),
    h("td", {}, again),
  );
}

/** The id, by which whoever runs the receiver finds it in a log. */
function subject(delivery) {
  return h("code.id", {}, delivery.id);
}

function answerOf({ last, attempts, state, next_attempt_at }) {
  if (!last) return "Not tried yet";
  const words = last.status ? `Status ${last.status} after ${number(last.milliseconds)} ms` : last.answer;
  const tries = attempts > 1 ? plural(attempts, "try", "tries") : null;
  const next = state === "waiting" && new Date(next_attempt_at) > Date.now() ? `next ${moment(next_attempt_at)}` : null;
  const rest = [tries, next].filter(Boolean).join(", ");
  return [words, rest ? h("p.about", {}, rest) : null].filter(Boolean);
}
