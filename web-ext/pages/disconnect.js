// The question before a disconnect, which the panel and the options have in common.

import { element } from "./dom.js";

/** Wires the four elements; `ask` sends the command. */
export function offerDisconnect(ask) {
  element("disconnect").addEventListener("click", () => open(element("disconnect-question").hidden));
  element("disconnect-keep").addEventListener("click", () => open(false));
  element("disconnect-confirm").addEventListener("click", () => {
    open(false);
    ask({ command: "disconnect" });
  });
}

function open(wanted) {
  element("disconnect-question").hidden = !wanted;
  element("disconnect").setAttribute("aria-expanded", String(wanted));
  element(wanted ? "disconnect-keep" : "disconnect").focus();
}
