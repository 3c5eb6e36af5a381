// Which spa issues a document; and, for those who may, adding one without leaving the page.

import { markFaulty, select } from "./controls.js";
import { fill, h, icon, set, uniqueId } from "./elements.js";
import { schemaForm } from "./form.js";
import { Problem, me, send } from "./server.js";
import { all } from "./templates.js";

const CHOSEN = "certmill.spa";

export async function spaChoice({ isRequired, onChange }) {
  const id = uniqueId("spa");
  const faultId = uniqueId("fault");
  const choice = select([], heard);
  set(choice.input, { id, "aria-required": isRequired ? "true" : null });
  const fault = h("p.fault", { id: faultId, hidden: true });
  const mayAdd = ["admin", "manager"].includes(me().role);
  const add = mayAdd ? h("button.quiet", { type: "button", onclick: openDialog }, icon("plus"), "Add a spa") : null;
  const help = h("p.help", { hidden: true }, mayAdd ? "There is none yet: add the first." : "There is none yet. A manager adds them.");
  const label = h("label", { for: id }, "Spa", isRequired ? null : h("span.optional", {}, "optional"));
  const element = h(".field", {}, label, h(".choice", {}, choice.element, add), help, fault);

  let spas = await all("/spas?limit=200");
  offer(localStorage.getItem(CHOSEN));

  function heard() {
    if (choice.read()) localStorage.setItem(CHOSEN, choice.read());
    showFaults([]);
    onChange();
  }

  function offer(chosen) {
    spas.sort((a, b) => a.name.localeCompare(b.name));
    choice.offer(spas.map((spa) => [spa.id, [spa.name, spa.area ?? spa.city].filter(Boolean).join(", ")]));
    choice.write(spas.some((spa) => spa.id === chosen) && (isRequired || chosen) ? chosen : "");
    help.hidden = spas.length > 0;
  }

  function openDialog() {
    const dialog = spaDialog((spa) => {
      spas = [...spas, spa];
      offer(spa.id);
      heard();
      choice.input.focus();
    });
    document.body.append(dialog);
    dialog.showModal();
  }

  /** Show the faults that are about the spa; gives the others. */
  function showFaults(faults) {
    const own = faults.filter(({ pointer }) => pointer === "/spa_id");
    fault.textContent = own.map(({ detail }) => detail).join(" ");
    fault.hidden = !own.length;
    markFaulty(choice.input, own.length ? faultId : null);
    return faults.filter(({ pointer }) => pointer !== "/spa_id");
  }

  const focus = () => choice.input.focus();
  const fieldAt = (pointer) => (pointer === "/spa_id" ? { label: "Spa", focus } : null);
  return { element, read: choice.read, showFaults, focusFirstFault: focus, fieldAt };
}

/** The form for a spa, in the words of an item's JSON Schema. */
const text = (title, more = {}) => ({ title, "x-certmill-widget": "text", ...more });
const short = (title, more = {}) => text(title, { "x-certmill-short": true, ...more });
const picture = (title) => ({ title, "x-certmill-widget": "image" });

const SPA = {
  properties: {
    name: text("Name"),
    code: short("Code", { description: "Short, such as indiranagar" }),
    gstin: short("GSTIN", { description: "Needed on tax invoices" }),
    address: text("Address", { "x-certmill-widget": "textarea" }),
    area: short("Area"),
    city: short("City"),
    state: short("State"),
    pincode: short("PIN code"),
    phone_number: short("Telephone", { "x-certmill-format": "phone" }),
    email: short("E-mail", { "x-certmill-format": "email" }),
    website: text("Website"),
    logo: picture("Logo"),
    signatory_name: short("Signatory", { description: "Who signs for the spa" }),
    signatory_designation: short("Designation"),
    signatory_signature: picture("Signature"),
  },
  required: ["name", "code"],
};
Object.values(SPA.properties).forEach((property, place) => (property["x-certmill-order"] = place));

function spaDialog(onAdded) {
  const form = schemaForm(SPA, { onChange: () => {} });
  const summary = h("p.notice.wrong", { role: "alert", hidden: true });
  const save = h("button.primary", { type: "submit" }, "Add the spa");
  const titleId = uniqueId("title");
  const dialog = h(
    "dialog",
    { "aria-labelledby": titleId },
    h(
      "form",
      { onsubmit: submit, novalidate: true },
      h("h2", { id: titleId }, "Add a spa"),
      form.element,
      summary,
      h(".actions", {}, h("button.quiet", { type: "button", onclick: () => dialog.close() }, "Cancel"), save),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());

  async function submit(event) {
    event.preventDefault();
    set(save, { disabled: true });
    summary.hidden = true;
    try {
      const spa = await send("POST", "/spas", documentOf(form.values()));
      dialog.close();
      onAdded(spa);
    } catch (error) {
      const faults = error instanceof Problem ? error.faults : [];
      const flat = faults.map((fault) => ({ ...fault, pointer: fault.pointer.replace("/signatory/", "/signatory_") }));
      const rest = form.showFaults(flat);
      fill(summary, rest.map(({ detail }) => detail).join(" ") || (faults.length ? "Some fields need a look." : error.message));
      summary.hidden = false;
      form.focusFirstFault();
    } finally {
      set(save, { disabled: false });
    }
  }

  return dialog;
}

/** The signatory is an object of its own. */
function documentOf(values) {
  const document_ = {};
  const signatory = {};
  for (const [name, value] of Object.entries(values)) {
    if (name.startsWith("signatory_")) signatory[name.slice("signatory_".length)] = value;
    else document_[name] = value;
  }
  return Object.keys(signatory).length ? { ...document_, signatory } : document_;
}
