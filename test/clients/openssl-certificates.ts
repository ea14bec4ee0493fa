/** A CA and hosts' certificates made by openssl, with the extensions of katello-certs-tools and Candlepin. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Identity } from "../pulp/ask.ts";
import { must } from "./command.ts";
import { programPath } from "./program.ts";

const CONFIGURATION = `
[req]
distinguished_name = dn
prompt = no
[dn]
C = US
ST = North Carolina
O = Katello
CN = katello.example.org
[ca]
basicConstraints = CA:true
keyUsage = digitalSignature, keyEncipherment, keyCertSign, cRLSign
extendedKeyUsage = serverAuth, clientAuth
nsCertType = server, sslCA
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid, issuer:always
[host]
nsCertType = client, email
keyUsage = critical, digitalSignature, keyEncipherment, dataEncipherment
extendedKeyUsage = clientAuth
authorityKeyIdentifier = keyid, issuer:always
subjectKeyIdentifier = hash
subjectAltName = @names
basicConstraints = CA:false
[names]
dirName.1 = subject
dirName.2 = alternative
[subject]
O = Default_Organization
CN = host
[alternative]
CN = host0.example.org
`;

/** A CA in a folder. */
export interface OpensslCa {
  /** The file of its certificate. */
  readonly file: string;
  /** Signs the certificate of a host. */
  sign(uuid: string): Promise<Identity>;
}

/** Creates a CA. Two in the same folder need different names. */
export async function makeOpensslCa(folder: string, name: string): Promise<OpensslCa> {
  const path = (suffix: string) => join(folder, `${name}${suffix}`);
  const openssl = (...args: string[]) => must(programPath("openssl"), args, { cwd: folder });
  writeFileSync(path(".cnf"), CONFIGURATION);
  const key = (file: string) => ["-newkey", "rsa:4096", "-nodes", "-keyout", file];
  const make = ["req", "-x509", "-config", path(".cnf"), "-extensions", "ca", "-days", "2"];
  await openssl(...make, ...key(path(".key")), "-out", path(".crt"));
  return {
    file: path(".crt"),
    sign: async (uuid) => {
      const [request, certificate, hostKey] = [path("-host.csr"), path("-host.crt"), path("-host.key")];
      const subject = `/O=Default_Organization/CN=${uuid}`;
      const ask = ["req", "-new", "-config", path(".cnf"), "-subj", subject];
      await openssl(...ask, ...key(hostKey), "-out", request);
      await openssl(
        ...["x509", "-req", "-in", request, "-CA", path(".crt"), "-CAkey", path(".key"), "-CAcreateserial"],
        ...["-days", "2", "-extfile", path(".cnf"), "-extensions", "host", "-out", certificate],
      );
      return { cert: readFileSync(certificate, "utf8"), key: readFileSync(hostKey, "utf8") };
    },
  };
}
