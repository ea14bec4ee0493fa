/** Commands about the contract. */
import { command } from "../command.ts";

/** Actions of `contract`. */
export const CONTRACT_ARGUMENTS = {
  action: {
    help: "verify: send the requests of Katello, Foreman and clients to a gateway, and hold each reply to the contract; proxy: stand before a gateway, and hold what passes to it; check: hold a recording to it",
    choices: ["verify", "proxy", "check"],
  },
  recording: { help: "file to check: HAR (.har, .json) or a VCR cassette (.yml, .yaml)", isOptional: true },
} as const;

/** Options of `contract`. */
export const CONTRACT_OPTIONS = {
  url: {
    type: "string",
    value: "URL",
    help: "verify: URL that Foreman has for the gateway, such as https://proxy.example.org:9090",
  },
  "registry-url": {
    type: "string",
    value: "URL",
    help: "verify: URL of the registry for clients, with the prefix if there is one (default: that of --url)",
  },
  as: {
    type: "string",
    value: "LIST",
    default: "katello,foreman,client",
    help: "verify: whose requests are sent",
  },
  ca: {
    type: "string",
    value: "FILE",
    help: "verify, proxy: CA of the gateway's certificate (default: the system's)",
  },
  cert: {
    type: "string",
    value: "FILE",
    help: "verify, proxy: client certificate of a host in trusted_hosts, such as Foreman's; the proxy shows it for callers who have shown one of the same subject, signed by --client-ca",
  },
  key: { type: "string", value: "FILE", help: "verify, proxy: key of that certificate" },
  user: {
    type: "string",
    value: "LOGIN",
    help: "verify: account to log in with; its password is in CONTRACT_PASSWORD",
  },
  repository: {
    type: "string",
    value: "NAME",
    help: "verify: a private repository that this account may pull",
  },
  tag: { type: "string", value: "TAG", default: "latest", help: "verify: a tag in it" },
  replace: {
    type: "boolean",
    help: "verify: send Katello's whole lists, too. They replace all repositories, hosts and grants until Katello syncs again",
  },
  listen: { type: "string", value: "HOST:PORT", default: "127.0.0.1:0", help: "proxy: address to listen on" },
  to: { type: "string", value: "URL", help: "proxy: origin of the gateway" },
  "server-cert": {
    type: "string",
    value: "FILE",
    help: "proxy: certificate of its own; plain http without it",
  },
  "server-key": { type: "string", value: "FILE", help: "proxy: key of that certificate" },
  "client-ca": { type: "string", value: "FILE", help: "proxy: CA of the callers' client certificates" },
  record: { type: "string", value: "FILE", help: "proxy: write a recording in HAR, without secrets" },
  gateway: {
    type: "string",
    value: "KIND",
    default: "any",
    choices: ["any", "plugin"],
    help: "verify: gateway under test; known differences of the plugin are named as such, and are no failures",
  },
  report: {
    type: "string",
    value: "FORM",
    default: "tap",
    choices: ["tap", "junit"],
    help: "verify: form of the report",
  },
} as const;

const CONTRACT = command(
  {
    name: "contract",
    summary: "hold a gateway, or a recording of requests, to the contract",
    details: [
      "`verify` is a black-box suite for any gateway, this one or the plugin: it sends each call that Katello and Foreman make, and the first requests of each client, and says which rule of the contract a reply breaks.",
      "`proxy` passes requests and replies on unchanged, prints each rule that one of them breaks, and ends with an exit code at SIGINT or SIGTERM.",
      "`check` reads a recording of requests and replies, such as Katello's own tests keep, and says which of them breaks the contract.",
    ],
    options: CONTRACT_OPTIONS,
    args: CONTRACT_ARGUMENTS,
    exitCodes: { 0: "the contract is kept", 1: "it failed", 2: "the contract is broken" },
  },
  () => import("../contract.ts"),
);

/** Commands in the order of the usage. */
export const CONTRACT_COMMANDS = [CONTRACT] as const;
