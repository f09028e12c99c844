// Takes folders and zips that are dropped on the page. What is chosen in the fields goes without this, as any form does.
"use strict";

const drop = document.getElementById("drop");
const status = document.getElementById("sent");
const say = (key) => (status.textContent = status.dataset[key]);
const isZip = (name) => /\.(zip|skill)$/i.test(name);

// A folder hands out its entries in portions, the last of which is empty.
async function entries(folder) {
  const reader = folder.createReader();
  const all = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

async function files(entry) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [{ path: entry.fullPath.replace(/^\//, ""), file }];
  }
  const inside = await Promise.all((await entries(entry)).map(files));
  return inside.flat();
}

// The name of each file goes before it: not every browser sends folders in file names.
function form(dropped) {
  const form = new FormData();
  for (const { path, file } of dropped) {
    if (!path.includes("/") && isZip(path)) {
      form.append("archive", file, path);
    } else {
      form.append("path", path);
      form.append("file", file, file.name);
    }
  }
  return form;
}

async function send(dropped) {
  say("sending");
  const answer = await fetch("/import", { method: "POST", headers: { "hx-request": "true" }, body: form(dropped) });
  const next = answer.headers.get("hx-redirect");
  if (!next) throw new Error(`no way on: ${answer.status}`);
  location.assign(next);
}

drop.addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.classList.add("over");
});
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", async (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  // Entries can only be had before the first wait.
  const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
  const found = items.map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  try {
    const each = found.map(({ entry, file }) => (entry ? files(entry) : [{ path: file.name, file }]));
    const dropped = (await Promise.all(each)).flat();
    if (dropped.length > 0) await send(dropped);
  } catch {
    say("failed");
  }
});
document.getElementById("bring").addEventListener("submit", () => say("sending"));
