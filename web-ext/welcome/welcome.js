// The first page, opened once: says what goes where before anything does, then leads to the pairing. It starts nothing by itself.

import { listen } from "../pages/core.js";
import { element } from "../pages/dom.js";
import { localise, text } from "../pages/text.js";

localise(document);
document.title = `Skillferry: ${text("welcome_title")}`;
listen(({ view }) => {
  if (!view) return;
  const open = ["unpaired", "revoked"].includes(view.state);
  element("begin-row").hidden = !open;
  element("paired-row").hidden = open;
});
