// Made from src/client/browser.ts by `npm run generate`. Not to be edited. Contains openapi-fetch, whose licence is:
/*!
MIT License

Copyright (c) 2023 Drew Powers

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
*/
// node_modules/openapi-fetch/dist/index.mjs
var PATH_PARAM_RE = /\{[^{}]+\}/g;
var supportsRequestInitExt = () => {
  return typeof process === "object" && Number.parseInt(process?.versions?.node?.substring(0, 2)) >= 18 && process.versions.undici;
};
function randomID() {
  return Math.random().toString(36).slice(2, 11);
}
function createClient(clientOptions) {
  let {
    baseUrl = "",
    Request: CustomRequest = globalThis.Request,
    fetch: baseFetch = globalThis.fetch,
    querySerializer: globalQuerySerializer,
    bodySerializer: globalBodySerializer,
    pathSerializer: globalPathSerializer,
    headers: baseHeaders,
    requestInitExt = void 0,
    ...baseOptions
  } = { ...clientOptions };
  requestInitExt = supportsRequestInitExt() ? requestInitExt : void 0;
  baseUrl = removeTrailingSlash(baseUrl);
  const globalMiddlewares = [];
  async function coreFetch(schemaPath, fetchOptions) {
    const {
      baseUrl: localBaseUrl,
      fetch: fetch2 = baseFetch,
      Request: Request2 = CustomRequest,
      headers,
      params = {},
      parseAs = "json",
      querySerializer: requestQuerySerializer,
      bodySerializer = globalBodySerializer ?? defaultBodySerializer,
      pathSerializer: requestPathSerializer,
      body,
      middleware: requestMiddlewares = [],
      ...init
    } = fetchOptions || {};
    let finalBaseUrl = baseUrl;
    if (localBaseUrl) {
      finalBaseUrl = removeTrailingSlash(localBaseUrl) ?? baseUrl;
    }
    let querySerializer = typeof globalQuerySerializer === "function" ? globalQuerySerializer : createQuerySerializer(globalQuerySerializer);
    if (requestQuerySerializer) {
      querySerializer = typeof requestQuerySerializer === "function" ? requestQuerySerializer : createQuerySerializer({
        ...typeof globalQuerySerializer === "object" ? globalQuerySerializer : {},
        ...requestQuerySerializer
      });
    }
    const pathSerializer = requestPathSerializer || globalPathSerializer || defaultPathSerializer;
    const serializedBody = body === void 0 ? void 0 : bodySerializer(
      body,
      // Note: we declare mergeHeaders() both here and below because it’s a bit of a chicken-or-egg situation:
      // bodySerializer() needs all headers so we aren’t dropping ones set by the user, however,
      // the result of this ALSO sets the lowest-priority content-type header. So we re-merge below,
      // setting the content-type at the very beginning to be overwritten.
      // Lastly, based on the way headers work, it’s not a simple “present-or-not” check becauase null intentionally un-sets headers.
      mergeHeaders(baseHeaders, headers, params.header)
    );
    const finalHeaders = mergeHeaders(
      // with no body, we should not to set Content-Type
      serializedBody === void 0 || // if serialized body is FormData; browser will correctly set Content-Type & boundary expression
      serializedBody instanceof FormData ? {} : {
        "Content-Type": "application/json"
      },
      baseHeaders,
      headers,
      params.header
    );
    const finalMiddlewares = [...globalMiddlewares, ...requestMiddlewares];
    const requestInit = {
      redirect: "follow",
      ...baseOptions,
      ...init,
      body: serializedBody,
      headers: finalHeaders
    };
    let id;
    let options;
    let request = new Request2(
      createFinalURL(schemaPath, { baseUrl: finalBaseUrl, params, querySerializer, pathSerializer }),
      requestInit
    );
    let response;
    for (const key in init) {
      if (!(key in request)) {
        request[key] = init[key];
      }
    }
    if (finalMiddlewares.length) {
      id = randomID();
      options = Object.freeze({
        baseUrl: finalBaseUrl,
        fetch: fetch2,
        parseAs,
        querySerializer,
        bodySerializer,
        pathSerializer
      });
      for (const m of finalMiddlewares) {
        if (m && typeof m === "object" && typeof m.onRequest === "function") {
          const result = await m.onRequest({
            request,
            schemaPath,
            params,
            options,
            id
          });
          if (result) {
            if (result instanceof Request2) {
              request = result;
            } else if (result instanceof Response) {
              response = result;
              break;
            } else {
              throw new Error("onRequest: must return new Request() or Response() when modifying the request");
            }
          }
        }
      }
    }
    if (!response) {
      try {
        response = await fetch2(request, requestInitExt);
      } catch (error2) {
        let errorAfterMiddleware = error2;
        if (finalMiddlewares.length) {
          for (let i = finalMiddlewares.length - 1; i >= 0; i--) {
            const m = finalMiddlewares[i];
            if (m && typeof m === "object" && typeof m.onError === "function") {
              const result = await m.onError({
                request,
                error: errorAfterMiddleware,
                schemaPath,
                params,
                options,
                id
              });
              if (result) {
                if (result instanceof Response) {
                  errorAfterMiddleware = void 0;
                  response = result;
                  break;
                }
                if (result instanceof Error) {
                  errorAfterMiddleware = result;
                  continue;
                }
                throw new Error("onError: must return new Response() or instance of Error");
              }
            }
          }
        }
        if (errorAfterMiddleware) {
          throw errorAfterMiddleware;
        }
      }
      if (finalMiddlewares.length) {
        for (let i = finalMiddlewares.length - 1; i >= 0; i--) {
          const m = finalMiddlewares[i];
          if (m && typeof m === "object" && typeof m.onResponse === "function") {
            const result = await m.onResponse({
              request,
              response,
              schemaPath,
              params,
              options,
              id
            });
            if (result) {
              if (!(result instanceof Response)) {
                throw new Error("onResponse: must return new Response() when modifying the response");
              }
              response = result;
            }
          }
        }
      }
    }
    const contentLength = response.headers.get("Content-Length");
    if (response.status === 204 || request.method === "HEAD" || contentLength === "0" && !response.headers.get("Transfer-Encoding")?.includes("chunked")) {
      return response.ok ? { data: void 0, response } : { error: void 0, response };
    }
    if (response.ok) {
      const getResponseData = async () => {
        if (parseAs === "stream") {
          return response.body;
        }
        if (parseAs === "json" && !contentLength) {
          const raw = await response.text();
          return raw ? JSON.parse(raw) : void 0;
        }
        return await response[parseAs]();
      };
      return { data: await getResponseData(), response };
    }
    let error = await response.text();
    try {
      error = JSON.parse(error);
    } catch {
    }
    return { error, response };
  }
  return {
    request(method, url, init) {
      return coreFetch(url, { ...init, method: method.toUpperCase() });
    },
    /** Call a GET endpoint */
    GET(url, init) {
      return coreFetch(url, { ...init, method: "GET" });
    },
    /** Call a PUT endpoint */
    PUT(url, init) {
      return coreFetch(url, { ...init, method: "PUT" });
    },
    /** Call a POST endpoint */
    POST(url, init) {
      return coreFetch(url, { ...init, method: "POST" });
    },
    /** Call a DELETE endpoint */
    DELETE(url, init) {
      return coreFetch(url, { ...init, method: "DELETE" });
    },
    /** Call a OPTIONS endpoint */
    OPTIONS(url, init) {
      return coreFetch(url, { ...init, method: "OPTIONS" });
    },
    /** Call a HEAD endpoint */
    HEAD(url, init) {
      return coreFetch(url, { ...init, method: "HEAD" });
    },
    /** Call a PATCH endpoint */
    PATCH(url, init) {
      return coreFetch(url, { ...init, method: "PATCH" });
    },
    /** Call a TRACE endpoint */
    TRACE(url, init) {
      return coreFetch(url, { ...init, method: "TRACE" });
    },
    /** Register middleware */
    use(...middleware) {
      for (const m of middleware) {
        if (!m) {
          continue;
        }
        if (typeof m !== "object" || !("onRequest" in m || "onResponse" in m || "onError" in m)) {
          throw new Error("Middleware must be an object with one of `onRequest()`, `onResponse() or `onError()`");
        }
        globalMiddlewares.push(m);
      }
    },
    /** Unregister middleware */
    eject(...middleware) {
      for (const m of middleware) {
        const i = globalMiddlewares.indexOf(m);
        if (i !== -1) {
          globalMiddlewares.splice(i, 1);
        }
      }
    }
  };
}
function serializePrimitiveParam(name, value, options) {
  if (value === void 0 || value === null) {
    return "";
  }
  if (typeof value === "object") {
    throw new Error(
      "Deeply-nested arrays/objects aren’t supported. Provide your own `querySerializer()` to handle these."
    );
  }
  return `${name}=${options?.allowReserved === true ? value : encodeURIComponent(value)}`;
}
function serializeObjectParam(name, value, options) {
  if (!value || typeof value !== "object") {
    return "";
  }
  const values = [];
  const joiner = {
    simple: ",",
    label: ".",
    matrix: ";"
  }[options.style] || "&";
  if (options.style !== "deepObject" && options.explode === false) {
    for (const k in value) {
      values.push(k, options.allowReserved === true ? value[k] : encodeURIComponent(value[k]));
    }
    const final2 = values.join(",");
    switch (options.style) {
      case "form": {
        return `${name}=${final2}`;
      }
      case "label": {
        return `.${final2}`;
      }
      case "matrix": {
        return `;${name}=${final2}`;
      }
      default: {
        return final2;
      }
    }
  }
  for (const k in value) {
    const finalName = options.style === "deepObject" ? `${name}[${k}]` : k;
    values.push(serializePrimitiveParam(finalName, value[k], options));
  }
  const final = values.join(joiner);
  return options.style === "label" || options.style === "matrix" ? `${joiner}${final}` : final;
}
function serializeArrayParam(name, value, options) {
  if (!Array.isArray(value)) {
    return "";
  }
  if (options.explode === false) {
    const joiner2 = { form: ",", spaceDelimited: "%20", pipeDelimited: "|" }[options.style] || ",";
    const final = (options.allowReserved === true ? value : value.map((v) => encodeURIComponent(v))).join(joiner2);
    switch (options.style) {
      case "simple": {
        return final;
      }
      case "label": {
        return `.${final}`;
      }
      case "matrix": {
        return `;${name}=${final}`;
      }
      // case "spaceDelimited":
      // case "pipeDelimited":
      default: {
        return `${name}=${final}`;
      }
    }
  }
  const joiner = { simple: ",", label: ".", matrix: ";" }[options.style] || "&";
  const values = [];
  for (const v of value) {
    if (options.style === "simple" || options.style === "label") {
      values.push(options.allowReserved === true ? v : encodeURIComponent(v));
    } else {
      values.push(serializePrimitiveParam(name, v, options));
    }
  }
  return options.style === "label" || options.style === "matrix" ? `${joiner}${values.join(joiner)}` : values.join(joiner);
}
function createQuerySerializer(options) {
  return function querySerializer(queryParams) {
    const search = [];
    if (queryParams && typeof queryParams === "object") {
      for (const name in queryParams) {
        const value = queryParams[name];
        if (value === void 0 || value === null) {
          continue;
        }
        if (Array.isArray(value)) {
          if (value.length === 0) {
            continue;
          }
          search.push(
            serializeArrayParam(name, value, {
              style: "form",
              explode: true,
              ...options?.array,
              allowReserved: options?.allowReserved || false
            })
          );
          continue;
        }
        if (typeof value === "object") {
          search.push(
            serializeObjectParam(name, value, {
              style: "deepObject",
              explode: true,
              ...options?.object,
              allowReserved: options?.allowReserved || false
            })
          );
          continue;
        }
        search.push(serializePrimitiveParam(name, value, options));
      }
    }
    return search.join("&");
  };
}
function defaultPathSerializer(pathname, pathParams) {
  let nextURL = pathname;
  for (const match of pathname.match(PATH_PARAM_RE) ?? []) {
    let name = match.substring(1, match.length - 1);
    let explode = false;
    let style = "simple";
    if (name.endsWith("*")) {
      explode = true;
      name = name.substring(0, name.length - 1);
    }
    if (name.startsWith(".")) {
      style = "label";
      name = name.substring(1);
    } else if (name.startsWith(";")) {
      style = "matrix";
      name = name.substring(1);
    }
    if (!pathParams || pathParams[name] === void 0 || pathParams[name] === null) {
      continue;
    }
    const value = pathParams[name];
    if (Array.isArray(value)) {
      nextURL = nextURL.replace(match, serializeArrayParam(name, value, { style, explode }));
      continue;
    }
    if (typeof value === "object") {
      nextURL = nextURL.replace(match, serializeObjectParam(name, value, { style, explode }));
      continue;
    }
    if (style === "matrix") {
      nextURL = nextURL.replace(match, `;${serializePrimitiveParam(name, value)}`);
      continue;
    }
    nextURL = nextURL.replace(match, style === "label" ? `.${encodeURIComponent(value)}` : encodeURIComponent(value));
  }
  return nextURL;
}
function defaultBodySerializer(body, headers) {
  if (body instanceof FormData) {
    return body;
  }
  if (headers) {
    const contentType = headers.get instanceof Function ? headers.get("Content-Type") ?? headers.get("content-type") : headers["Content-Type"] ?? headers["content-type"];
    if (contentType === "application/x-www-form-urlencoded") {
      return new URLSearchParams(body).toString();
    }
  }
  return JSON.stringify(body);
}
function createFinalURL(pathname, options) {
  let finalURL = `${options.baseUrl}${pathname}`;
  if (options.params?.path) {
    finalURL = options.pathSerializer(finalURL, options.params.path);
  }
  let search = options.querySerializer(options.params.query ?? {});
  if (search.startsWith("?")) {
    search = search.substring(1);
  }
  if (search) {
    finalURL += `?${search}`;
  }
  return finalURL;
}
function mergeHeaders(...allHeaders) {
  const finalHeaders = new Headers();
  for (const h of allHeaders) {
    if (!h || typeof h !== "object") {
      continue;
    }
    const iterator = h instanceof Headers ? h.entries() : Object.entries(h);
    for (const [k, v] of iterator) {
      if (v === null) {
        finalHeaders.delete(k);
      } else if (Array.isArray(v)) {
        for (const v2 of v) {
          finalHeaders.append(k, v2);
        }
      } else if (v !== void 0) {
        finalHeaders.set(k, v);
      }
    }
  }
  return finalHeaders;
}
function removeTrailingSlash(url) {
  if (url.endsWith("/")) {
    return url.substring(0, url.length - 1);
  }
  return url;
}

