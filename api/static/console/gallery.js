// The templates to choose from, each with its sample.

import { fill, h } from "./elements.js";
import { pageSize, templates } from "./templates.js";

const DPI = 60;

export async function showGallery(page) {
  const found = (await templates()).filter((template) => template.published);
  fill(
    page,
    h("header.head", {}, h("h1", {}, "New document"), h("p.lead", {}, "Choose what it should look like.")),
    found.length ? h("ul.gallery", {}, found.map(card)) : h("p.empty", {}, "There is no published template yet."),
  );
}

function card(template) {
  const [width, height] = pageSize(template.page);
  const size = `${Math.round(width)} × ${Math.round(height)}`;
  // CR80 is small: it needs more dots an inch to look as sharp.
  const dpi = Math.min(200, Math.round((DPI * 297) / Math.max(width, height, 120)));
  return h(
    "li",
    {},
    h(
      "a.card",
      { href: `#/new/${template.id}` },
      h(
        "span.sheet",
        {},
        h("img", {
          src: `${template.links.preview}?format=png&dpi=${dpi}`,
          alt: "",
          loading: "lazy",
          width: Math.round((width * dpi) / 25.4),
          height: Math.round((height * dpi) / 25.4),
        }),
      ),
      h("span.name", {}, template.name),
      h("span.about", {}, [template.kind_label, template.page.size ?? `${size} mm`].join(" · ")),
    ),
  );
}
