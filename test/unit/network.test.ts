import { describe, expect, test } from "@jest/globals";
import { networkOf, siteOf } from "../../src/connection/network.ts";

describe.each<[string, string, string]>([
  ["192.0.2.7", "192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7", "192.0.2.7"],
  ["::FFFF:192.0.2.7", "192.0.2.7", "192.0.2.7"],
  ["::ffff:c000:207", "192.0.2.7", "192.0.2.7"],
  ["0:0:0:0:0:ffff:c000:207", "192.0.2.7", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2", "2001:db8:1"],
  ["2001:DB8:0001:2::9", "2001:db8:1:2", "2001:db8:1"],
  ["2001:db8::9", "2001:db8:0:0", "2001:db8:0"],
  ["2001:db8:1::", "2001:db8:1:0", "2001:db8:1"],
  ["64:ff9b:1:2:3:4:192.0.2.7", "64:ff9b:1:2", "64:ff9b:1"],
  ["64:ff9b::192.0.2.7", "64:ff9b:0:0", "64:ff9b:0"],
  ["fe80::1%eth0", "fe80:0:0:0", "fe80:0:0"],
  ["::1", "0:0:0:0", "0:0:0"],
  ["unix", "unix", "unix"],
])("the address %s", (address, network, site) => {
  test(`belongs to network ${network}`, () => expect(networkOf(address)).toBe(network));
  test(`belongs to site ${site}`, () => expect(siteOf(address)).toBe(site));
});
