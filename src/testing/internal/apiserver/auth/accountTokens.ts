/**
 * Tokens of service accounts: JSON web tokens that are for an audience, end at a time, and count only while the account
 * is there, and the Pod, Secret or Node that they are bound to. The server knows those that it has issued, so nothing is
 * signed: where a real token has a signature these have random bytes.
 */
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import { goQuote } from "../../structural/fieldError.js"
import { type JsonObject, readJson, text } from "../json.js"
import { deletionTimestampOf, type Moment, newUid, uidOf } from "../objectMeta.js"
import type { Storage } from "../storage.js"
import { quoted } from "./rules.js"
import { accountGroups, type AccountName, accountUsername, credentialIdKey, type UserInfo } from "./users.js"

/** Who issues the tokens, and for whom they are where nobody says otherwise. */
export const issuer = "https://kubernetes.default.svc.cluster.local"

/** An object that a token names. */
export interface Reference {
  readonly name: string
  readonly uid: string
}

/** What a token may be bound to, as its claims name it. */
export type BoundKind = "pod" | "secret" | "node"

export interface Grant {
  readonly account: AccountName & Reference
  readonly audiences: ReadonlyArray<string>
  /** Seconds. */
  readonly lifetime: number
  readonly bound?: { readonly kind: BoundKind; readonly to: Reference } | undefined
  /** The Node of the Pod that it is bound to. */
  readonly node?: Reference | undefined
}

interface Issued extends Grant {
  readonly id: string
  /** Seconds since 1970. */
  readonly notBefore: number
  readonly expires: number
}

export type Checked =
  | { readonly user: UserInfo; readonly audiences: ReadonlyArray<string> }
  | { readonly error: string }

/** Seconds by which clocks may differ. */
const leeway = 60
/** So many tokens are remembered before those that have ended are looked for. */
const roomFor = 1000

const resources: { readonly [kind in BoundKind]: string } = { pod: "/pods", secret: "/secrets", node: "/nodes" }
const keyId = "test-cluster"
const encoded = (value: unknown): string => Encoding.encodeBase64Url(JSON.stringify(value))

const claimsOf = ({ account, audiences, bound, expires, id, node, notBefore }: Issued): JsonObject => ({
  aud: audiences,
  exp: expires,
  iat: notBefore,
  iss: issuer,
  jti: id,
  "kubernetes.io": {
    namespace: account.namespace,
    ...(node !== undefined && { node }),
    ...(bound !== undefined && { [bound.kind]: bound.to }),
    serviceaccount: { name: account.name, uid: account.uid }
  },
  nbf: notBefore,
  sub: accountUsername(account)
})

const userOf = ({ account, bound, id, node }: Issued): UserInfo => {
  const key = (name: string): string => `authentication.kubernetes.io/${name}`
  const on = bound?.kind === "node" ? bound.to : node
  return {
    username: accountUsername(account),
    uid: account.uid,
    groups: accountGroups(account.namespace),
    extra: {
      [credentialIdKey]: [`JTI=${id}`],
      ...(bound?.kind === "pod" && { [key("pod-name")]: [bound.to.name], [key("pod-uid")]: [bound.to.uid] }),
      ...(on !== undefined && { [key("node-name")]: [on.name], [key("node-uid")]: [on.uid] })
    }
  }
}

export class AccountTokens {
  readonly #issued = new Map<string, Issued>()

  constructor(readonly storage: Storage) {}

  issue(grant: Grant, moment: Moment): string {
    const now = Math.floor(moment.now / 1000)
    if (this.#issued.size >= roomFor) this.#forget(now)
    const issued: Issued = { ...grant, id: newUid(moment), notBefore: now, expires: now + grant.lifetime }
    const signature = Uint8Array.from({ length: 64 }, () => moment.random(256))
    const token = `${encoded({ alg: "ES256", kid: keyId })}.${encoded(claimsOf(issued))}.${
      Encoding.encodeBase64Url(signature)
    }`
    this.#issued.set(token, issued)
    return token
  }

  /** Whose a token is; undefined where it does not say that this server has issued it. `now` in milliseconds. */
  check(token: string, audiences: ReadonlyArray<string>, now: number): Checked | undefined {
    const issued = this.#issued.get(token)
    if (issued === undefined) return isForged(token) ? { error: wrongSignature } : undefined
    const shared = issued.audiences.filter((audience) => audiences.includes(audience))
    if (shared.length === 0) {
      return {
        error: `token audiences ${quoted(issued.audiences)} is invalid for the target audiences ${quoted(audiences)}`
      }
    }
    if (Math.floor(now / 1000) - leeway > issued.expires) return { error: "service account token has expired" }
    const error = this.#withdrawn(issued, now)
    return error === undefined ? { user: userOf(issued), audiences: shared } : { error }
  }

  /** Why a token no longer counts although its time has not come. */
  #withdrawn({ account, bound }: Issued, now: number): string | undefined {
    const { name, namespace } = account
    const found = this.storage.get("/serviceaccounts", namespace, name)
    if (found === undefined) return `serviceaccounts ${goQuote(name)} not found`
    if (uidOf(found.object) !== account.uid) {
      return `service account UID (${uidOf(found.object)}) does not match claim (${account.uid})`
    }
    if (isGone(found.object, now)) return `service account ${namespace}/${name} has been deleted`
    if (bound === undefined) return undefined
    const home = bound.kind === "node" ? "" : namespace
    const holder = this.storage.get(resources[bound.kind], home, bound.to.name)
    if (holder === undefined || isGone(holder.object, now)) return "service account token has been invalidated"
    const uid = uidOf(holder.object)
    return uid === bound.to.uid
      ? undefined
      : `${bound.kind} UID (${uid}) does not match service account ${bound.kind} ref claim (${bound.to.uid})`
  }

  #forget(now: number): void {
    for (const [token, { expires }] of this.#issued) if (expires + leeway < now) this.#issued.delete(token)
  }
}

const wrongSignature = "go-jose/go-jose: error in cryptographic primitive"

/** Whether a token that this server has not issued says that it has. */
const isForged = (token: string): boolean => {
  const parts = token.split(".").map((part) => Either.getOrUndefined(Encoding.decodeBase64Url(part)))
  const [header, claims, signature, ...more] = parts
  if (header === undefined || claims === undefined || signature === undefined || more.length > 0) return false
  const read = readJson(new TextDecoder().decode(claims))
  return read.error === undefined && text(read.value, "iss") === issuer
}

/** Whether something has been going for longer than clocks may differ. */
const isGone = (object: JsonObject, now: number): boolean => {
  const since = deletionTimestampOf(object)
  return since !== undefined && Date.parse(since) < now - leeway * 1000
}
