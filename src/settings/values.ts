/** The kinds of values that settings have: each says what is wrong with what it is given. */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { z } from "zod";
import { errorText } from "../model/error-text.ts";
import type { Listen } from "./listen-address.ts";

/** A PEM file that has been read. */
export interface PemFile {
  readonly path: string;
  readonly text: string;
}

/** A path that must lead to a PEM file. */
export const pemFile = z.string().transform((path, context): PemFile => {
  try {
    const text = readFileSync(path, "utf8");
    if (text.includes("-----BEGIN ")) return { path, text };
    context.addIssue(`${path} is no PEM file`);
  } catch (error) {
    context.addIssue(`can't be read: ${errorText(error)}`);
  }
  return z.NEVER;
});

/** Scheme, host and port, without a path. */
export const origin = z.string().transform((text, context): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    context.addIssue("must be a URL such as https://host.example.org:443");
    return z.NEVER;
  }
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "" || url.username !== "") {
    context.addIssue("must be scheme, host and port only, without a path");
    return z.NEVER;
  }
  return url.origin;
});

/** A list, or text with commas between its entries. */
export const list = <Entry extends z.ZodType>(entry: Entry) =>
  z.preprocess(
    (value) =>
      typeof value === "string"
        ? value
            .split(",")
            .map((part) => part.trim())
            .filter(Boolean)
        : value,
    z.array(entry),
  );

/** A whole number, also as text. Nothing else is taken for one: an empty text must not turn a bound off. */
export const count = (least: number, most: number) =>
  z.preprocess(
    (value) => (typeof value === "string" && /^\s*\d+\s*$/.test(value) ? Number(value) : value),
    z
      .number("must be a whole number")
      .int("must be a whole number")
      .min(least, `must be at least ${least}`)
      .max(most, `must be at most ${most}`),
  );

/** Yes or no, also as text. */
export const flag = z.preprocess(
  (value) => (value === "true" || value === "false" ? value === "true" : value),
  z.boolean("must be true or false"),
);

const UNITS = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 } as const;

/** A number of bytes, also as text such as `512 MiB` or `1g`: thousands are 1,024. */
export const size = (least: number) =>
  z.preprocess(
    (value) => {
      const [, digits, unit] = /^\s*(\d+)\s*([kmg]?)(?:i?b)?\s*$/i.exec(String(value)) ?? [];
      const factor = Object.entries(UNITS).find(([name]) => name === unit?.toLowerCase())?.[1];
      return factor === undefined ? value : Number(digits) * factor;
    },
    z
      .number("must be a number of bytes, such as 64 MiB")
      .int("must be a whole number of bytes")
      .min(least, `must be at least ${least} bytes`),
  );

/** `https://host:port`, `http://host:port`, `unix:/path`, or `systemd:` and one of the three for a socket of systemd's. */
export const listenAddress = z.string().transform((text, context): Listen => {
  const [, path] = /^unix:(\/.+)$/.exec(text) ?? [];
  if (path !== undefined) return { transport: "unix", path };
  const [, handed] = /^systemd:(https?|unix)$/.exec(text) ?? [];
  if (handed === "http" || handed === "https" || handed === "unix")
    return { transport: handed, systemd: true };
  const [, transport, host, port] =
    /^(https?):\/\/(\[[0-9a-fA-F:.]+\]|[^/:]+):(\d{1,5})\/?$/.exec(text) ?? [];
  if (transport === undefined || host === undefined || Number(port) > 65_535) {
    context.addIssue(`${text} is none of https://host:port, http://host:port, unix:/path, systemd:https`);
    return z.NEVER;
  }
  const plainHost = host.replace(/^\[|\]$/g, "");
  return { transport: transport === "https" ? "https" : "http", host: plainHost, port: Number(port) };
});

const COMMON_NAME = /^(?=.*[A-Za-z])[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;

/** An address, a network such as `10.0.0.0/8`, the word `unix`, `unix:/path`, or a common name. */
export const proxyAddress = z.string().refine(
  (text) => {
    if (COMMON_NAME.test(text) || /^unix:\/.+$/.test(text)) return true;
    const [address = "", bits, more] = text.split("/");
    const most = isIP(address) === 6 ? 128 : 32;
    return (
      isIP(address) !== 0 &&
      more === undefined &&
      (bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= most))
    );
  },
  { error: "must be an address, a network such as 10.0.0.0/8, unix, unix:/path, or a common name" },
);
