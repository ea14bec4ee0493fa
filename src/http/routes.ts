/**
 * Route table, compiled once from the contract. The path with the most literal characters wins; a parameter marked
 * `x-multi-segment` may contain slashes and matches as much as possible.
 */
import { OPERATIONS, type Operation } from "../generated/operations.ts";

/** Matching operation with its path parameters, still encoded. */
export interface Match {
  readonly operation: Operation;
  readonly parameters: Readonly<Record<string, string>>;
  /** The parameters decoded and in the form of their grammar, once they are known to be valid. */
  parsed?: Readonly<Record<string, string>>;
  /** True once the parameters are known to fit the operation's schema. */
  isValid?: boolean;
}

/** Result of a lookup: an operation, the methods that the path allows instead, or nothing. */
export type Route = Match | { readonly allow: readonly string[] } | undefined;

interface Pattern {
  /** Longest literal part of the path, searched before the slower expression. */
  readonly hallmark: string;
  readonly expression: RegExp;
  readonly names: readonly string[];
  readonly literals: number;
  readonly methods: Map<string, Operation>;
}

const NO_PARAMETERS = Object.freeze({});
const PARAMETER = /\{([^}]+)\}/;

function compile(path: string, multiSegment: readonly string[]): Pattern {
  const names: string[] = [];
  const texts: string[] = [];
  const source = path
    .split(PARAMETER)
    .map((part, index) => {
      if (index % 2 === 0) {
        texts.push(part);
        return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      }
      names.push(part);
      return multiSegment.includes(part) ? "(.+)" : "([^/]+)";
    })
    .join("");
  const [hallmark = ""] = texts.toSorted((a, b) => b.length - a.length);
  const literals = texts.join("").length;
  return { hallmark, expression: new RegExp(`^${source}$`), names, literals, methods: new Map() };
}

const isServedBelow = (prefix: string, { prefixes }: Operation): boolean =>
  prefixes.some((candidate) => candidate === prefix);

/** Methods that can succeed. Operations that only refuse are not listed in `Allow`. */
const succeeding = (prefix: string, methods: Map<string, Operation>): string[] =>
  [...methods.values()]
    .filter(
      (operation) => isServedBelow(prefix, operation) && operation.statuses.some((status) => status < 400),
    )
    .map(({ method }) => method);

/** Recent matches in each of two generations. */
const MAX_RECENT_MATCHES = 2_048;
/** Longer paths are not kept, so that the recent matches take a few MiB at most. */
const MAX_RECENT_PATH_CHARS = 512;

/**
 * Keeps the matches that were used last: clients ask for the same images again and again. When a generation is full, those
 * that were not used in it are dropped.
 */
class RecentMatches {
  #current = new Map<string, Match>();
  #previous = new Map<string, Match>();

  get(method: string, path: string): Match | undefined {
    const key = method + path;
    const match = this.#current.get(key);
    if (match !== undefined) return match;
    const older = this.#previous.get(key);
    if (older !== undefined) this.#keep(key, older);
    return older;
  }

  put(method: string, path: string, match: Match): void {
    this.#keep(method + path, match);
  }

  #keep(key: string, match: Match): void {
    if (this.#current.size >= MAX_RECENT_MATCHES) {
      this.#previous = this.#current;
      this.#current = new Map();
    }
    this.#current.set(key, match);
  }
}

/** Finds the operation of a request. */
export class RouteTable {
  readonly #recent = new RecentMatches();
  readonly #exact = new Map<string, Map<string, Operation>>();
  readonly #patterns: Pattern[] = [];
  readonly #prefixes: readonly string[];

  constructor(operations: readonly Operation[] = OPERATIONS) {
    const patterns = new Map<string, Pattern>();
    for (const operation of operations) {
      if (PARAMETER.test(operation.path)) {
        const pattern = patterns.get(operation.path) ?? compile(operation.path, operation.multiSegment);
        patterns.set(operation.path, pattern);
        pattern.methods.set(operation.method, operation);
      } else {
        const methods = this.#exact.get(operation.path) ?? new Map<string, Operation>();
        this.#exact.set(operation.path, methods);
        methods.set(operation.method, operation);
      }
    }
    this.#patterns = [...patterns.values()].sort((a, b) => b.literals - a.literals);
    this.#prefixes = [...new Set(operations.flatMap(({ prefixes }): readonly string[] => prefixes))].filter(
      Boolean,
    );
  }

  /**
   * Finds a route. A path that was found before has the same match again.
   * @param path path of the request target, without the query, not decoded
   */
  find(method: string, path: string): Route {
    if (path.length > MAX_RECENT_PATH_CHARS) return this.#find(method, path);
    const recent = this.#recent.get(method, path);
    if (recent !== undefined) return recent;
    const route = this.#find(method, path);
    if (route !== undefined && "operation" in route) this.#recent.put(method, path, route);
    return route;
  }

  #find(method: string, path: string): Route {
    const prefix =
      this.#prefixes.find((candidate) => path.startsWith(candidate) && path[candidate.length] === "/") ?? "";
    const end = path.length > prefix.length + 1 && path.endsWith("/") ? -1 : path.length;
    return this.#match(method, prefix, path.slice(prefix.length, end));
  }

  #match(method: string, prefix: string, path: string): Route {
    const findOperation = (methods: Map<string, Operation>): Operation | undefined => {
      const operation = methods.get(method);
      return operation !== undefined && isServedBelow(prefix, operation) ? operation : undefined;
    };
    const allow: string[] = [];
    const exact = this.#exact.get(path);
    if (exact !== undefined) {
      const operation = findOperation(exact);
      if (operation !== undefined) return { operation, parameters: NO_PARAMETERS };
      allow.push(...succeeding(prefix, exact));
    }
    for (const { hallmark, expression, names, methods } of this.#patterns) {
      if (!path.includes(hallmark)) continue;
      const found = expression.exec(path);
      if (found === null) continue;
      const operation = findOperation(methods);
      if (operation !== undefined) {
        const parameters: Record<string, string> = {};
        for (const [index, name] of names.entries()) parameters[name] = found[index + 1] ?? "";
        return { operation, parameters };
      }
      allow.push(...succeeding(prefix, methods));
    }
    return allow.length > 0 ? { allow: [...new Set(allow)] } : undefined;
  }
}
