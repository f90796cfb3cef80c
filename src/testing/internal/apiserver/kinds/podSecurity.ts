/** What is wrong with the security context of a Pod or a container. */
import { duplicate, invalid, invalidJson, notSupported, required } from "../../structural/fieldError.js"
import { internalJson } from "../internalForm.js"
import { child, items, type JsonObject } from "../json.js"
import { member, number, objects, textOf } from "../members.js"
import { type Causes, complain, each, optionalOneOf } from "./checks.js"
import { relativePath, unixId } from "./textRules.js"

const ids = (context: JsonObject, at: string, ...fields: ReadonlyArray<string>): Causes =>
  fields.flatMap((field) => {
    const id = number(context, field)
    return id === undefined ? [] : complain(`${at}.${field}`, id, unixId(id))
  })

const profileTypes = ["Localhost", "RuntimeDefault", "Unconfined"]

const seccompProfile = (context: JsonObject, at: string): Causes => {
  const profile = child(context, "seccompProfile")
  if (profile === undefined) return []
  const type = textOf(profile, "type")
  const local = member(profile, "localhostProfile")
  const path = `${at}.seccompProfile`
  return [
    ...(type === ""
      ? [required(`${path}.type`, "type is required when seccompProfile is set")]
      : profileTypes.includes(type)
      ? []
      : [notSupported(`${path}.type`, type, profileTypes)]),
    ...(type !== "Localhost"
      ? local === undefined ? [] : [
        invalidJson(
          `${path}.localhostProfile`,
          internalJson("core.SeccompProfile", profile),
          "can only be set when seccomp type is Localhost"
        )
      ]
      : local === undefined
      ? [required(`${path}.localhostProfile`, "must be set when seccomp type is Localhost")]
      : complain(`${path}.localhostProfile`, local, relativePath(String(local))))
  ]
}

export const validateSecurityContext = (container: JsonObject, hostUsers: boolean, at: string): Causes => {
  const context = child(container, "securityContext")
  if (context === undefined) return []
  const shown = (): string => internalJson("core.SecurityContext", context)
  const cannot = (what: string): Causes[number] =>
    invalidJson(at, shown(), `cannot set \`allowPrivilegeEscalation\` to false and ${what}`)
  const mount = member(context, "procMount")
  const isHeld = context["allowPrivilegeEscalation"] === false
  return [
    ...ids(context, at, "runAsUser", "runAsGroup"),
    ...optionalOneOf(mount, `${at}.procMount`, ["Default", "Unmasked"]),
    ...(hostUsers && mount === "Unmasked"
      ? [invalid(`${at}.procMount`, mount, "`hostUsers` must be false to use `Unmasked`")]
      : []),
    ...seccompProfile(context, at),
    ...(isHeld && context["privileged"] === true ? [cannot("`privileged` to true")] : []),
    ...(isHeld
      ? items(child(context, "capabilities"), "add").filter((name) => name === "CAP_SYS_ADMIN")
        .map(() => cannot("`capabilities.Add` CAP_SYS_ADMIN"))
      : [])
  ]
}

const sysctlName = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/

const sysctls = (context: JsonObject, at: string): Causes => {
  const seen = new Set<string>()
  return each(objects(context, "sysctls"), at, (sysctl, path) => {
    const name = textOf(sysctl, "name")
    if (name === "") return [required(`${path}.name`)]
    const isTwice = seen.has(name)
    seen.add(name)
    if (name.length > 253 || !sysctlName.test(name)) {
      return [invalid(
        `${path}.name`,
        name,
        "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$"
      )]
    }
    return isTwice ? [duplicate(`${path}.name`, name)] : []
  })
}

export const validatePodSecurityContext = (spec: JsonObject, at: string): Causes => {
  const context = child(spec, "securityContext")
  if (context === undefined) return []
  return [
    ...ids(context, at, "fsGroup", "runAsUser", "runAsGroup"),
    ...items(context, "supplementalGroups").flatMap((group, index) =>
      complain(`${at}.supplementalGroups[${index}]`, group, unixId(Number(group)))
    ),
    ...sysctls(context, `${at}.sysctls`),
    ...optionalOneOf(member(context, "fsGroupChangePolicy"), `${at}.fsGroupChangePolicy`, ["Always", "OnRootMismatch"]),
    ...seccompProfile(context, at),
    ...optionalOneOf(member(context, "supplementalGroupsPolicy"), `${at}.supplementalGroupsPolicy`, ["Merge", "Strict"])
  ]
}
