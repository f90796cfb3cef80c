import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as fc from "effect/FastCheck"
import { explore, inWords, transitionOf } from "../../../scripts/transitions.js"
import * as KubeError from "../../../src/protocol/KubeError.js"
import * as ResourceVersion from "../../../src/protocol/ResourceVersion.js"
import {
  initial,
  type Input,
  inputTags,
  type Output,
  type Request,
  type Semantics,
  type State,
  step
} from "../../../src/runtime/internal/watcherState.js"
import {
  type Failure,
  type InitReason,
  listing,
  type Situation,
  situationOf,
  watching,
  watchListing
} from "../../../src/runtime/internal/watcherTable.js"
import { type Scenario, table } from "./watcherTransitions.js"

const request: KubeError.RequestInfo = {
  verb: "watch",
  group: "",
  version: "v1",
  resource: "configmaps",
  kind: "ConfigMap",
  namespace: undefined,
  name: undefined,
  subresource: undefined
}

const refusal = (
  code: number,
  reason: string,
  message?: string,
  causes?: ReadonlyArray<{ readonly reason: string }>
): KubeError.Refusal => ({
  request,
  sent: true,
  status: { kind: "Status", apiVersion: "v1", code, reason, message, details: { causes } }
})

const status = (code: number, reason: string, retryAfter?: Duration.DurationInput): KubeError.StatusError =>
  new KubeError.StatusError({
    ...refusal(code, reason),
    retryAfter: retryAfter === undefined ? undefined : Duration.decode(retryAfter)
  })

const transport = (reason: KubeError.TransportReason): KubeError.TransportError =>
  new KubeError.TransportError({ request, reason, description: "it broke" })

/** One error of each situation that an error stands for. */
const errors = {
  cut: transport("Reset"),
  expired: new KubeError.Expired(refusal(410, "Expired")),
  tooLarge: new KubeError.StatusError({
    ...refusal(504, "Timeout", "", [{ reason: "ResourceVersionTooLarge" }]),
    retryAfter: Duration.seconds(1)
  }),
  throttled: new KubeError.Throttled({ ...refusal(429, "TooManyRequests"), retryAfter: Duration.seconds(7) }),
  serverError: status(500, "InternalError"),
  unauthorized: new KubeError.Unauthorized(refusal(401, "Unauthorized")),
  denied: new KubeError.Forbidden(refusal(403, "Forbidden")),
  otherStatus: status(400, "BadRequest"),
  notKubernetes: transport("Protocol")
} satisfies { readonly [S in Situation]?: Failure }

const failed = (error: Failure): Input => ({ _tag: "Failed", error })

/** Runs inputs from a state on, and answers the last output. */
const run = (state: State, ...inputs: ReadonlyArray<Input>): Output =>
  inputs.reduce((output: Output, input) => step(output.state, input), { state, events: [], next: { _tag: "Stay" } })

const list = (resourceVersion: string): ReadonlyArray<Input> => [
  { _tag: "Start" },
  { _tag: "PageMeta", resourceVersion },
  { _tag: "Items" },
  { _tag: "PageEnd", resourceVersion, continue: undefined }
]
const opened: Input = { _tag: "WatchOpened" }
const event = (resourceVersion: string): Input => ({ _tag: "Advanced", resourceVersion, event: true, bookmark: false })
const bookmark = (resourceVersion: string): Input => ({
  _tag: "Advanced",
  resourceVersion,
  event: false,
  bookmark: true
})
const closed: Input = { _tag: "Closed", short: false }
const closedAtOnce: Input = { _tag: "Closed", short: true }

const start = initial("consistent", false)
/** A watch that is open, after a list at version 100. */
const watchingState = run(start, ...list("100"), opened).state
/** The same after an event at version 200. */
const advancedState = run(watchingState, event("200")).state
/** A first list that is being read. */
const listingState = run(start, { _tag: "Start" }).state

const watchAt = (resourceVersion: string): Request => ({ _tag: "Watch", resourceVersion })
const listAnew: Request = { _tag: "List", resourceVersion: undefined, continue: undefined, whole: false }

const next = (output: Output): readonly [Request, "now" | "backoff"] => {
  if (output.next._tag !== "Go") return assert.fail(`expected a request, found ${output.next._tag}`)
  return [output.next.request, output.next.when._tag]
}

const before = ({ given, semantics, watchList }: Scenario): State => run(initial(semantics, watchList), ...given).state

