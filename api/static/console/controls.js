// The input controls of a form. Each: `element`, `input` (what a label names and a fault is shown at), `read()`, `write(value)`.
// `read` gives undefined for what is left empty. `onChange` hears of every change.

import { fill, h, icon, set, uniqueId } from "./elements.js";
import { upload } from "./server.js";

const MODES = { email: "email", phone: "tel", bill_number: "text", time_of_day: "text" };

/** The control for a property of an item's JSON Schema, by its hint. */
export function control(schema, onChange) {
  switch (schema["x-certmill-widget"]) {
    case "textarea":
      return written(h("textarea", { rows: 3 }), onChange);
    case "money":
      return money(schema, onChange);
    case "number":
      return written(h("input", { inputmode: "decimal", autocomplete: "off" }), onChange);
    case "date":
      return written(h("input", { type: "date", min: schema["x-certmill-earliest"], max: schema["x-certmill-latest"] }), onChange);
    case "select":
      return select(schema.enum.map((choice) => [choice, choice]), onChange);
    case "checkbox":
      return checkbox(onChange);
    case "image":
      return picture(onChange);
    case "signature":
      return signature(onChange);
    default:
      return text(schema, onChange);
  }
}

function text(schema, onChange) {
  const format = schema["x-certmill-format"];
  const placeholder = { phone: "+91 98765 43210", time_of_day: "14:30" }[format] ?? null;
  return written(h("input", { type: "text", inputmode: MODES[format] ?? null, placeholder, autocomplete: "off", dir: "auto" }), onChange);
}

function written(input, onChange) {
  input.addEventListener("input", onChange);
  return {
    element: input,
    input,
    read: () => input.value.trim() || undefined,
    write: (value) => (input.value = value ?? ""),
  };
}

function money(schema, onChange) {
  const base = written(h("input", { inputmode: "decimal", autocomplete: "off" }), onChange);
  const read = () => base.read()?.replace(/[,\s₹]/g, "");
  return { ...base, read, element: h("span.money", {}, h("span", { "aria-hidden": "true" }, "₹"), base.input) };
}

/** A choice among [value, words]; where nothing is chosen yet it says so. */
export function select(choices, onChange) {
  const input = h("select", { onchange: onChange }, h("option", { value: "" }, "Choose …"));
  const control_ = {
    element: input,
    input,
    read: () => input.value || undefined,
    write: (value) => (input.value = value ?? ""),
    offer(offered) {
      const chosen = input.value;
      input.replaceChildren(input.options[0], ...offered.map(([value, words]) => h("option", { value }, words)));
      input.value = offered.some(([value]) => value === chosen) ? chosen : "";
    },
  };
  control_.offer(choices);
  return control_;
}

/** A labelled choice that need not be made: `everything` says what stands for all. */
export function oneOf(words, everything, choices, chosen, onChange) {
  const id = uniqueId("choice");
  const { input, read, write } = select(choices, onChange);
  input.id = id;
  input.options[0].textContent = everything;
  write(chosen);
  return { read, element: h(".one-of", {}, h("label", { for: id }, words), input) };
}

function checkbox(onChange) {
  const input = h("input", { type: "checkbox", onchange: onChange });
  return { element: input, input, read: () => (input.checked ? true : undefined), write: (value) => (input.checked = Boolean(value)) };
}

/** A picture: chosen, dropped or pasted, uploaded at once, and shown small. */
function picture(onChange) {
  let id;
  const input = h("input.unseen", { type: "file", accept: "image/png,image/jpeg,image/webp", onchange: () => take(input.files[0]) });
  const state = h("span.words");
  const thumb = h("span.thumb");
  const clear = h("button.quiet", { type: "button", hidden: true, onclick: remove }, "Remove");
  const zone = h("label.drop", {}, thumb, state, input);
  const element = h(".picture", {}, zone, clear);

  for (const kind of ["dragover", "dragleave", "drop"]) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.toggle("over", kind === "dragover");
      if (kind === "drop") take(event.dataTransfer.files[0]);
    });
  }

  async function take(file) {
    if (!file) return;
    say("Uploading …");
    element.classList.add("busy");
    try {
      show(await upload(file));
      onChange();
    } catch (error) {
      say(error.faults?.[0]?.detail ?? error.message, true);
    } finally {
      element.classList.remove("busy");
      input.value = "";
    }
  }

  function show(asset) {
    id = asset?.id;
    fill(thumb, id ? h("img", { src: `/assets/${id}`, alt: "" }) : icon("image"));
    say(id ? (asset.width ? `${asset.width} × ${asset.height} pixels` : "Uploaded") : "Choose a picture, or drop it here");
    clear.hidden = !id;
  }

  function say(words, isFault = false) {
    state.textContent = words;
    state.classList.toggle("wrong", isFault);
  }

  function remove() {
    show(null);
    input.focus();
    onChange();
  }

  show(null);
  return { element, input, read: () => id, write: (value) => show(value ? { id: value } : null) };
}

/** A signature is a name that is written, or a picture of one. */
function signature(onChange) {
  const name = written(h("input.hand", { type: "text", autocomplete: "off", dir: "auto", placeholder: "Name" }), onChange);
  const image = picture(onChange);
  const group = uniqueId("way");
  let way = "name";

  function choose(chosen, moved = true) {
    way = chosen;
    name.element.hidden = way !== "name";
    image.element.hidden = way !== "image";
    for (const radio of element.querySelectorAll("[type=radio]")) radio.checked = radio.value === way;
    if (moved) onChange();
  }

  const radio = (value, words) =>
    h("label", {}, h("input", { type: "radio", name: group, value, onchange: () => choose(value) }), h("span", {}, words));
  const element = h(
    ".signature",
    {},
    h(".ways", { role: "radiogroup", "aria-label": "How it is signed" }, radio("name", "Written name"), radio("image", "Picture")),
    name.element,
    image.element,
  );
  choose("name", false);
  return {
    element,
    input: name.input,
    read: () => (way === "name" ? name.read() : image.read()),
    write(value) {
      const isPicture = typeof value === "string" && value.startsWith("sha256:");
      (isPicture ? image : name).write(value);
      choose(isPicture ? "image" : "name", false);
    },
  };
}

/** Mark a control as faulty or fine; `id` is of the words that say why. */
export function markFaulty(input, id) {
  set(input, { "aria-invalid": id ? "true" : null });
  const others = (input.getAttribute("aria-describedby") ?? "").split(" ").filter((each) => each && !each.startsWith("fault-"));
  set(input, { "aria-describedby": [...others, ...(id ? [id] : [])].join(" ") || null });
}
