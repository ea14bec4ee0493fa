/** Calls of operations of the contract, which any caller can send: see `caller` in `client.ts`. */
import { asForm, type Client, type components, encodeForm, type operations } from "../../src/client/index.ts";

/** Headers of a request. */
export type RequestHeaders = Readonly<Record<string, string>>;

/** A call by the client of the package, with headers that the contract does not name. */
export type Call = (gateway: Client, headers: RequestHeaders) => Promise<{ readonly response: Response }>;

type Query<Operation extends keyof operations> = NonNullable<operations[Operation]["parameters"]["query"]>;

/** Replies are texts to the tests, whatever their type. */
const parseAs = "text";

/** Replaces the query by a text: the contract lets it have any parameters. */
const anyQuery = (text: string) => ({ querySerializer: () => text });

/** Calls by GET. */
export const get = {
  base: (): Call => (gateway, headers) => gateway.getBase({ headers, parseAs }),
  token:
    (query: Query<"getToken"> = {}): Call =>
    (gateway, headers) =>
      gateway.getToken({ params: { query }, headers, parseAs }),
  catalog:
    (query: Query<"getCatalog"> = {}): Call =>
    (gateway, headers) =>
      gateway.getCatalog({ params: { query }, headers, parseAs }),
  tags:
    (name: string, query: Query<"getTags"> = {}): Call =>
    (gateway, headers) =>
      gateway.getTags({ params: { path: { name }, query }, headers, parseAs }),
  manifest:
    (name: string, reference: string, query: Query<"getManifest"> = {}): Call =>
    (gateway, headers) =>
      gateway.getManifest({ params: { path: { name, reference }, query }, headers, parseAs }),
  blob:
    (name: string, digest: string): Call =>
    (gateway, headers) =>
      gateway.getBlob({ params: { path: { name, digest } }, headers, parseAs }),
  referrers:
    (name: string, digest: string, query: Query<"getReferrers"> = {}): Call =>
    (gateway, headers) =>
      gateway.getReferrers({ params: { path: { name, digest }, query }, headers, parseAs }),
  signatures:
    (name: string, digest: string): Call =>
    (gateway, headers) =>
      gateway.getSignatures({ params: { path: { name, digest } }, headers, parseAs }),
  ping: (): Call => (gateway, headers) => gateway.getPing({ headers, parseAs }),
  search:
    (query: Query<"getSearch"> = {}): Call =>
    (gateway, headers) =>
      gateway.getSearch({ params: { query }, headers, parseAs }),
  /** The static Flatpak index. @param query in the form of a URL */
  index:
    (query = ""): Call =>
    (gateway, headers) =>
      gateway.getStaticIndex({ ...anyQuery(query), headers, parseAs }),
  /** The dynamic Flatpak index. @param query in the form of a URL */
  dynamicIndex:
    (query = ""): Call =>
    (gateway, headers) =>
      gateway.getDynamicIndex({ ...anyQuery(query), headers, parseAs }),
  users: (): Call => (gateway, headers) => gateway.getUsers({ headers, parseAs }),
  features: (): Call => (gateway, headers) => gateway.getFeatures({ headers, parseAs }),
  health: (): Call => (gateway, headers) => gateway.getHealth({ headers, parseAs }),
  readiness: (): Call => (gateway, headers) => gateway.getReadiness({ headers, parseAs }),
  contract: (): Call => (gateway, headers) => gateway.getContract({ headers, parseAs }),
  metrics: (): Call => (gateway, headers) => gateway.getMetrics({ headers, parseAs }),
  status: (): Call => (gateway, headers) => gateway.getStatus({ headers, parseAs }),
};

/** Calls by HEAD. */
export const head = {
  base: (): Call => (gateway, headers) => gateway.headBase({ headers }),
  token: (): Call => (gateway, headers) => gateway.headToken({ headers }),
  catalog: (): Call => (gateway, headers) => gateway.headCatalog({ headers }),
  tags:
    (name: string): Call =>
    (gateway, headers) =>
      gateway.headTags({ params: { path: { name } }, headers }),
  manifest:
    (name: string, reference: string): Call =>
    (gateway, headers) =>
      gateway.headManifest({ params: { path: { name, reference } }, headers }),
  blob:
    (name: string, digest: string): Call =>
    (gateway, headers) =>
      gateway.headBlob({ params: { path: { name, digest } }, headers }),
  referrers:
    (name: string, digest: string, query: Query<"headReferrers"> = {}): Call =>
    (gateway, headers) =>
      gateway.headReferrers({ params: { path: { name, digest }, query }, headers }),
  signatures:
    (name: string, digest: string): Call =>
    (gateway, headers) =>
      gateway.headSignatures({ params: { path: { name, digest } }, headers }),
  search:
    (query: Query<"headSearch"> = {}): Call =>
    (gateway, headers) =>
      gateway.headSearch({ params: { query }, headers }),
  /** The static Flatpak index. @param query in the form of a URL */
  index:
    (query = ""): Call =>
    (gateway, headers) =>
      gateway.headStaticIndex({ ...anyQuery(query), headers }),
  /** The dynamic Flatpak index. @param query in the form of a URL */
  dynamicIndex:
    (query = ""): Call =>
    (gateway, headers) =>
      gateway.headDynamicIndex({ ...anyQuery(query), headers }),
};

type TokenForm = operations["postToken"]["requestBody"]["content"]["application/x-www-form-urlencoded"];

/** Logs in by an OAuth2 form. */
export const postToken =
  (body: TokenForm): Call =>
  (gateway, headers) =>
    gateway.postToken({
      body,
      headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
      parseAs,
    });

type Schemas = components["schemas"];

/** Options of a sync as a form: encoded as Katello does, or a text that is sent unchanged. */
const formOf = (body: object | string, headers: RequestHeaders) => ({
  ...(typeof body === "string" ? { bodySerializer: () => body } : { bodySerializer: encodeForm }),
  headers: { ...asForm.headers, ...headers },
});

/** Katello's syncs as forms. A text, which may be a broken form, is sent unchanged. */
export const put = {
  repositories:
    (sync: Schemas["RepositoryList"] | string): Call =>
    (gateway, headers) =>
      gateway.putRepositories({
        body: typeof sync === "string" ? { repositories: [] } : sync,
        ...formOf(sync, headers),
      }),
  userGrants:
    (sync: Schemas["UserMapping"] | string): Call =>
    (gateway, headers) =>
      gateway.putUserGrants({
        body: typeof sync === "string" ? { users: [] } : sync,
        ...formOf(sync, headers),
      }),
  hosts:
    (sync: Schemas["HostList"] | string): Call =>
    (gateway, headers) =>
      gateway.putHosts({ body: typeof sync === "string" ? { hosts: [] } : sync, ...formOf(sync, headers) }),
  hostGrants:
    (sync: Schemas["HostMapping"] | string): Call =>
    (gateway, headers) =>
      gateway.putHostGrants({
        body: typeof sync === "string" ? { hosts: [] } : sync,
        ...formOf(sync, headers),
      }),
  oneHostGrants:
    (sync: Schemas["HostMapping"] | string): Call =>
    (gateway, headers) =>
      gateway.putOneHostGrants({
        body: typeof sync === "string" ? { hosts: [] } : sync,
        ...formOf(sync, headers),
      }),
};

/** Parameters of an operation that is known by its name only. */
interface Parameters {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number>>;
}

/** A call of an operation by its name: one without parameters, or each of many. */
export const operation =
  (id: keyof Client, params: Parameters = {}): Call =>
  (gateway, headers) =>
    Reflect.apply(gateway[id], undefined, [{ params, headers, parseAs }]);