const lineOf = (scenario: Scenario): string => {
  const state = before(scenario)
  return inWords(transitionOf(state, scenario.input, step(state, scenario.input)))
}

describe("a transition", () => {
  for (const scenario of table) {
    it(`${scenario.title}`, () => {
      const state = before(scenario)
      const output = step(state, scenario.input)
      assert.strictEqual(lineOf(scenario), scenario.line)
      if (scenario.request !== undefined) assert.deepStrictEqual(next(output)[0], scenario.request)
      if (scenario.unchanged === true) assert.deepStrictEqual(output.state, state)
    })
  }
})

describe("the transitions", () => {
  it("are each in the table of tests above, and it has no others", () => {
    const tested = new Set(table.map(lineOf))
    const there = new Set(explore().map(inWords))
    assert.deepStrictEqual([...there].filter((line) => !tested.has(line)), [], "without a test")
    assert.deepStrictEqual([...tested].filter((line) => !there.has(line)), [], "tested, and never found")
  })

  it("reach every row of the failure tables", () => {
    const transitions = explore()
    const reached = (phases: ReadonlyArray<State["phase"]>) =>
      new Set(transitions.filter(({ phase }) => phases.includes(phase)).map(({ situation }) => situation))
    const rows = (table: object) => Object.keys(table).sort()
    const found = (...phases: ReadonlyArray<State["phase"]>) =>
      [...reached(phases)].filter((situation) => situation !== undefined).sort()
    assert.deepStrictEqual(found("opening", "watching", "confirming"), rows(watching))
    assert.deepStrictEqual(found("listing"), rows(listing))
    assert.deepStrictEqual(found("watchListing"), rows(watchListing))
  })
})

describe("the first list", () => {
  it("is consistent: no resourceVersion (W9)", () => {
    assert.deepStrictEqual(next(run(start, { _tag: "Start" })), [listAnew, "now"])
  })

  it("asks for any version where the caller allows it (W9)", () => {
    assert.deepStrictEqual(next(run(initial("any", false), { _tag: "Start" })), [
      { ...listAnew, resourceVersion: "0" },
      "now"
    ])
  })

  it("goes over into a watch from its version (W9, W39)", () => {
    const meta = run(start, { _tag: "Start" }, { _tag: "PageMeta", resourceVersion: "100" })
    assert.deepStrictEqual(meta.events, [{ _tag: "Init", reason: "Start" }])
    const end = run(meta.state, { _tag: "Items" }, { _tag: "PageEnd", resourceVersion: "100", continue: undefined })
    assert.deepStrictEqual(end.events, [{ _tag: "InitDone", resourceVersion: "100" }])
    assert.deepStrictEqual(next(end), [watchAt("100"), "now"])
  })

  it("begins also where the items come before the version (W39)", () => {
    const items = run(start, { _tag: "Start" }, { _tag: "Items" })
    assert.deepStrictEqual(items.events, [{ _tag: "Init", reason: "Start" }])
    assert.deepStrictEqual(run(items.state, { _tag: "PageEnd", resourceVersion: "5", continue: "" }).events, [
      { _tag: "InitDone", resourceVersion: "5" }
    ])
  })

  it("asks for later pages by token alone, and keeps the version of the first (W11)", () => {
    const first = run(initial("any", false), { _tag: "Start" }, { _tag: "PageMeta", resourceVersion: "100" }, {
      _tag: "PageEnd",
      resourceVersion: "100",
      continue: "more"
    })
    assert.deepStrictEqual(next(first), [
      { _tag: "List", resourceVersion: undefined, continue: "more", whole: false },
      "now"
    ])
    const last = run(first.state, { _tag: "PageMeta", resourceVersion: "103" }, {
      _tag: "PageEnd",
      resourceVersion: "103",
      continue: ""
    })
    assert.deepStrictEqual(last.events, [{ _tag: "InitDone", resourceVersion: "100" }])
    assert.deepStrictEqual(next(last), [watchAt("100"), "now"])
  })

  it("is made whole when a later page has expired, once at once and then with backoff (W12)", () => {
    const page2 = run(start, { _tag: "Start" }, { _tag: "PageEnd", resourceVersion: "100", continue: "more" })
    const late = run(page2.state, failed(errors.expired))
    assert.deepStrictEqual(next(late), [{ ...listAnew, whole: true }, "now"])
    const again = run(late.state, { _tag: "PageEnd", resourceVersion: "100", continue: "more" }, failed(errors.expired))
    assert.deepStrictEqual(next(again), [{ ...listAnew, whole: true }, "backoff"])
  })

  it("drops a version that is too large or expired, and waits where there is none to drop (W13)", () => {
    for (const error of [errors.tooLarge, errors.expired]) {
      assert.deepStrictEqual(next(run(initial("any", false), { _tag: "Start" }, failed(error))), [listAnew, "now"])
      assert.deepStrictEqual(next(run(start, { _tag: "Start" }, failed(error))), [listAnew, "backoff"])
    }
  })

  it("begins anew after any failure, and says Init again (W37)", () => {
    const begun = run(listingState, { _tag: "PageMeta", resourceVersion: "100" }, { _tag: "Items" })
    for (const error of Object.values(errors)) {
      const output = run(begun.state, failed(error))
      assert.strictEqual(next(output)[0]._tag, "List")
      assert.deepStrictEqual(run(output.state, { _tag: "PageMeta", resourceVersion: "101" }).events, [{
        _tag: "Init",
        reason: "Start"
      }])
    }
    assert.deepStrictEqual(next(run(begun.state, closed)), [listAnew, "backoff"])
  })
})

