/** Helm through Apache, with a chart in a real Pulp. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "@jest/globals";
import { DEMO_REPOSITORIES } from "../../src/demo/world.ts";
import { pushDoor } from "./attached.ts";
import { client } from "./client.ts";
import { must } from "./command.ts";
import { type Door, startDoor } from "./door.ts";
import type { Home } from "./home.ts";
import { programPath, versionOf } from "./program.ts";
import { type Row, testRows } from "./rows.ts";

/** Packages a chart and pushes it to Pulp's port for pushes, as `org/charts/sample:1.2.3`. */
async function pushChart({ pulp }: Door, { env, folder }: Home): Promise<void> {
  const helm = (...args: string[]) => must(programPath("helm"), args, { env, cwd: folder });
  const chart = join(folder, "tmp/sample");
  mkdirSync(join(chart, "templates"), { recursive: true });
  writeFileSync(
    join(chart, "Chart.yaml"),
    "apiVersion: v2\nname: sample\nversion: 1.2.3\ndescription: A chart\n",
  );
  writeFileSync(
    join(chart, "templates/map.yaml"),
    "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: {{ .Release.Name }} }\ndata: { a: b }\n",
  );
  await helm("package", chart, "--destination", folder);
  const asGateway = ["--ca-file", "ca.crt", "--cert-file", "client.crt", "--key-file", "client.key"].map(
    (word) => (word.startsWith("--") ? word : pulp.file(word)),
  );
  await helm("push", join(folder, "sample-1.2.3.tgz"), `oci://${pushDoor(pulp)}/org/charts`, ...asGateway);
}

const ROWS: readonly Row[] = [
  {
    when: "is refused a private chart without a login",
    run: "pull oci://HOST/org/charts/sample --version 1.2.3",
    code: 1,
    says: /401|unauthorized/i,
  },
  {
    when: "is refused a login with a wrong password",
    run: "registry login HOST -u alice --password-stdin",
    input: "wrong",
    code: 1,
    says: /401|unauthorized/i,
  },
  {
    when: "logs in",
    run: "registry login HOST -u alice --password-stdin",
    input: "secret",
    says: "Login Succeeded",
  },
  {
    when: "pulls a private chart",
    run: "pull oci://HOST/org/charts/sample --version 1.2.3 --destination HOME/tmp",
    says: "Digest: sha256:",
  },
  {
    when: "pulls its newest version",
    run: "pull oci://HOST/org/charts/sample --destination HOME/tmp",
    says: "sample:1.2.3",
  },
  {
    when: "shows the metadata of a chart",
    run: "show chart oci://HOST/org/charts/sample",
    says: "A chart",
  },
  {
    when: "renders a chart",
    run: "template there oci://HOST/org/charts/sample --version 1.2.3",
    says: ["kind: ConfigMap", "name: there"],
  },
  {
    when: "is refused a chart without a grant",
    run: "pull oci://HOST/org/charts/other --version 1.2.3",
    code: 1,
    says: /not found|NAME_UNKNOWN|name unknown/i,
  },
  {
    when: "is refused a push of a chart with the reason",
    run: "push HOME/sample-1.2.3.tgz oci://HOST/org/charts",
    code: 1,
    says: "Pushing content is unsupported",
  },
  { when: "logs out", run: "registry logout HOST", says: "Removing login credentials" },
];

describe(await versionOf("helm"), () => {
  let door: Door;
  let home: Home;
  beforeAll(async () => {
    door = await startDoor();
    home = door.makeHome();
    await pushChart(door, home);
    const charts = { repository: "org/charts/sample", auth_required: true };
    door.katello.setUser("alice", { password: "secret", repositories: [charts.repository] });
    await door.sync({ repositories: [...DEMO_REPOSITORIES, charts] });
  });
  afterAll(() => door?.stop());
  testRows(() => ({ client: client("helm")(home), host: door.host, home: home.folder }), ROWS);
});
