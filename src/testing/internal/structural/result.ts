/** What a validator found in a value, and how far it got. */
import { type Cause, invalid, noField } from "./fieldError.js"

interface Finding {
  readonly path: string
  readonly toCause: (field: string) => Cause
}

export class Result {
  /** By text: a server reports equal texts once. Most values are valid, so there is no map before the first finding. */
  private findings: Map<string, Finding> | undefined
  private counted = 0

  get isValid(): boolean {
    return this.findings === undefined
  }

  /** How many checks were passed, the inner ones included. */
  get passed(): number {
    return this.counted
  }

  count(): this {
    this.counted++
    return this
  }

  add(text: string, path: string, toCause: (field: string, text: string) => Cause): this {
    this.findings ??= new Map()
    if (!this.findings.has(text)) this.findings.set(text, { path, toCause: (field) => toCause(field, text) })
    return this
  }

  /** A finding of a junctor or a range, which the server reports without a field. */
  addGeneral(text: string): this {
    return this.add(text, "", (field, detail) => invalid(field, "", detail))
  }

  merge(other: Result): this {
    this.counted += other.counted
    if (other.findings === undefined) return this
    this.findings ??= new Map()
    for (const [text, finding] of other.findings) {
      if (!this.findings.has(text)) this.findings.set(text, finding)
    }
    return this
  }

  /** The same progress without the findings. */
  forgiven(): Result {
    const result = new Result()
    result.counted = this.counted
    return result
  }

  causes(at: string | undefined): ReadonlyArray<Cause> {
    return [...(this.findings?.values() ?? [])].map(({ path, toCause }) => {
      const below = path.replace(/^\./, "")
      return toCause(below === "" ? at ?? noField : at === undefined ? below : `${at}.${below}`)
    })
  }
}
