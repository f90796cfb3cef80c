/** Forms of texts and numbers in the specs of workloads: each function answers what is wrong, in the server's words. */
import type { Complaints } from "./checks.js"

export const unless = (holds: boolean, complaint: string): Complaints => holds ? [] : [complaint]

const range = (from: number, to: number): string => `must be between ${from} and ${to}, inclusive`

export const within = (value: number, from: number, to: number): Complaints =>
  unless(value >= from && value <= to, range(from, to))

const maximumInt32 = 2 ** 31 - 1

/** Of a user or a group. */
export const unixId = (value: number): Complaints => within(value, 0, maximumInt32)

export const positiveInt32 = (value: number): Complaints => within(value, 1, maximumInt32)

export const int32FromZero = (value: number): Complaints => within(value, 0, maximumInt32)

export const percent = (text: string): Complaints =>
  unless(
    /^[0-9]+%$/.test(text),
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
  )

export const environmentName = (text: string): Complaints =>
  unless(
    /^[ -~]*$/.test(text) && !text.includes("="),
    "a valid environment variable name must consist only of printable ASCII characters other than '='"
  )

export const httpHeaderName = (text: string): Complaints =>
  unless(
    /^[-A-Za-z0-9]+$/.test(text),
    "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')"
  )

/** Of a ConfigMap or a Secret. */
export const dataKey = (text: string): Complaints => [
  ...unless(text.length <= 253, "must be no more than 253 characters"),
  ...unless(
    /^[-._a-zA-Z0-9]+$/.test(text),
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
  ),
  ...(text === "." || text === ".."
    ? [`must not be '${text}'`]
    : unless(!text.startsWith(".."), "must not start with '..'"))
]

export const noBacksteps = (path: string): Complaints =>
  unless(!path.split("/").includes(".."), "must not contain '..'")

export const relativePath = (path: string): Complaints => [
  ...unless(!path.startsWith("/"), "must be a relative path"),
  ...noBacksteps(path)
]

/** A relative path that begins with no name of the system's own. */
export const localPath = (path: string): Complaints => [
  ...relativePath(path),
  ...unless(!path.startsWith("..") || path.startsWith("../"), "must not start with '..'")
]
