/** What is wrong with the containers of a Pod: those that run together, those that run before, and ephemeral ones. */
import {
  duplicate,
  forbidden,
  invalid,
  notFound,
  notSupported,
  required,
  tooMany
} from "../../structural/fieldError.js"
import { dnsLabel } from "../../structural/names.js"
import { child, items, type JsonObject } from "../json.js"
import { member, number, objects, textOf } from "../members.js"
import { type Causes, complain, each, oneOf } from "./checks.js"
import { validateEnv, validateEnvFrom } from "./podEnvironment.js"
import { probes, validateLifecycle, validateProbes } from "./podHandlers.js"
import { validateContainerResources } from "./podResources.js"
import { validateSecurityContext } from "./podSecurity.js"
import type { Volumes } from "./podVolumes.js"
import { portName, portNumber, protocols } from "./ports.js"
import { noBacksteps, relativePath } from "./textRules.js"

/** What containers are checked against. */
export interface PodContext {
  readonly spec: JsonObject
  readonly volumes: Volumes
  /** Names of the Pod's claims of devices. */
  readonly claims: ReadonlyArray<string>
}

const ports = (container: JsonObject, at: string): Causes => {
  const names = new Set<string>()
  return each(objects(container, "ports"), at, (port, path) => {
    const name = textOf(port, "name")
    const complaints = name === "" ? [] : portName(name)
    const isTwice = complaints.length === 0 && names.has(name)
    if (name !== "" && complaints.length === 0) names.add(name)
    const containerPort = number(port, "containerPort") ?? 0
    const hostPort = number(port, "hostPort") ?? 0
    return [
      ...complain(`${path}.name`, name, complaints),
      ...(isTwice ? [duplicate(`${path}.name`, name)] : []),
      ...(containerPort === 0
        ? [required(`${path}.containerPort`)]
        : complain(`${path}.containerPort`, containerPort, portNumber(containerPort))),
      ...(hostPort === 0 ? [] : complain(`${path}.hostPort`, hostPort, portNumber(hostPort))),
      ...oneOf(member(port, "protocol"), `${path}.protocol`, protocols)
    ]
  })
}

const propagations = ["Bidirectional", "HostToContainer", "None"]

/** `parent`: the path of the list, under which the server reports some fields of its items. */
const mountOptions = (mount: JsonObject, container: JsonObject, parent: string): Causes => {
  const propagation = member(mount, "mountPropagation")
  const recursive = member(mount, "recursiveReadOnly")
  const isPrivileged = child(container, "securityContext")?.["privileged"] === true
  const at = `${parent}.recursiveReadOnly`
  const recursiveCauses = (): Causes => {
    if (recursive === undefined || recursive === "Disabled") return []
    if (recursive !== "Enabled" && recursive !== "IfPossible") {
      return [notSupported(at, recursive, ["Disabled", "Enabled", "IfPossible"])]
    }
    return [
      ...(mount["readOnly"] === true ? [] : [forbidden(at, "may only be specified when readOnly is true")]),
      ...(propagation === undefined || propagation === "None"
        ? []
        : [forbidden(at, "may only be specified when mountPropagation is None or not specified")])
    ]
  }
  return [
    ...(propagation === undefined || propagations.includes(String(propagation))
      ? []
      : [notSupported(`${parent}.mountPropagation`, propagation, propagations)]),
    ...(propagation === "Bidirectional" && !isPrivileged
      ? [
        forbidden(
          `${parent}.mountPropagation`,
          "Bidirectional mount propagation is available only to privileged containers"
        )
      ]
      : []),
    ...recursiveCauses()
  ]
}

const mounts = (container: JsonObject, volumes: Volumes, at: string): Causes => {
  const paths = new Set<string>()
  const devices = objects(container, "volumeDevices")
  return each(objects(container, "volumeMounts"), at, (mount, path) => {
    const name = textOf(mount, "name")
    const mountPath = textOf(mount, "mountPath")
    const subPath = textOf(mount, "subPath")
    const expression = textOf(mount, "subPathExpr")
    const isTwice = paths.has(mountPath)
    paths.add(mountPath)
    return [
      ...(name === "" ? [required(`${path}.name`)] : []),
      ...(volumes.has(name) ? [] : [notFound(`${path}.name`, name)]),
      ...(mountPath === "" ? [required(`${path}.mountPath`)] : []),
      ...(isTwice ? [invalid(`${path}.mountPath`, mountPath, "must be unique")] : []),
      ...(devices.some((device) => textOf(device, "name") === name)
        ? [invalid(`${path}.name`, name, "must not already exist in volumeDevices")]
        : []),
      ...(devices.some((device) => textOf(device, "devicePath") === mountPath)
        ? [invalid(`${path}.mountPath`, mountPath, "must not already exist as a path in volumeDevices")]
        : []),
      ...complain(`${at}.subPath`, subPath, relativePath(subPath)),
      ...(expression !== "" && subPath !== ""
        ? [invalid(`${path}.subPathExpr`, expression, "subPathExpr and subPath are mutually exclusive")]
        : []),
      ...complain(`${at}.subPathExpr`, expression, relativePath(expression)),
      ...mountOptions(mount, container, at)
    ]
  })
}

