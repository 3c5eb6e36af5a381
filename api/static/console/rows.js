// A field of rows: a card for each, so that eight columns need no wide screen.

import { control, markFaulty } from "./controls.js";
import { announce, fill, h, icon, set, uniqueId } from "./elements.js";
import { inOrder } from "./schema.js";

const BROAD = 40; // letters from which on a text wants a wide box

export function rowsField(name, schema, onChange) {
  const columns = inOrder(schema.items);
  const list = h("ol");
  const add = h("button", { type: "button", onclick: () => append({}, true) }, icon("plus"), "Add a row");
  const faultId = uniqueId("fault");
  const fault = h("p.fault", { id: faultId, hidden: true });
  const help = schema.description ? h("p.help", {}, schema.description) : null;
  const element = h("fieldset.field.rows", {}, h("legend", {}, schema.title), help, list, fault, add);
  let rows = [];

  function append(values, byHand = false) {
    const cells = columns.map((column) => cellOf(column, values[column.name] ?? column.schema.default, onChange));
    const place = h("span.place", { "aria-hidden": "true" });
    const remove = h("button.icon-only", { type: "button", onclick: () => drop(row) }, icon("close"));
    const row = { cells, place, remove, element: h("li", { role: "group" }, place, h(".cells", {}, cells.map((cell) => cell.element)), remove) };
    rows.push(row);
    list.append(row.element);
    number();
    if (byHand) {
      cells[0].input.focus();
      onChange();
    }
  }

  function drop(row) {
    const place = rows.indexOf(row);
    rows = rows.filter((each) => each !== row);
    row.element.remove();
    number();
    announce(`Row ${place + 1} removed`);
    (rows[Math.min(place, rows.length - 1)]?.remove ?? add).focus();
    onChange();
  }

  function number() {
    rows.forEach((row, place) => {
      row.place.textContent = place + 1;
      set(row.element, { "aria-label": `${schema.title}, row ${place + 1}` });
      set(row.remove, { "aria-label": `Remove row ${place + 1}` });
    });
    add.hidden = rows.length >= (schema.maxItems ?? Infinity);
  }

  function read() {
    const written = rows.map(({ cells }) =>
      Object.fromEntries(cells.map((cell) => [cell.name, cell.read()]).filter(([, value]) => value !== undefined)),
    );
    return written.length ? written : undefined;
  }

  function write(values) {
    rows = [];
    fill(list);
    for (const row of values ?? []) append(row);
    for (let count = rows.length; count < (schema.minItems ?? 0); count += 1) append({});
    number();
  }

  /** Faults point at `/2/rate`, at `/2`, or at the table itself. */
  function showFaults(faults) {
    for (const row of rows) for (const cell of row.cells) markFaulty(cell.input, null);
    for (const { pointer } of faults) {
      const [, place, column] = pointer.split("/");
      const cell = rows[Number(place)]?.cells.find((each) => each.name === column);
      if (cell) markFaulty(cell.input, faultId);
    }
    fault.hidden = !faults.length;
    fault.textContent = faults.map(({ detail }) => detail).join(" ");
  }

  function focus() {
    const inputs = rows.flatMap((row) => row.cells.map((cell) => cell.input));
    (inputs.find((input) => input.getAttribute("aria-invalid") === "true") ?? inputs[0] ?? add).focus();
  }

  /** The cell at a row's place and its column's name, or null. */
  function at([place, column]) {
    const cell = rows[Number(place)]?.cells.find((each) => each.name === column);
    return cell ? { label: `${schema.title}, row ${Number(place) + 1}: ${cell.label}`, focus: () => cell.input.focus() } : null;
  }

  write([]);
  return { name, label: schema.title, element, read, write, showFaults, focus, at };
}

function cellOf({ name, schema, required }, value, onChange) {
  const { element, input, read, write } = control(schema, onChange);
  const id = uniqueId(name);
  set(input, { id, "aria-required": required ? "true" : null });
  write(value);
  const isBroad = schema["x-certmill-widget"] === "textarea" || (!schema["x-certmill-format"] && schema["x-certmill-max-graphemes"] > BROAD);
  return { name, label: schema.title, input, read, element: h(`.cell${isBroad ? ".broad" : ""}`, {}, h("label", { for: id }, schema.title), element) };
}
