/** A repository that no gateway has. */
export const UNKNOWN = "container-gateway-contract/does-not-exist";
