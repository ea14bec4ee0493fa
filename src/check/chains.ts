/** Chains of certificates, from a server's own to a root CA. */
import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";

const isSelfSigned = (certificate: X509Certificate): boolean => certificate.checkIssued(certificate);

/** Names of the root CAs that come with Node.js. */
function systemRoots(): ReadonlySet<string> {
  return new Set(rootCertificates.map((text) => new X509Certificate(text).subject));
}

/** True for a certificate that is a root CA itself, or signed by one of `cas` or of Node.js. */
export function isAnchored(certificate: X509Certificate, cas: readonly X509Certificate[]): boolean {
  const issuers = cas.filter((ca) => certificate.checkIssued(ca));
  return (
    isSelfSigned(certificate) ||
    issuers.some(isSelfSigned) ||
    (issuers.length === 0 && systemRoots().has(certificate.issuer))
  );
}
