// What a person may hand to somebody who helps: versions, state, codes and counts. No token, no address of a server, no name of a
// skill and nothing of its content. In English wherever it is read, for it goes to maintainers.

const OUTCOMES = 20;

/** The text, of plain facts about this browser and what the core last said. */
export function diagnostics({ view, failure, manifest, browser, language, settings, hosts }) {
  const lines = [
    `Skillferry ${manifest.version}`,
    `Browser: ${browser}`,
    `Language: ${language}`,
    `State: ${view.state}${view.code ? " (with a code)" : ""}`,
    `Core: ${failure?.code ?? "running"}`,
    `Last error: ${view.last_error?.code ?? "none"}`,
    `Endpoints: ${view.notice ? `${view.notice.code} ${view.notice.endpoint ?? ""}`.trim() : "as expected"}`,
    `Server: ${serverKind(view.server)}`,
    `Access: ${hosts.map(hostKind).sort().join(", ") || "none"}`,
    `Operations: ${view.pending ?? 0} under way, ${view.done ?? 0} done`,
    `Last change: ${view.last_sync ? new Date(view.last_sync).toISOString() : "none"}`,
    `Not copied: ${tally((view.not_copied ?? []).map(({ code }) => code))}`,
    `Gone from claude.ai: ${(view.removed_there ?? []).length}`,
    `Plugins of unknown origin: ${(view.former_plugins ?? []).length}`,
    `Notifications: ${settings?.notifications ? "on" : "off"}`,
    "Last outcomes:",
    ...outcomes(view.activity ?? []),
  ];
  return `${lines.join("\n")}\n`;
}

function outcomes(activity) {
  if (!activity.length) return ["  none"];
  return activity.slice(0, OUTCOMES).map(({ at, what, ok, code }) => `  ${new Date(at).toISOString()} ${what} ${ok ? "ok" : (code ?? "failed")}`);
}

/** Where the server is, without saying which one it is. */
function serverKind(address) {
  if (!address) return "none";
  const { protocol, hostname } = new URL(address);
  return `${protocol.slice(0, -1)}, ${["127.0.0.1", "localhost"].includes(hostname) ? "this computer" : "elsewhere"}`;
}

function hostKind(pattern) {
  if (pattern.includes("//claude.ai/")) return "claude.ai";
  return /\/\/(127\.0\.0\.1|localhost)\//.test(pattern) ? "this computer" : "elsewhere";
}

function tally(codes) {
  const counts = new Map();
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts].map(([code, count]) => `${count} ${code}`).join(", ") || "0";
}
