// A form made from a JSON Schema with our hints: labels, help, faults where they belong, rules between fields.

import { control, markFaulty } from "./controls.js";
import { h, set, uniqueId } from "./elements.js";
import { rowsField } from "./rows.js";
import { inOrder, standing } from "./schema.js";

const SHORT = new Set(["money", "number", "date", "select"]);

export function schemaForm(schema, { onChange }) {
  const rules = schema["x-certmill-rules"] ?? [];
  const touched = new Set();
  const properties = inOrder(schema);
  const fields = properties.map(({ name, schema: property, required }) => {
    const heard = () => {
      touched.add(name);
      follow();
      onChange();
    };
    const field = property["x-certmill-widget"] === "table" ? rowsField(name, property, heard) : single(name, property, heard);
    field.element.addEventListener("focusout", () => touched.add(name));
    return { ...field, required };
  });
  const element = h(".fields", {}, fields.map((field) => field.element));

  function all() {
    return Object.fromEntries(fields.map((field) => [field.name, field.read()]).filter(([, value]) => value !== undefined));
  }

  /** Show and demand what the rules make of the values so far. */
  function follow() {
    const values = all();
    for (const field of fields) {
      const { isThere, isRequired } = standing(field.name, field.required, rules, values);
      field.element.hidden = !isThere;
      field.demand?.(isRequired);
    }
  }

  function values() {
    return Object.fromEntries(fields.filter((field) => !field.element.hidden).map((field) => [field.name, field.read()]).filter(([, value]) => value !== undefined));
  }

  /** Show each fault at its field. With `onlyTouched`, fields that nobody has come to yet are left in peace. Gives those it has no field for. */
  function showFaults(faults, { prefix = "", onlyTouched = false } = {}) {
    const rest = [];
    const byField = new Map(fields.map((field) => [field.name, []]));
    for (const fault of faults) {
      const [, name, ...further] = fault.pointer.startsWith(`${prefix}/`) ? fault.pointer.slice(prefix.length).split("/") : [];
      if (!byField.has(name)) rest.push(fault);
      else if (!onlyTouched || touched.has(name)) byField.get(name).push({ ...fault, pointer: further.length ? `/${further.join("/")}` : "" });
    }
    for (const field of fields) field.showFaults(byField.get(field.name));
    return rest;
  }

  function focusFirstFault() {
    fields.find((field) => field.element.querySelector("[aria-invalid=true], .fault:not([hidden])"))?.focus();
  }

  /** The field that a pointer is about: its label, as messages say it, and a way to it. Null for none that is shown. */
  function fieldAt(pointer, prefix) {
    const [, name, ...further] = pointer.startsWith(`${prefix}/`) ? pointer.slice(prefix.length).split("/") : [];
    const field = fields.find((each) => each.name === name && !each.element.hidden);
    return field?.at?.(further) ?? (field ? { label: field.label, focus: () => field.focus() } : null);
  }

  function write(written) {
    for (const field of fields) if (written[field.name] !== undefined) field.write(written[field.name]);
    follow();
  }

  write(Object.fromEntries(properties.map(({ name, schema: property }) => [name, property.default])));
  return { element, values, write, showFaults, focusFirstFault, fieldAt, isTouched: () => touched.size > 0 };
}

/** A label, a control, help under it, and room for what is wrong with it. */
function single(name, schema, onChange) {
  const { element: shown, input, read, write } = control(schema, onChange);
  const id = uniqueId(name);
  const faultId = uniqueId("fault");
  const widget = schema["x-certmill-widget"];
  set(input, { id, "aria-describedby": schema.description ? `${id}-help` : null });
  const optional = h("span.optional", {}, "optional");
  const fault = h("p.fault", { id: faultId, hidden: true });
  const label = h("label", { for: id }, schema.title, optional);
  const help = schema.description ? h("p.help", { id: `${id}-help` }, schema.description) : null;
  const parts = widget === "checkbox" ? [h(".tick", {}, shown, label)] : [label, shown];
  const isShort = schema["x-certmill-short"] ?? SHORT.has(widget);
  const element = h(`.field${isShort ? ".short" : ""}`, {}, parts, help, fault);
  return {
    name,
    label: schema.title,
    element,
    read,
    write,
    demand(isRequired) {
      optional.hidden = isRequired || widget === "checkbox";
      set(input, { "aria-required": isRequired ? "true" : null });
    },
    showFaults(faults) {
      fault.textContent = faults.map(({ detail }) => detail).join(" ");
      fault.hidden = !faults.length;
      markFaulty(input, faults.length ? faultId : null);
    },
    focus: () => input.focus(),
  };
}
