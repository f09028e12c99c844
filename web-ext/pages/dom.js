// Small steps on the document. Text goes in as text, never as markup; addresses are checked before they become links.

export function element(id) {
  return document.getElementById(id);
}

/** A new element. */
export function part(tag, className, content) {
  const part = document.createElement(tag);
  part.className = className;
  part.textContent = content;
  return part;
}

/** Sets a text only where it differs: a screen reader would else read a live region again. */
export function write(id, content) {
  if (element(id).textContent !== content) element(id).textContent = content;
}

/** Sets the address of a link if it is a web address; a link without one is hidden. */
export function link(anchor, address) {
  anchor.hidden = !/^https?:\/\//i.test(address ?? "");
  if (anchor.hidden) anchor.removeAttribute("href");
  else anchor.href = address;
}
