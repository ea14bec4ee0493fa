/** Lifetime of signed URLs. */

const seconds = (text: string | null): number => (text === null || text === "" ? Number.NaN : Number(text));

/** Parses a date such as `20261124T080000Z` in the query of a presigned S3 URL; in seconds since 1970. */
function compactDate(text: string | null): number {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text ?? "") ?? [];
  return (
    Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)) /
    1000
  );
}

/** Returns the expiry in seconds since 1970: Pulp's content app, S3 (versions 4 and 2), Google, Azure. */
function expiryOf(query: URLSearchParams): number {
  const ends = [
    seconds(query.get("expires")),
    compactDate(query.get("X-Amz-Date")) + seconds(query.get("X-Amz-Expires")),
    compactDate(query.get("X-Goog-Date")) + seconds(query.get("X-Goog-Expires")),
    seconds(query.get("Expires")),
    Date.parse(query.get("se") ?? "") / 1000,
  ].filter((end) => !Number.isNaN(end));
  return Math.min(...ends);
}

/**
 * Returns the seconds for which a location is valid: infinity without a query, 0 if the expiry is unknown.
 * @param date `Date` header of the redirect, whose clock also set the expiry and may differ from the gateway's
 */
export function lifetimeOf(location: string, date: string | undefined): number {
  const mark = location.indexOf("?");
  if (mark < 0) return Number.POSITIVE_INFINITY;
  const end = expiryOf(new URLSearchParams(location.slice(mark + 1)));
  const now = Date.parse(date ?? "") / 1000;
  return Number.isFinite(end) ? Math.max(0, end - (Number.isNaN(now) ? Date.now() / 1000 : now)) : 0;
}
