// Made from openapi.yaml by `npm run generate`. Not to be edited.
import type { Readable } from "node:stream";
export interface paths {
    "/v2": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check a token
         * @description 401 without a valid token, also if there are public repositories: clients learn here where to log in.
         */
        get: operations["getBase"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** As GET, without the body */
        head: operations["headBase"];
        patch?: never;
        trace?: never;
    };
    "/v2/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Log in
         * @description With Basic credentials: a token of the Foreman user. With a Bearer token that is still valid: the same token.
         *     Without credentials: the anonymous token `unauthenticated`, which opens public repositories. It is also the reply if
         *     every scope names an open repository; the password is then not checked.
         *     A request without a scope is a login, and replaces a token that was revoked in Foreman; one with a scope does not.
         *     The user is the one whom Katello authenticates; `account` is ignored.
         */
        get: operations["getToken"];
        put?: never;
        /**
         * Log in with an OAuth2 form
         * @description containerd tries this first. The form contains the password. Refresh tokens are neither issued nor accepted.
         */
        post: operations["postToken"];
        delete?: never;
        options?: never;
        /** As GET, without the body */
        head: operations["headToken"];
        patch?: never;
        trace?: never;
    };
    "/v2/_catalog": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the repositories that the caller may pull
         * @description Requires a token, if only the anonymous one, so that clients that have logged in and begin here present theirs.
         */
        get: operations["getCatalog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** As GET, without the body */
        head: operations["headCatalog"];
        patch?: never;
        trace?: never;
    };
    "/v2/features": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the features of this Smart Proxy, with their state */
        get: operations["getFeatures"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/{name}/tags/list": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The name of a repository
                 * @example org/app
                 */
                name: components["parameters"]["Name"];
            };
            cookie?: never;
        };
        /** List the tags of a repository, in byte order */
        get: operations["getTags"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** As GET, without the body */
        head: operations["headTags"];
        patch?: never;
        trace?: never;
    };
    "/v2/{name}/manifests/{reference}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The name of a repository
                 * @example org/app
                 */
                name: components["parameters"]["Name"];
                /**
                 * @description A tag or a digest
                 * @example latest
                 */
                reference: components["parameters"]["Reference"];
            };
            cookie?: never;
        };
        /**
         * Get a manifest by tag or digest
         * @description Pulp of 2026 and later delivers the manifest (200), older ones redirect (302); both are passed on.
         *     By tag, `Accept` must allow the manifest's media type, with any case, wildcards and `q=0` as in RFC 9110. If the tag
         *     has a manifest that `Accept` does not allow, the message of the 404 names its type.
         */
        get: operations["getManifest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** As GET, without the body */
        head: operations["headManifest"];
        patch?: never;
        trace?: never;
    };
    "/v2/{name}/blobs/{digest}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The name of a repository
                 * @example org/app
                 */
                name: components["parameters"]["Name"];
                /**
                 * @description The digest of a blob or manifest. Pulp supports SHA-256 only; digests of other algorithms are not found
                 * @example sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
                 */
                digest: components["parameters"]["Digest"];
            };
            cookie?: never;
        };
        /**
         * Get a layer or configuration by digest
         * @description Pulp redirects to its content application or its object storage; the location is valid for an hour.
         *     A request for several ranges is never redirected, as Pulp refuses it: the gateway sends the parts, at most 1,024
         *     (400), unless the setting `multipart_ranges` refuses them (400).
         */
        get: operations["getBlob"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** As GET, without the body */
        head: operations["headBlob"];
        patch?: never;
        trace?: never;
    };
    "/v2/{name}/referrers/{digest}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The name of a repository
                 * @example org/app
                 */
                name: components["parameters"]["Name"];
                /**
                 * @description The digest of a blob or manifest. Pulp supports SHA-256 only; digests of other algorithms are not found
                 * @example sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
                 */
                digest: components["parameters"]["Digest"];
            };
            cookie?: never;
        };
        /**
         * List the referrers of a manifest: signatures, attestations, bills of material
         * @description Pulp's own list if it has one; otherwise built from the tag `sha256-<hex>` and the tags that cosign writes.
         */
        get: operations["getReferrers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** As GET, without the body */
        head: operations["headReferrers"];
        patch?: never;
        trace?: never;
    };
    "/extensions/v2/{name}/signatures/{digest}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The name of a repository
                 * @example org/app
                 */
                name: components["parameters"]["Name"];
                /**
                 * @description The digest of a blob or manifest. Pulp supports SHA-256 only; digests of other algorithms are not found
                 * @example sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
                 */
                digest: components["parameters"]["Digest"];
            };
            cookie?: never;
        };
        /** List the signatures of a manifest, for podman and skopeo */
        get: operations["getSignatures"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** As GET, without the body */
        head: operations["headSignatures"];
        patch?: never;
        trace?: never;
    };
    "/v2/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Anything below /v2/
                 * @example org/app/blobs/uploads
                 */
                path: components["parameters"]["AnyPath"];
            };
            cookie?: never;
        };
        get?: never;
        /** Refuse an image push */
        put: operations["refusePut"];
        /**
         * Refuse an image push
         * @description Uploads, manifests, tags, blobs, and every other write below /v2/.
         */
        post: operations["refusePost"];
        /** Refuse a deletion */
        delete: operations["refuseDelete"];
        options?: never;
        head?: never;
        /** Refuse an image push */
        patch: operations["refusePatch"];
        trace?: never;
    };
    "/v1/_ping": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Announce the v1 search, which docker search checks first */
        get: operations["getPing"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search repositories by name
         * @description Finds only repositories that the caller may pull. A client of the v2 API (podman) gets 404, and uses the catalog.
         */
        get: operations["getSearch"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** As GET, without the body */
        head: operations["headSearch"];
        patch?: never;
        trace?: never;
    };
    "/index/static": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the Flatpak index
         * @description Every parameter is passed on to Pulp. Shows what the caller may pull, unless the setting `flatpak_index` opens the index.
         */
        get: operations["getStaticIndex"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** As GET, without the body */
        head: operations["headStaticIndex"];
        patch?: never;
        trace?: never;
    };
    "/index/dynamic": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get the dynamic Flatpak index */
        get: operations["getDynamicIndex"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** As GET, without the body */
        head: operations["headDynamicIndex"];
        patch?: never;
        trace?: never;
    };
    "/repository_list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Replace the list of repositories
         * @description Repositories that are no longer listed are removed with their grants; the others keep them.
         */
        put: operations["putRepositories"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the logins of the gateway
         * @description Katello sends mappings for these users only.
         */
        get: operations["getUsers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/user_repository_mapping": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Replace the mapping of users to repositories
         * @description A user whom the mapping does not name loses all grants, unless they were fetched from Katello at a login after
         *     Katello's last request for `/users`. Entries with `auth_required` false grant nothing.
         */
        put: operations["putUserGrants"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/update_hosts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Replace the list of hosts */
        put: operations["putHosts"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/host_repository_mapping": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Replace the mapping of hosts to repositories */
        put: operations["putHostGrants"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/update_host_repositories": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Replace the grants of one host
         * @description Replaces the grants of the hosts that it names, and of no others. A new host is created.
         */
        put: operations["putOneHostGrants"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/features": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the names of the features */
        get: operations["getFeatureNames"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get the claimed Smart Proxy version and the version of the gateway */
        get: operations["getVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Check that the process runs */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check that the gateway can decide
         * @description 503 while the database is unavailable and cached decisions have expired, before Katello's first sync of the repositories
         *     (`serve_before_first_sync`), and while the gateway is about to stop (`shutdown_delay`). Upstreams are reported, but do not count.
         *     Everybody sees what is up and down; `syncs` is empty and `other_writers` left out for all but administrators.
         */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.yaml": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get this document */
        get: operations["getContract"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the metrics of all workers
         * @description In Prometheus' text format. Also served to everybody at the addresses of `metrics_listen`.
         */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the state of the gateway, and what is wrong now */
        get: operations["getStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/explanation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Explain whether a caller may pull a repository
         * @description The decision is made by the code that decides about pulls, with the data that it uses, without contacting Katello. Without
         *     `user`, `host` or `X-Certificate` the caller is anonymous.
         */
        get: operations["getExplanation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List users */
        get: operations["getUserList"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/users/{login}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The login of a user, in any spelling
                 * @example alice
                 */
                login: components["schemas"]["Login"];
            };
            cookie?: never;
        };
        /** Show a user with tokens and grants */
        get: operations["getUserDetails"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/users/{login}/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The login of a user, in any spelling
                 * @example alice
                 */
                login: components["schemas"]["Login"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End all tokens of a user, at all gateways of the database
         * @description The token in Foreman stays. A client with stored credentials logs in again.
         */
        delete: operations["deleteUserTokens"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the checksums of tokens that have not expired */
        get: operations["getTokenList"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/tokens/{checksum}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The SHA-256 of a token, hexadecimal
                 * @example e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
                 */
                checksum: components["schemas"]["TokenChecksum"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a token, at all gateways of the database */
        delete: operations["deleteToken"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/hosts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List hosts */
        get: operations["getHostList"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/hosts/{uuid}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The uuid of a host
                 * @example 6f1f2c4e-0f4f-4c5e-9d5c-0b9a5a1f2b3c
                 */
                uuid: components["schemas"]["HostUuid"];
            };
            cookie?: never;
        };
        /** Show a host with its grants */
        get: operations["getHostDetails"];
        put?: never;
        post?: never;
        /**
         * Delete a host with its grants, at all gateways of the database
         * @description At its next request, Katello is asked again what the host may pull.
         */
        delete: operations["deleteHost"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/repositories": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List repositories */
        get: operations["getRepositoryList"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/repositories/{repository}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The name of a repository
                 * @example org/app
                 */
                repository: components["schemas"]["RepositoryName"];
            };
            cookie?: never;
        };
        /** Show a repository and who may pull it */
        get: operations["getRepositoryDetails"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/syncs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the last syncs, the newest first */
        get: operations["getSyncList"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/lockouts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Forget failed logins, at all gateways of the database
         * @description Of an account at every address, of an address with all accounts, or of both together.
         */
        delete: operations["deleteLockouts"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/cache": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Clear the caches of all workers of this gateway
         * @description Flatpak indexes hold many repositories; they are cleared with all caches only.
         */
        delete: operations["deleteCache"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/reload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Read the settings anew, and exchange all workers
         * @description New workers start with the settings, and the old ones finish their requests. The reply says how many new workers serve. If the
         *     settings can't be used or a new worker can't start, nothing changes, and the reply is 400 with the reason. A reload that takes
         *     longer than 60 seconds, as while PostgreSQL is unavailable, goes on, and the reply is 503.
         */
        post: operations["postReload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/log-level": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change the log level of all workers of this gateway */
        put: operations["putLogLevel"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the requests of the last hour
         * @description Of all workers. Calls of operators, probes and this page are left out.
         */
        get: operations["getHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List decisions of the audit log, the newest first
         * @description From the file of `audit_log`, of which the last 16 MiB are read. Without a file, from the memory of the workers, which
         *     keep the last 500 decisions each.
         */
        get: operations["getAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the settings in effect, and where each comes from */
        get: operations["getSettings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow the state, the samples and the decisions as server-sent events
         * @description `status` has a `Status`, `history` a `History` with the newest samples, `audit` an array of `AuditedDecision`; `end` comes when
         *     the session has ended.
         */
        get: operations["getEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/sign-in-links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a link that signs in a browser once
         * @description It is valid for 60 seconds and for one session, at this gateway. It needs an http or https address in `admin_listen`.
         */
        post: operations["postSignInLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show and extend the session of this browser
         * @description A session ends 8 hours after the last call of this operation, and 24 hours after the sign-in.
         */
        get: operations["getSession"];
        put?: never;
        /**
         * Sign in a browser
         * @description With the credentials of a Foreman account that is an administrator there, or with the code of a link. Failed sign-ins count like
         *     failed logins.
         */
        post: operations["postSession"];
        /** Sign out */
        delete: operations["deleteSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A repository name as in the distribution specification, with capital letters, as Katello lists what Pulp has. */
        RepositoryName: string;
        Tag: string;
        Digest: string;
        /** @description A digest of any algorithm (image specification, section "Digests") */
        AnyDigest: string;
        Reference: components["schemas"]["Tag"] | components["schemas"]["AnyDigest"];
        /**
         * @description The codes of the distribution specification and of the reference registry, and `REQUEST_INVALID` for a request
         *     that is invalid elsewhere than in a name, tag or digest.
         * @enum {string}
         */
        ErrorCode: "BLOB_UNKNOWN" | "DENIED" | "DIGEST_INVALID" | "MANIFEST_INVALID" | "MANIFEST_UNKNOWN" | "NAME_INVALID" | "NAME_UNKNOWN" | "PAGINATION_NUMBER_INVALID" | "RANGE_INVALID" | "REQUEST_INVALID" | "SIZE_INVALID" | "TAG_INVALID" | "TOOMANYREQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNKNOWN" | "UNSUPPORTED";
        Errors: {
            errors: {
                code: components["schemas"]["ErrorCode"];
                message: string;
                /** @description Details */
                detail?: unknown;
            }[];
        };
        Token: {
            /** @description Visible ASCII: Katello's tokens are stored hashes */
            token: string;
            /** @description The same token; containerd reads this one */
            access_token: string;
            /** @description Seconds after the reply */
            expires_in: number;
        };
        TokenRequest: {
            /** @enum {string} */
            grant_type: "password" | "refresh_token";
            username?: string;
            /** Format: password */
            password?: string;
            refresh_token?: string;
            service?: string;
            scope?: string;
            client_id?: string;
        };
        OAuthError: {
            /** @enum {string} */
            error: "invalid_request" | "unsupported_grant_type";
            error_description: string;
        };
        SearchResults: {
            num_results: number;
            query: string;
            results: {
                name: string;
                description: string;
                star_count: number;
                is_official: boolean;
                is_automated: boolean;
            }[];
        };
        Signatures: {
            signatures: {
                [key: string]: unknown;
            }[];
        };
        FlatpakIndex: {
            /** @description The registry to pull from */
            Registry: string;
            Results: {
                /** @description The name of the repository */
                Name: string;
            }[];
        };
        /** @description Image specification, "OCI Content Descriptors" */
        Descriptor: {
            mediaType: string;
            digest: string;
            size: number;
            artifactType?: string;
            annotations?: {
                [key: string]: string;
            };
        };
        ReferrersIndex: {
            /** @enum {integer} */
            schemaVersion: 2;
            /** @enum {string} */
            mediaType: "application/vnd.oci.image.index.v1+json";
            manifests: components["schemas"]["Descriptor"][];
        };
        Catalog: {
            repositories: string[];
        };
        Tags: {
            name: string;
            tags: string[];
        };
        Users: {
            users: components["schemas"]["Login"][];
        };
        /** @description A boolean, or its name in any case, as in forms */
        AuthRequired: boolean | string;
        RepositoryEntry: {
            repository: components["schemas"]["RepositoryName"];
            auth_required: components["schemas"]["AuthRequired"];
        };
        RepositoryList: {
            repositories: components["schemas"]["RepositoryEntry"][];
        };
        UserMapping: {
            users: {
                [key: string]: components["schemas"]["RepositoryEntry"][];
            }[];
        };
        HostMapping: {
            hosts: {
                [key: string]: components["schemas"]["RepositoryEntry"][];
            }[];
        };
        HostEntry: {
            uuid: components["schemas"]["HostUuid"];
        };
        /** @description The common name of a host's consumer certificate */
        HostUuid: string;
        /** @description A Foreman login */
        Login: string;
        HostList: {
            hosts: components["schemas"]["HostEntry"][];
        };
        /** @description The features of the Smart Proxy. In front of another Smart Proxy, that one's are there, too. */
        Features: {
            container_gateway: {
                http_enabled: boolean;
                https_enabled: boolean;
                settings: {
                    [key: string]: unknown;
                };
                /** @enum {string} */
                state: "running";
                capabilities: string[];
            };
        } & {
            [key: string]: {
                [key: string]: unknown;
            };
        };
        Version: {
            version: string;
            modules: {
                container_gateway: string;
            } & {
                [key: string]: string;
            };
        };
        Readiness: {
            /**
             * @description `degraded`: the database is unavailable, and cached decisions are used for `outage_grace` seconds; or a sync has
             *     failed or was refused, or Katello has not synced for a day, and the gateway decides by what it got before.
             *     `waiting_for_katello`: Katello has never sent its list of repositories, and everything about repositories is 503.
             *     `unavailable`: the database is unavailable, and cached decisions have expired; or the gateway has been told to stop, and
             *     still serves for `shutdown_delay` seconds.
             * @enum {string}
             */
            status: "ready" | "degraded" | "waiting_for_katello" | "unavailable";
            /** @description Why the status is not `ready` */
            reasons: string[];
            database: components["schemas"]["Reachability"];
            /** @description The last sync of each kind, for administrators; empty for others */
            syncs: components["schemas"]["SyncRecord"][];
            /**
             * @description Roles of PostgreSQL, beside the gateway's, that may change its tables, such as the plugin's; superusers are left out.
             *     For administrators only.
             */
            other_writers?: string[];
            upstreams: {
                pulp: components["schemas"]["Reachability"];
                katello: components["schemas"]["Reachability"];
            };
        };
        /** @enum {string} */
        Reachability: "up" | "down";
        /** @enum {string} */
        SyncKind: "repositories" | "users" | "user_grants" | "hosts" | "host_grants" | "one_host_grants";
        SyncRecord: {
            kind: components["schemas"]["SyncKind"];
            /**
             * Format: date-time
             * @description Time of arrival
             */
            at: string;
            /** @description Duration from the request to the end of the work */
            seconds: number;
            request_id: string;
            /** @description `done`, or why the sync has not been applied */
            outcome: string;
            /** @description Bytes of the body that were read */
            bytes: number;
            /** @description Entries in the body */
            entries: number;
            /** @description Rows added or changed */
            inserted: number;
            /** @description Rows deleted */
            deleted: number;
            /** @description Entries without effect yet, as their repository is not listed */
            unknown: number;
            /** @description Invalid entries, which were left out */
            invalid: number;
            /** @description Numbers of the first ten invalid entries, from 1 */
            invalid_entries: number[];
        };
        TokenChecksum: string;
        Problem: {
            /** @description The problem */
            text: string;
            /** @description The command or the setting that helps */
            advice: string;
        };
        Status: {
            /** @enum {string} */
            status: "ok" | "degraded";
            version: string;
            /** Format: date-time */
            started_at: string;
            problems: components["schemas"]["Problem"][];
            database: components["schemas"]["Reachability"];
            /**
             * @description `grace`: disconnected, and cached decisions are used for `outage_grace` seconds
             * @enum {string}
             */
            change_feed: "connected" | "grace" | "disconnected";
            upstreams: {
                name: string;
                state: components["schemas"]["Reachability"];
                /** @enum {string} */
                breaker: "closed" | "open";
            }[];
            /** @description Rows in the database; absent while it is unavailable */
            counts?: {
                repositories: number;
                open_repositories: number;
                users: number;
                hosts: number;
                /** @description Tokens that have not expired */
                tokens: number;
                /** @description Accounts, addresses and gateways with too many failed logins */
                lockouts: number;
                /** @description Grants of users, as PostgreSQL estimates them */
                user_grants: number;
                /** @description Grants of hosts, as PostgreSQL estimates them */
                host_grants: number;
            };
            /** @description The last sync of each kind */
            syncs: components["schemas"]["SyncRecord"][];
            /** @description Katello's calls that were refused in the last hour, the last one of each caller who has shown a certificate */
            refused_syncs: {
                /** Format: date-time */
                at: string;
                operation: string;
                /** @description The common name of the certificate */
                name: string;
                why: string;
            }[];
            certificates: {
                setting: string;
                subject: string;
                /** Format: date-time */
                expires_at: string;
                days_left: number;
            }[];
            workers: {
                pid: number;
                uptime_seconds: number;
                requests_in_flight: number;
                memory_bytes: number;
                log_level: string;
            }[];
        };
        Explanation: {
            /**
             * @description `unknown`: the stored data doesn't decide. Either nothing is stored about the caller yet, or the stored grants may be
             *     outdated, so that Katello is asked at the next login or pull (`status` is 401 or 404); or the data can't be read now
             *     (`status` is 503).
             * @enum {string}
             */
            decision: "allowed" | "refused" | "unknown";
            /** @description The status of a pull by the stored data, such as 200, 401, 404 or 503 */
            status: number;
            reason: string;
            caller: {
                /** @enum {string} */
                kind: "anonymous" | "user" | "host";
                name?: string;
                id?: number;
            };
            repository: string;
            facts: {
                text: string;
                /** @description The sync, login or setting that the fact comes from */
                source: string;
                /**
                 * Format: date-time
                 * @description Time of that
                 */
                at?: string;
            }[];
            /** @description What would have to change for the opposite decision */
            advice: string[];
        };
        UserSummary: {
            login: string;
            /** @description Tokens that have not expired */
            tokens: number;
            grants: number;
            /**
             * Format: date-time
             * @description Time at which Katello last told the grants at a login
             */
            granted_at?: string;
            /**
             * Format: date-time
             * @description Time of the last login that Katello has checked; absent if that is not known
             */
            last_login_at?: string;
        };
        TokenSummary: {
            checksum: components["schemas"]["TokenChecksum"];
            login: string;
            /** Format: date-time */
            issued_at?: string;
            /** Format: date-time */
            expires_at: string;
        };
        UserDetails: {
            id: number;
            /** @description As last typed */
            login: string;
            /** @description Every spelling that was typed, the last one first */
            spellings: string[];
            /**
             * Format: date-time
             * @description Time at which Katello last told the grants at a login
             */
            granted_at?: string;
            /**
             * Format: date-time
             * @description Time of the last login that Katello has checked; absent if that is not known
             */
            last_login_at?: string;
            /** @description True if the last mapping of all users did not name this one */
            left_out: boolean;
            /** @description Failed logins that still count, at all addresses */
            failed_logins: number;
            tokens: components["schemas"]["TokenSummary"][];
            /** @description Names of listed repositories */
            grants: string[];
        };
        HostSummary: {
            uuid: string;
            grants: number;
            /**
             * Format: date-time
             * @description Time at which Katello last told the grants of this host alone
             */
            granted_at?: string;
            /**
             * Format: date-time
             * @description Time at which it last showed its certificate, to ten minutes
             */
            seen_at?: string;
            /**
             * Format: date-time
             * @description Time of its last pull, to ten minutes
             */
            pulled_at?: string;
        };
        HostDetails: {
            id: number;
            uuid: string;
            /**
             * Format: date-time
             * @description Time at which Katello last told the grants of this host alone
             */
            granted_at?: string;
            /**
             * Format: date-time
             * @description Time at which it last showed its certificate, to ten minutes
             */
            seen_at?: string;
            /**
             * Format: date-time
             * @description Time of its last pull, to ten minutes
             */
            pulled_at?: string;
            /** @description True if Katello granted nothing when the host was added */
            unregistered: boolean;
            /** @description Names of listed repositories */
            grants: string[];
        };
        RepositorySummary: {
            name: string;
            auth_required: boolean;
            /** @description Users with a grant */
            users: number;
            /** @description Hosts with a grant */
            hosts: number;
        };
        RepositoryDetails: {
            id: number;
            name: string;
            auth_required: boolean;
            /** @description False if it was granted and Katello has not listed it */
            listed: boolean;
            /**
             * Format: date-time
             * @description Time at which it was last closed to anonymous callers
             */
            closed_at?: string;
            /** @description Logins with a grant */
            users: string[];
            /** @description Uuids of the first 100 hosts with a grant */
            hosts: string[];
            host_count: number;
            /** @description The first 100 tags in the caches of the workers, in byte order */
            cached_tags: components["schemas"]["CachedTag"][];
            /** @description Tags in the caches */
            cached_tag_count: number;
        };
        CachedTag: {
            tag: string;
            /** @description Digest of its manifest; absent if only a list of tags, or a redirect, is cached */
            digest?: string;
            /** @description True if Pulp said that it has no such tag, or no manifest that the client accepts */
            missing?: boolean;
            /**
             * Format: date-time
             * @description Time at which Pulp is asked again
             */
            expires_at: string;
        };
        History: {
            /** @description Time between two samples */
            interval_seconds: number;
            samples: {
                /**
                 * Format: date-time
                 * @description The end of the interval
                 */
                at: string;
                requests: number;
                /** @description Replies with a status of 500 or above */
                errors: number;
                /** @description Requests that a limit refused */
                limited: number;
                refused_logins: number;
                /** @description Half of the replies took less; absent without requests */
                median_ms?: number;
                /** @description 95 of 100 replies took less; absent without requests */
                p95_ms?: number;
            }[];
        };
        AuditedDecision: {
            /** Format: date-time */
            time: string;
            /** @enum {string} */
            event: "login" | "pull" | "administration" | "access" | "dropped";
            /** @enum {string} */
            decision: "allowed" | "refused" | "failed";
            caller?: string;
            name?: string;
            address?: string;
            operation?: string;
            repository?: string;
            reference?: string;
            /** @description Subject of an operator's action: the parameters of the call, as `name=value` */
            subject?: string;
            why?: string;
            request_id?: string;
        };
        EffectiveSetting: {
            name: string;
            group: string;
            /** @description As text; files by their paths, and passwords hidden */
            value: string;
            /** @description File and line, environment variable, or `default` */
            origin: string;
            description: string;
        };
        /** @description Entries that `q` selects, on all pages */
        Total: number;
        SignInLink: {
            /** @description The link, for each address */
            urls: string[];
            /** @description Time for which it is valid */
            seconds: number;
        };
        Session: {
            /** @description The login, the common name of a certificate, `unix` or `link` */
            name: string;
            /**
             * @description `connection`: a unix socket or a client certificate
             * @enum {string}
             */
            by: "foreman" | "link" | "connection";
            /**
             * Format: date-time
             * @description Time at which the session ends without another call
             */
            idle_until?: string;
        };
        ActionResult: {
            /** @description The result in words */
            text: string;
            /** @description Number of tokens or counts that were deleted or of workers that were reached or started */
            count?: number;
        };
    };
    responses: {
        /** @description The token is valid */
        Base: {
            headers: {
                /** @description On every reply below /v2/ */
                "Docker-Distribution-Api-Version": "registry/2.0";
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                [name: string]: unknown;
            };
            content: {
                /** @example {} */
                "application/json": Record<string, never>;
            };
        };
        /** @description A token */
        Token: {
            headers: {
                /** @description On every reply below /v2/ */
                "Docker-Distribution-Api-Version": "registry/2.0";
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                /** @description Tokens must not be cached */
                "Cache-Control": "no-store";
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "token": "$2a$04$356a192b7913b04c54574OAjnvnplkX3U3SF5M5RlqSijhJW/GasC",
                 *       "access_token": "$2a$04$356a192b7913b04c54574OAjnvnplkX3U3SF5M5RlqSijhJW/GasC",
                 *       "expires_in": 3600
                 *     }
                 */
                "application/json": components["schemas"]["Token"];
            };
        };
        /** @description Names in byte order */
        Catalog: {
            headers: {
                /** @description On every reply below /v2/ */
                "Docker-Distribution-Api-Version": "registry/2.0";
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                /**
                 * @description The next page, relative to this host; only if there is one
                 * @example </v2/_catalog?n=100&last=org%2Fapp>; rel="next"
                 */
                Link?: string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "repositories": [
                 *         "org/app",
                 *         "org/base"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["Catalog"];
            };
        };
        /** @description Tags in byte order */
        Tags: {
            headers: {
                /** @description On every reply below /v2/ */
                "Docker-Distribution-Api-Version": "registry/2.0";
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                /**
                 * @description The next page, relative to this host; only if there is one
                 * @example </v2/_catalog?n=100&last=org%2Fapp>; rel="next"
                 */
                Link?: string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "name": "org/app",
                 *       "tags": [
                 *         "1.0",
                 *         "latest"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["Tags"];
            };
        };
        /** @description The manifest, byte for byte as Pulp has it */
        Manifest: {
            headers: {
                /** @description On every reply below /v2/ */
                "Docker-Distribution-Api-Version": "registry/2.0";
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                /** @description The digest of the content */
                "Docker-Content-Digest"?: components["schemas"]["Digest"];
                /** @description The media type of the manifest */
                "Content-Type"?: string;
                /** @description Bytes */
                "Content-Length"?: string;
                /** @description The digest, in quotation marks */
                ETag?: string;
                /** @description When the content last changed */
                "Last-Modified"?: string;
                [name: string]: unknown;
            };
            content: {
                "*/*": Readable | Uint8Array;
            };
        };
        /** @description The content */
        Blob: {
            headers: {
                /** @description On every reply below /v2/ */
                "Docker-Distribution-Api-Version": "registry/2.0";
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                /** @description The digest of the content */
                "Docker-Content-Digest"?: components["schemas"]["Digest"];
                /** @description The media type of the content */
                "Content-Type"?: string;
                /** @description Bytes */
                "Content-Length"?: string;
                /** @description The unit of ranges */
                "Accept-Ranges"?: string;
                /** @description The digest, in quotation marks */
                ETag?: string;
                /** @description When the content last changed */
                "Last-Modified"?: string;
                [name: string]: unknown;
            };
            content: {
                "*/*": Readable | Uint8Array;
            };
        };
        /** @description A part of the content, or several as `multipart/byteranges` */
        PartialBlob: {
            headers: {
                /** @description On every reply below /v2/ */
                "Docker-Distribution-Api-Version": "registry/2.0";
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                /** @description The digest of the content */
                "Docker-Content-Digest"?: components["schemas"]["Digest"];
                /** @description The media type of the content */
                "Content-Type"?: string;
                /** @description Bytes */
                "Content-Length"?: string;
                /** @description The range of this part */
                "Content-Range"?: string;
                /** @description The unit of ranges */
                "Accept-Ranges"?: string;
                /** @description The digest, in quotation marks */
                ETag?: string;
                /** @description When the content last changed */
                "Last-Modified"?: string;
                [name: string]: unknown;
            };
            content: {
                "*/*": Readable | Uint8Array;
            };
        };
        /** @description The location of the content */
        Redirect: {
            headers: {
                /** @description On every reply below /v2/ */
                "Docker-Distribution-Api-Version": "registry/2.0";
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                /** @description The signed, short-lived location of the content */
                Location: string;
                /** @description The digest of the content */
                "Docker-Content-Digest"?: components["schemas"]["Digest"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description An index of the referrers; empty if there are none */
        Referrers: {
            headers: {
                /** @description On every reply below /v2/ */
                "Docker-Distribution-Api-Version": "registry/2.0";
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                /** @description The filters that were applied */
                "OCI-Filters-Applied"?: "artifactType";
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "schemaVersion": 2,
                 *       "mediaType": "application/vnd.oci.image.index.v1+json",
                 *       "manifests": []
                 *     }
                 */
                "application/vnd.oci.image.index.v1+json": components["schemas"]["ReferrersIndex"];
            };
        };
        /** @description The signatures at Pulp, if any */
        Signatures: {
            headers: {
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "signatures": []
                 *     }
                 */
                "application/json": components["schemas"]["Signatures"];
            };
        };
        /** @description Search results */
        Search: {
            headers: {
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "num_results": 1,
                 *       "query": "app",
                 *       "results": [
                 *         {
                 *           "name": "org/app",
                 *           "description": "",
                 *           "star_count": 0,
                 *           "is_official": false,
                 *           "is_automated": false
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["SearchResults"];
            };
        };
        /** @description Images with their labels */
        FlatpakIndex: {
            headers: {
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                /** @description Each caller sees another part */
                "Cache-Control": "private, no-cache";
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "Registry": "https://gateway.example.org",
                 *       "Results": []
                 *     }
                 */
                "application/json": components["schemas"]["FlatpakIndex"];
            };
        };
        /** @description Not modified */
        NotModified: {
            headers: {
                /** @description On every reply below /v2/ */
                "Docker-Distribution-Api-Version": "registry/2.0";
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                /** @description The digest of the content */
                "Docker-Content-Digest"?: components["schemas"]["Digest"];
                /** @description The digest, in quotation marks */
                ETag?: string;
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description The sync has been applied */
        PushAccepted: {
            headers: {
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                [name: string]: unknown;
            };
            content: {
                /** @example {} */
                "application/json": Record<string, never>;
            };
        };
        /** @description The request is invalid; the message says where */
        BadRequest: {
            headers: {
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "errors": [
                 *         {
                 *           "code": "NAME_INVALID",
                 *           "message": "invalid repository name",
                 *           "detail": {
                 *             "name": "Org//app"
                 *           }
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["Errors"];
            };
        };
        /**
         * @description Missing, wrong, expired or revoked credentials (`UNAUTHORIZED`). Without credentials, the reply for a repository that
         *     doesn't exist and one that the caller may not see is the same.
         */
        Unauthorized: {
            headers: {
                /** @description On every reply below /v2/ */
                "Docker-Distribution-Api-Version": "registry/2.0";
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                /**
                 * @description The URL that issues tokens, and the scope
                 * @example Bearer realm="https://gateway.example.org/v2/token",service="gateway.example.org",scope="repository:org/app:pull"
                 */
                "WWW-Authenticate": string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "errors": [
                 *         {
                 *           "code": "UNAUTHORIZED",
                 *           "message": "authentication required",
                 *           "detail": {}
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["Errors"];
            };
        };
        /** @description The Foreman account lacks the permission `create_personal_access_tokens` */
        AccountDenied: {
            headers: {
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "errors": [
                 *         {
                 *           "code": "DENIED",
                 *           "message": "this Foreman account may not have tokens: it lacks the permission create_personal_access_tokens",
                 *           "detail": {}
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["Errors"];
            };
        };
        /** @description Administration without a trusted client certificate */
        Forbidden: {
            headers: {
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "errors": [
                 *         {
                 *           "code": "DENIED",
                 *           "message": "administration needs a client certificate signed by the authority in the setting ssl_ca_file",
                 *           "detail": {}
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["Errors"];
            };
        };
        /** @description The connection shows no administrator, and the browser has no session */
        SignInNeeded: {
            headers: {
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                /**
                 * @description The way in, which no browser asks for by itself
                 * @example Session realm="/ui/"
                 */
                "WWW-Authenticate": string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "errors": [
                 *         {
                 *           "code": "UNAUTHORIZED",
                 *           "message": "sign in at /ui/, or show a client certificate",
                 *           "detail": {}
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["Errors"];
            };
        };
        /** @description The account is no administrator in Foreman, or the request comes from another site */
        NoAdministrator: {
            headers: {
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "errors": [
                 *         {
                 *           "code": "DENIED",
                 *           "message": "this account is no administrator in Foreman",
                 *           "detail": {}
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["Errors"];
            };
        };
        /** @description Signed out */
        SignedOut: {
            headers: {
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                /** @description The session, or an empty one with `Max-Age=0` */
                "Set-Cookie"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ActionResult"];
            };
        };
        /** @description The session */
        Session: {
            headers: {
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                /** @description The session, or an empty one with `Max-Age=0` */
                "Set-Cookie"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Session"];
            };
        };
        /** @description It doesn't exist, or the caller may not see it; the reply is the same */
        NotFound: {
            headers: {
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "errors": [
                 *         {
                 *           "code": "NAME_UNKNOWN",
                 *           "message": "repository name not known to registry",
                 *           "detail": {
                 *             "name": "org/app"
                 *           }
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["Errors"];
            };
        };
        /** @description Images are pushed to the Katello server */
        MethodNotAllowed: {
            headers: {
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                /** @description The allowed methods */
                Allow: string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "errors": [
                 *         {
                 *           "code": "UNSUPPORTED",
                 *           "message": "Pushing content is unsupported here; push to https://foreman.example.org",
                 *           "detail": {}
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["Errors"];
            };
        };
        /** @description Pulp has no form that the caller accepts */
        NotAcceptable: {
            headers: {
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Errors"];
            };
        };
        /** @description The form took too long to arrive */
        RequestTimeout: {
            headers: {
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Errors"];
            };
        };
        /** @description The body is longer than the gateway reads. A sync may have `max_sync_bytes` as a form, and 16 MiB as JSON. */
        PayloadTooLarge: {
            headers: {
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Errors"];
            };
        };
        /** @description Neither a form nor JSON */
        UnsupportedMediaType: {
            headers: {
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Errors"];
            };
        };
        /** @description Every range lies outside the content */
        RangeNotSatisfiable: {
            headers: {
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                /**
                 * @description The length of the content, where it is known
                 * @example bytes *\/20267
                 */
                "Content-Range"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Errors"];
            };
        };
        /** @description Pulp is rate limiting, or too many logins have failed */
        TooManyRequests: {
            headers: {
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                /** @description Seconds */
                "Retry-After"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Errors"];
            };
        };
        /** @description An internal error; the log has details under the request id */
        InternalError: {
            headers: {
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "errors": [
                 *         {
                 *           "code": "UNKNOWN",
                 *           "message": "unknown error",
                 *           "detail": {
                 *             "request_id": "5f1c"
                 *           }
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["Errors"];
            };
        };
        /** @description Pulp or Katello sent an invalid reply, or refuses the gateway's certificate */
        BadGateway: {
            headers: {
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Errors"];
            };
        };
        /** @description The database, Pulp or Katello is unavailable, a bound of the gateway is reached, or Katello has never sent its list of repositories */
        Unavailable: {
            headers: {
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                /** @description Seconds */
                "Retry-After"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Errors"];
            };
        };
        /** @description Pulp or Katello timed out */
        GatewayTimeout: {
            headers: {
                /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
                "X-Request-Id": string;
                /** @description Seconds */
                "Retry-After"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Errors"];
            };
        };
    };
    parameters: {
        /**
         * @description The name of a repository
         * @example org/app
         */
        Name: components["schemas"]["RepositoryName"];
        /**
         * @description A tag or a digest
         * @example latest
         */
        Reference: components["schemas"]["Reference"];
        /**
         * @description The digest of a blob or manifest. Pulp supports SHA-256 only; digests of other algorithms are not found
         * @example sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
         */
        Digest: components["schemas"]["AnyDigest"];
        /**
         * @description Anything below /v2/
         * @example org/app/blobs/uploads
         */
        AnyPath: string;
        /** @description Maximum number of entries; all if missing */
        PageSize: number;
        /** @description Returns entries after this one, in byte order */
        Last: string;
        /** @description Returns entries whose key contains this text, whatever its case */
        Filter: string;
        /** @description The host that containerd mirrors through this registry; ignored */
        Namespace: string;
        /** @description The name that the client claims; ignored */
        Account: string;
        /** @description The name of the client; ignored */
        ClientId: string;
        /** @description Requests a refresh token; none is issued */
        OfflineToken: string;
        /** @description The requested scope. A token opens what its user may pull, whatever its scope */
        Scope: string[];
        /** @description Returns referrers of this type only */
        ArtifactType: string;
        /** @description The text, case-insensitive, without wildcards */
        SearchText: string;
        /** @description Maximum number of results; 25 if missing, at most 1,000 */
        SearchSize: number;
        /**
         * @description The label of Flatpak applications, without which Pulp refuses the request
         * @example [
         *       "1"
         *     ]
         */
        FlatpakLabel: string[];
        /** @description The service of the challenge; ignored */
        Service: string;
    };
    requestBodies: never;
    headers: {
        /** @description On every reply below /v2/ */
        ApiVersion: "registry/2.0";
        /** @description The caller's `X-Request-Id`, or a new one; it is in the log */
        RequestId: string;
        /** @description The session, or an empty one with `Max-Age=0` */
        SessionCookie: string;
        /**
         * @description The URL that issues tokens, and the scope
         * @example Bearer realm="https://gateway.example.org/v2/token",service="gateway.example.org",scope="repository:org/app:pull"
         */
        Challenge: string;
        /** @description Seconds */
        RetryAfter: string;
        /** @description The signed, short-lived location of the content */
        Location: string;
        /**
         * @description The next page, relative to this host; only if there is one
         * @example </v2/_catalog?n=100&last=org%2Fapp>; rel="next"
         */
        Link: string;
        /** @description The allowed methods */
        Allow: string;
        /** @description The digest of the content */
        ContentDigest: components["schemas"]["Digest"];
        /** @description Bytes */
        ContentLength: string;
        /** @description The range of this part */
        ContentRange: string;
        /** @description The unit of ranges */
        AcceptRanges: string;
        /** @description The digest, in quotation marks */
        ETag: string;
        /** @description When the content last changed */
        LastModified: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getBase: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Base"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["AccountDenied"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    headBase: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Base"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["AccountDenied"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    getToken: {
        parameters: {
            query?: {
                /** @description The name that the client claims; ignored */
                account?: components["parameters"]["Account"];
                /** @description The name of the client; ignored */
                client_id?: components["parameters"]["ClientId"];
                /** @description Requests a refresh token; none is issued */
                offline_token?: components["parameters"]["OfflineToken"];
                /** @description The requested scope. A token opens what its user may pull, whatever its scope */
                scope?: components["parameters"]["Scope"];
                /** @description The service of the challenge; ignored */
                service?: components["parameters"]["Service"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Token"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["AccountDenied"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    postToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["TokenRequest"];
            };
        };
        responses: {
            200: components["responses"]["Token"];
            /** @description The form is not a login; RFC 6749 section 5.2 */
            400: {
                headers: {
                    "Docker-Distribution-Api-Version": components["headers"]["ApiVersion"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "unsupported_grant_type",
                     *       "error_description": "refresh tokens are not given out"
                     *     }
                     */
                    "application/json": components["schemas"]["OAuthError"] | components["schemas"]["Errors"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["AccountDenied"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    headToken: {
        parameters: {
            query?: {
                /** @description The name that the client claims; ignored */
                account?: components["parameters"]["Account"];
                /** @description The name of the client; ignored */
                client_id?: components["parameters"]["ClientId"];
                /** @description Requests a refresh token; none is issued */
                offline_token?: components["parameters"]["OfflineToken"];
                /** @description The requested scope. A token opens what its user may pull, whatever its scope */
                scope?: components["parameters"]["Scope"];
                /** @description The service of the challenge; ignored */
                service?: components["parameters"]["Service"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Token"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["AccountDenied"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    getCatalog: {
        parameters: {
            query?: {
                /** @description Maximum number of entries; all if missing */
                n?: components["parameters"]["PageSize"];
                /** @description Returns entries after this one, in byte order */
                last?: components["parameters"]["Last"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Catalog"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["AccountDenied"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    headCatalog: {
        parameters: {
            query?: {
                /** @description Maximum number of entries; all if missing */
                n?: components["parameters"]["PageSize"];
                /** @description Returns entries after this one, in byte order */
                last?: components["parameters"]["Last"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Catalog"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["AccountDenied"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    getFeatures: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Features as Foreman records them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Features"];
                };
            };
            400: components["responses"]["BadRequest"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getTags: {
        parameters: {
            query?: {
                /** @description Maximum number of entries; all if missing */
                n?: components["parameters"]["PageSize"];
                /** @description Returns entries after this one, in byte order */
                last?: components["parameters"]["Last"];
                /** @description The host that containerd mirrors through this registry; ignored */
                ns?: components["parameters"]["Namespace"];
            };
            header?: never;
            path: {
                /**
                 * @description The name of a repository
                 * @example org/app
                 */
                name: components["parameters"]["Name"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Tags"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["AccountDenied"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    headTags: {
        parameters: {
            query?: {
                /** @description Maximum number of entries; all if missing */
                n?: components["parameters"]["PageSize"];
                /** @description Returns entries after this one, in byte order */
                last?: components["parameters"]["Last"];
                /** @description The host that containerd mirrors through this registry; ignored */
                ns?: components["parameters"]["Namespace"];
            };
            header?: never;
            path: {
                /**
                 * @description The name of a repository
                 * @example org/app
                 */
                name: components["parameters"]["Name"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Tags"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["AccountDenied"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    getManifest: {
        parameters: {
            query?: {
                /** @description The host that containerd mirrors through this registry; ignored */
                ns?: components["parameters"]["Namespace"];
            };
            header?: never;
            path: {
                /**
                 * @description The name of a repository
                 * @example org/app
                 */
                name: components["parameters"]["Name"];
                /**
                 * @description A tag or a digest
                 * @example latest
                 */
                reference: components["parameters"]["Reference"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Manifest"];
            302: components["responses"]["Redirect"];
            304: components["responses"]["NotModified"];
            307: components["responses"]["Redirect"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["AccountDenied"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    headManifest: {
        parameters: {
            query?: {
                /** @description The host that containerd mirrors through this registry; ignored */
                ns?: components["parameters"]["Namespace"];
            };
            header?: never;
            path: {
                /**
                 * @description The name of a repository
                 * @example org/app
                 */
                name: components["parameters"]["Name"];
                /**
                 * @description A tag or a digest
                 * @example latest
                 */
                reference: components["parameters"]["Reference"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Manifest"];
            302: components["responses"]["Redirect"];
            304: components["responses"]["NotModified"];
            307: components["responses"]["Redirect"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["AccountDenied"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    getBlob: {
        parameters: {
            query?: {
                /** @description The host that containerd mirrors through this registry; ignored */
                ns?: components["parameters"]["Namespace"];
            };
            header?: never;
            path: {
                /**
                 * @description The name of a repository
                 * @example org/app
                 */
                name: components["parameters"]["Name"];
                /**
                 * @description The digest of a blob or manifest. Pulp supports SHA-256 only; digests of other algorithms are not found
                 * @example sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
                 */
                digest: components["parameters"]["Digest"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Blob"];
            206: components["responses"]["PartialBlob"];
            302: components["responses"]["Redirect"];
            304: components["responses"]["NotModified"];
            307: components["responses"]["Redirect"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["AccountDenied"];
            404: components["responses"]["NotFound"];
            416: components["responses"]["RangeNotSatisfiable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    headBlob: {
        parameters: {
            query?: {
                /** @description The host that containerd mirrors through this registry; ignored */
                ns?: components["parameters"]["Namespace"];
            };
            header?: never;
            path: {
                /**
                 * @description The name of a repository
                 * @example org/app
                 */
                name: components["parameters"]["Name"];
                /**
                 * @description The digest of a blob or manifest. Pulp supports SHA-256 only; digests of other algorithms are not found
                 * @example sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
                 */
                digest: components["parameters"]["Digest"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Blob"];
            206: components["responses"]["PartialBlob"];
            302: components["responses"]["Redirect"];
            304: components["responses"]["NotModified"];
            307: components["responses"]["Redirect"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["AccountDenied"];
            404: components["responses"]["NotFound"];
            416: components["responses"]["RangeNotSatisfiable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    getReferrers: {
        parameters: {
            query?: {
                /** @description Returns referrers of this type only */
                artifactType?: components["parameters"]["ArtifactType"];
            };
            header?: never;
            path: {
                /**
                 * @description The name of a repository
                 * @example org/app
                 */
                name: components["parameters"]["Name"];
                /**
                 * @description The digest of a blob or manifest. Pulp supports SHA-256 only; digests of other algorithms are not found
                 * @example sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
                 */
                digest: components["parameters"]["Digest"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Referrers"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["AccountDenied"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    headReferrers: {
        parameters: {
            query?: {
                /** @description Returns referrers of this type only */
                artifactType?: components["parameters"]["ArtifactType"];
            };
            header?: never;
            path: {
                /**
                 * @description The name of a repository
                 * @example org/app
                 */
                name: components["parameters"]["Name"];
                /**
                 * @description The digest of a blob or manifest. Pulp supports SHA-256 only; digests of other algorithms are not found
                 * @example sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
                 */
                digest: components["parameters"]["Digest"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Referrers"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["AccountDenied"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    getSignatures: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The name of a repository
                 * @example org/app
                 */
                name: components["parameters"]["Name"];
                /**
                 * @description The digest of a blob or manifest. Pulp supports SHA-256 only; digests of other algorithms are not found
                 * @example sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
                 */
                digest: components["parameters"]["Digest"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Signatures"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["AccountDenied"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    headSignatures: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The name of a repository
                 * @example org/app
                 */
                name: components["parameters"]["Name"];
                /**
                 * @description The digest of a blob or manifest. Pulp supports SHA-256 only; digests of other algorithms are not found
                 * @example sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
                 */
                digest: components["parameters"]["Digest"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Signatures"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["AccountDenied"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    refusePut: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Anything below /v2/
                 * @example org/app/blobs/uploads
                 */
                path: components["parameters"]["AnyPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["BadRequest"];
            405: components["responses"]["MethodNotAllowed"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    refusePost: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Anything below /v2/
                 * @example org/app/blobs/uploads
                 */
                path: components["parameters"]["AnyPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["BadRequest"];
            405: components["responses"]["MethodNotAllowed"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    refuseDelete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Anything below /v2/
                 * @example org/app/blobs/uploads
                 */
                path: components["parameters"]["AnyPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["BadRequest"];
            405: components["responses"]["MethodNotAllowed"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    refusePatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Anything below /v2/
                 * @example org/app/blobs/uploads
                 */
                path: components["parameters"]["AnyPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["BadRequest"];
            405: components["responses"]["MethodNotAllowed"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getPing: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The search is available */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /** @example {} */
                    "application/json": Record<string, never>;
                };
            };
            400: components["responses"]["BadRequest"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getSearch: {
        parameters: {
            query?: {
                /** @description The text, case-insensitive, without wildcards */
                q?: components["parameters"]["SearchText"];
                /** @description Maximum number of results; 25 if missing, at most 1,000 */
                n?: components["parameters"]["SearchSize"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Search"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["AccountDenied"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    headSearch: {
        parameters: {
            query?: {
                /** @description The text, case-insensitive, without wildcards */
                q?: components["parameters"]["SearchText"];
                /** @description Maximum number of results; 25 if missing, at most 1,000 */
                n?: components["parameters"]["SearchSize"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Search"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["AccountDenied"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    getStaticIndex: {
        parameters: {
            query?: {
                /**
                 * @description The label of Flatpak applications, without which Pulp refuses the request
                 * @example [
                 *       "1"
                 *     ]
                 */
                "label:org.flatpak.ref:exists"?: components["parameters"]["FlatpakLabel"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["FlatpakIndex"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["AccountDenied"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    headStaticIndex: {
        parameters: {
            query?: {
                /**
                 * @description The label of Flatpak applications, without which Pulp refuses the request
                 * @example [
                 *       "1"
                 *     ]
                 */
                "label:org.flatpak.ref:exists"?: components["parameters"]["FlatpakLabel"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["FlatpakIndex"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["AccountDenied"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    getDynamicIndex: {
        parameters: {
            query?: {
                /**
                 * @description The label of Flatpak applications, without which Pulp refuses the request
                 * @example [
                 *       "1"
                 *     ]
                 */
                "label:org.flatpak.ref:exists"?: components["parameters"]["FlatpakLabel"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["FlatpakIndex"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["AccountDenied"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    headDynamicIndex: {
        parameters: {
            query?: {
                /**
                 * @description The label of Flatpak applications, without which Pulp refuses the request
                 * @example [
                 *       "1"
                 *     ]
                 */
                "label:org.flatpak.ref:exists"?: components["parameters"]["FlatpakLabel"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["FlatpakIndex"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["AccountDenied"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    putRepositories: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["RepositoryList"];
                /**
                 * @example {
                 *       "repositories": [
                 *         {
                 *           "repository": "org/app",
                 *           "auth_required": true
                 *         },
                 *         {
                 *           "repository": "org/pub",
                 *           "auth_required": false
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["RepositoryList"];
            };
        };
        responses: {
            200: components["responses"]["PushAccepted"];
            400: components["responses"]["BadRequest"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getUsers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Logins in lower case and in every spelling that was typed, sorted; Katello compares them case-sensitively */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "users": [
                     *         "alice",
                     *         "bob"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Users"];
                };
            };
            400: components["responses"]["BadRequest"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    putUserGrants: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["UserMapping"];
                /**
                 * @example {
                 *       "users": [
                 *         {
                 *           "alice": [
                 *             {
                 *               "repository": "org/app",
                 *               "auth_required": true
                 *             }
                 *           ]
                 *         },
                 *         {
                 *           "bob": []
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["UserMapping"];
            };
        };
        responses: {
            200: components["responses"]["PushAccepted"];
            400: components["responses"]["BadRequest"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    putHosts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["HostList"];
                /**
                 * @example {
                 *       "hosts": [
                 *         {
                 *           "uuid": "6a0b2c5e-0f5c-4f43-9d1c-4f2b9d0e7a11"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["HostList"];
            };
        };
        responses: {
            200: components["responses"]["PushAccepted"];
            400: components["responses"]["BadRequest"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    putHostGrants: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["HostMapping"];
                "application/json": components["schemas"]["HostMapping"];
            };
        };
        responses: {
            200: components["responses"]["PushAccepted"];
            400: components["responses"]["BadRequest"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    putOneHostGrants: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["HostMapping"];
                "application/json": components["schemas"]["HostMapping"];
            };
        };
        responses: {
            200: components["responses"]["PushAccepted"];
            400: components["responses"]["BadRequest"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getFeatureNames: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Names */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       "container_gateway"
                     *     ]
                     */
                    "application/json": string[];
                };
            };
            400: components["responses"]["BadRequest"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getVersion: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Versions */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "version": "3.16.0",
                     *       "modules": {
                     *         "container_gateway": "1.0.0"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Version"];
                };
            };
            400: components["responses"]["BadRequest"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The process runs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok";
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            500: components["responses"]["InternalError"];
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The gateway can decide */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            400: components["responses"]["BadRequest"];
            500: components["responses"]["InternalError"];
            /** @description The gateway can't decide, or is about to stop */
            503: {
                headers: {
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
        };
    };
    getContract: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.0.3 */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/yaml": string;
                };
            };
            400: components["responses"]["BadRequest"];
            500: components["responses"]["InternalError"];
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Metrics */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getStatus: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The state */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getExplanation: {
        parameters: {
            query: {
                /**
                 * @description The name of a repository
                 * @example org/app
                 */
                repository: components["schemas"]["RepositoryName"];
                /** @description The login of a user */
                user?: components["schemas"]["Login"];
                /** @description The uuid of a host */
                host?: components["schemas"]["HostUuid"];
            };
            header?: {
                /** @description A host's certificate as PEM, with spaces in place of line breaks */
                "X-Certificate"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The decision and its reasons */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Explanation"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getUserList: {
        parameters: {
            query?: {
                /** @description Maximum number of entries; all if missing */
                n?: components["parameters"]["PageSize"];
                /** @description Returns entries after this one, in byte order */
                last?: components["parameters"]["Last"];
                /** @description Returns entries whose key contains this text, whatever its case */
                q?: components["parameters"]["Filter"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Users in the order of their logins */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        users: components["schemas"]["UserSummary"][];
                        total: components["schemas"]["Total"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getUserDetails: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The login of a user, in any spelling
                 * @example alice
                 */
                login: components["schemas"]["Login"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserDetails"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteUserTokens: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The login of a user, in any spelling
                 * @example alice
                 */
                login: components["schemas"]["Login"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActionResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getTokenList: {
        parameters: {
            query?: {
                /** @description Maximum number of entries; all if missing */
                n?: components["parameters"]["PageSize"];
                /** @description Returns entries after this one, in byte order */
                last?: components["parameters"]["Last"];
                /** @description Returns entries whose key contains this text, whatever its case */
                q?: components["parameters"]["Filter"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Tokens in the order of their checksums */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        tokens: components["schemas"]["TokenSummary"][];
                        total: components["schemas"]["Total"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The SHA-256 of a token, hexadecimal
                 * @example e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
                 */
                checksum: components["schemas"]["TokenChecksum"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActionResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getHostList: {
        parameters: {
            query?: {
                /** @description Maximum number of entries; all if missing */
                n?: components["parameters"]["PageSize"];
                /** @description Returns entries after this one, in byte order */
                last?: components["parameters"]["Last"];
                /** @description Returns entries whose key contains this text, whatever its case */
                q?: components["parameters"]["Filter"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Hosts in the order of their uuids */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        hosts: components["schemas"]["HostSummary"][];
                        total: components["schemas"]["Total"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getHostDetails: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The uuid of a host
                 * @example 6f1f2c4e-0f4f-4c5e-9d5c-0b9a5a1f2b3c
                 */
                uuid: components["schemas"]["HostUuid"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The host */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HostDetails"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteHost: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The uuid of a host
                 * @example 6f1f2c4e-0f4f-4c5e-9d5c-0b9a5a1f2b3c
                 */
                uuid: components["schemas"]["HostUuid"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActionResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getRepositoryList: {
        parameters: {
            query?: {
                /** @description Maximum number of entries; all if missing */
                n?: components["parameters"]["PageSize"];
                /** @description Returns entries after this one, in byte order */
                last?: components["parameters"]["Last"];
                /** @description Returns entries whose key contains this text, whatever its case */
                q?: components["parameters"]["Filter"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Repositories in the order of their names */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        repositories: components["schemas"]["RepositorySummary"][];
                        total: components["schemas"]["Total"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getRepositoryDetails: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The name of a repository
                 * @example org/app
                 */
                repository: components["schemas"]["RepositoryName"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The repository */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RepositoryDetails"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getSyncList: {
        parameters: {
            query?: {
                /** @description Maximum number of entries; all if missing */
                n?: components["parameters"]["PageSize"];
                /** @description Returns syncs of this kind only */
                kind?: components["schemas"]["SyncKind"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Syncs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        syncs: components["schemas"]["SyncRecord"][];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteLockouts: {
        parameters: {
            query?: {
                /** @description The login of an account */
                user?: components["schemas"]["Login"];
                /** @description The address of a client */
                address?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActionResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteCache: {
        parameters: {
            query?: {
                /**
                 * @description Clear only what is cached about this repository
                 * @example org/app
                 */
                repository?: components["schemas"]["RepositoryName"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActionResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    postReload: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActionResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    putLogLevel: {
        parameters: {
            query: {
                /**
                 * @description The minimum level of messages
                 * @example debug
                 */
                level: "trace" | "debug" | "info" | "warn" | "error" | "fatal";
                /** @description Time after which `log_level` of the settings applies again; until the restart if missing */
                seconds?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActionResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getHistory: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The samples, the oldest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["History"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getAudit: {
        parameters: {
            query?: {
                /** @description Maximum number of entries; all if missing */
                n?: components["parameters"]["PageSize"];
                /** @description The login, uuid or common name of a caller */
                user?: string;
                /** @description The name of a repository */
                repository?: string;
                /** @description Returns decisions with this result only */
                decision?: "allowed" | "refused" | "failed";
                /** @description Returns decisions since then */
                since?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Decisions */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The path of the file, or `memory` */
                        source: string;
                        decisions: components["schemas"]["AuditedDecision"][];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All settings */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        settings: components["schemas"]["EffectiveSetting"][];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getEvents: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Content-Type": "text/event-stream";
                    "Cache-Control": "no-store";
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": Readable | Uint8Array;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    postSignInLink: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The link, at each http and https address of `admin_listen` */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignInLink"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Session"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    postSession: {
        parameters: {
            query?: never;
            header?: {
                /** @description The code of a link */
                "X-Sign-In-Code"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Session"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["NoAdministrator"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["SignedOut"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
}
