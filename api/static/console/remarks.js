// What may not please about a document that can be drawn: a line for each, which leads to its field.

import { fill, h, icon } from "./elements.js";

/** `fieldAt(pointer)` gives the label and `focus` of the field that a pointer is about, or null. */
export function remarks(fieldAt) {
  const heading = h("p");
  const list = h("ul");
  const element = h("section.remarks", { role: "status", hidden: true }, heading, list);

  /** `isSample`: they are about values of the template's, which no field holds. */
  function show(warnings, { isSample = false } = {}) {
    element.hidden = !warnings.length;
    fill(heading, icon("warning"), isSample ? "About the template's sample:" : "It can be issued as it is. Perhaps have a look:");
    fill(list, warnings.map((warning) => line(warning, isSample ? null : fieldAt(warning.pointer))));
  }

  return { element, show };
}

function line({ detail }, field) {
  if (!field) return h("li", {}, detail);
  // The sentence begins with the field's label; where it is about something that follows from the field, all of it leads there.
  const label = detail.startsWith(`${field.label}: `) ? field.label : detail;
  return h("li", {}, h("button.link", { type: "button", onclick: field.focus }, label), detail.slice(label.length));
}
