/** Runs `container-gateway register`. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { errorText } from "../model/error-text.ts";
import { StartupError } from "../model/startup-error.ts";
import { register } from "../register/register.ts";
import { Foreman, type ForemanCredentials } from "../upstreams/foreman/foreman.ts";
import { UsageError } from "./arguments.ts";
import type { Call, Terminal } from "./command.ts";
import type { REGISTER_OPTIONS } from "./table/site.ts";

/** Exit codes, beside 1 for an error. */
const EXIT = { found: 0, notFound: 2 } as const;

function read(option: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new StartupError(`--${option}: ${path} can't be read: ${errorText(error)}`);
  }
}

/** Reads a line without showing it. */
async function prompt(question: string): Promise<string> {
  process.stderr.write(question);
  const muted = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: muted, terminal: true });
  const line = await new Promise<string>((resolve) => terminal.question("", resolve));
  terminal.close();
  process.stderr.write("\n");
  return line;
}

/** Accepts both keys as YAML settings or as plain lines. */
function oauthKey(path: string) {
  const values = read("oauth-key-file", path)
    .split("\n")
    .map((line) =>
      line
        .replace(/^:?oauth_consumer_(?:key|secret):\s*/, "")
        .replace(/^["']|["']$/g, "")
        .trim(),
    )
    .filter(Boolean);
  const [key, secret] = values;
  if (key === undefined || secret === undefined || values.length > 2)
    throw new StartupError(
      `--oauth-key-file: ${path} must have oauth_consumer_key and oauth_consumer_secret, each on a line`,
    );
  return { key, secret };
}

async function credentialsOf(
  values: Call<typeof REGISTER_OPTIONS>["options"],
  { isInteractive, environment }: Terminal,
): Promise<ForemanCredentials> {
  const password = environment.FOREMAN_PASSWORD;
  const { user } = values;
  if (values["oauth-key-file"] !== undefined) return { user, oauth: oauthKey(values["oauth-key-file"]) };
  if (values["password-file"] !== undefined)
    return { user, password: read("password-file", values["password-file"]).replace(/\r?\n$/, "") };
  if (password !== undefined) return { user, password };
  if (isInteractive) return { user, password: await prompt(`Password or token of ${user} in Foreman: `) };
  throw new StartupError("a password is needed: --password-file, or FOREMAN_PASSWORD");
}

/** An https URL without a path. */
function httpsUrl(option: string, text: string | undefined): string {
  if (text === undefined) throw new UsageError(`--${option} is missing`);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "https:" || url.pathname !== "/")
    throw new UsageError(
      `--${option} must be an https URL without a path, such as https://host.example.org:9091`,
    );
  return url.origin;
}

/**
 * Runs the command.
 * @returns its exit code
 * @throws StartupError if Foreman can't be reached, or refuses it
 */
export async function run({ options: values, terminal }: Call<typeof REGISTER_OPTIONS>): Promise<number> {
  const { print } = terminal;
  const name = values.name ?? hostname();
  const url = httpsUrl("url", values.url);
  const foreman = new Foreman({
    url: httpsUrl("foreman", values.foreman),
    ca: values.ca === undefined ? undefined : read("ca", values.ca),
    credentials: await credentialsOf(values, terminal),
  });
  try {
    const result = await register(foreman, { name, url });
    if (values.json) print(JSON.stringify(result, null, 2));
    else {
      print(`${result.action} the record ${name} with ${url} in Foreman ${result.foremanVersion}`);
      print(`features: ${result.features.join(", ") || "none"}`);
      print(result.text);
    }
    return result.isFound ? EXIT.found : EXIT.notFound;
  } finally {
    await foreman.close();
  }
}
