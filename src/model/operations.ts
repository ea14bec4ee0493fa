/**
 * Types of calls and replies of handlers, derived from the contract: a missing handler, a status that the contract does not
 * declare, or a wrong body does not compile.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { operations } from "../generated/openapi.ts";
import type { Operation, OperationId, Security } from "../generated/operations.ts";
import type { Cancellation } from "../resilience/cancellation.ts";
import type { Refusal } from "./audit-events.ts";
import type { RegistryError } from "./errors.ts";
import type { PathValue } from "./names.ts";
import type { EncodedBody, OmittedBody } from "./reply-body.ts";

/** Caller without credentials, or with the anonymous token. */
export interface Anonymous {
  readonly kind: "anonymous";
  /** True if the caller sent the anonymous token. */
  readonly token: boolean;
  /** Error that prevented the identification of the host; the caller may still pull from public repositories. */
  readonly unidentified?: RegistryError | undefined;
  /** Why the caller's certificate was refused. */
  readonly refused?: Refusal | undefined;
}

/** Foreman user with a valid token. */
export interface User {
  readonly kind: "user";
  readonly id: number;
  readonly name: string;
  /** Token, which is sent to Katello only, and its remaining lifetime. */
  readonly token: { readonly value: string; readonly secondsLeft: number };
}

/** Registered host with a valid consumer certificate. */
export interface Host {
  readonly kind: "host";
  readonly id: number;
  /** UUID of the host. */
  readonly name: string;
}

/** Caller that may browse and pull. */
export type ResolvedCaller = Anonymous | User | Host;

/** Basic credentials, which only Katello can check. */
export interface Login {
  readonly kind: "login";
  readonly name: string;
  /** `Authorization` header with the password, which is sent to Katello only. */
  readonly authorization: string;
}

/** Administrator: a trusted certificate's common name, a login of Foreman, `unix` for the unix socket, or `link` for a link. */
export interface Administrator {
  readonly kind: "administrator";
  readonly name: string;
}

interface CallerBy {
  registryToken: User;
  hostCertificate: Host;
  anonymousToken: Anonymous;
  nobody: Anonymous;
  foremanLogin: Login;
  administrator: Administrator;
  session: Administrator;
}

/** Caller, as distinguished by the contract's security schemes. */
export type Caller = CallerBy[Security];

type OperationOf<Id extends OperationId> = Extract<Operation, { id: Id }>;

/** Possible callers of an operation; an operation without security accepts any caller as anonymous. */
export type CallerOf<Id extends OperationId> = OperationOf<Id>["security"][number] extends never
  ? Anonymous
  : CallerBy[OperationOf<Id>["security"][number]];

/** Unread body of a request. */
export interface IncomingBody {
  readonly contentType: string | undefined;
  readonly chunks: AsyncIterable<Uint8Array>;
}

type Parameters<Id extends OperationId> = operations[Id]["parameters"];
type PathOf<Id extends OperationId> =
  Parameters<Id> extends { path: infer P }
    ? { readonly [Name in keyof P]: PathValue<Name> }
    : Readonly<Record<never, never>>;
type QueryOf<Id extends OperationId> =
  Parameters<Id> extends { query?: infer Q } ? Readonly<NonNullable<Q>> : Readonly<Record<never, never>>;

type BodyOf<Id extends OperationId> = operations[Id] extends { requestBody: unknown }
  ? IncomingBody
  : undefined;

/** Validated call of an operation. */
export type Call<Id extends OperationId> = CallWith<PathOf<Id>, QueryOf<Id>, BodyOf<Id>, CallerOf<Id>>;

interface CallWith<Path, Query, Body, By> {
  readonly method: string;
  readonly path: Path;
  readonly query: Query;
  /** Raw query without the question mark, not validated. */
  readonly rawQuery: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Body;
  readonly caller: By;
  /** Id of the request in the log, in the reply, and in requests to Pulp and Katello. */
  readonly requestId: string;
  /** Address of the caller; absent over a unix socket. */
  readonly address: string | undefined;
  /** Scheme, host and port by which the caller reached the gateway, without a trailing slash. */
  readonly origin: string;
  /** Fires when the caller disconnects. */
  readonly cancellation: Cancellation;
}

/** Headers that the adapter adds to replies. */
type AutomaticHeader = "X-Request-Id" | "Docker-Distribution-Api-Version";
type Named<H> = { [K in keyof H as string extends K ? never : number extends K ? never : K]: H[K] };
type HeadersOf<R> = R extends { headers: infer H } ? Omit<Named<H>, AutomaticHeader> : never;
type WithHeaders<R> =
  Record<never, never> extends HeadersOf<R>
    ? { readonly headers?: HeadersOf<R> }
    : { readonly headers: HeadersOf<R> };
type WithBody<R> = R extends { content: infer C }
  ? { readonly body: C[keyof C] | EncodedBody | OmittedBody }
  : { readonly body?: undefined };
type Responses<Id extends OperationId> = operations[Id]["responses"];

/** Reply of an operation: one of the contract's statuses, with its headers and body. */
export type Reply<Id extends OperationId> = {
  [Status in keyof Responses<Id>]: { readonly status: Status } & WithHeaders<Responses<Id>[Status]> &
    WithBody<Responses<Id>[Status]>;
}[keyof Responses<Id>];

/** Handlers of all operations. A handler returns a reply or throws a RegistryError. */
export type Handlers = { readonly [Id in OperationId]: (call: Call<Id>) => Promise<Reply<Id>> };
