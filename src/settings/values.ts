/** Types of values of settings, with their error texts. */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { createSecureContext } from "node:tls";
import { z } from "zod";
import { errorText } from "../model/error-text.ts";
import type { Listen } from "./listen-address.ts";

/** Content of a PEM file. */
export interface PemFile {
  readonly path: string;
  readonly text: string;
}

/** Content of a PEM file, and of others with the same purpose. */
export interface PemFiles extends PemFile {
  readonly alternatives: readonly PemFile[];
}

/** All files of a setting, the first one first. */
export function allFiles(file: PemFile | PemFiles | undefined): readonly PemFile[] {
  if (file === undefined) return [];
  return "alternatives" in file ? [file, ...file.alternatives] : [file];
}

/** Path of a PEM file. */
export const pemFile = z.string().transform((path, context): PemFile => {
  try {
    const text = readFileSync(path, "utf8");
    if (text.includes("-----BEGIN ")) return { path, text };
    context.addIssue(`${path} is not a PEM file`);
  } catch (error) {
    context.addIssue(`can't be read: ${errorText(error)}`);
  }
  return z.NEVER;
});

/** Paths of PEM files with the same purpose, of which clients get the one that suits them. */
export const pemFiles = z
  .preprocess(
    (value) => (typeof value === "string" ? value.split(",").map((path) => path.trim()) : value),
    z.array(pemFile),
  )
  .transform(([first, ...alternatives], context): PemFiles => {
    if (first !== undefined) return { ...first, alternatives };
    context.addIssue("must name a file");
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

/** List, or comma-separated text. */
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

/** Whole number, also as text. An empty text is refused: it must not be read as 0, which disables some limits. */
export const count = (min: number, max: number) =>
  z.preprocess(
    (value) => (typeof value === "string" && /^\s*\d+\s*$/.test(value) ? Number(value) : value),
    z
      .number("must be a whole number")
      .int("must be a whole number")
      .min(min, `must be at least ${min}`)
      .max(max, `must be at most ${max}`),
  );

/** Boolean, also as text. */
export const flag = z.preprocess(
  (value) => (value === "true" || value === "false" ? value === "true" : value),
  z.boolean("must be true or false"),
);

const UNITS = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 } as const;

/** Number of bytes, also as text such as `512 MiB` or `1g`; all units are powers of 1,024. */
export const size = (min: number) =>
  z.preprocess(
    (value) => {
      const [, digits, unit] = /^\s*(\d+)\s*([kmg]?)(?:i?b)?\s*$/i.exec(String(value)) ?? [];
      const factor = Object.entries(UNITS).find(([name]) => name === unit?.toLowerCase())?.[1];
      return factor === undefined ? value : Number(digits) * factor;
    },
    z
      .number("must be a number of bytes, such as 64 MiB")
      .int("must be a whole number of bytes")
      .min(min, `must be at least ${min} bytes`),
  );

/** Listen address: `https://host:port`, `http://host:port`, `unix:/path`, or `systemd:` and a scheme for a systemd socket. */
export const listenAddress = z.string().transform((text, context): Listen => {
  const [, path] = /^unix:(\/.+)$/.exec(text) ?? [];
  if (path !== undefined) return { transport: "unix", path };
  const [, systemdTransport] = /^systemd:(https?|unix)$/.exec(text) ?? [];
  if (systemdTransport === "http" || systemdTransport === "https" || systemdTransport === "unix")
    return { transport: systemdTransport, systemd: true };
  const [, transport, host, port] =
    /^(https?):\/\/(\[[0-9a-fA-F:.]+\]|[^/:]+):(\d{1,5})\/?$/.exec(text) ?? [];
  if (transport === undefined || host === undefined || Number(port) > 65_535) {
    context.addIssue(
      `${text} must be https://host:port, http://host:port, unix:/path, or systemd:https, systemd:http, systemd:unix`,
    );
    return z.NEVER;
  }
  const plainHost = host.replace(/^\[|\]$/g, "");
  return { transport: transport === "https" ? "https" : "http", host: plainHost, port: Number(port) };
});

const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/;

/** Listen address of administration: a unix socket, https, or http on the machine itself, since a password must not cross a network in the clear. */
const administrationAddress = z.string().transform((text, context): Listen => {
  const parsed = /^(?:unix|https?):/.test(text) ? listenAddress.safeParse(text) : undefined;
  const where = parsed?.data;
  if (where !== undefined && (where.transport !== "http" || ("host" in where && LOOPBACK.test(where.host))))
    return where;
  context.addIssue(
    where === undefined
      ? `${text} must be unix:/path, https://host:port, http://127.0.0.1:port, or off`
      : `${text} must be a loopback address such as http://127.0.0.1:9444, or https`,
  );
  return z.NEVER;
});

/** Listen addresses of administration; none for `off`. */
export const administrationAddresses = z.preprocess(
  (value) => (value === "off" ? [] : value),
  list(administrationAddress),
);

const COMMON_NAME = /^(?=.*[A-Za-z])[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;

/** Address, network such as `10.0.0.0/8`, `unix`, `unix:/path`, or common name. */
export const proxyAddress = z.string().refine(
  (text) => {
    if (COMMON_NAME.test(text) || /^unix:\/.+$/.test(text)) return true;
    const [address = "", bits, more] = text.split("/");
    const maxBits = isIP(address) === 6 ? 128 : 32;
    return (
      isIP(address) !== 0 &&
      more === undefined &&
      (bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= maxBits))
    );
  },
  { error: "must be an address, a network such as 10.0.0.0/8, unix, unix:/path, or a common name" },
);

/** Address, or network such as `10.0.0.0/8`. */
export const networkAddress = proxyAddress.refine((text) => isIP(text.split("/")[0] ?? "") !== 0, {
  error: "must be an address, or a network such as 10.0.0.0/8",
});

function isCipherList(ciphers: string): boolean {
  try {
    createSecureContext({ ciphers });
    return true;
  } catch {
    return false;
  }
}

/** Ciphers as OpenSSL lists them. A name that OpenSSL would ignore in a list is refused. */
export const cipherList = z.string().superRefine((text, context) => {
  const names = text.split(/[:, ]/).filter((name) => /^[^!+@-]/.test(name));
  const unknown = names.filter((name) => !isCipherList(name));
  if (unknown.length > 0 || !isCipherList(text))
    context.addIssue(
      `OpenSSL has no cipher ${unknown.join(", ") || text}: \`openssl ciphers -v\` lists those that it has, such as ECDHE+AESGCM`,
    );
});
