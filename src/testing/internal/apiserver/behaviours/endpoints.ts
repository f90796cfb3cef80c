/** EndpointSlices: the addresses of the Pods that a Service selects. */
import { child, equal, type JsonObject } from "../json.js"
import { selects } from "../kinds/labelSelectors.js"
import { objects, textOf } from "../members.js"
import { uidOf } from "../objectMeta.js"
import { isGoing, labelsOf, nameOf, namespaceOf, specOf, statusOf } from "../objectParts.js"
import { type Behaviour, create, make, type Place, remove, replace, type View, type Write } from "./behaviour.js"
import { controlled, controllerReference, isReady, phaseOf, placeOf, podKind } from "./ownership.js"

const serviceKind = { apiVersion: "v1", kind: "Service" }
const sliceKind = { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" }
const serviceLabel = "kubernetes.io/service-name"

const selectorOf = (service: JsonObject): JsonObject | undefined => {
  const labels = child(specOf(service), "selector")
  return labels === undefined ? undefined : { matchLabels: labels }
}

/** The number of a Service's port at a Pod, which may know it by name. */
const targetOf = (port: JsonObject, pod: JsonObject): number | undefined => {
  const target = port["targetPort"] ?? port["port"]
  if (typeof target === "number") return target
  const named = objects(specOf(pod), "containers").flatMap((container) => objects(container, "ports"))
    .find((each) => each["name"] === target)?.["containerPort"]
  return typeof named === "number" ? named : undefined
}

const endpointOf = (service: JsonObject, pod: JsonObject): JsonObject => {
  const serves = isReady(pod)
  const isPublished = specOf(service)["publishNotReadyAddresses"] === true
  return {
    addresses: [textOf(statusOf(pod), "podIP")],
    conditions: { ready: isPublished || (serves && !isGoing(pod)), serving: serves, terminating: isGoing(pod) },
    ...(textOf(specOf(pod), "subdomain") === nameOf(service) && textOf(specOf(pod), "hostname") !== "" && {
      hostname: specOf(pod)["hostname"]
    }),
    nodeName: specOf(pod)["nodeName"],
    targetRef: { kind: "Pod", namespace: namespaceOf(pod), name: nameOf(pod), uid: uidOf(pod) }
  }
}

const step = (service: JsonObject, view: View): ReadonlyArray<Write> => {
  const selector = selectorOf(service)
  const slices = controlled(view, service, sliceKind)
  if (isGoing(service) || selector === undefined || textOf(specOf(service), "type") === "ExternalName") {
    return slices.map((slice) => remove(slice))
  }
  const pods = view.list(podKind, namespaceOf(service)).filter((pod) =>
    selects(selector, labelsOf(pod)) && textOf(statusOf(pod), "podIP") !== ""
    && !["Succeeded", "Failed"].includes(phaseOf(pod))
  )
  const [first] = pods
  const ports = first === undefined ? [] : objects(specOf(service), "ports").map((port) => ({
    name: textOf(port, "name"),
    protocol: port["protocol"],
    port: targetOf(port, first)
  }))
  const [slice, ...others] = slices
  const endpoints = pods.map((pod) => endpointOf(service, pod))
  const content = { endpoints, ports }
  const surplus = others.map((each) => remove(each))
  if (slice === undefined) {
    return [create({
      ...sliceKind,
      metadata: {
        generateName: `${nameOf(service)}-`,
        namespace: namespaceOf(service),
        labels: {
          ...labelsOf(service),
          [serviceLabel]: nameOf(service),
          "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"
        },
        ownerReferences: [controllerReference(service)]
      },
      addressType: "IPv4",
      ...content
    })]
  }
  const before = { endpoints: objects(slice, "endpoints"), ports: objects(slice, "ports") }
  return equal(before, content) ? surplus : [replace({ ...slice, ...content }), ...surplus]
}

/** The Services that select a Pod. */
const ofPod = (pod: JsonObject, view: View): ReadonlyArray<Place> =>
  view.list(serviceKind, namespaceOf(pod)).filter((service) => selects(selectorOf(service), labelsOf(pod)))
    .map(placeOf)

export const endpoints = (): ReadonlyArray<Behaviour> => [
  make({ for: serviceKind, concerns: [{ for: podKind, of: ofPod }], step })
]
