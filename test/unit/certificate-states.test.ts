/** Days that are left of the certificates in the settings. */
import { expect, jest, test } from "@jest/globals";
import { type CertificateSettings, certificateStates } from "../../src/admin/certificates.ts";
import { makeCertificates } from "../../src/demo/certificates.ts";

test("certificates are read once, and their days counted at each call", async () => {
  const { server } = await makeCertificates();
  let reads = 0;
  const settings = {
    get ssl_certificate() {
      reads += 1;
      return { path: "/server.crt", text: server.cert, alternatives: [] };
    },
  } as unknown as CertificateSettings;
  const [first] = certificateStates(settings);
  jest.useFakeTimers({ now: Date.now() + 10 * 24 * 60 * 60 * 1000 });
  try {
    const [later] = certificateStates(settings);
    expect(later).toEqual({ ...first, days_left: (first?.days_left ?? 0) - 10 });
  } finally {
    jest.useRealTimers();
  }
  expect(reads).toBe(1);
});
