// Made from openapi.yaml by `npm run generate`. Not to be edited.
import createHttpClient, { type ClientOptions, type MaybeOptionalInit } from "openapi-fetch";
import type { paths } from "./openapi.ts";

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
  };
}

export type Client = ReturnType<typeof createClient>;
