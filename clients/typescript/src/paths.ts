/** Paths of requests. */

/** Fills the parameters into a path. The slashes of names such as `acme/apps/shop` stay as they are. */
export const pathOf = (path: string, parameters: Record<string, unknown>): string =>
  path.replace(/\{([^}]+)\}/g, (_, name: string) =>
    String(parameters[name] ?? "")
      .split("/")
      .map(encodeURIComponent)
      .join("/")
      .replaceAll("%3A", ":"),
  );
