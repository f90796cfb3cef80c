/** Pods as a node runs them: bound, running and ready, ended where they are to end, gone when they are deleted. */
import type * as Duration from "effect/Duration"
import { child, items, type JsonObject } from "../json.js"
import { count, objects, textOf } from "../members.js"
import { metadataOf, timestamp, uidOf } from "../objectMeta.js"
import { generationOf, isGoing, labelsOf, nameOf, namespaceOf, specOf, statusOf } from "../objectParts.js"
import { type Behaviour, bind, make, remove, status, type View, type Write } from "./behaviour.js"
import { controllerNamed, nodeKind, phaseOf, podKind } from "./ownership.js"

export interface PodOptions {
  /** From the write of a Pod to what becomes of it because of that: its node, its start, its end. Default: at once. */
  readonly delay?: Duration.DurationInput | undefined
  /** The nodes that there are. Default: one, `node-1`. */
  readonly nodes?: ReadonlyArray<string> | undefined
  /** What becomes of a Pod that runs. Default: those of Jobs succeed, all others run on. */
  readonly outcome?: ((pod: JsonObject) => "runs" | "succeeds" | "fails") | undefined
}

const nodeOf = (name: string, index: number): JsonObject => ({
  ...nodeKind,
  metadata: {
    name,
    labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64" }
  },
  spec: { podCIDR: `10.244.${index}.0/24`, podCIDRs: [`10.244.${index}.0/24`] }
})

const capacity = { "cpu": "32", "memory": "256Gi", "pods": "110", "ephemeral-storage": "1Ti" }

/** Nodes that are ready. */
const nodeStep = (node: JsonObject, view: View): ReadonlyArray<Write> => {
  if (objects(statusOf(node), "conditions").some((each) => each["type"] === "Ready")) return []
  const time = timestamp(view.now)
  const ready = {
    type: "Ready",
    status: "True",
    reason: "KubeletReady",
    message: "kubelet is posting ready status",
    lastHeartbeatTime: time,
    lastTransitionTime: time
  }
  const index = view.list(nodeKind).findIndex((each) => nameOf(each) === nameOf(node)) + 1
  return [status(node, {
    ...statusOf(node),
    capacity,
    allocatable: capacity,
    addresses: [{ type: "InternalIP", address: `10.0.0.${index}` }, { type: "Hostname", address: nameOf(node) }],
    conditions: [ready]
  })]
}

const takes = (node: JsonObject, pod: JsonObject): boolean =>
  specOf(node)["unschedulable"] !== true && !isGoing(node)
  && Object.entries(child(specOf(pod), "nodeSelector") ?? {}).every(([key, value]) => labelsOf(node)[key] === value)

/** The node with the fewest Pods that takes this one. */
const place = (pod: JsonObject, view: View): ReadonlyArray<Write> => {
  if (items(specOf(pod), "schedulingGates").length > 0) return []
  const load = new Map<string, number>()
  for (const each of view.list(podKind)) {
    const node = textOf(specOf(each), "nodeName")
    load.set(node, (load.get(node) ?? 0) + 1)
  }
  const nodes = view.list(nodeKind).filter((node) => takes(node, pod)).map(nameOf)
  const [best] = nodes.sort((a, b) => (load.get(a) ?? 0) - (load.get(b) ?? 0))
  return best === undefined ? [] : [bind(pod, best)]
}

const addressOf = (pod: JsonObject, view: View): string => {
  const node = textOf(specOf(pod), "nodeName")
  const cidr = textOf(specOf(view.get(nodeKind, { namespace: "", name: node })), "podCIDR")
  const base = /^(\d+\.\d+\.\d+)\./.exec(cidr)?.[1] ?? "10.244.0"
  const taken = new Set(view.list(podKind).map((each) => textOf(statusOf(each), "podIP")))
  let at = 2
  while (taken.has(`${base}.${at}`)) at++
  return `${base}.${at}`
}

const conditionsOf = (
  pod: JsonObject,
  states: JsonObject,
  time: string,
  reason?: string
): ReadonlyArray<JsonObject> => {
  const before = objects(statusOf(pod), "conditions")
  const next = Object.keys(states).map((type): JsonObject => {
    const known = before.find((each) => each["type"] === type)
    const isSame = known !== undefined && known["status"] === states[type]
    return {
      type,
      status: states[type],
      observedGeneration: generationOf(pod),
      lastProbeTime: null,
      lastTransitionTime: isSame ? known["lastTransitionTime"] : time,
      ...(reason !== undefined && states[type] === "False" && { reason })
    }
  })
  return [...before.filter((each) => !Object.hasOwn(states, String(each["type"]))), ...next]
}