// src/generated/client.ts
var MULTI_SEGMENT = /* @__PURE__ */ new Set(["name", "path", "repository"]);
function createClient2(options) {
  const http = createClient(options);
  return {
    /** Check a token */
    getBase: (...init) => http.GET("/v2", ...init),
    /** As GET, without the body */
    headBase: (...init) => http.HEAD("/v2", ...init),
    /** Log in */
    getToken: (...init) => http.GET("/v2/token", ...init),
    /** As GET, without the body */
    headToken: (...init) => http.HEAD("/v2/token", ...init),
    /** Log in with an OAuth2 form */
    postToken: (...init) => http.POST("/v2/token", ...init),
    /** List the repositories that the caller may pull */
    getCatalog: (...init) => http.GET("/v2/_catalog", ...init),
    /** As GET, without the body */
    headCatalog: (...init) => http.HEAD("/v2/_catalog", ...init),
    /** List the features of this Smart Proxy, with their state */
    getFeatures: (...init) => http.GET("/v2/features", ...init),
    /** List the tags of a repository, in byte order */
    getTags: (...init) => http.GET("/v2/{name}/tags/list", ...init),
    /** As GET, without the body */
    headTags: (...init) => http.HEAD("/v2/{name}/tags/list", ...init),
    /** Get a manifest by tag or digest */
    getManifest: (...init) => http.GET("/v2/{name}/manifests/{reference}", ...init),
    /** As GET, without the body */
    headManifest: (...init) => http.HEAD("/v2/{name}/manifests/{reference}", ...init),
    /** Get a layer or configuration by digest */
    getBlob: (...init) => http.GET("/v2/{name}/blobs/{digest}", ...init),
    /** As GET, without the body */
    headBlob: (...init) => http.HEAD("/v2/{name}/blobs/{digest}", ...init),
    /** List the referrers of a manifest: signatures, attestations, bills of material */
    getReferrers: (...init) => http.GET("/v2/{name}/referrers/{digest}", ...init),
    /** As GET, without the body */
    headReferrers: (...init) => http.HEAD("/v2/{name}/referrers/{digest}", ...init),
    /** List the signatures of a manifest, for podman and skopeo */
    getSignatures: (...init) => http.GET("/extensions/v2/{name}/signatures/{digest}", ...init),
    /** As GET, without the body */
    headSignatures: (...init) => http.HEAD("/extensions/v2/{name}/signatures/{digest}", ...init),
    /** Refuse an image push */
    refusePut: (...init) => http.PUT("/v2/{path}", ...init),
    /** Refuse an image push */
    refusePost: (...init) => http.POST("/v2/{path}", ...init),
    /** Refuse an image push */
    refusePatch: (...init) => http.PATCH("/v2/{path}", ...init),
    /** Refuse a deletion */
    refuseDelete: (...init) => http.DELETE("/v2/{path}", ...init),
    /** Announce the v1 search, which docker search checks first */
    getPing: (...init) => http.GET("/v1/_ping", ...init),
    /** Search repositories by name */
    getSearch: (...init) => http.GET("/v1/search", ...init),
    /** As GET, without the body */
    headSearch: (...init) => http.HEAD("/v1/search", ...init),
    /** Get the Flatpak index */
    getStaticIndex: (...init) => http.GET("/index/static", ...init),
    /** As GET, without the body */
    headStaticIndex: (...init) => http.HEAD("/index/static", ...init),
    /** Get the dynamic Flatpak index */
    getDynamicIndex: (...init) => http.GET("/index/dynamic", ...init),
    /** As GET, without the body */
    headDynamicIndex: (...init) => http.HEAD("/index/dynamic", ...init),
    /** Replace the list of repositories */
    putRepositories: (...init) => http.PUT("/repository_list", ...init),
    /** List the logins of the gateway */
    getUsers: (...init) => http.GET("/users", ...init),
    /** Replace the mapping of users to repositories */
    putUserGrants: (...init) => http.PUT("/user_repository_mapping", ...init),
    /** Replace the list of hosts */
    putHosts: (...init) => http.PUT("/update_hosts", ...init),
    /** Replace the mapping of hosts to repositories */
    putHostGrants: (...init) => http.PUT("/host_repository_mapping", ...init),
    /** Replace the grants of one host */
    putOneHostGrants: (...init) => http.PUT("/update_host_repositories", ...init),
    /** List the names of the features */
    getFeatureNames: (...init) => http.GET("/features", ...init),
    /** Get the claimed Smart Proxy version and the version of the gateway */
    getVersion: (...init) => http.GET("/version", ...init),
    /** Check that the process runs */
    getHealth: (...init) => http.GET("/healthz", ...init),
    /** Check that the gateway can decide */
    getReadiness: (...init) => http.GET("/readyz", ...init),
    /** Get this document */
    getContract: (...init) => http.GET("/openapi.yaml", ...init),
    /** Get the metrics of all workers */
    getMetrics: (...init) => http.GET("/metrics", ...init),
    /** Show the state of the gateway, and what is wrong now */
    getStatus: (...init) => http.GET("/admin/status", ...init),
    /** Explain whether a caller may pull a repository */
    getExplanation: (...init) => http.GET("/admin/explanation", ...init),
    /** List users */
    getUserList: (...init) => http.GET("/admin/users", ...init),
    /** Show a user with tokens and grants */
    getUserDetails: (...init) => http.GET("/admin/users/{login}", ...init),
    /** End all tokens of a user, at all gateways of the database */
    deleteUserTokens: (...init) => http.DELETE("/admin/users/{login}/tokens", ...init),
    /** List the checksums of tokens that have not expired */
    getTokenList: (...init) => http.GET("/admin/tokens", ...init),
    /** End a token, at all gateways of the database */
    deleteToken: (...init) => http.DELETE("/admin/tokens/{checksum}", ...init),
    /** List hosts */
    getHostList: (...init) => http.GET("/admin/hosts", ...init),
    /** Show a host with its grants */
    getHostDetails: (...init) => http.GET("/admin/hosts/{uuid}", ...init),
    /** Delete a host with its grants, at all gateways of the database */
    deleteHost: (...init) => http.DELETE("/admin/hosts/{uuid}", ...init),
    /** List repositories */
    getRepositoryList: (...init) => http.GET("/admin/repositories", ...init),
    /** Show a repository and who may pull it */
    getRepositoryDetails: (...init) => http.GET("/admin/repositories/{repository}", ...init),
    /** List the last syncs, the newest first */
    getSyncList: (...init) => http.GET("/admin/syncs", ...init),
    /** Forget failed logins, at all gateways of the database */
    deleteLockouts: (...init) => http.DELETE("/admin/lockouts", ...init),
    /** Clear the caches of all workers of this gateway */
    deleteCache: (...init) => http.DELETE("/admin/cache", ...init),
    /** Read the settings anew, and exchange all workers */
    postReload: (...init) => http.POST("/admin/reload", ...init),
    /** Change the log level of all workers of this gateway */
    putLogLevel: (...init) => http.PUT("/admin/log-level", ...init),
    /** Show the requests of the last hour */
    getHistory: (...init) => http.GET("/admin/history", ...init),
    /** List decisions of the audit log, the newest first */
    getAudit: (...init) => http.GET("/admin/audit", ...init),
    /** Show the settings in effect, and where each comes from */
    getSettings: (...init) => http.GET("/admin/settings", ...init),
    /** Follow the state, the samples and the decisions as server-sent events */
    getEvents: (...init) => http.GET("/admin/events", ...init),
    /** Make a link that signs in a browser once */
    postSignInLink: (...init) => http.POST("/admin/sign-in-links", ...init),
    /** Show and extend the session of this browser */
    getSession: (...init) => http.GET("/admin/session", ...init),
    /** Sign in a browser */
    postSession: (...init) => http.POST("/admin/session", ...init),
    /** Sign out */
    deleteSession: (...init) => http.DELETE("/admin/session", ...init)
  };
}

