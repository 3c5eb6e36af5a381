// The bar at the top: where one is, where one can go, and who one is.

import { fill, h } from "./elements.js";
import { me, signOut } from "./server.js";

const PLACES = [
  ["#/", "Jobs", /^(#\/?)?$|^#\/jobs/],
  ["#/new", "New document", /^#\/new/],
  ["#/documents", "Documents", /^#\/(documents|certificates)/],
  ["#/statistics", "Statistics", /^#\/statistics/],
  ["#/webhooks", "Webhooks", /^#\/webhooks/],
];

export function showBar(address, onSignOut) {
  const bar = document.getElementById("bar");
  const who = me();
  bar.hidden = !who;
  if (!who) return;
  const links = PLACES.map(([href, words, here]) =>
    h("a", { href, "aria-current": here.test(address) ? "page" : null }, wordsOf(words)),
  );
  async function leave() {
    await signOut();
    onSignOut();
  }
  fill(
    bar,
    h("a.brand", { href: "#/", "aria-label": "Certmill, jobs" }, h("img", { src: "/static/console/mark.svg", alt: "" }), "Certmill"),
    h("nav", { "aria-label": "Main" }, links),
    h(
      ".who",
      {},
      h("a.docs", { href: "/docs" }, "API"),
      h("span.name", { title: who.role }, who.name),
      h("button.quiet", { type: "button", onclick: leave }, "Sign out"),
    ),
  );
}

/** Where there is little room, a place goes by its first word. */
function wordsOf(words) {
  const [first, ...rest] = words.split(" ");
  return h("span", {}, first, rest.length ? h("span.rest", {}, ` ${rest.join(" ")}`) : null);
}
