// Saying that a document no longer stands: asked once more before, because it cannot be taken back.

import { markFaulty } from "./controls.js";
import { announce, fill, h, icon, set, uniqueId } from "./elements.js";
import { Problem, get, send } from "./server.js";

/** A button that asks for the reason; `onRevoked` gets the certificate as it is then. */
export function revokeButton(certificate, onRevoked) {
  return h("button.quiet.danger", { type: "button", onclick: open }, icon("close"), "Revoke");

  function open() {
    const dialog = revocationDialog(certificate, onRevoked);
    document.body.append(dialog);
    dialog.showModal();
  }
}

function revocationDialog(certificate, onRevoked) {
  const [titleId, reasonId, helpId, faultId] = ["title", "reason", "help", "fault"].map(uniqueId);
  const reason = h("textarea", { id: reasonId, rows: 3, maxlength: 500, dir: "auto", "aria-describedby": helpId, autofocus: true });
  const fault = h("p.fault", { id: faultId, hidden: true });
  const summary = h("p.notice.wrong", { role: "alert", hidden: true });
  const revoke = h("button.primary.danger", { type: "submit" }, "Revoke the document");
  const dialog = h(
    "dialog",
    { "aria-labelledby": titleId },
    h(
      "form",
      { onsubmit: submit, novalidate: true },
      h("h2", { id: titleId }, `Revoke ${certificate.number}?`),
      h("p", { dir: "auto" }, "Whoever verifies the document of ", h("strong", {}, certificate.recipient_name), " is told from now on that it was revoked. It leaves the public listing. This cannot be taken back."),
      h(".field", {}, h("label", { for: reasonId }, "Reason"), reason, h("p.help", { id: helpId }, "For your own books; whoever verifies it is not told."), fault),
      summary,
      h(".actions", {}, h("button.quiet", { type: "button", onclick: () => dialog.close() }, "Cancel"), revoke),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());

  async function submit(event) {
    event.preventDefault();
    set(revoke, { disabled: true });
    try {
      done(await send("POST", `/certificates/${certificate.id}/revoke`, { reason: reason.value.trim() }));
    } catch (error) {
      await tell(error);
    } finally {
      set(revoke, { disabled: false });
    }
  }

  function done(revoked) {
    dialog.close();
    onRevoked(revoked);
    announce("The document is revoked");
  }

  async function tell(error) {
    // Somebody else was faster: what there is to see now is what they did.
    if (error instanceof Problem && error.status === 409) return done(await get(`/certificates/${certificate.id}`));
    const missing = error.faults?.some(({ pointer }) => pointer === "/reason");
    fault.hidden = !missing;
    fill(fault, missing ? "Say why." : "");
    markFaulty(reason, missing ? faultId : null);
    summary.hidden = Boolean(missing);
    summary.textContent = missing ? "" : error.message;
    if (missing) reason.focus();
  }

  return dialog;
}
