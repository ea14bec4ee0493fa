/** A gate that tells the audit log what was wrong with the certificate of who is turned away. */
import type { Refusal } from "../decisions.ts";
import { isRegistryError, registryError } from "../errors.ts";
import type { Gate } from "./gate.ts";

async function tell(passage: Promise<void>, refusal: Refusal): Promise<void> {
  try {
    await passage;
  } catch (error) {
    if (!isRegistryError(error) || error.data?.refusal === undefined) throw error;
    throw registryError("UNAUTHORIZED", { headers: error.data.headers, refusal });
  }
}

/** Makes a gate that costs only those who showed a certificate that counts for nothing. */
export function auditCertificates(gate: Gate): Gate {
  return (visit) => {
    const { caller } = visit;
    const refused = caller.kind === "anonymous" ? caller.refused : undefined;
    return refused === undefined ? gate(visit) : tell(gate(visit), refused);
  };
}
