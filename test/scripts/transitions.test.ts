import { assert, describe, it } from "@effect/vitest"
import { readPage, withTables } from "../../scripts/transitions.js"

describe("the transition table in the documentation", () => {
  it("is what the state machine does: after a change, run  npm run transitions", () => {
    const { is, shouldBe } = readPage()
    assert.strictEqual(is, shouldBe)
  })

  it("takes the place of the one before, and leaves the page above it alone", () => {
    const page = "# A page\n\n<!-- From here on written by `npm run transitions`. -->\n\nold\n"
    assert.strictEqual(withTables(page, "new"), page.replace("old", "new"))
    assert.throws(() => withTables("# A page\n", "new"), /is missing/)
  })
})
