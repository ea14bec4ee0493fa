/** The bill of materials in CycloneDX. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";

/** Largest bill that npm may print. */
const MAX_SBOM_BYTES = 16 * 1024 * 1024;

/** A UUID made from a text, so that the same bill has the same serial number. */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return parts.join("-");
}

/** Writes the bill of what is installed; the embedded PostgreSQL and workspaces are not. */
export function writeSbom(root: string, file: string, time: Date, version: string): void {
  const args = [
    "sbom",
    "--omit=dev",
    "--omit=optional",
    "--workspaces=false",
    "--sbom-format=cyclonedx",
    "--sbom-type=application",
  ];
  const bill = JSON.parse(
    execFileSync("npm", args, { cwd: root, encoding: "utf8", maxBuffer: MAX_SBOM_BYTES }),
  );
  bill.metadata.timestamp = time.toISOString();
  bill.metadata.component.version = version;
  delete bill.serialNumber;
  bill.serialNumber = `urn:uuid:${uuidOf(JSON.stringify(bill))}`;
  writeFileSync(file, `${JSON.stringify(bill, null, 2)}\n`);
}
