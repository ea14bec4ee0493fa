/** Operations of the contract by the listeners that serve them. */
import { OPERATIONS } from "../generated/operations.ts";

/** Operations of the addresses in `listen`. */
export const PUBLIC_OPERATIONS = OPERATIONS.filter(({ tag }) => tag !== "admin");

/** Operations of `admin_listen`. */
export const ADMIN_OPERATIONS = OPERATIONS.filter(
  ({ id, tag }) => tag === "admin" || tag === "operation" || id === "getVersion",
);

/** Operations of `metrics_listen`. By its version, `check` recognizes a gateway on an address. */
export const METRICS_OPERATIONS = OPERATIONS.filter(({ id }) => id === "getMetrics" || id === "getVersion");
