/** A call of Katello as a recording has it, and planted deviations from the contract. */
import type { RecordedExchange } from "../../src/contract/recording/exchange.ts";

/** Content type of Katello's bodies. */
export const FORM = "application/x-www-form-urlencoded";

/** A call that keeps the contract, with changes. */
export const exchange = (changes: Partial<RecordedExchange> = {}): RecordedExchange => ({
  method: "PUT",
  url: "https://proxy.example.org:9090/container_gateway/repository_list/",
  headers: { "content-type": FORM },
  body: "repositories[][repository]=acme%2Fapp&repositories[][auth_required]=true",
  reply: {
    status: 200,
    headers: { "content-type": "application/json", "x-request-id": "r-1", "content-length": "2" },
    text: "{}",
  },
  ...changes,
});

/** URL of an operation of Katello. */
export const to = (path: string): string => `https://proxy.example.org:9090/container_gateway${path}`;

/** Changes of that call, each of which breaks the contract. */
export const DEVIATIONS: Readonly<Record<string, Partial<RecordedExchange>>> = {
  "POST for PUT": { method: "POST" },
  "a path that does not exist": { url: to("/repositories") },
  "a body as text": { headers: { "content-type": "text/plain" } },
  "a body without a type": { headers: {} },
  "JSON in the form": { body: '{"repositories":[]}' },
  "JSON of another shape": {
    headers: { "content-type": "application/json" },
    body: '{"repositories":{"acme/app":true}}',
  },
  "JSON that breaks off": { headers: { "content-type": "application/json" }, body: '{"repositories":[' },
  "another collection": { body: "repos[][repository]=acme%2Fapp&repos[][auth_required]=true" },
  "no auth_required": { body: "repositories[][repository]=acme%2Fapp" },
  "yes for true": { body: "repositories[][repository]=acme%2Fapp&repositories[][auth_required]=yes" },
  "an empty name": { body: "repositories[][repository]=&repositories[][auth_required]=true" },
  "a name with spaces": { body: "repositories[][repository]=my+app&repositories[][auth_required]=true" },
  "an index in the brackets": {
    body: "repositories[0][repository]=acme%2Fapp&repositories[0][auth_required]=true",
  },
  "brackets that are encoded": { body: "repositories%5B%5D%5Brepository%5D=acme%2Fapp" },
  "an escape that is none": { body: "repositories[][repository]=%ZZ&repositories[][auth_required]=true" },
  "users without a list": {
    url: to("/user_repository_mapping/"),
    body: "users[alice][][repository]=acme%2Fapp&users[alice][][auth_required]=true",
  },
  "a login with a colon": {
    url: to("/user_repository_mapping/"),
    body: "users[][a%3Ab][][repository]=acme%2Fapp&users[][a%3Ab][][auth_required]=true",
  },
  "hosts as plain texts": { url: to("/update_hosts/"), body: "hosts[]=6a0b2c5e" },
  "a host that is no uuid": { url: to("/update_hosts/"), body: "hosts[][uuid]=..%2Fetc" },
  "grants of users in the mapping of hosts": {
    url: to("/host_repository_mapping/"),
    body: "users[][alice][][repository]=acme%2Fapp&users[][alice][][auth_required]=true",
  },
};