describe("a watch that ends", () => {
  it("cleanly goes on at once (W20)", () => {
    assert.deepStrictEqual(next(run(advancedState, closed)), [watchAt("200"), "now"])
    assert.deepStrictEqual(run(advancedState, closed).events, [])
  })

  it("in the middle goes on at once if it brought something (W21)", () => {
    assert.deepStrictEqual(next(run(advancedState, failed(errors.cut))), [watchAt("200"), "now"])
    assert.deepStrictEqual(next(run(watchingState, bookmark("150"), failed(errors.cut))), [watchAt("150"), "now"])
  })

  it("in the middle waits if it brought nothing, or a bookmark of what was known (W21)", () => {
    assert.deepStrictEqual(next(run(watchingState, failed(errors.cut))), [watchAt("100"), "backoff"])
    assert.deepStrictEqual(next(run(watchingState, bookmark("100"), failed(errors.cut))), [watchAt("100"), "backoff"])
    const reopened = run(advancedState, failed(errors.cut), opened)
    assert.deepStrictEqual(next(run(reopened.state, failed(errors.cut))), [watchAt("200"), "backoff"])
  })

  it("at once and without an event counts as a failure, and the third in a row lists (W22)", () => {
    let output = run(watchingState, closedAtOnce)
    assert.deepStrictEqual(next(output), [watchAt("100"), "backoff"])
    assert.strictEqual(output.events[0]?._tag, "Trouble")
    output = run(output.state, opened, { _tag: "Confirmed", resourceVersion: "100" }, closedAtOnce)
    assert.deepStrictEqual(next(output), [watchAt("100"), "backoff"])
    output = run(output.state, opened, { _tag: "Confirmed", resourceVersion: "100" }, closedAtOnce)
    assert.deepStrictEqual(next(output), [listAnew, "backoff"])
    assert.deepStrictEqual(run(output.state, { _tag: "PageMeta", resourceVersion: "101" }).events, [{
      _tag: "Init",
      reason: "Failures"
    }])
  })

  it("at once but with an event is a clean end (W22)", () => {
    assert.deepStrictEqual(next(run(advancedState, closedAtOnce)), [watchAt("200"), "now"])
  })
})

