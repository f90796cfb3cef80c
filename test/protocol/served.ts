/** The metadata of an object that a server keeps. */
export const metadata = {
  name: "a",
  namespace: "default",
  uid: "u-1",
  resourceVersion: "7",
  creationTimestamp: "2026-01-01T00:00:00Z"
}
