// A real provider of OpenID Connect (panva's oidc-provider) for the server's tests, on this machine alone.
//
// `node provider.mjs [REDIRECT_URI[,…] [PORT [METHOD]]]` prints its issuer as its first line and ends when its standard input does. METHOD is
// how clients prove themselves, client_secret_basic unless said. A test names a person with `PUT /people/SUBJECT` (the claims, as JSON)
// and signs in as them by adding `login_hint=SUBJECT` to the authorisation request; whoever is not named refuses. `PUT /keys` gives the provider
// another signing key and takes the old one away. Subjects that begin
// with “slow-” get codes that live for a second.

import { generateKeyPairSync, webcrypto } from "node:crypto";
import { createServer } from "node:http";

// Node 18 does not offer it to everybody yet.
globalThis.crypto ??= webcrypto;
const { default: Provider } = await import("oidc-provider");

const REDIRECTS = (process.argv[2] ?? "http://127.0.0.1:8082/login/oidc/callback").split(",");
const METHOD = process.argv[4] ?? "client_secret_basic";
const people = new Map();

let keys = 0;

function configuration() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = { ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: `of-the-tests-${++keys}` };
  const client = { redirect_uris: REDIRECTS, response_types: ["code"], grant_types: ["authorization_code"] };
  return {
    clients: [
      { ...client, client_id: "skillferry", client_secret: "a secret of the tests: +/%&", token_endpoint_auth_method: METHOD },
      { ...client, client_id: "without-secret", token_endpoint_auth_method: "none" },
    ],
    clientAuthMethods: [METHOD, "none"],
    jwks: { keys: [key] },
    cookies: { keys: ["only-for-tests"] },
    pkce: { required: () => true },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "preferred_username"], groups: ["groups"] },
    features: { devInteractions: { enabled: false } },
    ttl: { AuthorizationCode: (_, code) => (code.accountId.startsWith("slow-") ? 1 : 60) },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, ...people.get(sub) }) }),
    loadExistingGrant: consented,
  };
}

/** Everybody consents to everything: what is tested is the server, not the provider's pages. */
async function consented({ oidc }) {
  const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
  grant.addOIDCScope("openid email profile groups");
  await grant.save();
  return grant;
}

async function interact(provider, request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const accountId = params.login_hint;
  const result = people.has(accountId)
    ? { login: { accountId } }
    : { error: "access_denied", error_description: "<b>The person said no.</b>" };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

async function body(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

const server = createServer();
server.listen(Number(process.argv[3] ?? 0), "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  let provider = new Provider(issuer, configuration());
  let callback = provider.callback();
  server.on("request", async (request, response) => {
    try {
      if (request.method === "PUT" && request.url === "/keys") {
        provider = new Provider(issuer, configuration());
        callback = provider.callback();
        response.writeHead(204).end();
      } else if (request.method === "PUT") {
        people.set(request.url.slice("/people/".length), await body(request));
        response.writeHead(204).end();
      } else if (request.url.startsWith("/interaction/")) {
        await interact(provider, request, response);
      } else {
        callback(request, response);
      }
    } catch (error) {
      console.error(error);
      response.writeHead(500).end();
    }
  });
  console.log(issuer);
});
process.stdin.resume().on("end", () => process.exit(0));