describe("a watch that fails", () => {
  it("with 410 lists without a version, for one reason, in an event and as a status (W23, W24)", () => {
    const asEvent = run(advancedState, failed(errors.expired))
    assert.deepStrictEqual(next(asEvent), [listAnew, "now"])
    const asStatus = run(advancedState, closed, failed(new KubeError.Expired(refusal(410, "Gone"))))
    assert.deepStrictEqual(next(asStatus), [listAnew, "now"])
    assert.deepStrictEqual(run(asStatus.state, { _tag: "PageMeta", resourceVersion: "300" }).events, [{
      _tag: "Init",
      reason: "Expired"
    }])
  })

  it("with 410 right after a list waits: such a server would be asked in a hot loop (W23)", () => {
    assert.deepStrictEqual(next(run(watchingState, failed(errors.expired))), [listAnew, "backoff"])
  })

  it("with any semantics lists consistently after 410 (W23)", () => {
    const output = run(initial("any", false), ...list("100"), opened, event("200"), failed(errors.expired))
    assert.deepStrictEqual(next(output), [listAnew, "now"])
  })

  it("with 429 waits as long as the server asks, and watches on without a list (W25)", () => {
    const output = run(advancedState, failed(errors.throttled))
    assert.deepStrictEqual(output.next, {
      _tag: "Go",
      request: watchAt("200"),
      when: { _tag: "backoff", atLeast: Duration.seconds(7) }
    })
  })

  it("with 5xx waits and watches on; the third in a row lists (W26)", () => {
    const first = run(advancedState, failed(errors.serverError))
    assert.deepStrictEqual(next(first), [watchAt("200"), "backoff"])
    const second = run(first.state, failed(status(503, "ServiceUnavailable")))
    assert.deepStrictEqual(next(second), [watchAt("200"), "backoff"])
    assert.deepStrictEqual(next(run(second.state, failed(errors.serverError))), [listAnew, "backoff"])
  })

  it("is not tired of failures with progress in between (W22, W26, W32)", () => {
    const twice = run(advancedState, failed(errors.serverError), failed(errors.serverError))
    const moved = run(
      twice.state,
      opened,
      { _tag: "Confirmed", resourceVersion: "200" },
      event("300"),
      failed(errors.serverError)
    )
    assert.deepStrictEqual(next(moved), [watchAt("300"), "backoff"])
  })

  it("to connect waits and watches on (W27)", () => {
    for (const reason of ["Connect", "Tls", "Reset", "Timeout", "Other"] as const) {
      const output = run(advancedState, closed, failed(transport(reason)))
      assert.deepStrictEqual(next(output), [watchAt("200"), "backoff"])
    }
  })

  it("with 401 waits and watches on (W28)", () => {
    assert.deepStrictEqual(next(run(advancedState, failed(errors.unauthorized))), [watchAt("200"), "backoff"])
  })

  it("with 403 or 404 lists again, for ever (W29)", () => {
    for (const error of [errors.denied, status(404, "NotFound")]) {
      let output = run(advancedState, failed(error))
      for (let i = 0; i < 50; i++) {
        assert.deepStrictEqual(next(output), [listAnew, "backoff"])
        assert.deepStrictEqual(output.events, [{ _tag: "Trouble", error, text: "" }])
        output = run(output.state, failed(error))
      }
    }
  })

  it("by silence watches on (W2, W30)", () => {
    assert.deepStrictEqual(next(run(advancedState, { _tag: "Silent", error: transport("Timeout") })), [
      watchAt("200"),
      "now"
    ])
    assert.deepStrictEqual(next(run(watchingState, { _tag: "Silent", error: transport("Timeout") })), [
      watchAt("100"),
      "backoff"
    ])
  })

  it("by a frame that is not JSON waits and watches on; the third in a row lists (W32)", () => {
    const bad: Input = { _tag: "BadFrame", error: errors.notKubernetes }
    const first = run(advancedState, bad)
    assert.deepStrictEqual(next(first), [watchAt("200"), "backoff"])
    assert.deepStrictEqual(next(run(first.state, bad, bad)), [listAnew, "backoff"])
  })

  it("with any other Status, or with what is not Kubernetes, waits and lists (W33, W34)", () => {
    assert.deepStrictEqual(next(run(advancedState, failed(errors.otherStatus))), [listAnew, "backoff"])
    assert.deepStrictEqual(next(run(advancedState, failed(errors.notKubernetes))), [listAnew, "backoff"])
  })
})

