/** Calls of Foreman, to which the gateway is a Smart Proxy. */
import type { Case } from "./case.ts";
import { at, json } from "./json.ts";

/** Cases of Foreman. */
export const FOREMAN_CASES: readonly Case[] = [
  {
    role: "foreman",
    title: "GET /version tells the version of the Smart Proxy and the module container_gateway",
    run: async (probe) => {
      const { status, text } = await probe.call({ method: "GET", path: "/version" });
      probe.expect(status === 200, `GET /version gets ${status}, not 200`);
      const module = at(json(text), "modules", "container_gateway");
      probe.expect(typeof module === "string", "there is no version of the module container_gateway");
    },
  },
  {
    role: "foreman",
    title: "GET /features lists container_gateway",
    run: async (probe) => {
      const { status, text } = await probe.call({ method: "GET", path: "/features" });
      probe.expect(status === 200, `GET /features gets ${status}, not 200`);
      const features = json(text);
      const isListed = Array.isArray(features) && features.includes("container_gateway");
      probe.expect(isListed, "container_gateway is not listed");
    },
  },
  {
    role: "foreman",
    title: "GET /v2/features tells Foreman that container_gateway is running",
    needs: ["certificate"],
    run: async (probe) => {
      const { status, text } = await probe.call({ method: "GET", path: "/v2/features", asForeman: true });
      probe.expect(status === 200, `GET /v2/features gets ${status}, not 200`);
      const state = at(json(text), "container_gateway", "state");
      probe.expect(
        state === "running",
        `the state is ${JSON.stringify(state)}, and Foreman drops all but "running"`,
      );
    },
  },
  {
    role: "foreman",
    title: "GET /v2/features is refused without a certificate",
    run: async (probe) => {
      const { status } = await probe.call({ method: "GET", path: "/v2/features" });
      probe.expect(status === 403, `it gets ${status}, not 403`);
    },
  },
];