const devices = (container: JsonObject, volumes: Volumes, at: string): Causes => {
  const [names, paths] = [new Set<string>(), new Set<string>()]
  const mounted = objects(container, "volumeMounts")
  return each(objects(container, "volumeDevices"), at, (device, path) => {
    const name = textOf(device, "name")
    const devicePath = textOf(device, "devicePath")
    const volume = volumes.get(name)
    const isClaim = child(volume, "persistentVolumeClaim") !== undefined || child(volume, "ephemeral") !== undefined
    const hasBacksteps = noBacksteps(devicePath).length > 0
    const [nameTwice, pathTwice] = [names.has(name), paths.has(devicePath)]
    if (name !== "") names.add(name)
    if (!hasBacksteps) paths.add(devicePath)
    return [
      ...(name === "" ? [required(`${path}.name`)] : []),
      ...(nameTwice ? [invalid(`${path}.name`, name, "must be unique")] : []),
      ...(volume === undefined
        ? [notFound(`${path}.name`, name)]
        : isClaim
        ? []
        : [
          invalid(
            `${path}.name`,
            name,
            "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"
          )
        ]),
      ...(devicePath === "" ? [required(`${path}.devicePath`)] : []),
      ...(pathTwice ? [invalid(`${path}.devicePath`, devicePath, "must be unique")] : []),
      ...(hasBacksteps ? [invalid(`${path}.devicePath`, devicePath, "can not contain backsteps ('..')")] : []),
      ...(mounted.some((mount) => textOf(mount, "name") === name)
        ? [invalid(`${path}.name`, name, "must not already exist in volumeMounts")]
        : []),
      ...(mounted.some((mount) => textOf(mount, "mountPath") === devicePath)
        ? [invalid(`${path}.devicePath`, devicePath, "must not already exist as a path in volumeMounts")]
        : [])
    ]
  })
}

const resizePolicy = (container: JsonObject, spec: JsonObject, at: string): Causes => {
  const seen = new Set<string>()
  return each(objects(container, "resizePolicy"), at, (policy, path) => {
    const resource = textOf(policy, "resourceName")
    const restart = textOf(policy, "restartPolicy")
    const isTwice = seen.has(resource)
    seen.add(resource)
    return [
      ...(isTwice ? [duplicate(path, resource)] : []),
      ...oneOf(resource, at, ["cpu", "memory"]),
      ...oneOf(restart, at, ["NotRequired", "RestartContainer"]),
      ...(spec["restartPolicy"] === "Never" && restart !== "NotRequired"
        ? [invalid(at, restart, "must be 'NotRequired' when pod `restartPolicy` is 'Never'")]
        : [])
    ]
  })
}

const common = (container: JsonObject, { claims, spec, volumes }: PodContext, at: string): Causes => {
  const name = textOf(container, "name")
  return [
    ...(name === "" ? [required(`${at}.name`)] : complain(`${at}.name`, name, dnsLabel(name))),
    ...(textOf(container, "image") === "" ? [required(`${at}.image`)] : []),
    ...oneOf(member(container, "terminationMessagePolicy"), `${at}.terminationMessagePolicy`, [
      "File",
      "FallbackToLogsOnError"
    ]),
    ...ports(container, `${at}.ports`),
    ...validateEnv(container, `${at}.env`),
    ...validateEnvFrom(container, `${at}.envFrom`),
    ...mounts(container, volumes, `${at}.volumeMounts`),
    ...devices(container, volumes, `${at}.volumeDevices`),
    ...oneOf(member(container, "imagePullPolicy"), `${at}.imagePullPolicy`, ["Always", "IfNotPresent", "Never"]),
    ...validateContainerResources(container, claims, `${at}.resources`),
    ...resizePolicy(container, spec, `${at}.resizePolicy`),
    ...validateSecurityContext(container, spec["hostUsers"] !== false, `${at}.securityContext`)
  ]
}

const restartPolicies = ["Always", "Never", "OnFailure"]
const restartActions = ["Restart", "RestartAllContainers"]

const restarts = (container: JsonObject, at: string): Causes => {
  const policy = member(container, "restartPolicy")
  const rules = objects(container, "restartPolicyRules")
  return [
    ...(policy === undefined
      ? rules.length === 0
        ? []
        : [required(`${at}.restartPolicy`, "must specify restartPolicy when restart rules are used")]
      : restartPolicies.includes(String(policy))
      ? []
      : [notSupported(`${at}.restartPolicy`, policy, restartPolicies)]),
    ...(rules.length > 20 ? [tooMany(`${at}.restartPolicyRules`, rules.length, 20)] : []),
    ...each(rules, `${at}.restartPolicyRules`, (rule, path) => {
      const action = textOf(rule, "action")
      const codes = child(rule, "exitCodes")
      const operator = textOf(codes, "operator")
      const count = items(codes, "values").length
      return [
        ...(restartActions.includes(action) ? [] : [notSupported(`${path}.action`, action, restartActions)]),
        ...(codes === undefined
          ? [required(`${path}.exitCodes`, "must be specified")]
          : [
            ...(operator === "In" || operator === "NotIn"
              ? []
              : [notSupported(`${path}.exitCodes.operator`, operator, ["In", "NotIn"])]),
            ...(count > 255 ? [tooMany(`${path}.exitCodes.values`, count, 255)] : [])
          ])
      ]
    })
  ]
}

