/** Cases of the suite. */
import type { Probe, Target } from "./probe.ts";

/** Callers whose requests the suite sends. */
export const ROLES = ["katello", "foreman", "client"] as const;

/** A caller. */
export type Role = (typeof ROLES)[number];

/** Things that a case needs, and the option that gives each. */
export const NEEDS = {
  certificate: "--cert and --key",
  login: "--user",
  repository: "--repository",
  replace: "--replace",
} as const;

/** A thing that a case needs. */
export type Need = keyof typeof NEEDS;

/** One case: a rule of the contract, and the requests that show whether it is kept. */
export interface Case {
  readonly role: Role;
  /** The rule. */
  readonly title: string;
  readonly needs?: readonly Need[];
  /** Known difference of the plugin smart_proxy_container_gateway, and the problems that it makes. */
  readonly plugin?: { readonly text: string; readonly problems: RegExp };
  /** @throws Error if a request fails */
  run(probe: Probe): Promise<void>;
}

/** First thing that a case needs and the target lacks. */
export const missingNeed = ({ needs = [] }: Case, target: Target): Need | undefined =>
  needs.find(
    (need) =>
      ({
        certificate: target.certificate === undefined,
        login: target.login === undefined,
        repository: target.repository === undefined,
        replace: !target.mayReplace,
      })[need],
  );
