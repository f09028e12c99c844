// The link's token is behind the #, which browsers send nowhere. It is handed over once and taken out of the address.
const token = location.hash.slice(1);
const text = document.getElementById("login");

async function logIn() {
  history.replaceState(null, "", "/login");
  text.textContent = "Logging in …";
  const answer = await fetch("/login", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });
  if (answer.ok) return location.replace("/");
  const body = await answer.json().catch(() => null);
  text.textContent = body?.error?.message ?? "The server did not answer as expected. Reload the page.";
}

if (token) logIn().catch(() => (text.textContent = "The server cannot be reached. Start it, then open its new link."));
