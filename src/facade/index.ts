/**
 * The façade: a listener in the place of the Smart Proxy. It serves Foreman and Apache, and passes the connections of
 * everybody else on to the Smart Proxy without decrypting them.
 */
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Logger } from "pino";
import type { TrustedHosts } from "../auth/trusted-hosts.ts";
import type { AddressSet } from "../connection/address-set.ts";
import { type Peer, peerAt } from "../connection/peer.ts";
import { Connections } from "../http/limits/connections.ts";
import type { RequestHandler } from "../http/limits/pipeline.ts";
import { createListener } from "../http/listener.ts";
import { addressOf, bind, type DrainTimes, drain, type ServerSettings } from "../http/server.ts";
import { addressesOf, descriptorsOf } from "../http/systemd-sockets.ts";
import { reportTo } from "../logs/log.ts";
import type { Settings } from "../settings/keys.ts";
import { splice } from "./byte-relay.ts";
import { type CallerSettings, type FacadeCaller, ServedAddresses } from "./callers.ts";
import { createRawRequests } from "./console-sessions.ts";
import { Forwarding } from "./request-forwarding.ts";
import { SmartProxy, type SmartProxySettings } from "./smart-proxy.ts";

/** Settings of the façade. */
export type FacadeSettings = ServerSettings &
  CallerSettings &
  SmartProxySettings &
  Pick<Settings, "smart_proxy_url" | "facade_listen" | "smart_proxy_max_waiting">;

/** Dependencies of the façade. */
export interface FacadeOptions {
  readonly settings: FacadeSettings;
  /** Serves the gateway's own requests. */
  readonly handle: RequestHandler;
  readonly trustedHosts: TrustedHosts;
  readonly isReverseProxy: (peer: Peer) => boolean;
  /** Load balancers, whose connections begin with a header of the PROXY protocol. */
  readonly balancers: AddressSet;
  readonly log: Logger;
}

/** The running façade. */
export interface Facade {
  readonly address: { readonly url: string };
  /** State of the requests to the Smart Proxy. */
  readonly breaker: { readonly open: boolean };
  /** Drains requests in flight, then closes all connections. */
  close(times?: DrainTimes): Promise<void>;
}

/** Target of the gateway's own requests, also in the absolute form (RFC 9112 section 3.2.2). */
const OWN_TARGET = /^(?:https?:\/\/[^/?#]*)?\/container_gateway(?:[/?]|$)/i;

/** Time without a byte after which a connection ends. The Smart Proxy may take long to reply, such as to a BMC's power command. */
const STALL_TIMEOUT_MS = 600_000;

/**
 * Starts the façade.
 * @returns undefined without the setting `smart_proxy_url`
 * @throws StartupError if it can't listen
 */
export async function openFacade(options: FacadeOptions): Promise<Facade | undefined> {
  const { settings, handle, trustedHosts, isReverseProxy, balancers, log } = options;
  const { smart_proxy_url: url, facade_listen: where } = settings;
  if (url === undefined) return undefined;
  const report = reportTo(log);
  const smartProxy = new SmartProxy(url, settings, report);
  const served = await ServedAddresses.open(settings, report);
  const forwarding = new Forwarding(
    smartProxy,
    settings.smart_proxy_max_connections + settings.smart_proxy_max_waiting,
  );
  const limits = {
    max: settings.max_connections,
    maxPerAddress: settings.max_connections_per_address,
    isExempt: isReverseProxy,
  };
  const connections = new Connections(limits);
  // Counted apart, so that strangers can't take the connections of Foreman and Apache.
  const spliced = new Connections(limits);

  const callers = new WeakMap<Socket, FacadeCaller>();
  function callerAt(socket: Socket): FacadeCaller {
    const known = callers.get(socket);
    if (known !== undefined) return known;
    const commonName = trustedHosts.commonNameOf(peerAt(socket, where));
    const caller = { commonName, isTrusted: commonName !== undefined && trustedHosts.includes(commonName) };
    callers.set(socket, caller);
    return caller;
  }

  const https = createListener(where, {
    settings,
    handle: (request, response) =>
      OWN_TARGET.test(request.url ?? "")
        ? handle(request, response)
        : forwarding.forward(request, response, callerAt(request.socket)),
    connections,
    isReverseProxy,
    log,
    timeouts: { requestMs: 0, stallMs: STALL_TIMEOUT_MS },
    raw: createRawRequests(smartProxy, (socket) => callerAt(socket).isTrusted),
    balancers,
    divert(socket) {
      const peer = peerAt(socket, where);
      if (peer.address !== undefined && served.include(peer.address)) return false;
      spliced.admit(socket, peer);
      spliced.identified(socket, peer);
      if (!socket.destroyed) splice(socket, smartProxy, () => spliced.requestReceived(socket));
      return true;
    },
  });
  // The Smart Proxy, too, ends connections with a certificate of another CA.
  https.on("secureConnection", (socket: TLSSocket) => {
    if (!socket.authorized && socket.getPeerX509Certificate() !== undefined) socket.destroy();
  });

  const cutOff = () => {
    connections.cutOff();
    spliced.cutOff();
  };
  const close = async (times: DrainTimes = {}) => {
    served.close();
    if (https.listening) await drain(https, { ...times, cutOff });
    smartProxy.close();
  };
  try {
    const fd = descriptorsOf(addressesOf(settings)).get(where);
    await bind(https, where, settings.listen_backlog, { fd, setting: "facade_listen" });
  } catch (error) {
    await close();
    throw error;
  }
  return { address: addressOf(https, where), breaker: smartProxy.breaker, close };
}
