/** HorizontalPodAutoscalers, and how the server itself is configured: webhooks, APIServices, flow control. */
import { type Area, type Json, type Run, scenario } from "./scenario.js"

/** Tries bodies that are refused, each under a name of its own. */
const refuse = function*(run: Run, path: string, bodies: ReadonlyArray<Json>) {
  for (const [at, body] of bodies.entries()) {
    yield* run.post(path, { metadata: { name: `${run.namespace}-${at}` }, ...body })
  }
}

const gone = { show: () => "gone" }

export const configurations: Area = {
  name: "configurations",
  scenarios: [
    scenario("a HorizontalPodAutoscaler is one thing in two versions (S9, S57)", function*(run) {
      const v1 = run.at("horizontalpodautoscalers", "autoscaling/v1")
      const v2 = run.at("horizontalpodautoscalers", "autoscaling/v2")
      const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "d" }
      const spec = { scaleTargetRef, maxReplicas: 3 }
      yield* run.post(v1, { metadata: { name: "a" }, spec })
      yield* run.get(`${v2}/a`)
      yield* run.post(v2, { metadata: { name: "b" }, spec })
      yield* run.get(`${v1}/b`)
      yield* run.post(v1, {
        metadata: { name: "c" },
        spec: { ...spec, minReplicas: 2, targetCPUUtilizationPercentage: 50 }
      }, { show: (body) => body.spec })
      yield* run.get(`${v2}/c`, { show: (body) => body.spec })
      yield* run.post(v2, {
        metadata: { name: "d", annotations: { mine: "yes" } },
        spec: {
          ...spec,
          metrics: [
            { type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "100Mi" } } },
            { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } } },
            { type: "Pods", pods: { metric: { name: "m" }, target: { type: "AverageValue", averageValue: "1.5" } } },
            {
              type: "External",
              external: {
                metric: { name: "q", selector: { matchLabels: { a: "b" } } },
                target: { type: "Value", value: "30" }
              }
            }
          ],
          behavior: { scaleDown: { stabilizationWindowSeconds: 60 } }
        }
      })
      yield* run.get(`${v1}/d`)
      yield* run.merge(`${v1}/d`, { spec: { maxReplicas: 5 } }, { show: (body) => body.metadata })
      yield* run.get(`${v2}/d`, { show: (body) => [body.metadata, body.spec] })
      yield* run.merge(`${v2}/d/status`, {
        status: {
          currentReplicas: 1,
          desiredReplicas: 2,
          currentMetrics: [{
            type: "Resource",
            resource: { name: "cpu", current: { averageUtilization: 40, averageValue: "100m" } }
          }],
          conditions: [{
            type: "ScalingActive",
            status: "True",
            lastTransitionTime: "2020-01-02T03:04:05Z",
            reason: "R"
          }]
        }
      }, { show: (body) => body.status })
      yield* run.get(`${v1}/d`, { show: (body) => [body.metadata.annotations, body.status] })
      yield* run.merge(`${v2}/d/status`, { status: { currentReplicas: -1, desiredReplicas: -1 } })
    }),
    scenario("HorizontalPodAutoscalers that are wrong (S57)", function*(run) {
      const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "d" }
      const spec = (more: Json) => ({ spec: { scaleTargetRef, maxReplicas: 3, ...more } })
      const target = { type: "Utilization", averageUtilization: 50 }
      yield* refuse(run, run.at("horizontalpodautoscalers", "autoscaling/v2"), [
        {},
        spec({ maxReplicas: -1, minReplicas: -2 }),
        spec({ minReplicas: 5 }),
        spec({ minReplicas: 0 }),
        spec({ scaleTargetRef: { kind: "a/b", name: "c%d", apiVersion: "a/b/c" } }),
        spec({ metrics: [{}, { type: "Odd" }, { type: "Resource" }] }),
        spec({
          metrics: [
            { type: "Resource", resource: { name: "", target: {} } },
            { type: "Resource", resource: { name: "cpu", target: { ...target, averageValue: "1" } } },
            { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 0 } } },
            { type: "Pods", resource: { name: "cpu", target } }
          ]
        }),
        spec({
          metrics: [
            { type: "Pods", pods: { metric: { name: "" }, target: { type: "Value", value: "-1" } } },
            { type: "External", external: { metric: { name: "a/b" }, target: { type: "Value" } } },
            {
              type: "Object",
              object: { describedObject: { kind: "", name: "x" }, metric: { name: "m" }, target: { type: "Value" } }
            },
            { type: "ContainerResource", containerResource: { name: "cpu", container: "", target } }
          ]
        }),
        spec({
          behavior: {
            scaleUp: { stabilizationWindowSeconds: 4000, selectPolicy: "Odd" },
            scaleDown: {
              stabilizationWindowSeconds: -1,
              policies: [{ type: "Odd", value: 0, periodSeconds: 0 }, { type: "Pods", value: 1, periodSeconds: 2000 }]
            }
          }
        })
      ])
      yield* run.post(run.at("horizontalpodautoscalers", "autoscaling/v1"), {
        metadata: { name: "old" },
        spec: { scaleTargetRef: { kind: "Deployment", name: "d" }, maxReplicas: 1, targetCPUUtilizationPercentage: 0 }
      })
    }),
    scenario("webhook configurations: defaults and refusals (S9, S57)", function*(run) {
      const group = "/apis/admissionregistration.k8s.io/v1"
      const name = run.namespace
      const service = { name: "s", namespace: "n" }
      const hook = {
        name: "a.example.com",
        clientConfig: { service },
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
        rules: [{ apiGroups: ["none.example.com"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["things"] }]
      }
      yield* run.post(`${group}/validatingwebhookconfigurations`, { metadata: { name }, webhooks: [hook] })
      yield* run.post(`${group}/mutatingwebhookconfigurations`, {
        metadata: { name },
        webhooks: [{ ...hook, clientConfig: { url: "https://example.com/x" } }]
      })
      const wrong: ReadonlyArray<Json> = [
        {},
        { ...hook, name: "short", sideEffects: "Some", admissionReviewVersions: ["v2"], failurePolicy: "Maybe" },
        { ...hook, clientConfig: { url: "http://example.com", service }, timeoutSeconds: 31, matchPolicy: "Odd" },
        { ...hook, clientConfig: { url: "http://u:p@example.com/?a#b" } },
        { ...hook, clientConfig: { service: { name: "", namespace: "", path: "a", port: 0 } } },
        { ...hook, rules: [{}, { ...hook.rules[0], operations: ["*", "CREATE", "READ"], scope: "Some" }] },
        { ...hook, rules: [{ ...hook.rules[0], apiGroups: ["*", "a"], resources: ["*/*", "a", "*"] }] },
        { ...hook, namespaceSelector: { matchExpressions: [{ key: "a", operator: "Is" }] }, reinvocationPolicy: "Odd" }
      ]
      for (const [at, webhook] of wrong.entries()) {
        yield* run.post(`${group}/mutatingwebhookconfigurations?dryRun=All`, {
          metadata: { name: `${name}-${at}` },
          webhooks: [webhook]
        })
      }
      yield* run.post(`${group}/validatingwebhookconfigurations?dryRun=All`, {
        metadata: { name: `${name}-x` },
        webhooks: [hook, hook]
      })
      for (const plural of ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"]) {
        yield* run.merge(`${group}/${plural}/${name}`, { webhooks: [{ ...hook, timeoutSeconds: 5 }] }, {
          show: (body) => [body.metadata.generation, body.webhooks]
        })
        yield* run.delete(`${group}/${plural}/${name}`, undefined, gone)
      }
    }),
    scenario("APIServices, FlowSchemas and priority levels: defaults (S9)", function*(run) {
      const name = run.namespace
      const dry = "?dryRun=All"
      yield* run.post(`/apis/apiregistration.k8s.io/v1/apiservices${dry}`, {
        metadata: { name: "v1.none.example.com" },
        spec: {
          group: "none.example.com",
          version: "v1",
          groupPriorityMinimum: 1000,
          versionPriority: 10,
          service: { name: "s", namespace: "n" }
        }
      })
      yield* run.post(`/apis/apiregistration.k8s.io/v1/apiservices${dry}`, {
        metadata: { name: "v1.none.example.com" }
      })
      const flow = "/apis/flowcontrol.apiserver.k8s.io/v1"
      yield* run.post(`${flow}/flowschemas${dry}`, {
        metadata: { name },
        spec: {
          priorityLevelConfiguration: { name: "exempt" },
          rules: [{
            subjects: [{ kind: "User", user: { name: "u" } }],
            resourceRules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"], clusterScope: true }]
          }]
        }
      })
      yield* run.post(`${flow}/prioritylevelconfigurations${dry}`, {
        metadata: { name },
        spec: { type: "Limited", limited: { limitResponse: { type: "Queue" } } }
      })
      yield* run.post(`${flow}/prioritylevelconfigurations${dry}`, {
        metadata: { name: `${name}-b` },
        spec: {
          type: "Limited",
          limited: { limitResponse: { type: "Queue", queuing: {} }, nominalConcurrencyShares: 0 }
        }
      })
    })
  ]
}
