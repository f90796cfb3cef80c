/** The subresource `serviceaccounts/token`: answers a TokenRequest with a token (S50). */
import * as Effect from "effect/Effect"
import type { Cause } from "../../structural.js"
import { invalid } from "../../structural/fieldError.js"
import { bodyOf, jsonAnswer } from "../answers.js"
import { decodeBody } from "../decoding.js"
import { child, items, type JsonObject, text, withMember } from "../json.js"
import { metadataOf, timestamp, uidOf } from "../objectMeta.js"
import { specOf } from "../objectParts.js"
import { writeOptions } from "../options.js"
import type { Server } from "../server.js"
import * as status from "../status.js"
import type { Entry } from "../storage.js"
import type { Handler } from "../subresources/subresource.js"
import { tokenRequestKind } from "../subresources/virtualKinds.js"
import { type BoundKind, issuer, type Reference } from "./accountTokens.js"

const group = "authentication.k8s.io"
const kind = "TokenRequest"
const defaultLifetime = 3600
const shortest = 600
const longest = 2 ** 32

const refuse = (name: string, causes: ReadonlyArray<Cause>): status.Refusal => status.invalid(group, kind, name, causes)

const mustMatch = (field: string, value: string, expected: string, name: string): void => {
  if (value === "" || value === expected) return
  const detail = `must match the service account ${field} if specified`
  throw refuse(name, [invalid(`metadata.${field}`, value, detail)])
}

const lifetimeOf = (spec: JsonObject): number => {
  const given = spec["expirationSeconds"]
  const seconds = typeof given === "number" ? given : defaultLifetime
  const complain = (what: string): status.Refusal => refuse("", [invalid("spec.expirationSeconds", seconds, what)])
  if (seconds < shortest) throw complain("may not specify a duration less than 10 minutes")
  if (seconds > longest) throw complain("may not specify a duration larger than 2^32 seconds")
  return seconds
}

const holders: { readonly [kind: string]: { readonly kind: BoundKind; readonly plural: string } } = {
  Pod: { kind: "pod", plural: "pods" },
  Secret: { kind: "secret", plural: "secrets" },
  Node: { kind: "node", plural: "nodes" }
}

const referenceTo = (entry: Entry): Reference => ({ name: entry.name, uid: uidOf(entry.object) })

/** What a token is to be bound to, which must be there. */
const boundOf = (server: Server, account: Entry, spec: JsonObject) => {
  const wanted = child(spec, "boundObjectRef")
  if (wanted === undefined) return {}
  const [apiVersion, name] = [text(wanted, "apiVersion") ?? "", text(wanted, "name") ?? ""]
  const wantedKind = text(wanted, "kind") ?? ""
  const holder = Object.hasOwn(holders, wantedKind) && !apiVersion.includes("/") ? holders[wantedKind] : undefined
  if (holder === undefined) {
    const groupVersion = apiVersion.includes("/") ? apiVersion : `/${apiVersion}`
    throw status.badRequest(`cannot bind token to object of type ${groupVersion}, Kind=${wantedKind}`)
  }
  const { storage } = server
  const found = storage.get(`/${holder.plural}`, holder.kind === "node" ? "" : account.namespace, name)
  if (found === undefined) throw status.notFound({ group: "", resource: holder.plural }, name)
  const podSpec = holder.kind === "pod" ? child(found.object, "spec") : undefined
  if (podSpec !== undefined && (text(podSpec, "serviceAccountName") ?? "") !== account.name) {
    throw status.badRequest(
      `cannot bind token for serviceaccount "${account.name}" to pod running with different serviceaccount name.`
    )
  }
  const uid = text(wanted, "uid") ?? ""
  if (uid !== "" && uid !== uidOf(found.object)) {
    throw status.conflict(
      "",
      wantedKind,
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record. ` +
        "The object might have been deleted and then recreated"
    )
  }
  const nodeName = text(podSpec, "nodeName") ?? ""
  const node = nodeName === "" ? undefined : storage.get("/nodes", "", nodeName)
  return {
    bound: { kind: holder.kind, to: referenceTo(found) },
    node: nodeName === "" ? undefined : node === undefined ? { name: nodeName, uid: "" } : referenceTo(node)
  }
}

export const issueToken: Handler = ({ call, name, namespace, served, server }) =>
  Effect.sync(() => {
    const options = writeOptions(call.query, "CreateOptions")
    const { object, warnings } = decodeBody(tokenRequestKind, bodyOf(call, served), options.fieldValidation)
    const given = metadataOf(object)
    const givenNamespace = text(given, "namespace") ?? ""
    if (givenNamespace !== "" && givenNamespace !== namespace) {
      throw status.badRequest("the namespace of the provided object does not match the namespace sent on the request")
    }
    mustMatch("name", text(given, "name") ?? "", name, name)
    const account = server.registry.find(served, namespace, name)
    const uid = uidOf(account.object)
    const givenUid = text(given, "uid") ?? ""
    if (givenUid !== "" && givenUid !== uid) {
      const why = `the UID in the token request (${givenUid}) does not match the UID of the service account (${uid})`
      throw status.conflict(group, kind, name, why)
    }
    const spec = specOf(object)
    const named = items(spec, "audiences").filter((each) => typeof each === "string")
    const audiences = named.length === 0 ? [issuer] : named
    const lifetime = lifetimeOf(spec)
    const moment = server.moment(call.now)
    const grant = { account: { namespace, name, uid }, audiences, lifetime, ...boundOf(server, account, spec) }
    const token = server.access.accountTokens.issue(grant, moment)
    const answered = {
      ...object,
      metadata: { ...given, name, namespace, uid, creationTimestamp: timestamp(call.now) },
      spec: {
        ...withMember(spec, "boundObjectRef", spec["boundObjectRef"] ?? null),
        audiences,
        expirationSeconds: lifetime
      },
      status: { token, expirationTimestamp: timestamp(call.now + lifetime * 1000) }
    }
    return jsonAnswer(201, answered, warnings)
  })
