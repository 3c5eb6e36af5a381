// The templates that may be used, fetched once for a visit.

import { get } from "./server.js";

let fetched = null;

/** Every template that the caller may use. */
export function templates() {
  fetched ??= all("/certificates/templates?limit=200").catch((error) => {
    fetched = null;
    throw error;
  });
  return fetched;
}

/** Names of templates by id, and labels of kinds by name. */
export async function labels() {
  const found = await templates();
  return {
    templates: new Map(found.map((each) => [each.id, each.name])),
    kinds: new Map(found.map((each) => [each.kind, each.kind_label])),
  };
}

/** All items of a listing, page by page. */
export async function all(path) {
  const found = [];
  let cursor = null;
  do {
    const page = await get(cursor ? `${path}&cursor=${encodeURIComponent(cursor)}` : path);
    found.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return found;
}

const SIZES = { A4: [210, 297], A5: [148, 210], Letter: [215.9, 279.4], CR80: [53.98, 85.6] };

/** Width and height of a template's page in mm. */
export function pageSize({ size, orientation, width, height }) {
  const [short, long] = SIZES[size ?? "A4"];
  const [across, down] = orientation === "landscape" ? [long, short] : [short, long];
  return [width ?? across, height ?? down];
}
