// Made from openapi.yaml by `npm run generate`. Not to be edited.
import createHttpClient, { type ClientOptions, type MaybeOptionalInit } from "openapi-fetch";
import type { paths } from "./openapi.ts";

/** Names of the parameters of paths that may contain slashes. */
export const MULTI_SEGMENT: ReadonlySet<string> = new Set(["name","path","repository"]);

type Init<Path extends keyof paths, Method extends keyof paths[Path] & ("get" | "head" | "put" | "post" | "patch" | "delete")> =
  MaybeOptionalInit<paths[Path], Method> extends infer I ? (undefined extends I ? [I?] : [I]) : never;

/** A client that can ask exactly what the contract has; `fetch` may be replaced to reach a socket or to present a certificate. */
export function createClient(options: ClientOptions) {
  const http = createHttpClient<paths>(options);
  return {
    /** Check a token */
    getBase: (...init: Init<"/v2", "get">) => http.GET("/v2", ...init),
    /** As GET, without the body */
    headBase: (...init: Init<"/v2", "head">) => http.HEAD("/v2", ...init),
    /** Log in */
    getToken: (...init: Init<"/v2/token", "get">) => http.GET("/v2/token", ...init),
    /** As GET, without the body */
    headToken: (...init: Init<"/v2/token", "head">) => http.HEAD("/v2/token", ...init),
    /** Log in with an OAuth2 form */
    postToken: (...init: Init<"/v2/token", "post">) => http.POST("/v2/token", ...init),
    /** List the repositories that the caller may pull */
    getCatalog: (...init: Init<"/v2/_catalog", "get">) => http.GET("/v2/_catalog", ...init),
    /** As GET, without the body */
    headCatalog: (...init: Init<"/v2/_catalog", "head">) => http.HEAD("/v2/_catalog", ...init),
    /** List the features of this Smart Proxy, with their state */
    getFeatures: (...init: Init<"/v2/features", "get">) => http.GET("/v2/features", ...init),
    /** List the tags of a repository, in byte order */
    getTags: (...init: Init<"/v2/{name}/tags/list", "get">) => http.GET("/v2/{name}/tags/list", ...init),
    /** As GET, without the body */
    headTags: (...init: Init<"/v2/{name}/tags/list", "head">) => http.HEAD("/v2/{name}/tags/list", ...init),
    /** Get a manifest by tag or digest */
    getManifest: (...init: Init<"/v2/{name}/manifests/{reference}", "get">) => http.GET("/v2/{name}/manifests/{reference}", ...init),
    /** As GET, without the body */
    headManifest: (...init: Init<"/v2/{name}/manifests/{reference}", "head">) => http.HEAD("/v2/{name}/manifests/{reference}", ...init),
    /** Get a layer or configuration by digest */
    getBlob: (...init: Init<"/v2/{name}/blobs/{digest}", "get">) => http.GET("/v2/{name}/blobs/{digest}", ...init),
    /** As GET, without the body */
    headBlob: (...init: Init<"/v2/{name}/blobs/{digest}", "head">) => http.HEAD("/v2/{name}/blobs/{digest}", ...init),
    /** List the referrers of a manifest: signatures, attestations, bills of material */
    getReferrers: (...init: Init<"/v2/{name}/referrers/{digest}", "get">) => http.GET("/v2/{name}/referrers/{digest}", ...init),
    /** As GET, without the body */
    headReferrers: (...init: Init<"/v2/{name}/referrers/{digest}", "head">) => http.HEAD("/v2/{name}/referrers/{digest}", ...init),
    /** List the signatures of a manifest, for podman and skopeo */
    getSignatures: (...init: Init<"/extensions/v2/{name}/signatures/{digest}", "get">) => http.GET("/extensions/v2/{name}/signatures/{digest}", ...init),
    /** As GET, without the body */
    headSignatures: (...init: Init<"/extensions/v2/{name}/signatures/{digest}", "head">) => http.HEAD("/extensions/v2/{name}/signatures/{digest}", ...init),
    /** Refuse an image push */
    refusePut: (...init: Init<"/v2/{path}", "put">) => http.PUT("/v2/{path}", ...init),
    /** Refuse an image push */
    refusePost: (...init: Init<"/v2/{path}", "post">) => http.POST("/v2/{path}", ...init),
    /** Refuse an image push */
    refusePatch: (...init: Init<"/v2/{path}", "patch">) => http.PATCH("/v2/{path}", ...init),
    /** Refuse a deletion */
    refuseDelete: (...init: Init<"/v2/{path}", "delete">) => http.DELETE("/v2/{path}", ...init),
    /** Announce the v1 search, which docker search checks first */
    getPing: (...init: Init<"/v1/_ping", "get">) => http.GET("/v1/_ping", ...init),
    /** Search repositories by name */
    getSearch: (...init: Init<"/v1/search", "get">) => http.GET("/v1/search", ...init),
    /** As GET, without the body */
    headSearch: (...init: Init<"/v1/search", "head">) => http.HEAD("/v1/search", ...init),
    /** Get the Flatpak index */
    getStaticIndex: (...init: Init<"/index/static", "get">) => http.GET("/index/static", ...init),
    /** As GET, without the body */
    headStaticIndex: (...init: Init<"/index/static", "head">) => http.HEAD("/index/static", ...init),
    /** Get the dynamic Flatpak index */
    getDynamicIndex: (...init: Init<"/index/dynamic", "get">) => http.GET("/index/dynamic", ...init),
    /** As GET, without the body */
    headDynamicIndex: (...init: Init<"/index/dynamic", "head">) => http.HEAD("/index/dynamic", ...init),
    /** Replace the list of repositories */
    putRepositories: (...init: Init<"/repository_list", "put">) => http.PUT("/repository_list", ...init),
    /** List the logins of the gateway */
    getUsers: (...init: Init<"/users", "get">) => http.GET("/users", ...init),
    /** Replace the mapping of users to repositories */
    putUserGrants: (...init: Init<"/user_repository_mapping", "put">) => http.PUT("/user_repository_mapping", ...init),
    /** Replace the list of hosts */
    putHosts: (...init: Init<"/update_hosts", "put">) => http.PUT("/update_hosts", ...init),
    /** Replace the mapping of hosts to repositories */
    putHostGrants: (...init: Init<"/host_repository_mapping", "put">) => http.PUT("/host_repository_mapping", ...init),
    /** Replace the grants of one host */
    putOneHostGrants: (...init: Init<"/update_host_repositories", "put">) => http.PUT("/update_host_repositories", ...init),
    /** List the names of the features */
    getFeatureNames: (...init: Init<"/features", "get">) => http.GET("/features", ...init),
    /** Get the claimed Smart Proxy version and the version of the gateway */
    getVersion: (...init: Init<"/version", "get">) => http.GET("/version", ...init),
    /** Check that the process runs */
    getHealth: (...init: Init<"/healthz", "get">) => http.GET("/healthz", ...init),
    /** Check that the gateway can decide */
    getReadiness: (...init: Init<"/readyz", "get">) => http.GET("/readyz", ...init),
    /** Get this document */
    getContract: (...init: Init<"/openapi.yaml", "get">) => http.GET("/openapi.yaml", ...init),
    /** Get the metrics of all workers */
    getMetrics: (...init: Init<"/metrics", "get">) => http.GET("/metrics", ...init),
    /** Show the state of the gateway, and what is wrong now */
    getStatus: (...init: Init<"/admin/status", "get">) => http.GET("/admin/status", ...init),
    /** Explain whether a caller may pull a repository */
    getExplanation: (...init: Init<"/admin/explanation", "get">) => http.GET("/admin/explanation", ...init),
    /** List users */
    getUserList: (...init: Init<"/admin/users", "get">) => http.GET("/admin/users", ...init),
    /** Show a user with tokens and grants */
    getUserDetails: (...init: Init<"/admin/users/{login}", "get">) => http.GET("/admin/users/{login}", ...init),
    /** End all tokens of a user, at all gateways of the database */
    deleteUserTokens: (...init: Init<"/admin/users/{login}/tokens", "delete">) => http.DELETE("/admin/users/{login}/tokens", ...init),
    /** List the checksums of tokens that have not expired */
    getTokenList: (...init: Init<"/admin/tokens", "get">) => http.GET("/admin/tokens", ...init),
    /** End a token, at all gateways of the database */
    deleteToken: (...init: Init<"/admin/tokens/{checksum}", "delete">) => http.DELETE("/admin/tokens/{checksum}", ...init),
    /** List hosts */
    getHostList: (...init: Init<"/admin/hosts", "get">) => http.GET("/admin/hosts", ...init),
    /** Show a host with its grants */
    getHostDetails: (...init: Init<"/admin/hosts/{uuid}", "get">) => http.GET("/admin/hosts/{uuid}", ...init),
    /** Delete a host with its grants, at all gateways of the database */
    deleteHost: (...init: Init<"/admin/hosts/{uuid}", "delete">) => http.DELETE("/admin/hosts/{uuid}", ...init),
    /** List repositories */
    getRepositoryList: (...init: Init<"/admin/repositories", "get">) => http.GET("/admin/repositories", ...init),
    /** Show a repository and who may pull it */
    getRepositoryDetails: (...init: Init<"/admin/repositories/{repository}", "get">) => http.GET("/admin/repositories/{repository}", ...init),
    /** List the last syncs, the newest first */
    getSyncList: (...init: Init<"/admin/syncs", "get">) => http.GET("/admin/syncs", ...init),
    /** Forget failed logins, at all gateways of the database */
    deleteLockouts: (...init: Init<"/admin/lockouts", "delete">) => http.DELETE("/admin/lockouts", ...init),
    /** Clear the caches of all workers of this gateway */
    deleteCache: (...init: Init<"/admin/cache", "delete">) => http.DELETE("/admin/cache", ...init),
    /** Read the settings anew, and exchange all workers */
    postReload: (...init: Init<"/admin/reload", "post">) => http.POST("/admin/reload", ...init),
    /** Change the log level of all workers of this gateway */
    putLogLevel: (...init: Init<"/admin/log-level", "put">) => http.PUT("/admin/log-level", ...init),
    /** Show the requests of the last hour */
    getHistory: (...init: Init<"/admin/history", "get">) => http.GET("/admin/history", ...init),
    /** List decisions of the audit log, the newest first */
    getAudit: (...init: Init<"/admin/audit", "get">) => http.GET("/admin/audit", ...init),
    /** Show the settings in effect, and where each comes from */
    getSettings: (...init: Init<"/admin/settings", "get">) => http.GET("/admin/settings", ...init),
    /** Follow the state, the samples and the decisions as server-sent events */
    getEvents: (...init: Init<"/admin/events", "get">) => http.GET("/admin/events", ...init),
    /** Make a link that signs in a browser once */
    postSignInLink: (...init: Init<"/admin/sign-in-links", "post">) => http.POST("/admin/sign-in-links", ...init),
    /** Show and extend the session of this browser */
    getSession: (...init: Init<"/admin/session", "get">) => http.GET("/admin/session", ...init),
    /** Sign in a browser */
    postSession: (...init: Init<"/admin/session", "post">) => http.POST("/admin/session", ...init),
    /** Sign out */
    deleteSession: (...init: Init<"/admin/session", "delete">) => http.DELETE("/admin/session", ...init),
  };
}

export type Client = ReturnType<typeof createClient>;
