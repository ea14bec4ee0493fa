/** Words of a command line that name users, hosts, tokens, addresses and times. */
import { isIP } from "node:net";
import { UsageError } from "../arguments.ts";

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const CHECKSUM = /^[0-9a-f]{64}$/;
const CERTIFICATE = /\/|\.(?:pem|crt|cer)$/;

/** Thing that a word names. */
export interface Named {
  readonly kind: "user" | "host" | "token" | "certificate" | "address" | "anonymous";
  readonly value: string;
}

/** Tells a word's kind by its form, or by a prefix such as `user:`. */
export function named(word: string): Named {
  const [, prefix, rest = ""] = /^(user|host):(.+)$/.exec(word) ?? [];
  if (prefix === "user" || prefix === "host") return { kind: prefix, value: rest };
  if (word === "anonymous") return { kind: "anonymous", value: word };
  if (isIP(word) !== 0) return { kind: "address", value: word };
  if (CHECKSUM.test(word)) return { kind: "token", value: word };
  if (UUID.test(word)) return { kind: "host", value: word };
  return { kind: CERTIFICATE.test(word) ? "certificate" : "user", value: word };
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Seconds of a time such as `10m`. @throws UsageError */
export function secondsOf(option: string, text: string): number {
  const [, count, unit = ""] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const size = SECONDS[unit];
  if (count === undefined || size === undefined)
    throw new UsageError(`--${option} must be a time such as 30s, 10m, 2h or 7d, not ${text}`);
  return Number(count) * size;
}

/** @throws UsageError */
export function numberOf(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`--${option} must be a whole number, not ${text}`);
}
