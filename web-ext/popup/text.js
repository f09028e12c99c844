// All visible text comes from _locales.

/** The text with this key; `fallback` when there is none. */
export function text(key, substitutions = [], fallback = "") {
  return chrome.i18n.getMessage(key, substitutions) || fallback;
}

/** The sentence for an error code. A code of a newer server or core is named rather than hidden. */
export function errorText(code) {
  return text(code) || text("UNKNOWN_ERROR", [code]);
}

/** Fills in every element that names its text. */
export function localise(root) {
  for (const element of root.querySelectorAll("[data-i18n]")) element.textContent = text(element.dataset.i18n);
  for (const element of root.querySelectorAll("[data-i18n-placeholder]")) {
    element.placeholder = text(element.dataset.i18nPlaceholder);
  }
}

const dayAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const timeOnly = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

/** Short for today, with the date before. */
export function moment(milliseconds) {
  const when = new Date(milliseconds);
  const today = when.toDateString() === new Date().toDateString();
  return (today ? timeOnly : dayAndTime).format(when);
}

/** `9:05` for minutes and seconds. */
export function countdown(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
