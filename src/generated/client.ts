// Made from openapi.yaml by `npm run generate`. Not to be edited.
import createHttpClient, { type ClientOptions, type MaybeOptionalInit } from "openapi-fetch";
import type { paths } from "./openapi.ts";

type Init<Path extends keyof paths, Method extends keyof paths[Path] & ("get" | "head" | "put" | "post" | "patch" | "delete")> =
  MaybeOptionalInit<paths[Path], Method> extends infer I ? (undefined extends I ? [I?] : [I]) : never;

/** A client that can ask exactly what the contract has; `fetch` may be replaced to reach a socket or to present a certificate. */
export function createClient(options: ClientOptions) {
  const http = createHttpClient<paths>(options);
  return {
    /** Is the token good? */
    getBase: (...init: Init<"/v2", "get">) => http.GET("/v2", ...init),
    /** As GET, without the body */
    headBase: (...init: Init<"/v2", "head">) => http.HEAD("/v2", ...init),
    /** Log in */
    getToken: (...init: Init<"/v2/token", "get">) => http.GET("/v2/token", ...init),
    /** As GET, without the body */
    headToken: (...init: Init<"/v2/token", "head">) => http.HEAD("/v2/token", ...init),
    /** Log in with a form, as OAuth2 has it */
    postToken: (...init: Init<"/v2/token", "post">) => http.POST("/v2/token", ...init),
    /** The repositories that this caller may pull */
    getCatalog: (...init: Init<"/v2/_catalog", "get">) => http.GET("/v2/_catalog", ...init),
    /** As GET, without the body */
    headCatalog: (...init: Init<"/v2/_catalog", "head">) => http.HEAD("/v2/_catalog", ...init),
    /** The features of this Smart Proxy, with their state */
    getFeatures: (...init: Init<"/v2/features", "get">) => http.GET("/v2/features", ...init),
    /** The tags of a repository, in the order of their bytes */
    getTags: (...init: Init<"/v2/{name}/tags/list", "get">) => http.GET("/v2/{name}/tags/list", ...init),
    /** As GET, without the body */
    headTags: (...init: Init<"/v2/{name}/tags/list", "head">) => http.HEAD("/v2/{name}/tags/list", ...init),
    /** A manifest by tag or digest */
    getManifest: (...init: Init<"/v2/{name}/manifests/{reference}", "get">) => http.GET("/v2/{name}/manifests/{reference}", ...init),
    /** As GET, without the body */
    headManifest: (...init: Init<"/v2/{name}/manifests/{reference}", "head">) => http.HEAD("/v2/{name}/manifests/{reference}", ...init),
    /** A layer or configuration by digest */
    getBlob: (...init: Init<"/v2/{name}/blobs/{digest}", "get">) => http.GET("/v2/{name}/blobs/{digest}", ...init),
    /** As GET, without the body */
    headBlob: (...init: Init<"/v2/{name}/blobs/{digest}", "head">) => http.HEAD("/v2/{name}/blobs/{digest}", ...init),
    /** What refers to a manifest: signatures, attestations, bills of material */
    getReferrers: (...init: Init<"/v2/{name}/referrers/{digest}", "get">) => http.GET("/v2/{name}/referrers/{digest}", ...init),
    /** As GET, without the body */
    headReferrers: (...init: Init<"/v2/{name}/referrers/{digest}", "head">) => http.HEAD("/v2/{name}/referrers/{digest}", ...init),
    /** The signatures of a manifest, as podman and skopeo ask for them */
    getSignatures: (...init: Init<"/extensions/v2/{name}/signatures/{digest}", "get">) => http.GET("/extensions/v2/{name}/signatures/{digest}", ...init),
    /** As GET, without the body */
    headSignatures: (...init: Init<"/extensions/v2/{name}/signatures/{digest}", "head">) => http.HEAD("/extensions/v2/{name}/signatures/{digest}", ...init),
    /** Pushing is refused */
    refusePut: (...init: Init<"/v2/{path}", "put">) => http.PUT("/v2/{path}", ...init),
    /** Pushing is refused */
    refusePost: (...init: Init<"/v2/{path}", "post">) => http.POST("/v2/{path}", ...init),
    /** Pushing is refused */
    refusePatch: (...init: Init<"/v2/{path}", "patch">) => http.PATCH("/v2/{path}", ...init),
    /** Deleting is refused */
    refuseDelete: (...init: Init<"/v2/{path}", "delete">) => http.DELETE("/v2/{path}", ...init),
    /** docker search asks this first */
    getPing: (...init: Init<"/v1/_ping", "get">) => http.GET("/v1/_ping", ...init),
    /** Repositories whose name holds a text */
    getSearch: (...init: Init<"/v1/search", "get">) => http.GET("/v1/search", ...init),
    /** As GET, without the body */
    headSearch: (...init: Init<"/v1/search", "head">) => http.HEAD("/v1/search", ...init),
    /** The Flatpak index */
    getStaticIndex: (...init: Init<"/index/static", "get">) => http.GET("/index/static", ...init),
    /** As GET, without the body */
    headStaticIndex: (...init: Init<"/index/static", "head">) => http.HEAD("/index/static", ...init),
    /** The Flatpak index, asked now */
    getDynamicIndex: (...init: Init<"/index/dynamic", "get">) => http.GET("/index/dynamic", ...init),
    /** As GET, without the body */
    headDynamicIndex: (...init: Init<"/index/dynamic", "head">) => http.HEAD("/index/dynamic", ...init),
    /** The whole list of repositories */
    putRepositories: (...init: Init<"/repository_list", "put">) => http.PUT("/repository_list", ...init),
    /** The logins known here */
    getUsers: (...init: Init<"/users", "get">) => http.GET("/users", ...init),
    /** The whole mapping of users to repositories */
    putUserGrants: (...init: Init<"/user_repository_mapping", "put">) => http.PUT("/user_repository_mapping", ...init),
    /** The whole list of hosts */
    putHosts: (...init: Init<"/update_hosts", "put">) => http.PUT("/update_hosts", ...init),
    /** The whole mapping of hosts to repositories */
    putHostGrants: (...init: Init<"/host_repository_mapping", "put">) => http.PUT("/host_repository_mapping", ...init),
    /** The repositories of one host */
    putOneHostGrants: (...init: Init<"/update_host_repositories", "put">) => http.PUT("/update_host_repositories", ...init),
    /** The names of the features */
    getFeatureNames: (...init: Init<"/features", "get">) => http.GET("/features", ...init),
    /** The Smart Proxy version claimed, and the version of the gateway */
    getVersion: (...init: Init<"/version", "get">) => http.GET("/version", ...init),
    /** The process lives */
    getHealth: (...init: Init<"/healthz", "get">) => http.GET("/healthz", ...init),
    /** Can the gateway decide? */
    getReadiness: (...init: Init<"/readyz", "get">) => http.GET("/readyz", ...init),
    /** This document */
    getContract: (...init: Init<"/openapi.yaml", "get">) => http.GET("/openapi.yaml", ...init),
  };
}

export type Client = ReturnType<typeof createClient>;
