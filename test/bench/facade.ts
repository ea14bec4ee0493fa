/** Pulls through the façade beside the same pulls at the https listener: the section "Façade" of docs/benchmarks.md. */
import { execFileSync } from "node:child_process";
import { machine, table, writeSection } from "./page.ts";
import { type BenchGateway, PullWorld } from "./pull-world.ts";
import { APP, bearer, compared, ROUNDS, SECONDS } from "./pulls.ts";

const PREFIX = "/container_gateway";

/** URL of the façade, which is not among the addresses of `listen`. */
function facadeOf({ process }: BenchGateway): string {
  const [, url] = /"url":"([^"]+)","msg":"façade listening"/.exec(process.said()) ?? [];
  if (url === undefined) throw new Error(`the façade does not listen: ${process.said()}`);
  return url;
}

/** Runs the bench and writes the section. */
export async function facade(): Promise<void> {
  const world = await PullWorld.open();
  try {
    const neighbours = await world.neighbours();
    const gateway = await world.gateway(neighbours, {
      // Pulls never get there.
      smart_proxy_url: "https://localhost:1",
      facade_listen: "https://127.0.0.1:0",
      trusted_hosts: ["gateway.example.org"],
    });
    const url = facadeOf(gateway) + PREFIX;
    const headers = bearer(gateway);
    const beside = (work: string, path: string) =>
      compared(
        work,
        ">= 0.9 x the https listener",
        { url: url + path, headers },
        { url: gateway.https + path, headers },
      );
    const rows = [
      await beside("private blob redirect with Bearer, cached", `${APP}/blobs/${neighbours.blob}`),
      await beside("manifest by digest, cached (2 kB, 200)", `${APP}/manifests/${neighbours.manifest}`),
    ];
    const [wrk = ""] = execFileSync("sh", ["-c", "wrk -v 2>&1 || true"], { encoding: "utf8" }).split("\n");
    writeSection(
      "Façade",
      `\`npm run bench -- facade\`, all on loopback on one machine, 32 kept-alive TLS connections, medians of ${ROUNDS} rounds of ${SECONDS} s,
alternating between the façade, below \`/container_gateway/\`, and the https listener of the same gateway: ${machine([wrk.trim().split(" Copy")[0] ?? ""])}.

${table(["Work", "Goal", "Measured", "Detail"], rows)}`,
    );
  } finally {
    await world.close();
  }
}