describe("a version that goes backwards", () => {
  it("in a list of any semantics keeps what is known and lists consistently (W35)", () => {
    const relist = run(initial("any", false), ...list("100"), opened, failed(errors.denied))
    assert.deepStrictEqual(next(relist), [{ ...listAnew, resourceVersion: "0" }, "backoff"])
    const older = run(relist.state, { _tag: "PageMeta", resourceVersion: "90" })
    assert.deepStrictEqual(older.events.map((event) => event._tag), ["Trouble"])
    assert.deepStrictEqual(next(older), [listAnew, "backoff"])
  })

  it("in a consistent list is the truth: history was reset (W36)", () => {
    const relist = run(advancedState, failed(errors.expired))
    const older = run(relist.state, { _tag: "PageMeta", resourceVersion: "90" })
    assert.deepStrictEqual(older.events, [{ _tag: "Init", reason: "HistoryReset" }])
    const done = run(older.state, { _tag: "PageEnd", resourceVersion: "90", continue: undefined })
    assert.deepStrictEqual(done.events, [{ _tag: "InitDone", resourceVersion: "90" }])
    assert.deepStrictEqual(next(done), [watchAt("90"), "now"])
  })

  it("found after the items of a consistent list is listed once more, under the right reason (W36)", () => {
    const relist = run(advancedState, failed(errors.expired), { _tag: "Items" }, {
      _tag: "PageEnd",
      resourceVersion: "90",
      continue: undefined
    })
    assert.deepStrictEqual(next(relist), [listAnew, "now"])
    const once = run(relist.state, { _tag: "Items" })
    assert.deepStrictEqual(once.events, [{ _tag: "Init", reason: "HistoryReset" }])
    assert.deepStrictEqual(next(run(once.state, { _tag: "PageEnd", resourceVersion: "90", continue: undefined })), [
      watchAt("90"),
      "now"
    ])
  })

  it("is looked for after each reconnect from a failure, before anything is read (W36)", () => {
    const reopened = run(advancedState, failed(errors.cut), opened)
    assert.deepStrictEqual(reopened.next, { _tag: "Confirm" })
    const same = run(reopened.state, { _tag: "Confirmed", resourceVersion: "205" })
    assert.deepStrictEqual(same.next, { _tag: "Stay" })
    const reset = run(reopened.state, { _tag: "Confirmed", resourceVersion: "150" })
    assert.deepStrictEqual(next(reset), [listAnew, "now"])
    assert.deepStrictEqual(run(reset.state, { _tag: "PageMeta", resourceVersion: "151" }).events, [{
      _tag: "Init",
      reason: "HistoryReset"
    }])
  })

  it("is looked for after a watch that brought neither event nor bookmark, and not after another (W36)", () => {
    assert.deepStrictEqual(run(watchingState, closed, opened).next, { _tag: "Confirm" })
    assert.deepStrictEqual(run(watchingState, bookmark("100"), closed, opened).next, { _tag: "Stay" })
    assert.deepStrictEqual(run(advancedState, closed, opened).next, { _tag: "Stay" })
  })

  it("in an event or a bookmark is looked into, once a connection (W36)", () => {
    const older = run(advancedState, bookmark("90"))
    assert.deepStrictEqual(older.next, { _tag: "Confirm" })
    const trusted = run(older.state, { _tag: "Confirmed", resourceVersion: "201" })
    assert.deepStrictEqual(run(trusted.state, bookmark("91")).next, { _tag: "Stay" })
    assert.strictEqual(trusted.state.known, "200")
  })

  it("cannot be told where versions are not numbers (W36)", () => {
    const state = run(start, ...list("abc"), opened).state
    assert.deepStrictEqual(next(run(state, event("abb"), closed)), [watchAt("abb"), "now"])
  })
})

describe("the tables", () => {
  it("know every error (W20-W36)", () => {
    for (const [situation, error] of Object.entries(errors)) assert.strictEqual(situationOf(error, true), situation)
    assert.strictEqual(situationOf(transport("Connect"), false), "unreachable")
    assert.strictEqual(situationOf(status(410, "Whatever"), true), "expired")
    assert.strictEqual(
      situationOf(
        new KubeError.StatusError({
          ...refusal(504, "Timeout", "Too large resource version: 9, current: 3"),
          retryAfter: undefined
        }),
        true
      ),
      "tooLarge"
    )
    assert.strictEqual(situationOf(status(504, "Timeout"), true), "serverError")
    assert.strictEqual(situationOf(status(429, "Whatever"), true), "throttled")
    const decode = new KubeError.DecodeError({ request, object: { namespace: undefined, name: undefined }, issues: [] })
    assert.strictEqual(situationOf(decode, true), "notKubernetes")
  })

  it("answer each failure of a list with a list (W37)", () => {
    for (const row of Object.values(listing)) assert.notStrictEqual(row.next, "watch")
  })

  it("ask at once only where the table says so (W20-W37)", () => {
    const atOnce = Object.entries(watching).filter(([, row]) => row.atOnce !== "never").map(([situation]) => situation)
    assert.deepStrictEqual(atOnce.sort(), ["closed", "cut", "expired", "historyReset", "silent", "tooLarge"])
  })
})

