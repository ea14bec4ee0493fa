import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { removeStaleSocket } from "../../src/http/socket-file.ts";
import { addressesOf, checkInherited, descriptorsOf } from "../../src/http/systemd-sockets.ts";
import type { Listen } from "../../src/settings/listen-address.ts";
import { listenAddress } from "../../src/settings/values.ts";

const https: Listen = { transport: "https", systemd: true };
const unix: Listen = { transport: "unix", systemd: true };
const own: Listen = { transport: "http", host: "127.0.0.1", port: 0 };

describe("systemd sockets", () => {
  test.each([
    ["systemd:https", https],
    ["systemd:unix", unix],
  ])("accept %s", (text, where) => {
    expect(listenAddress.parse(text)).toEqual(where);
  });

  test.each(["systemd:", "systemd:ftp", "systemd"])("reject %s", (text) => {
    expect(() => listenAddress.parse(text)).toThrow(/must be .*systemd:https/);
  });

  test("use the descriptors from 3 on, in the order of the settings", () => {
    expect([...descriptorsOf([https, own, unix])]).toEqual([
      [https, 3],
      [unix, 4],
    ]);
  });

  test("give the façade the last one, if there is a façade", () => {
    const facade: Listen = { transport: "https", systemd: true };
    const settings = { listen: [own, unix], facade_listen: facade };
    const at = (smart_proxy_url: string | undefined) => [
      ...descriptorsOf(addressesOf({ ...settings, smart_proxy_url })),
    ];
    expect(at("https://localhost:9090")).toEqual([
      [unix, 3],
      [facade, 4],
    ]);
    expect(at(undefined)).toEqual([[unix, 3]]);
  });

  test("are used only if systemd passed as many to this process", () => {
    const LISTEN_PID = String(process.pid);
    expect(() => checkInherited([https, unix], { LISTEN_PID, LISTEN_FDS: "2" })).not.toThrow();
    expect(() => checkInherited([own], {})).not.toThrow();
    for (const environment of [{}, { LISTEN_PID, LISTEN_FDS: "1" }, { LISTEN_PID: "1", LISTEN_FDS: "2" }])
      expect(() => checkInherited([https, unix], environment)).toThrow(/name 2 systemd sockets/);
  });
});

test("does not remove a file that is not a socket", async () => {
  const path = join(tmpdir(), `no-socket-${process.pid}`);
  writeFileSync(path, "precious");
  try {
    await expect(removeStaleSocket(path)).rejects.toThrow(/is not a socket: see the setting listen/);
    expect(readFileSync(path, "utf8")).toBe("precious");
  } finally {
    rmSync(path);
  }
});
