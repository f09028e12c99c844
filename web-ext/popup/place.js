// Where the panel is: the popup behind the icon closes by itself and offers the place at the side, which stays.

import { element } from "../pages/dom.js";

/** Lets the page know where it is and wires the way to the side. */
export function settleIn() {
  const inPopup = chrome.extension.getViews({ type: "popup" }).includes(window);
  document.documentElement.dataset.place = inPopup ? "popup" : "room";
  if (inPopup) offerSide();
}

/** The browsers open the side only in the click itself, so what that takes is found out before. */
async function offerSide() {
  const { sidePanel, sidebarAction } = chrome;
  const open = sidePanel ? await inChrome(sidePanel) : () => sidebarAction.open();
  element("open-panel").hidden = false;
  element("open-panel").addEventListener("click", () => open().then(() => window.close()));
}

async function inChrome(sidePanel) {
  const { id } = await chrome.windows.getCurrent();
  return () => sidePanel.open({ windowId: id });
}
