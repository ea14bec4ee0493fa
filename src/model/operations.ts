/**
 * What a handler is given and what it may answer, derived from the contract: a missing handler, a status that the
 * contract does not have, or a wrong body does not compile.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { operations } from "../generated/openapi.ts";
import type { Operation, OperationId, Security } from "../generated/operations.ts";
import type { Cancellation } from "../resilience/cancellation.ts";
import type { Refusal } from "./audit-events.ts";
import type { RegistryError } from "./errors.ts";
import type { JsonText, Unwritten } from "./json-text.ts";
import type { PathValue } from "./names.ts";

/** Nobody in particular: no credentials, or the anonymous token. */
export interface Anonymous {
  readonly kind: "anonymous";
  /** Whether the anonymous token was shown. */
  readonly token: boolean;
  /** Why it can't be said now which host the certificate of this caller is; what is open to all is open to it as well. */
  readonly unidentified?: RegistryError | undefined;
  /** Why the certificate that this caller showed counts for nothing. */
  readonly refused?: Refusal | undefined;
}

/** A Foreman user whose token is good. */
export interface User {
  readonly kind: "user";
  readonly id: number;
  readonly name: string;
  /** The token shown, which goes to Katello and nowhere else, and the seconds it has left. */
  readonly token: { readonly value: string; readonly secondsLeft: number };
}

/** A registered host whose consumer certificate is good. */
export interface Host {
  readonly kind: "host";
  readonly id: number;
  /** Its uuid. */
  readonly name: string;
}

/** Who may look at repositories. */
export type ResolvedCaller = Anonymous | User | Host;

/** Credentials that only Katello can check. */
export interface Login {
  readonly kind: "login";
  readonly name: string;
  /** The `Authorization` header as it came. It holds the password: it goes to Katello and nowhere else. */
  readonly authorization: string;
}

/** Who may push: a trusted certificate's common name, or `unix` for the socket. */
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
}

/** Whoever can be calling, as the contract's security schemes tell them apart. */
export type Caller = CallerBy[Security];

type OperationOf<Id extends OperationId> = Extract<Operation, { id: Id }>;

/** Who can be calling an operation; an operation without security is anybody's. */
export type CallerOf<Id extends OperationId> = OperationOf<Id>["security"][number] extends never
  ? Anonymous
  : CallerBy[OperationOf<Id>["security"][number]];

/** The body of a request, unread. */
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

/** One call of an operation: everything in it has passed the contract. */
export type Call<Id extends OperationId> = CallWith<PathOf<Id>, QueryOf<Id>, BodyOf<Id>, CallerOf<Id>>;

interface CallWith<Path, Query, Body, By> {
  readonly method: string;
  readonly path: Path;
  readonly query: Query;
  /** The query as it came, without the question mark, unchecked. */
  readonly rawQuery: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Body;
  readonly caller: By;
  /** In the log, in the answer, and sent on to Pulp and Katello. */
  readonly requestId: string;
  /** The caller's address, absent over a unix socket. */
  readonly address: string | undefined;
  /** Scheme, host and port by which the caller reached the gateway, without a final slash. */
  readonly origin: string;
  /** The caller's, lost when it goes away. */
  readonly cancellation: Cancellation;
}

/** Headers that the adapter puts on answers by itself. */
type Automatic = "X-Request-Id" | "Docker-Distribution-Api-Version";
type Named<H> = { [K in keyof H as string extends K ? never : number extends K ? never : K]: H[K] };
type HeadersOf<R> = R extends { headers: infer H } ? Omit<Named<H>, Automatic> : never;
type WithHeaders<R> =
  Record<never, never> extends HeadersOf<R>
    ? { readonly headers?: HeadersOf<R> }
    : { readonly headers: HeadersOf<R> };
type WithBody<R> = R extends { content: infer C }
  ? { readonly body: C[keyof C] | JsonText | Unwritten }
  : { readonly body?: undefined };
type Responses<Id extends OperationId> = operations[Id]["responses"];

/** What an operation may answer: one of the contract's statuses, with its headers and its body. */
export type Reply<Id extends OperationId> = {
  [Status in keyof Responses<Id>]: { readonly status: Status } & WithHeaders<Responses<Id>[Status]> &
    WithBody<Responses<Id>[Status]>;
}[keyof Responses<Id>];

/** One handler for every operation of the contract: it answers a call, or throws a RegistryError. */
export type Handlers = { readonly [Id in OperationId]: (call: Call<Id>) => Promise<Reply<Id>> };
