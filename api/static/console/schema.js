// Reading an item's JSON Schema as a form does.

/** The properties in the order of the kind, each with its name and whether it must be given. */
export function inOrder(schema) {
  return Object.entries(schema.properties)
    .map(([name, property]) => ({ name, schema: property, required: (schema.required ?? []).includes(name) }))
    .sort((a, b) => a.schema["x-certmill-order"] - b.schema["x-certmill-order"]);
}

/**
 * What the rules between fields make of one: is it there at all, must it be given? `only_when` and `required_when` name a choice,
 * and the values of it under which the field belongs.
 */
export function standing(name, required, rules, values) {
  let isThere = true;
  let isRequired = required;
  for (const rule of rules) {
    if (rule.field !== name) continue;
    const holds = rule.is_one_of.includes(values[rule.when]);
    if (rule.rule === "only_when") isThere = isThere && holds;
    if (rule.rule === "required_when") isRequired = isRequired || holds;
  }
  return { isThere, isRequired };
}
