/** Checks at startup that the gateway's own certificates have not expired. */
import { StartupError } from "../model/startup-error.ts";
import type { Settings } from "../settings/keys.ts";
import { allFiles } from "../settings/values.ts";
import { certificatesIn } from "../x509/certificate-verifier.ts";

const SETTINGS = ["ssl_certificate", "foreman_ssl_cert", "pulp_client_ssl_cert"] as const;

/** @throws StartupError that names the first certificate that has expired: nobody would accept it */
export function checkOwnCertificates(settings: Pick<Settings, (typeof SETTINGS)[number]>): void {
  for (const setting of SETTINGS)
    for (const { path, text } of allFiles(settings[setting])) {
      const [certificate] = certificatesIn(text);
      if (certificate !== undefined && Date.parse(certificate.validTo) < Date.now())
        throw new StartupError(
          `${setting}: the certificate in ${path} expired on ${certificate.validTo}: renew it`,
        );
    }
}
