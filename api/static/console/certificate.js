// An issued document: to look at, to download, to verify.

import { announce, fill, h, icon } from "./elements.js";
import { revokeButton } from "./revocation.js";
import { get } from "./server.js";
import { labels } from "./templates.js";
import { bytes, humanise, moment, plural } from "./words.js";

const NAMES = { pdf: "PDF", png: "PNG", jpg: "JPEG", webp: "WebP", thumbnail: "Thumbnail" };

export async function showCertificate(page, id) {
  const [certificate, known] = await Promise.all([get(`/certificates/${id}`), labels()]);
  fill(
    page,
    h("a.back", { href: `#/jobs/${certificate.job_id}` }, icon("back"), "The job"),
    certificateView(certificate, known),
  );
}

/** The document at the left, what is known of it at the right. */
export function certificateView(certificate, known, heading = "h1") {
  const files = certificate.files.filter(({ rendition }) => rendition !== "thumbnail");
  const picture = ["png", "webp", "jpg"].map((form) => files.find(({ rendition }) => rendition === form)).find(Boolean);
  const pdf = files.find(({ rendition }) => rendition === "pdf");
  const kind = known.kinds.get(certificate.kind) ?? humanise(certificate.kind);
  const copy = h("button.icon-only", { type: "button", "aria-label": "Copy the address", onclick: copyAddress }, icon("copy"));

  async function copyAddress() {
    await navigator.clipboard?.writeText(certificate.verify_url);
    copy.replaceChildren(icon("check"));
    announce("Copied");
    setTimeout(() => copy.replaceChildren(icon("copy")), 1500);
  }

  const name = h(heading, { dir: "auto", tabindex: -1 }, certificate.recipient_name);
  const facts = [
    ["Number", certificate.number],
    ["Issued", moment(certificate.issued_at)],
    ["Spa", certificate.spa?.name],
    ["Template", `${known.templates.get(certificate.template) ?? certificate.template}, version ${certificate.template_version}`],
    ["Revoked", certificate.revoked_at && moment(certificate.revoked_at)],
    ["Reason", certificate.revocation_reason],
    ["Pages", pdf?.pages > 1 ? plural(pdf.pages, "page") : null],
  ].filter(([, value]) => value);

  const element = h(
    ".document",
    {},
    h(
      "figure.sheet",
      {},
      picture
        ? h("img", { src: picture.url, alt: `${kind} of ${certificate.recipient_name}`, width: picture.width, height: picture.height })
        : h("p.empty", {}, "It was drawn as a PDF only."),
    ),
    h(
      "section.about",
      {},
      h("p.eyebrow", {}, kind),
      name,
      certificate.state === "valid" ? null : h("p", {}, h("span.state.failed", {}, icon("close"), humanise(certificate.state))),
      h(
        ".downloads",
        {},
        files.map((file, place) =>
          h(
            `a.button${place ? "" : ".primary"}`,
            { href: `${file.url}?download=true`, download: "" },
            icon("download"),
            NAMES[file.rendition],
            h("span.size", {}, bytes(file.size)),
          ),
        ),
      ),
      pdf ? h("p", {}, h("a", { href: pdf.url, target: "_blank", rel: "noopener" }, "Open the PDF", icon("open"))) : null,
      h("dl", {}, facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
      h("p.verify", {}, "Anybody can verify it at", h("span.address", {}, h("a", { href: certificate.verify_url }, certificate.verify_url), copy)),
      certificate.state === "valid" ? h("p.revoke", {}, revokeButton(certificate, show)) : null,
    ),
  );

  /** In its place, the document as it is now. */
  function show(changed) {
    const view = certificateView(changed, known, heading);
    element.replaceWith(view);
    view.querySelector("h1, h2").focus();
  }

  return element;
}
