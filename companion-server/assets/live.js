// Shows changes by themselves. The server says which topics have changed; the page then asks for itself again, and the parts that show such
// a topic take over what is different. Focus, open details, scroll and typed text stay.
"use strict";

const AGAIN_AFTER = 1500;
const offline = () => document.getElementById("offline");
let source = null;
let asking = false;
let missed = [];

// What a person has opened or typed is theirs.
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => {
  if (name === "open" && node.tagName === "DETAILS") return false;
  if (name === "value" && "defaultValue" in node && node.type !== "hidden" && node.value !== node.defaultValue) return false;
  return true;
};

const shows = (part, topics) => !topics || part.dataset.live.split(" ").some((topic) => topics.has(topic));
const parts = (topics) => [...document.querySelectorAll("[data-live][id]")].filter((part) => shows(part, topics));

// Asks for this page again; without topics for all of it. False when the server does not answer.
async function refresh(topics) {
  if (topics && parts(topics).length === 0) return true;
  const address = location.href;
  const answer = await fetch(address, { headers: { "hx-request": "true" }, cache: "no-store" }).catch(() => null);
  if (answer?.status === 401) return location.assign("/login"), true;
  if (!answer?.ok) return answer !== null && answer.status < 500;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  // A filter was quicker: what has arrived belongs to what was shown before it.
  if (location.href !== address) return refresh(topics);
  for (const part of parts(topics)) {
    const next = fresh.getElementById(part.id);
    if (!next) continue;
    Idiomorph.morph(part, next);
    htmx.process(part);
  }
  return true;
}

// One question at a time; what changes meanwhile is asked for afterwards, without topics all of it.
async function changed(topics) {
  if (asking) {
    missed.push(topics);
    return;
  }
  asking = true;
  await refresh(topics);
  asking = false;
  if (missed.length === 0) return;
  const all = missed.includes(null);
  const next = all ? null : new Set(missed.flatMap((some) => [...some]));
  missed = [];
  await changed(next);
}

function listen() {
  source = new EventSource("/live");
  // What changed between the page's making and now was told to nobody.
  source.addEventListener("open", () => changed(null));
  source.addEventListener("changed", (event) => changed(new Set(event.data.split(" "))));
  source.addEventListener("ended", () => location.assign("/login"));
  source.addEventListener("error", lost);
}

function rest() {
  source?.close();
  source = null;
}

// Browsers differ in when they try again by themselves, so that is done here.
function lost() {
  rest();
  setTimeout(resume, AGAIN_AFTER);
}

async function resume() {
  if (source || document.hidden) return;
  const back = await refresh(null);
  offline().hidden = back;
  if (back && !source) listen();
  if (!back) setTimeout(resume, AGAIN_AFTER);
}

// A page that nobody sees keeps no connection: a browser has six for one server.
document.addEventListener("visibilitychange", () => (document.hidden ? rest() : resume()));
addEventListener("pagehide", rest);
addEventListener("pageshow", (event) => event.persisted && resume());

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const text = document.getElementById(button.dataset.copy);
  const copied = document.getElementById("copied");
  await navigator.clipboard?.writeText(text.value).catch(() => text.select());
  copied.textContent = copied.dataset.copied;
});

// On a narrow screen the navigation is one line: it begins where the person is.
const nav = document.getElementById("nav");
const here = nav?.querySelector("[aria-current]");
if (here) nav.scrollLeft = here.offsetLeft - (nav.clientWidth - here.offsetWidth) / 2;

if (!document.hidden) listen();
