// All visible text comes from _locales.

/** The text with this key; `fallback` when there is none. */
export function text(key, substitutions = [], fallback = "") {
  return chrome.i18n.getMessage(key, substitutions) || fallback;
}

/** The sentence for an error code. A code of a newer server or core is named rather than hidden. */
export function errorText(code) {
  return text(code) || text("UNKNOWN_ERROR", [code]);
}

/** Which of our languages the texts are in, as dates and screen readers want to know it. */
export function language() {
  return text("language_tag", [], "en");
}

/** Fills in every element that names its text, and says which language that is. */
export function localise(page) {
  page.documentElement.lang = language();
  for (const element of page.querySelectorAll("[data-i18n]")) element.textContent = text(element.dataset.i18n);
  for (const element of page.querySelectorAll("[data-i18n-placeholder]")) {
    element.placeholder = text(element.dataset.i18nPlaceholder);
  }
  for (const element of page.querySelectorAll("[data-i18n-label]")) {
    element.title = text(element.dataset.i18nLabel);
    element.setAttribute("aria-label", element.title);
  }
}

/** One of a kind: making one takes longer than painting the line that it is for. */
const formats = new Map();

/** Short for today, with the date before. */
export function moment(milliseconds) {
  const when = new Date(milliseconds);
  const today = when.toDateString() === new Date().toDateString();
  return format(today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" }).format(when);
}

function format(style) {
  const key = `${language()} ${JSON.stringify(style)}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(language(), style));
  return formats.get(key);
}

/** A number as this language writes it. */
export function number(value) {
  return new Intl.NumberFormat(language()).format(value);
}

/** `9:05` for minutes and seconds. */
export function countdown(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
