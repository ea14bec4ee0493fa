// Made from openapi.yaml by `npm run generate`. Not to be edited.
export const GRAMMAR = {
  RepositoryName: { pattern: new RegExp("^[A-Za-z0-9]+(?:(?:\\.|__?|-+)[A-Za-z0-9]+)*(?:/[A-Za-z0-9]+(?:(?:\\.|__?|-+)[A-Za-z0-9]+)*)*$"), maxLength: 255 },
  Tag: { pattern: new RegExp("^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$"), maxLength: Number.POSITIVE_INFINITY },
  Digest: { pattern: new RegExp("^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$"), maxLength: Number.POSITIVE_INFINITY },
  AnyDigest: { pattern: new RegExp("^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[A-Za-z0-9=_-]+$"), maxLength: 255 },
  HostUuid: { pattern: new RegExp("^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$"), maxLength: Number.POSITIVE_INFINITY },
  Login: { pattern: new RegExp("^[^\\u0000-\\u001f\\u007f:]+$"), maxLength: 255 },
  TokenChecksum: { pattern: new RegExp("^[0-9a-f]{64}$"), maxLength: 64 },
} as const;