// src/client/paths.ts
function encode(segment) {
  if (segment === "." || segment === "..") throw new Error(`a path can't have the segment ${segment}`);
  return encodeURIComponent(segment).replaceAll("%3A", ":");
}
var pathOf = (path, parameters) => path.replace(/\{([^}]+)\}/g, (_, name) => {
  const text = String(parameters[name] ?? "");
  return MULTI_SEGMENT.has(name) ? text.split("/").map(encode).join("/") : encode(text);
});

// src/client/errors.ts
function parse(text) {
  try {
    const body = JSON.parse(text);
    return typeof body === "object" && body !== null ? body : {};
  } catch {
    return {};
  }
}
var GatewayError = class _GatewayError extends Error {
  name = "GatewayError";
  status;
  /** Code of the contract; `UNKNOWN` for a reply that has none, such as that of a reverse proxy. */
  code;
  detail;
  /** Seconds after which the request may be repeated, if the gateway says so. */
  retryAfterS;
  constructor(status, body, retryAfter = null) {
    const [first] = body.errors ?? [];
    super(first?.message ?? `the gateway replied with ${status}`);
    this.status = status;
    this.code = first?.code ?? "UNKNOWN";
    this.detail = first?.detail;
    this.retryAfterS = /^\d+$/.test(retryAfter ?? "") ? Number(retryAfter) : void 0;
  }
  /** Reads the error of a response. */
  static async of(response) {
    return new _GatewayError(
      response.status,
      parse(await response.text()),
      response.headers.get("retry-after")
    );
  }
};
var bodyOf = (error) => typeof error === "object" && error !== null ? error : {};
var isPromised = (_data, { ok }) => ok;
async function unwrap(call) {
  const { data, error, response } = await call;
  if (isPromised(data, response)) return data;
  throw new GatewayError(response.status, bodyOf(error), response.headers.get("retry-after"));
}

