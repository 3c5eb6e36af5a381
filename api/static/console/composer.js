// One document: a form at the left, and at the right what it will look like, drawn anew while one writes.

import { fill, h, icon, set } from "./elements.js";
import { schemaForm } from "./form.js";
import { livePreview } from "./preview.js";
import { Problem, get, idempotencyKey, send } from "./server.js";
import { spaChoice } from "./spas.js";
import { pageSize } from "./templates.js";

export async function showComposer(page, templateId) {
  const [template, schema] = await Promise.all([
    get(`/certificates/templates/${templateId}`),
    get(`/certificates/templates/${templateId}/fields`),
  ]);
  const form = schemaForm(schema, { onChange: draw });
  const spa = await spaChoice({ isRequired: schema["x-certmill-spa-required"], onChange: draw });
  const preview = livePreview(template.links.preview, pageSize(template.page), {
    onFaults: showWhileWriting,
    fieldAt: (pointer) => spa.fieldAt(pointer) ?? form.fieldAt(pointer, "/values"),
  });
  const listed = h("input", { type: "checkbox", id: "listed" });
  const summary = h("p.notice.wrong", { role: "alert", hidden: true });
  const issue = h("button.primary", { type: "submit" }, "Issue document");
  let key = idempotencyKey();
  let isSending = false;

  function draw() {
    key = idempotencyKey(); // what is sent next is another request
    preview.draw({ values: form.values(), spa_id: spa.read() });
  }

  function showWhileWriting(faults) {
    if (!isSending) form.showFaults(faults, { prefix: "/values", onlyTouched: true });
  }

  async function submit(event) {
    event.preventDefault();
    isSending = true;
    set(issue, { disabled: true });
    summary.hidden = true;
    const wanted = { template: templateId, items: [form.values()], spa_id: spa.read() ?? null, is_public: listed.checked };
    try {
      const job = await send("POST", "/certificates/generate", wanted, { headers: { "Idempotency-Key": key } });
      location.hash = `#/jobs/${job.id}`;
    } catch (error) {
      showRefusal(error);
    } finally {
      isSending = false;
      set(issue, { disabled: false });
    }
  }

  function showRefusal(error) {
    const faults = error instanceof Problem ? error.faults : [];
    const rest = spa.showFaults(form.showFaults(faults, { prefix: "/items/0" }));
    const named = faults.length - rest.length;
    const words = rest.map(({ detail }) => detail);
    if (named) words.unshift(named === 1 ? "One field needs a look." : `${named} fields need a look.`);
    summary.textContent = words.join(" ") || error.message;
    summary.hidden = false;
    if (named) [spa, form].find((each) => each.element.querySelector("[aria-invalid=true], .fault:not([hidden])"))?.focusFirstFault();
    else summary.scrollIntoView({ block: "nearest" });
  }

  fill(
    page,
    h(
      ".composer",
      {},
      h(
        "section.writing",
        {},
        h("a.back", { href: "#/new" }, icon("back"), "All templates"),
        h("h1", {}, template.name),
        template.description ? h("p.lead", {}, template.description) : null,
        h(
          "form",
          { onsubmit: submit, novalidate: true },
          spa.element,
          form.element,
          template.public_listing
            ? h(".field", {}, h(".tick", {}, listed, h("label", { for: "listed" }, "May be listed publicly")))
            : null,
          summary,
          h(".actions", {}, issue),
        ),
      ),
      h("aside.looking", { "aria-label": "Preview" }, preview.element),
    ),
  );
  preview.draw({ values: form.values(), spa_id: spa.read() });
  return preview.stop;
}