/** Of one container after another: ports of the host that are taken twice. */
const hostPorts = (containers: ReadonlyArray<JsonObject>, at: string): Causes => {
  const seen = new Set<string>()
  return each(containers, at, (container, path) =>
    each(objects(container, "ports"), `${path}.ports`, (port, place) => {
      const hostPort = number(port, "hostPort") ?? 0
      if (hostPort === 0) return []
      const shown = `${textOf(port, "protocol")}/${textOf(port, "hostIP")}/${hostPort}`
      if (seen.has(shown)) return [duplicate(`${place}.hostPort`, shown)]
      seen.add(shown)
      return []
    }))
}

export const validateContainers = (context: PodContext, at: string): Causes => {
  const containers = objects(context.spec, "containers")
  if (containers.length === 0) return [required(at)]
  const names = new Set<string>()
  return [
    ...each(containers, at, (container, path) => {
      const name = textOf(container, "name")
      const isTwice = names.has(name)
      names.add(name)
      return [
        ...common(container, context, path),
        ...(isTwice ? [duplicate(`${path}.name`, name)] : []),
        ...validateLifecycle(container, context.spec, `${path}.lifecycle`),
        ...validateProbes(container, path),
        ...restarts(container, path)
      ]
    }),
    ...hostPorts(containers, at)
  ]
}

export const validateInitContainers = (context: PodContext, at: string): Causes => {
  const names = new Set(objects(context.spec, "containers").map((container) => textOf(container, "name")))
  return each(objects(context.spec, "initContainers"), at, (container, path) => {
    const name = textOf(container, "name")
    const isTwice = names.has(name)
    if (name !== "") names.add(name)
    const isSidecar = container["restartPolicy"] === "Always"
    return [
      ...common(container, context, path),
      ...restarts(container, path),
      ...(isTwice ? [duplicate(`${path}.name`, name)] : []),
      ...hostPorts([container], at),
      ...(isSidecar
        ? [...validateLifecycle(container, context.spec, `${path}.lifecycle`), ...validateProbes(container, path)]
        : [
          ...["lifecycle", ...probes].filter((field) => child(container, field) !== undefined).map((field) =>
            forbidden(`${path}.${field}`, "may not be set for init containers without restartPolicy=Always")
          ),
          ...each(
            objects(container, "resizePolicy"),
            `${path}.resizePolicy`,
            (policy, place) =>
              policy["restartPolicy"] === "RestartContainer"
                ? [
                  invalid(
                    `${place}.restartPolicy`,
                    policy["restartPolicy"],
                    "must not be set to 'RestartContainer' for non-sidecar initContainers"
                  )
                ]
                : []
          )
        ])
    ]
  })
}

/** What an ephemeral container cannot have. */
const notEphemeral = [
  "ports",
  "resources",
  "resizePolicy",
  "restartPolicy",
  "restartPolicyRules",
  ...probes,
  "lifecycle"
]

export const validateEphemeralContainers = (context: PodContext, at: string): Causes => {
  const others = new Set(
    ["containers", "initContainers"].flatMap((key) => objects(context.spec, key)).map((each) => textOf(each, "name"))
  )
  const names = new Set(others)
  return each(objects(context.spec, "ephemeralContainers"), at, (container, path) => {
    const name = textOf(container, "name")
    const target = textOf(container, "targetContainerName")
    const isTwice = names.has(name)
    names.add(name)
    return [
      ...common(container, context, path),
      ...validateImageText(container, path),
      ...(isTwice ? [duplicate(`${path}.name`, name)] : []),
      ...(target === "" || others.has(target) ? [] : [notFound(`${path}.targetContainerName`, target)]),
      ...notEphemeral.filter((field) => {
        const value = member(container, field)
        return value !== undefined &&
          !(field === "resources" && Object.keys(child(container, field) ?? {}).length === 0)
      }).map((field) => forbidden(`${path}.${field}`, "cannot be set for an Ephemeral Container")),
      ...each(
        objects(container, "volumeMounts"),
        `${path}.volumeMounts`,
        (mount, place) =>
          ["subPath", "subPathExpr"].filter((field) => textOf(mount, field) !== "").map((field) =>
            forbidden(`${place}.${field}`, "cannot be set for an Ephemeral Container")
          )
      )
    ]
  })
}

/** Of Pods only, not of templates. */
export const validateImageText = (container: JsonObject, at: string): Causes => {
  const image = textOf(container, "image")
  return image.trim() === image
    ? []
    : [invalid(`${at}.image`, image, "must not have leading or trailing whitespace")]
}
