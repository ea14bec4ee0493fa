import { X509Certificate } from "node:crypto";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { beforeAll, expect, test } from "@jest/globals";
import { pino } from "pino";
import { Hosts } from "../../src/auth/hosts/hosts.ts";
import type { Peer } from "../../src/connection/peer.ts";
import type { StoredHost } from "../../src/model/grants.ts";
import { ClientCertificateVerifier } from "../../src/x509/certificate-verifier.ts";
import { makePair } from "../support/odd-certificates.ts";

const UUID = "5f1f4c3e-0000-4000-8000-000000000001";
const STORED: StoredHost = { id: 1, stale: false, unregistered: true };

let verifier: ClientCertificateVerifier;
let peer: Peer;
beforeAll(async () => {
  const ca = await makePair({ name: "Katello", isCa: true });
  const { cert } = await makePair({ name: UUID, ca, purpose: "clientAuth" });
  verifier = new ClientCertificateVerifier(ca.cert);
  const local = { address: "127.0.0.1", port: 443 };
  peer = { address: "127.0.0.1", transport: "https", local, certificate: new X509Certificate(cert) };
});

test("asks Katello once for two requests of a new host that it grants nothing, the second as it is stored", async () => {
  let stored: StoredHost | undefined;
  let queries = 0;
  const seen: unknown[] = [];
  const hosts: Hosts = new Hosts({
    verifier,
    proxies: { include: () => false, isForwarded: () => false },
    reservedNames: [],
    lookup: { find: async () => stored },
    store: {
      add: async () => {
        stored = STORED;
        // Others find it before this call returns: the database replies to each connection when it likes.
        seen.push(await authenticate());
        return STORED.id;
      },
      renew: async () => "kept",
    },
    catalogs: {
      hostCatalog: async () => {
        queries += 1;
        return [];
      },
    },
    activity: { seen: () => undefined },
    log: pino({ level: "silent" }),
  });
  const authenticate = () => hosts.authenticate(new IncomingMessage(new Socket()), peer, "request");
  seen.push(await authenticate());
  const host = { kind: "host", id: STORED.id, name: UUID };
  expect({ queries, seen }).toEqual({ queries: 1, seen: [host, host] });
});
