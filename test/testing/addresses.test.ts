/** IP addresses and ranges: what is read, how it is written, what is in what. */
import { assert, describe, it } from "@effect/vitest"
import {
  contains,
  parseAddress,
  parseRange,
  printAddress
} from "../../src/testing/internal/apiserver/kinds/addresses.js"

const printed: ReadonlyArray<readonly [text: string, canonical: string]> = [
  ["10.0.0.1", "10.0.0.1"],
  ["010.000.0.01", "10.0.0.1"],
  ["::", "::"],
  ["::1", "::1"],
  ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["0:0:0:1::", "0:0:0:1::"],
  ["1::0:0:2:0", "1::2:0"],
  ["64:ff9b::1.2.3.4", "64:ff9b::102:304"],
  ["::ffff:1.2.3.4", "1.2.3.4"]
]

const noAddresses = [
  "",
  "1",
  "1.2.3",
  "1.2.3.4.5",
  "1.2.3.256",
  "a.b.c.d",
  ":",
  ":::",
  "1::2::3",
  "12345::",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:7::8:9",
  "fe80::1%eth0",
  " 1.2.3.4",
  "::1.2.3"
]

describe("addresses", () => {
  it.each(printed)("%s is %s", (text, canonical) => {
    assert.strictEqual(printAddress(parseAddress(text)!), canonical)
  })
  it.each(noAddresses)("%j is none", (text) => {
    assert.isUndefined(parseAddress(text))
  })
})

describe("ranges", () => {
  const cases: ReadonlyArray<readonly [range: string, address: string, isInside: boolean]> = [
    ["10.0.0.0/8", "10.255.0.1", true],
    ["10.0.0.0/8", "11.0.0.0", false],
    ["10.0.0.128/25", "10.0.0.127", false],
    ["0.0.0.0/0", "1.2.3.4", true],
    ["2001:db8::/33", "2001:db8:8000::", false],
    ["2001:db8::/32", "2001:db8:ffff::", true],
    ["0.0.0.0/0", "::1", false]
  ]
  it.each(cases)("%s, %s: %s", (range, address, isInside) => {
    assert.strictEqual(contains(parseRange(range)!, parseAddress(address)!), isInside)
  })
  it.each(["10.0.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "x/8"])("%j is none", (text) => {
    assert.isUndefined(parseRange(text))
  })
})
