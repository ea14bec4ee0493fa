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
    /** Pushing is refused */
    refusePut: (...init: Init<"/v2/{path}", "put">) => http.PUT("/v2/{path}", ...init),
    /** Pushing is refused */
    refusePost: (...init: Init<"/v2/{path}", "post">) => http.POST("/v2/{path}", ...init),
    /** Pushing is refused */
    refusePatch: (...init: Init<"/v2/{path}", "patch">) => http.PATCH("/v2/{path}", ...init),
    /** Deleting is refused */
    refuseDelete: (...init: Init<"/v2/{path}", "delete">) => http.DELETE("/v2/{path}", ...init),
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
