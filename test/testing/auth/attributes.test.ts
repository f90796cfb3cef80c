/** What a request line asks for, in the terms of roles. */
import { describe, expect, it } from "vitest"
import { attributesOf } from "../../../src/testing/internal/apiserver/auth/attributes.js"

const asked = (line: string): string => {
  const [method = "", url = ""] = line.split(" ")
  const [path = "", query = ""] = url.split("?")
  const found = attributesOf(method, path, new URLSearchParams(query))
  if (!found.isResource) return `${found.verb} ${found.path}`
  const { group, name, namespace, resource, subresource, verb } = found
  return [verb, `${resource}${subresource === "" ? "" : `/${subresource}`}.${group}`, `${namespace}:${name}`].join(" ")
}

const cases: ReadonlyArray<readonly [string, string]> = [
  ["GET /", "get /"],
  ["GET /api", "get /api"],
  ["GET /api/v1", "get /api/v1"],
  ["GET /apis/apps/v1", "get /apis/apps/v1"],
  ["POST /healthz/x", "post /healthz/x"],
  ["GET /api/v1/pods", "list pods. :"],
  ["HEAD /api/v1/nodes/a", "get nodes. :a"],
  ["GET /api/v1/namespaces", "list namespaces. :"],
  ["GET /api/v1/namespaces/a", "get namespaces. a:a"],
  ["PUT /api/v1/namespaces/a/finalize", "update namespaces/finalize. a:a"],
  ["GET /api/v1/namespaces/a/pods/b/log", "get pods/log. a:b"],
  ["GET /apis/apps/v1/namespaces/a/deployments/b/scale/c", "get deployments/scale.apps a:b"],
  ["PATCH /apis/apps/v1/namespaces/a/deployments/b", "patch deployments.apps a:b"],
  ["DELETE /api/v1/namespaces/a/pods", "deletecollection pods. a:"],
  ["DELETE /api/v1/namespaces/a/pods?fieldSelector=metadata.name%3Db", "deletecollection pods. a:"],
  ["GET /api/v1/pods?watch", "watch pods. :"],
  ["GET /api/v1/pods?watch=False", "list pods. :"],
  ["GET /api/v1/pods?watch=1&fieldSelector=metadata.name%3Db", "watch pods. :b"],
  ["GET /api/v1/pods?fieldSelector=spec.nodeName%3Dn,metadata.name%3D%3Db", "list pods. :b"],
  ["GET /api/v1/pods?fieldSelector=metadata.name%3D..", "list pods. :"],
  ["GET /api/v1/pods?fieldSelector=metadata.name%3Db,nonsense", "list pods. :"],
  ["GET /api/v1/pods?fieldSelector=metadata.name%3Db&timeoutSeconds=x", "list pods. :"],
  ["GET /api/v1/watch/namespaces/a/pods/b", "watch pods. a:b"],
  ["GET /api/v1/watch", "list watch. :"],
  ["CONNECT /api/v1/pods", " pods. :"],
  ["GET /api/v1/__proto__/constructor", "get __proto__. :constructor"]
]

describe("attributes of a request", () => {
  it.each(cases)("%s is %s", (line, expected) => {
    expect(asked(line)).toBe(expected)
  })
})