describe("the machine", () => {
  const version = fc.oneof(
    fc.integer({ min: 1, max: 300 }).map(String),
    fc.constantFrom("", "0", "abc", "99999999999999999999")
  )
  const failure = fc.constantFrom<Failure>(...Object.values(errors))
  const inputs: { readonly [T in Input["_tag"]]: fc.Arbitrary<Input> } = {
    Start: fc.constant({ _tag: "Start" }),
    PageMeta: version.map((resourceVersion) => ({ _tag: "PageMeta", resourceVersion })),
    Items: fc.constant({ _tag: "Items" }),
    InitialEventsEnd: version.map((resourceVersion) => ({ _tag: "InitialEventsEnd", resourceVersion })),
    Late: fc.constant({ _tag: "Late" }),
    PageEnd: fc.tuple(version, fc.constantFrom(undefined, "", "more")).map(([resourceVersion, token]) => ({
      _tag: "PageEnd",
      resourceVersion,
      continue: token
    })),
    WatchOpened: fc.constant({ _tag: "WatchOpened" }),
    Advanced: fc.tuple(version, fc.boolean(), fc.boolean()).map(([resourceVersion, event, bookmark]) => ({
      _tag: "Advanced",
      resourceVersion,
      event,
      bookmark
    })),
    Confirmed: version.map((resourceVersion) => ({ _tag: "Confirmed", resourceVersion })),
    Closed: fc.boolean().map((short) => ({ _tag: "Closed", short })),
    Failed: failure.map((error) => ({ _tag: "Failed", error })),
    Silent: failure.map((error) => ({ _tag: "Silent", error })),
    BadFrame: failure.map((error) => ({ _tag: "BadFrame", error }))
  }
  const input = fc.oneof(...inputTags.map((tag) => inputs[tag]))
  const semantics = fc.constantFrom<Semantics>("consistent", "any")
  const isOlder = (version: string | undefined, than: string | undefined): boolean =>
    version !== undefined && than !== undefined && ResourceVersion.isValid(version) && ResourceVersion.isValid(than) &&
    ResourceVersion.Order(version, than) < 0

  it("takes any input in any state, and says only what makes sense (W36, W39)", () => {
    fc.assert(
      fc.property(semantics, fc.boolean(), fc.array(input, { maxLength: 60 }), (semantics, watchList, inputs) => {
        let state = initial(semantics, watchList)
        let list: InitReason | undefined
        for (const input of [{ _tag: "Start" } as const, ...inputs]) {
          const before = state
          const output = step(state, input)
          state = output.state
          let reset = false
          for (const event of output.events) {
            if (event._tag === "Init") list = event.reason
            if (event._tag === "InitDone") {
              assert.isDefined(list, "InitDone without Init")
              assert.strictEqual(event.resourceVersion, state.known)
              reset = list === "HistoryReset"
              list = undefined
            }
          }
          if (!reset) assert.isFalse(isOlder(state.known, before.known), "the version goes backwards")
          if (!before.watchList) assert.isFalse(state.watchList, "what was refused is not asked for again")
          if (output.next._tag !== "Go") continue
          const { request, when } = output.next
          if (request._tag === "WatchList") assert.isTrue(state.watchList)
          // Only a complete list leads to a watch for the first time, and a watch goes on where the consumer is.
          if (request._tag === "Watch") assert.strictEqual(request.resourceVersion, state.known)
          if (input._tag === "Failed" && when._tag === "now" && request._tag === "Watch") assert.isTrue(before.moved)
        }
      }),
      { seed: 3, numRuns: 5000 }
    )
  })

  it("asks in no hot loop: without progress, no failure is answered at once more than twice in a row (W21, W23)", () => {
    fc.assert(
      fc.property(
        semantics,
        fc.boolean(),
        fc.array(fc.tuple(failure, fc.boolean()), { maxLength: 40 }),
        (semantics, watchList, failures) => {
          let state = run(
            initial(semantics, watchList),
            ...list("100"),
            { _tag: "InitialEventsEnd", resourceVersion: "100" },
            opened
          ).state
          let atOnce = 0
          for (const [error, open] of failures) {
            if (open) state = run(state, opened, { _tag: "Confirmed", resourceVersion: "100" }).state
            const output = step(state, failed(error))
            state = output.state
            atOnce = output.next._tag === "Go" && output.next.when._tag === "now" ? atOnce + 1 : 0
            assert.isAtMost(atOnce, 2)
          }
        }
      ),
      { seed: 4, numRuns: 2000 }
    )
  })
})
