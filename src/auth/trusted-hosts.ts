/** Peers that may administer. */
import type { Peer } from "../connection/peer.ts";
import { foldAscii } from "../model/ascii-case.ts";
import type { ClientCertificateVerifier } from "../x509/certificate-verifier.ts";

/** Common names of the setting `trusted_hosts`, and the verifier of their certificates. */
export class TrustedHosts {
  readonly #names: ReadonlySet<string>;
  readonly #verifier: ClientCertificateVerifier | undefined;

  constructor(names: readonly string[], verifier: ClientCertificateVerifier | undefined) {
    this.#names = new Set(names.map(foldAscii));
    this.#verifier = verifier;
  }

  /** Common name of a peer's certificate, if a CA in `ssl_ca_file` signed it and it is valid. */
  commonNameOf({ certificate }: Pick<Peer, "certificate">): string | undefined {
    return certificate && this.#verifier?.holderOf(certificate);
  }

  /** True for a name in `trusted_hosts`, in any case of ASCII letters. */
  includes(commonName: string): boolean {
    return this.#names.has(foldAscii(commonName));
  }
}
