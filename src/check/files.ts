/** Checks files and folders: `data_dir`, the audit log, revocation lists. */
import { constants, type Stats } from "node:fs";
import { access, readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { MAX_PATH_BYTES } from "../database/embedded/embedded.ts";
import { errorCode } from "../model/error-text.ts";
import type { Settings } from "../settings/keys.ts";
import { certificatesIn } from "../x509/certificate-verifier.ts";
import { countRevoked, isOverdue, readRevocationLists } from "../x509/revocation-list.ts";
import { error, ok, type Result, warning } from "./finding.ts";

const WRITABLE_FOLDER = constants.W_OK | constants.X_OK;

/** Reasons why a file or folder can't be used, by the code of the error. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  ENOTDIR: "is below a file, not a folder",
  EISDIR: "is a folder",
  EACCES: "is not accessible to the account that runs this command",
  EPERM: "is not accessible to the account that runs this command",
  EROFS: "is on a read-only file system",
};

/** Explains an error of the file system. */
export const reasonOf = (cause: unknown): string =>
  REASONS[errorCode(cause)] ?? `can't be used (${errorCode(cause) || "unknown error"})`;

/** Resolves to the properties of a file; undefined if there is none. */
export const statsOf = (path: string): Promise<Stats | undefined> => stat(path).catch(() => undefined);

/** @throws the error of the nearest existing folder that can't be written */
async function assertCreatable(path: string): Promise<void> {
  try {
    await access(path, WRITABLE_FOLDER);
  } catch (cause) {
    if (errorCode(cause) !== "ENOENT" || dirname(path) === path) throw cause;
    await assertCreatable(dirname(path));
  }
}

/** Checks the data directory of the embedded PostgreSQL. */
async function checkDataDir({ db_connection_string, data_dir }: Settings): Promise<Result[]> {
  if (db_connection_string !== undefined) return [];
  const subject = `data_dir ${data_dir}`;
  const advice =
    "name a folder in data_dir that belongs to the gateway's account, or set db_connection_string to a PostgreSQL of the site";
  try {
    await assertCreatable(data_dir);
  } catch (cause) {
    return [
      error(
        "data_dir",
        subject,
        `the folder of the embedded PostgreSQL can't be written: it ${reasonOf(cause)}`,
        advice,
      ),
    ];
  }
  const found = await statsOf(data_dir);
  const account = process.getuid?.() ?? 0;
  if (found !== undefined && account !== 0 && found.uid !== account)
    return [error("data_dir", subject, `it belongs to another account (user id ${found.uid})`, advice)];
  if (Buffer.byteLength(data_dir) > MAX_PATH_BYTES)
    return [
      error(
        "data_dir",
        subject,
        `the path is too long for a unix socket (at most ${MAX_PATH_BYTES} bytes)`,
        advice,
      ),
    ];
  if (found?.isDirectory() === false) return [error("data_dir", subject, "it is not a folder", advice)];
  return [ok("data_dir", subject, found === undefined ? "can be created" : "can be written")];
}

/** Checks the file of the audit log. */
async function checkAuditLog({ audit_log: path }: Settings): Promise<Result[]> {
  if (!path.startsWith("/")) return [];
  const subject = `audit_log ${path}`;
  const found = await statsOf(path);
  const target = found === undefined ? dirname(path) : path;
  try {
    await access(target, found === undefined ? WRITABLE_FOLDER : constants.W_OK);
  } catch (cause) {
    return [
      error(
        "audit_log",
        subject,
        `the audit log can't be written: ${target} ${reasonOf(cause)}`,
        `create the folder for the gateway's account, or set audit_log to log`,
      ),
    ];
  }
  if (found?.isDirectory() === true)
    return [error("audit_log", subject, "it is a folder", "name a file in audit_log")];
  return [ok("audit_log", subject, found === undefined ? "can be created" : "can be written")];
}

/** Checks the revocation lists. */
async function checkRevocationLists({ rhsm_ca_file, rhsm_crl_file: path }: Settings): Promise<Result[]> {
  if (rhsm_ca_file === undefined || path === undefined) return [];
  const subject = `rhsm_crl_file ${path}`;
  let content: Buffer;
  try {
    content = await readFile(path);
  } catch (cause) {
    const advice = "correct the path in rhsm_crl_file, and let the gateway's account read the file";
    return [error("rhsm_crl_file", subject, `the file ${reasonOf(cause)}`, advice)];
  }
  try {
    const lists = await readRevocationLists(content, certificatesIn(rhsm_ca_file.text));
    const text = `${lists.length} lists, ${countRevoked(lists)} certificates revoked`;
    return lists.some((list) => isOverdue(list))
      ? [
          warning(
            "rhsm_crl_file",
            subject,
            `${text}; a list is overdue, and stays in force`,
            "install a newer list",
          ),
        ]
      : [ok("rhsm_crl_file", subject, text)];
  } catch {
    return [
      error(
        "rhsm_crl_file",
        subject,
        "the file contains no revocation list that a CA in rhsm_ca_file signed, or is cut short",
        "install the current list of the CA, PEM or DER, or correct rhsm_ca_file",
      ),
    ];
  }
}

/** Checks the files and folders that the gateway writes, and the revocation lists. */
export const checkFiles = async (settings: Settings): Promise<Result[]> => [
  ...(await checkDataDir(settings)),
  ...(await checkAuditLog(settings)),
  ...(await checkRevocationLists(settings)),
];
