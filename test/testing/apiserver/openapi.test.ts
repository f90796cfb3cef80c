/** How OpenAPI documents are cached, which transcripts do not show. */
import { describe, expect, it } from "@effect/vitest"
import { type Answer, type Call } from "../../../src/testing/internal/apiserver/answers.js"
import { everybody } from "../../../src/testing/internal/apiserver/auth/users.js"
import { openapi } from "../../../src/testing/internal/apiserver/openapi.js"
import { Resources } from "../../../src/testing/internal/apiserver/served.js"

const call = (headers: Call["headers"] = {}, hash?: string): Call => ({
  method: "GET",
  query: new URLSearchParams(hash === undefined ? {} : { hash }),
  headers,
  body: new Uint8Array(),
  user: everybody,
  now: Date.parse("2030-01-02T03:04:05Z"),
  clock: () => 0
})

const path = "apis/policy/v1"
const etagOf = (answer: Answer): string => answer.headers["etag"] ?? ""

describe("an OpenAPI document", () => {
  const resources = new Resources()

  it("is named in the index by its hash, for good", () => {
    const index = JSON.parse(String(openapi(resources, "", call()).body))
    const { serverRelativeURL } = index.paths[path]
    const hash = new URL(serverRelativeURL, "http://localhost").searchParams.get("hash")!
    const answer = openapi(resources, path, call({}, hash))
    expect(answer.status).toBe(200)
    expect(etagOf(answer)).toBe(`"${hash}"`)
    expect(answer.headers).toMatchObject({
      "cache-control": "public, immutable",
      "expires": "Thu, 02 Jan 2031 03:04:05 GMT",
      "vary": "Accept"
    })
  })

  it("by another hash has moved", () => {
    const answer = openapi(resources, path, call({}, "OLD"))
    expect(answer.status).toBe(301)
    expect(answer.headers["location"]).toBe(`/openapi/v3/${path}?hash=${etagOf(answer).slice(1, -1)}`)
    expect(answer.body).toBe("")
  })

  it("is not sent again to who has it", () => {
    const first = openapi(resources, path, call())
    const again = openapi(resources, path, call({ "if-none-match": etagOf(first) }))
    expect([again.status, again.body]).toEqual([304, ""])
    expect(first.headers["cache-control"]).toBe("no-cache, private")
  })

  it("is made once", () => {
    expect(openapi(resources, path, call()).body).toBe(openapi(resources, path, call()).body)
  })

  it("refers to nothing that it does not have", () => {
    for (const { group, versions } of resources.groups()) {
      for (const version of versions) {
        const root = group === "" ? `api/${version}` : `apis/${group}/${version}`
        const text = String(openapi(resources, root, call()).body)
        const { components: { schemas } } = JSON.parse(text)
        const missing = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name!).filter(
          (name) => !Object.hasOwn(schemas, name)
        )
        expect([root, missing]).toEqual([root, []])
      }
    }
  })
})
