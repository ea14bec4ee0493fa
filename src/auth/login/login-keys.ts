/** Keys by which failed logins are counted: checksums, since a name may be a password that was typed in the wrong field. */
import { hash } from "node:crypto";
import { siteOf } from "../../connection/network.ts";
import { foldLogin } from "../../model/logins.ts";

/** The keys that a login counts for. */
export interface LoginKeys {
  readonly account: string;
  readonly address: string;
}

const checksum = (...parts: string[]): string => hash("sha256", parts.join("\0"), "base64url");

/** Key of a client's address; undefined is a unix socket. */
export const addressKey = (address: string | undefined): string => checksum(siteOf(address ?? "unix"));

/** Key of an account at an address. */
export const accountKey = (name: string, ofAddress: string): string => checksum(foldLogin(name), ofAddress);

/** Keys of a login. */
export function keysOf(login: { readonly name: string; readonly address: string | undefined }): LoginKeys {
  const address = addressKey(login.address);
  return { address, account: accountKey(login.name, address) };
}