// src/client/session.ts
var RENEWAL_FRACTION = 0.8;
function authorized(request, token) {
  const headers = new Headers(request.headers);
  headers.set("authorization", `Bearer ${token}`);
  return new Request(request, { headers });
}
var basicAuthorization = ({ name, password }) => (
  // Base64 takes bytes as characters.
  `Basic ${btoa(String.fromCodePoint(...new TextEncoder().encode(`${name}:${password}`)))}`
);
var withToken = (send, token) => (request) => send(authorized(request, token));
var Session = class {
  #send;
  #url;
  #basic;
  #token;
  #renewAt = 0;
  constructor(send, baseUrl, login) {
    this.#send = send;
    this.#url = `${baseUrl}/v2/token?account=${encodeURIComponent(login.name)}`;
    this.#basic = basicAuthorization(login);
  }
  /** @throws GatewayError if the login is refused */
  token() {
    if (this.#token === void 0 || Date.now() >= this.#renewAt) {
      this.#renewAt = Number.POSITIVE_INFINITY;
      this.#token = this.#logIn().catch((error) => {
        this.#token = void 0;
        throw error;
      });
    }
    return this.#token;
  }
  /** Forgets a token that was refused. */
  forget() {
    this.#token = void 0;
  }
  async #logIn() {
    const startedAt = Date.now();
    const response = await this.#send(new Request(this.#url, { headers: { authorization: this.#basic } }));
    if (!response.ok) throw await GatewayError.of(response);
    const { token, expires_in } = JSON.parse(await response.text());
    this.#renewAt = startedAt + expires_in * 1e3 * RENEWAL_FRACTION;
    return token;
  }
};
function withLogin(send, baseUrl, login) {
  const session = new Session(send, baseUrl, login);
  return async (request) => {
    const again = request.clone();
    const response = await send(authorized(request, await session.token()));
    if (response.status !== 401) return response;
    await response.body?.cancel();
    session.forget();
    return send(authorized(again, await session.token()));
  };
}

