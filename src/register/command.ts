/** Arguments and output of `container-gateway register`. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { parseArgs } from "node:util";
import { errorText } from "../model/error-text.ts";
import { StartupError } from "../model/startup-error.ts";
import { Foreman, type ForemanCredentials } from "../upstreams/foreman/foreman.ts";
import { register } from "./register.ts";

/** Usage of the command. */
export const REGISTER_USAGE = `usage: container-gateway register --foreman URL --url URL [OPTION...]

Creates or updates the record of a Smart Proxy in Foreman, refreshes its features, and says whether Katello finds the gateway.

  --foreman URL         Foreman, such as https://foreman.example.org
  --url URL             URL of the gateway for Foreman: of the façade, or of an https listener
  --name NAME           name of the record (default: this machine's name)
  --user NAME           account in Foreman (default admin)
  --password-file FILE  file with the password or a personal access token; otherwise FOREMAN_PASSWORD, or a prompt
  --oauth-key-file FILE file with Foreman's oauth_consumer_key and oauth_consumer_secret, each on a line, instead of a password
  --ca FILE             CA of Foreman's certificate (default: the system's)
  --json                print one JSON document

Exit codes: 0 Katello finds the gateway, 1 it failed, 2 it is registered, but Katello does not find it.
`;

const OPTIONS = {
  foreman: { type: "string" },
  url: { type: "string" },
  name: { type: "string", default: hostname() },
  user: { type: "string", default: "admin" },
  "password-file": { type: "string" },
  "oauth-key-file": { type: "string" },
  ca: { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** Exit codes, beside 1 for an error. */
const EXIT = { found: 0, notFound: 2 } as const;

/** Surroundings of the command. */
export interface RegisterSurroundings {
  print(text: string): void;
  /** Password from the environment. */
  readonly password: string | undefined;
  /** True if somebody can type one. */
  readonly isInteractive: boolean;
}

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
  values: { readonly user: string; readonly "password-file"?: string; readonly "oauth-key-file"?: string },
  { password, isInteractive }: RegisterSurroundings,
): Promise<ForemanCredentials> {
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
  if (text === undefined)
    throw new StartupError(`--${option} is needed: see container-gateway register --help`);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "https:" || url.pathname !== "/")
    throw new StartupError(
      `--${option} must be an https URL without a path, such as https://host.example.org:9091`,
    );
  return url.origin;
}

/**
 * Runs the command.
 * @returns its exit code
 * @throws StartupError if Foreman can't be reached, or refuses it
 */
export async function registerCommand(args: string[], surroundings: RegisterSurroundings): Promise<number> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const { print } = surroundings;
  if (values.help) {
    print(REGISTER_USAGE.trimEnd());
    return EXIT.found;
  }
  const url = httpsUrl("url", values.url);
  const foreman = new Foreman({
    url: httpsUrl("foreman", values.foreman),
    ca: values.ca === undefined ? undefined : read("ca", values.ca),
    credentials: await credentialsOf(values, surroundings),
  });
  try {
    const result = await register(foreman, { name: values.name, url });
    if (values.json) print(JSON.stringify(result, null, 2));
    else {
      print(`${result.action} the record ${values.name} with ${url} in Foreman ${result.foremanVersion}`);
      print(`features: ${result.features.join(", ") || "none"}`);
      print(result.text);
    }
    return result.isFound ? EXIT.found : EXIT.notFound;
  } finally {
    await foreman.close();
  }
}
