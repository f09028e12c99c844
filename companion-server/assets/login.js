// The link's token is behind the #, which browsers send nowhere. It is handed over once and taken out of the address.
const token = location.hash.slice(1);
const text = document.getElementById("login");

async function logIn() {
  history.replaceState(null, "", "/login");
  text.textContent = text.dataset.begun;
  const answer = await fetch("/login", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });
  if (answer.ok) return location.replace("/");
  const body = await answer.json().catch(() => null);
  const used = body?.error?.code === "LOGIN_REQUIRED";
  text.textContent = used ? text.dataset.refused : (body?.error?.message ?? text.dataset.unexpected);
}

if (token) logIn().catch(() => (text.textContent = text.dataset.unreachable));
