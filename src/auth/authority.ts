/** Host and port as a URL has them, and as `Host` headers and proxies name them. */

const AUTHORITY = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/;

/** Whether a text is a host with or without its port (RFC 3986 section 3.2), and can stand in a URL. */
export const isAuthority = (text: string): boolean => AUTHORITY.test(text) && URL.canParse(`https://${text}`);
