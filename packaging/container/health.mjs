/**
 * Health command of the container: asks the gateway in it, over its socket of administration, whether the process answers. A
 * Pulp or Katello that is away is no reason to restart it.
 */
import { request } from "node:http";

const SOCKET = process.env.HEALTH_SOCKET ?? "/run/container-gateway/admin.sock";
const TIMEOUT_MS = 4_000;

/** @param {string} problem */
function fail(problem) {
  process.stderr.write(`${problem}\n`);
  process.exit(1);
}

request({ socketPath: SOCKET, path: "/healthz", timeout: TIMEOUT_MS }, ({ statusCode }) => {
  if (statusCode !== 200) fail(`the gateway answers ${statusCode}`);
  process.exit(0);
})
  .on("timeout", () => fail("the gateway does not answer"))
  .on("error", ({ message }) => fail(`the gateway can't be asked: ${message}`))
  .end();