// src/client/gateway-client.ts
function clientOver(send, baseUrl, { token, login, intercept }) {
  const sent = intercept === void 0 ? send : (request) => intercept(request, send);
  const fetch2 = login !== void 0 ? withLogin(sent, baseUrl, login) : token !== void 0 ? withToken(sent, token) : sent;
  return createClient2({ baseUrl, fetch: fetch2, pathSerializer: pathOf });
}

// src/client/forms.ts
var encodeText = (text) => encodeURIComponent(text).replace(
  /%20|[!'()~]/g,
  (found) => found === "%20" ? "+" : `%${found.charCodeAt(0).toString(16).toUpperCase()}`
);
var isList = (value) => Array.isArray(value);
function writePairs(pairs, key, value) {
  if (value === null) {
    pairs.push(key);
  } else if (typeof value !== "object") {
    pairs.push(`${key}=${encodeText(String(value))}`);
  } else {
    const members = isList(value) ? value.map((item) => ["", item]) : Object.entries(value).map(([name, member]) => [encodeText(name), member]);
    if (members.length === 0) pairs.push(key);
    for (const [name, member] of members) writePairs(pairs, `${key}[${name}]`, member);
  }
}
function encodeForm(value) {
  const pairs = [];
  for (const [name, member] of Object.entries(value)) writePairs(pairs, encodeText(name), member);
  return pairs.join("&");
}
var asForm = {
  bodySerializer: encodeForm,
  headers: { "Content-Type": "application/x-www-form-urlencoded" }
};

// src/client/browser.ts
var createGatewayClient = (options = {}) => clientOver((request) => fetch(request), (options.url ?? "").replace(/\/+$/, ""), options);
export {
  GatewayError,
  asForm,
  basicAuthorization,
  createGatewayClient,
  encodeForm,
  unwrap
};
