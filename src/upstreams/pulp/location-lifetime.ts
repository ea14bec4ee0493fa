/** For how long a signed location leads to its content. */

const seconds = (text: string | null): number => (text === null || text === "" ? Number.NaN : Number(text));

/** `20261124T080000Z`, as the query of a presigned URL of S3 has it. */
function compactDate(text: string | null): number {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text ?? "") ?? [];
  return (
    Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)) /
    1000
  );
}

/** When the location ends, in seconds since 1970: Pulp's content app, S3 (version 4, version 2), Google, Azure. */
function endOf(query: URLSearchParams): number {
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
 * Seconds for which a location leads to its content: endless without a query, 0 where its end can't be told.
 * @param date the `Date` of the answer that named it: its end is by the same clock, which needn't be ours
 */
export function lifetimeOf(location: string, date: string | undefined): number {
  const mark = location.indexOf("?");
  if (mark < 0) return Number.POSITIVE_INFINITY;
  const end = endOf(new URLSearchParams(location.slice(mark + 1)));
  const now = Date.parse(date ?? "") / 1000;
  return Number.isFinite(end) ? Math.max(0, end - (Number.isNaN(now) ? Date.now() / 1000 : now)) : 0;
}
