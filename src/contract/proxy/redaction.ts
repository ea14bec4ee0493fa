/** Removal of secrets from what is recorded. */
import type { IncomingHttpHeaders } from "node:http";

/** Text in place of a secret. */
export const REMOVED = "removed";

const SECRET_HEADERS: ReadonlySet<string> = new Set([
  ...["authorization", "proxy-authorization", "cookie", "set-cookie"],
  ...["x_rhsm_ssl_client_cert", "x-rhsm-ssl-client-cert", "ssl_client_cert"],
]);

/** Members of replies and fields of forms that hold a secret. */
const SECRET_MEMBERS = "access_token|token|refresh_token|password";
const IN_JSON = new RegExp(`"(${SECRET_MEMBERS})"(\\s*:\\s*)"(?:[^"\\\\]|\\\\.)*"`, "g");
const IN_FORM = new RegExp(`(^|&)(${SECRET_MEMBERS})=[^&]*`, "g");

/** Signatures in addresses of content, such as those of Pulp and of object storage. */
const SIGNED = /\?.*$/;

function headerText(name: string, value: string): string {
  if (SECRET_HEADERS.has(name)) return REMOVED;
  return name === "location" ? value.replace(SIGNED, `?${REMOVED}`) : value;
}

/** Headers as a recording has them. */
export const recordedHeaders = (headers: IncomingHttpHeaders): { name: string; value: string }[] =>
  Object.entries(headers).flatMap(([name, values]) =>
    [values ?? []].flat().map((value) => ({ name, value: headerText(name, value) })),
  );

/** Body as a recording has it. */
export const recordedBody = (body: string): string =>
  body.replace(IN_JSON, `"$1"$2"${REMOVED}"`).replace(IN_FORM, `$1$2=${REMOVED}`);
