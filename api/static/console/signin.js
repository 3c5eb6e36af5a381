// Signing in with an API key. The key itself is not kept: a cookie that scripts cannot read stands for it.

import { fill, h, set } from "./elements.js";
import { signIn } from "./server.js";

export function showSignIn(page, onSignedIn) {
  const fault = h("p.fault", { id: "key-fault", role: "alert", hidden: true });
  const key = h("input", {
    id: "key",
    name: "key",
    type: "password",
    autocomplete: "current-password",
    spellcheck: "false",
    required: true,
    "aria-describedby": "key-help key-fault",
    "data-first": true,
  });
  const button = h("button.primary.wide", { type: "submit" }, "Sign in");

  async function submit(event) {
    event.preventDefault();
    set(button, { disabled: true });
    try {
      await signIn(key.value.trim());
      onSignedIn();
    } catch (error) {
      fault.textContent = error.status === 401 ? "This is no key that is known and valid." : error.message;
      fault.hidden = false;
      set(key, { "aria-invalid": "true" });
      key.select();
    } finally {
      set(button, { disabled: false });
    }
  }

  fill(
    page,
    h(
      ".signin",
      {},
      h("img.mark", { src: "/static/console/mark.svg", alt: "" }),
      h("h1", {}, "Certmill"),
      h("p.lead", {}, "Certificates and letters, by the thousand."),
      h(
        "form",
        { onsubmit: submit },
        h("label", { for: "key" }, "API key"),
        key,
        fault,
        button,
        h("p.help", { id: "key-help" }, "An admin gives you one. On a machine of your own, ", h("code", {}, "make run"), " prints it."),
      ),
    ),
  );
}
