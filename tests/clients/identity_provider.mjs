/* An OpenID Connect provider (certified) for a test: people type their login, and any password will do.

   Its one argument is JSON: {port, client: {client_id, client_secret, redirect_uris}, people: {login: claims}}. */

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [, , told] = process.argv;
const { port, client, people } = JSON.parse(told);
const require = createRequire(`${process.cwd()}/package.json`);
const { Provider } = await import(pathToFileURL(require.resolve("oidc-provider")).href);

const provider = new Provider(`http://localhost:${port}`, {
  clients: [client],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["given_name", "family_name", "department"] },
  cookies: { keys: ["of-the-test"] },
  findAccount: (_context, login) => ({ accountId: login, claims: () => ({ sub: login, ...people[login] }) }),
});
provider.listen(port, "localhost");
