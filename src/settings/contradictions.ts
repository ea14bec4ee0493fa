/** What single settings can't tell: pairs that must come together, and contradictions. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { errorText } from "../model/error-text.ts";
import { ClientCertificateAuthorities } from "../x509/certificates.ts";
import type { Given } from "./keys.ts";
import type { PemFile } from "./values.ts";

/** Takes a problem and the setting at which to mend it. */
type Complain = (key: keyof Given, message: string) => void;

function checkPair(
  cert: PemFile | undefined,
  key: PemFile | undefined,
  names: [keyof Given, keyof Given],
  complain: Complain,
) {
  const [certName, keyName] = names;
  if (cert === undefined && key === undefined) return;
  if (cert === undefined) return complain(keyName, `needs ${certName} to be set, too`);
  if (key === undefined) return complain(certName, `needs ${keyName} to be set, too`);
  try {
    if (!new X509Certificate(cert.text).checkPrivateKey(createPrivateKey(key.text))) {
      complain(keyName, `is not the key of ${certName}`);
    }
  } catch (error) {
    complain(certName, `certificate and key can't be read: ${errorText(error)}`);
  }
}

function checkAuthority(file: PemFile | undefined, name: keyof Given, complain: Complain) {
  if (file === undefined) return;
  try {
    new ClientCertificateAuthorities(file.text);
  } catch (error) {
    complain(name, `is no authority: ${errorText(error)}`);
  }
}

function checkProxySockets({ trusted_proxies, listen }: Given, complain: Complain) {
  const paths = new Set(listen.flatMap((where) => ("path" in where ? `unix:${where.path}` : [])));
  for (const entry of trusted_proxies)
    if (entry.startsWith("unix:") && !paths.has(entry))
      complain("trusted_proxies", `${entry} is none of the addresses in listen`);
}

/** Tells `complain` of every problem between settings. */
export function checkTogether(settings: Given, complain: Complain): void {
  checkPair(
    settings.ssl_certificate,
    settings.ssl_private_key,
    ["ssl_certificate", "ssl_private_key"],
    complain,
  );
  checkPair(
    settings.foreman_ssl_cert,
    settings.foreman_ssl_key,
    ["foreman_ssl_cert", "foreman_ssl_key"],
    complain,
  );
  checkPair(
    settings.pulp_client_ssl_cert,
    settings.pulp_client_ssl_key,
    ["pulp_client_ssl_cert", "pulp_client_ssl_key"],
    complain,
  );
  checkAuthority(settings.ssl_ca_file, "ssl_ca_file", complain);
  checkAuthority(settings.rhsm_ca_file, "rhsm_ca_file", complain);
  if (settings.rhsm_crl_file !== undefined && settings.rhsm_ca_file === undefined)
    complain("rhsm_crl_file", "means nothing without rhsm_ca_file, the authority that has signed it");
  if (settings.stall_timeout <= Math.max(settings.pulp_timeout, settings.foreman_timeout))
    complain(
      "stall_timeout",
      "must be longer than pulp_timeout and foreman_timeout, or their callers are cut off",
    );
  checkProxySockets(settings, complain);
  if (settings.listen.length === 0) complain("listen", "names no address");
  const https = settings.listen.some(({ transport }) => transport === "https");
  if (https && settings.ssl_certificate === undefined)
    complain("listen", "has an https address, which needs ssl_certificate and ssl_private_key");
  if (settings.trusted_hosts.length > 0 && settings.ssl_ca_file === undefined) {
    complain("trusted_hosts", "means nothing without ssl_ca_file, the authority of their certificates");
  }
}
