// Parts tell the server what they show; it answers 204 when that is still right, and nothing moves.
document.addEventListener("htmx:configRequest", (event) => {
  const mark = event.detail.elt.dataset.mark;
  if (mark) event.detail.parameters.seen = mark;
});

// A part is not exchanged while somebody is in it: focus and open details would be lost.
document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.detail.elt;
  if (part.contains(document.activeElement) || part.querySelector("details[open]")) event.preventDefault();
});

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});