const containerId = (pod: JsonObject, container: JsonObject): string =>
  `test://${uidOf(pod)}/${textOf(container, "name")}`

const containerStatus = (pod: JsonObject, container: JsonObject, ready: boolean, state: JsonObject): JsonObject => ({
  name: container["name"],
  image: container["image"],
  imageID: container["image"],
  containerID: containerId(pod, container),
  ready,
  started: ready,
  restartCount: 0,
  state
})

const start = (pod: JsonObject, view: View): Write => {
  const time = timestamp(view.now)
  const spec = specOf(pod)
  const node = view.get(nodeKind, { namespace: "", name: textOf(spec, "nodeName") })
  const hostIP = textOf(objects(statusOf(node), "addresses").find((each) => each["type"] === "InternalIP"), "address")
  const podIP = spec["hostNetwork"] === true && hostIP !== "" ? hostIP : addressOf(pod, view)
  return status(pod, {
    ...statusOf(pod),
    phase: "Running",
    observedGeneration: generationOf(pod),
    conditions: conditionsOf(pod, {
      PodReadyToStartContainers: "True",
      Initialized: "True",
      Ready: "True",
      ContainersReady: "True",
      PodScheduled: "True"
    }, time),
    ...(hostIP !== "" && { hostIP, hostIPs: [{ ip: hostIP }] }),
    podIP,
    podIPs: [{ ip: podIP }],
    startTime: time,
    initContainerStatuses: objects(spec, "initContainers").map((container) =>
      containerStatus(
        pod,
        container,
        true,
        container["restartPolicy"] === "Always"
          ? { running: { startedAt: time } }
          : { terminated: ended(pod, container, 0, time, time) }
      )
    ),
    containerStatuses: objects(spec, "containers").map((container) =>
      containerStatus(pod, container, true, { running: { startedAt: time } })
    )
  })
}

const ended = (pod: JsonObject, container: JsonObject, exitCode: number, from: unknown, to: string): JsonObject => ({
  exitCode,
  reason: exitCode === 0 ? "Completed" : "Error",
  startedAt: from,
  finishedAt: to,
  containerID: containerId(pod, container)
})

const finish = (pod: JsonObject, succeeded: boolean, view: View): Write => {
  const time = timestamp(view.now)
  const now = statusOf(pod)
  return status(pod, {
    ...now,
    phase: succeeded ? "Succeeded" : "Failed",
    observedGeneration: generationOf(pod),
    conditions: conditionsOf(
      pod,
      { PodReadyToStartContainers: "False", Ready: "False", ContainersReady: "False" },
      time,
      succeeded ? "PodCompleted" : "PodFailed"
    ),
    containerStatuses: objects(specOf(pod), "containers").map((container) =>
      containerStatus(pod, container, false, {
        terminated: ended(pod, container, succeeded ? 0 : 1, now["startTime"], time)
      })
    )
  })
}

const ofJobs = (pod: JsonObject): "runs" | "succeeds" => controllerNamed(pod, "Job") === undefined ? "runs" : "succeeds"

/** Pods, and the nodes that they run on. */
export const pods = (options: PodOptions = {}): ReadonlyArray<Behaviour> => {
  const outcome = options.outcome ?? ofJobs
  const step = (pod: JsonObject, view: View): ReadonlyArray<Write> => {
    if (isGoing(pod)) {
      return count(metadataOf(pod), "deletionGracePeriodSeconds") > 0 ? [remove(pod, { gracePeriodSeconds: 0 })] : []
    }
    if (textOf(specOf(pod), "nodeName") === "") return place(pod, view)
    switch (phaseOf(pod)) {
      case "Pending":
        return [start(pod, view)]
      case "Running": {
        const end = outcome(pod)
        return end === "runs" ? [] : [finish(pod, end === "succeeds", view)]
      }
      default:
        return []
    }
  }
  const waiting = (view: View) =>
    view.list(podKind).filter((pod) => textOf(specOf(pod), "nodeName") === "" && phaseOf(pod) === "Pending")
      .map((pod) => ({ namespace: namespaceOf(pod), name: nameOf(pod) }))
  return [
    make({
      for: podKind,
      delay: options.delay,
      concerns: [{ for: nodeKind, of: (_, view) => waiting(view) }],
      objects: (options.nodes ?? ["node-1"]).map((name, index) => nodeOf(name, index + 1)),
      step
    }),
    make({ for: nodeKind, step: nodeStep })
  ]
}
