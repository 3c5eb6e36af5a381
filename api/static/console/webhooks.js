// Who else hears of what happens: the endpoints, and adding one.

import { markFaulty } from "./controls.js";
import { announce, fill, h, icon, set, uniqueId } from "./elements.js";
import { me, Problem, send } from "./server.js";
import { all } from "./templates.js";
import { moment } from "./words.js";

const EVENTS = [
  ["job.completed", "Job completed"],
  ["job.cancelled", "Job cancelled"],
  ["certificate.issued", "Certificate issued"],
  ["certificate.failed", "Certificate failed"],
  ["certificate.revoked", "Certificate revoked"],
];
const WORDS = new Map([...EVENTS, ["webhook.test", "Test"]]);

/** An event's type as people say it. */
export const wordsOf = (type) => WORDS.get(type) ?? type;

export async function showWebhooks(page) {
  const list = h("ol.endpoints");
  const add = h("button.primary", { type: "button", onclick: openDialog }, icon("plus"), "Add an endpoint");

  function openDialog() {
    const dialog = endpointDialog(({ endpoint, secret }) => {
      const shown = secretDialog(secret, () => (location.hash = `#/webhooks/${endpoint.id}`));
      document.body.append(shown);
      shown.showModal();
    });
    document.body.append(dialog);
    dialog.showModal();
  }

  const endpoints = await all("/webhooks?limit=200");
  fill(
    page,
    h(
      "header.head",
      {},
      h("div", {}, h("h1", {}, "Webhooks"), h("p.lead", {}, "Programs that are told what happens to your jobs and certificates.")),
      endpoints.length ? add : null,
    ),
    endpoints.length ? fill(list, endpoints.map(row)) : nothing(add),
  );
}

function row(endpoint) {
  const about = [endpoint.description, endpoint.owner_id === me().user_id ? null : "Somebody else's", endpoint.events.map(wordsOf).join(", ")];
  return h(
    "li.endpoint",
    {},
    h("a.title", { href: `#/webhooks/${endpoint.id}` }, endpoint.url),
    h("p.about", {}, about.filter(Boolean).join(" · ")),
    endpointState(endpoint),
  );
}

/** Whether an endpoint is well, as a label that says more than its colour does. */
export function endpointState({ enabled, failing_since }) {
  if (!enabled) return h("span.state.cancelled", {}, icon("close"), "Disabled");
  if (failing_since) return h("span.state.partly", {}, icon("warning"), `Failing since ${moment(failing_since)}`);
  return h("span.state.completed", {}, icon("check"), "Enabled");
}

function nothing(add) {
  return h(
    ".empty",
    {},
    h("h2", {}, "Nobody is told yet"),
    h("p", {}, "An endpoint is an address of a program of yours. Certmill posts there when a job is completed or a certificate is issued, signed, so that the program can be sure."),
    h("p", {}, add),
  );
}

/** A form for an endpoint, new or as it is. `onDone` gets the endpoint and, of a new one, its secret. */
export function endpointDialog(onDone, endpoint = null) {
  const titleId = uniqueId("title");
  const faultId = uniqueId("fault");
  const urlId = uniqueId("url");
  const aboutId = uniqueId("about");
  const url = h("input", { id: urlId, type: "url", required: true, placeholder: "https://", autocomplete: "off", spellcheck: "false", value: endpoint?.url ?? "" });
  const description = h("input", { id: aboutId, type: "text", maxlength: 200, autocomplete: "off", dir: "auto", value: endpoint?.description ?? "" });
  const ticks = EVENTS.map(([type]) => {
    const isOn = endpoint ? endpoint.events.includes(type) : type === "job.completed";
    return h("input", { id: uniqueId("event"), type: "checkbox", value: type, checked: isOn });
  });
  const fault = h("p.fault", { id: faultId, hidden: true });
  const summary = h("p.notice.wrong", { role: "alert", hidden: true });
  const save = h("button.primary", { type: "submit" }, endpoint ? "Save" : "Add the endpoint");
  const dialog = h(
    "dialog",
    { "aria-labelledby": titleId },
    h(
      "form",
      { onsubmit: submit, novalidate: true },
      h("h2", { id: titleId }, endpoint ? "Change the endpoint" : "Add an endpoint"),
      h(".field", {}, h("label", { for: urlId }, "Address"), url, h("p.help", {}, "Https, on the public internet."), fault),
      h(".field", {}, h("label", { for: aboutId }, "Description", h("span.optional", {}, "optional")), description),
      h("fieldset.field.ticks", {}, h("legend", {}, "Tell it about"), ticks.map((tick, place) => h(".tick", {}, tick, h("label", { for: tick.id }, EVENTS[place][1])))),
      summary,
      h(".actions", {}, h("button.quiet", { type: "button", onclick: () => dialog.close() }, "Cancel"), save),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());

  async function submit(event) {
    event.preventDefault();
    set(save, { disabled: true });
    const wanted = { url: url.value.trim(), description: description.value.trim() || null, events: ticks.filter(({ checked }) => checked).map(({ value }) => value) };
    try {
      const answer = endpoint
        ? await send("PUT", endpoint.links.self, { ...wanted, enabled: endpoint.enabled })
        : await send("POST", "/webhooks", wanted);
      dialog.close();
      onDone({ endpoint: answer, secret: answer.secret });
    } catch (error) {
      show(error);
    } finally {
      set(save, { disabled: false });
    }
  }

  function show(error) {
    const faults = error instanceof Problem ? error.faults : [];
    const [own, rest] = [faults.filter(({ pointer }) => pointer === "/url"), faults.filter(({ pointer }) => pointer !== "/url")];
    fill(fault, own.map(({ detail }) => detail).join(" "));
    fault.hidden = !own.length;
    markFaulty(url, own.length ? faultId : null);
    const words = rest.some(({ pointer }) => pointer.startsWith("/events")) ? "Choose at least one thing to tell." : rest.map(({ detail }) => detail).join(" ");
    fill(summary, words || (faults.length ? "" : error.message));
    summary.hidden = !summary.textContent;
    if (own.length) url.focus();
  }

  return dialog;
}

/** Shows a secret, the only time that anybody does. */
export function secretDialog(secret, onClose) {
  const titleId = uniqueId("title");
  const copy = h("button", { type: "button", onclick: copyIt }, icon("copy"), "Copy");
  const dialog = h(
    "dialog",
    { "aria-labelledby": titleId },
    h("h2", { id: titleId }, "The endpoint's secret"),
    h("p", {}, "Deliveries are signed with it. Keep it where the program that receives them finds it: it is not shown again."),
    h("p.secret", {}, h("code", {}, secret)),
    h(".actions", {}, copy, h("button.primary", { type: "button", onclick: () => dialog.close() }, "Done")),
  );
  dialog.addEventListener("close", () => {
    dialog.remove();
    onClose();
  });

  async function copyIt() {
    await navigator.clipboard.writeText(secret);
    fill(copy, icon("check"), "Copied");
    announce("Copied");
  }

  return dialog;
}
