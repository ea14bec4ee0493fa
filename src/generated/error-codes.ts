// Made from openapi.yaml by `npm run generate`. Not to be edited.
export const ERROR_CODES = [
  "BLOB_UNKNOWN",
  "DENIED",
  "DIGEST_INVALID",
  "MANIFEST_INVALID",
  "MANIFEST_UNKNOWN",
  "NAME_INVALID",
  "NAME_UNKNOWN",
  "PAGINATION_NUMBER_INVALID",
  "RANGE_INVALID",
  "REQUEST_INVALID",
  "SIZE_INVALID",
  "TAG_INVALID",
  "TOOMANYREQUESTS",
  "UNAUTHORIZED",
  "UNAVAILABLE",
  "UNKNOWN",
  "UNSUPPORTED"
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];
