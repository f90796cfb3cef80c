/** Jobs and CronJobs: what the server fills in and generates, what it refuses, and what may change of them. */
import { type Area, type Json, type Run, scenario } from "./scenario.js"

const batch = "batch/v1"
const template = (spec: Json = {}, metadata: Json = {}): Json => ({
  metadata,
  spec: { restartPolicy: "Never", containers: [{ name: "c", image: "busybox" }], ...spec }
})

const job = (spec: Json = {}, metadata: Json = {}): Json => ({
  metadata: { name: "a", ...metadata },
  spec: { template: template(), ...spec }
})

const cron = (spec: Json = {}, metadata: Json = {}): Json => ({
  metadata: { name: "a", ...metadata },
  spec: { schedule: "*/5 * * * *", jobTemplate: { spec: { template: template() } }, ...spec }
})

const of = (more: (body: Json) => unknown) => (body: Json): unknown => body.kind === "Status" ? body : more(body)

const refuse = function*(run: Run, plural: string, ...bodies: ReadonlyArray<Json>) {
  for (const body of bodies) yield* run.post(run.at(plural, batch), body)
}

export const jobs: Area = {
  name: "jobs",
  scenarios: [
    scenario("a Job gets defaults, labels and a selector of its own (S9, S13)", function*(run) {
      const path = run.at("jobs", batch)
      yield* run.post(path, job())
      yield* run.post(
        path,
        job({ parallelism: 3, backoffLimitPerIndex: 1, completions: 5, completionMode: "Indexed" }, {
          name: "b",
          labels: { own: "1" }
        })
      )
      yield* run.post(path, job({ parallelism: 3, template: template({}, { labels: { app: "c" } }) }, { name: "c" }))
      yield* run.post(
        path,
        job({
          suspend: true,
          podFailurePolicy: { rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] }] }
        }, { name: "d" })
      )
      yield* run.post(
        path,
        job({
          manualSelector: true,
          selector: { matchLabels: { app: "e" } },
          template: template({}, { labels: { app: "e" } })
        }, { name: "e" })
      )
    }),
    scenario("a CronJob gets defaults (S9, S13)", function*(run) {
      const path = run.at("cronjobs", batch)
      yield* run.post(path, cron())
      yield* run.post(
        path,
        cron({ schedule: "@hourly", timeZone: "Europe/Berlin", concurrencyPolicy: "Forbid", suspend: true }, {
          name: "b"
        })
      )
      yield* run.post(
        path,
        cron({ jobTemplate: { metadata: { labels: { l: "1" } }, spec: { template: template(), parallelism: 2 } } }, {
          name: "c"
        })
      )
    }),
    scenario("a Job is checked (S57)", function*(run) {
      yield* refuse(
        run,
        "jobs",
        { metadata: { name: "a" } },
        job({ template: template({ restartPolicy: undefined }) }),
        job({ template: template({ restartPolicy: "Always" }) }),
        job({ template: template({ restartPolicy: "Sometimes" }) }),
        job({
          parallelism: -1,
          completions: -1,
          backoffLimit: -1,
          activeDeadlineSeconds: -1,
          ttlSecondsAfterFinished: -1
        }),
        job({ completionMode: "Sideways", podReplacementPolicy: "Never", managedBy: "nobody" }),
        job({ completionMode: "Indexed", parallelism: 2 }),
        job({ completionMode: "Indexed", completions: 3, parallelism: 200_000, maxFailedIndexes: 5 }),
        job({ backoffLimitPerIndex: 1, maxFailedIndexes: 1, completions: 1 }),
        job({ completionMode: "Indexed", completions: 1000 }, { name: "n".repeat(61) }),
        job({ template: template({ containers: [{ name: "c" }] }) }),
        job({}, { name: "Bad_Name" })
      )
    }),
    scenario("the selector of a Job is generated (S57)", function*(run) {
      yield* refuse(
        run,
        "jobs",
        job({ selector: { matchLabels: { app: "a" } } }),
        job({ selector: { matchLabels: { app: "a" } }, template: template({}, { labels: { app: "a" } }) }),
        job({ template: template({}, { labels: { "job-name": "other" } }) }),
        job({ manualSelector: true }),
        job({ manualSelector: true, selector: { matchLabels: { app: "a" } } }),
        job({ manualSelector: true, selector: { matchExpressions: [{ key: "a", operator: "Near" }] } })
      )
    }),
    scenario("policies of a Job are checked (S57)", function*(run) {
      const failure = (...rules: ReadonlyArray<Json>) => job({ podFailurePolicy: { rules } })
      const success = (...rules: ReadonlyArray<Json>) =>
        job({ completionMode: "Indexed", completions: 5, successPolicy: { rules } })
      yield* refuse(
        run,
        "jobs",
        failure({}),
        failure({ action: "Dance", onExitCodes: { operator: "Near", values: [] } }),
        failure({ action: "FailIndex", onExitCodes: { containerName: "x", operator: "In", values: [3, 0, 3, 1] } }),
        failure({
          action: "Count",
          onExitCodes: { operator: "In", values: [1] },
          onPodConditions: [{ type: "bad type", status: "Maybe" }]
        }),
        job({
          podFailurePolicy: { rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [1] } }] },
          podReplacementPolicy: "TerminatingOrFailed",
          template: template({ restartPolicy: "OnFailure" })
        }),
        success(),
        success({}),
        success({ succeededIndexes: "1,1" }, { succeededIndexes: "7" }, { succeededIndexes: "a-b" }, {
          succeededIndexes: "1-2-3"
        }),
        success({ succeededIndexes: "0-1", succeededCount: 3 }, { succeededCount: 9 }),
        job({ successPolicy: { rules: [{ succeededCount: 1 }] } })
      )
    }),
    scenario("what may change of a Job (S11, S57)", function*(run) {
      const path = `${run.at("jobs", batch)}/a`
      const show = of(({ metadata, spec }) => ({ generation: metadata.generation, spec }))
      yield* run.post(run.at("jobs", batch), job({ completions: 2 }), { show: () => "made" })
      yield* run.merge(path, { spec: { parallelism: 2, suspend: true, activeDeadlineSeconds: 10, backoffLimit: 1 } }, {
        show
      })
      yield* run.merge(path, { spec: { completions: 3 } })
      yield* run.merge(path, { spec: { completionMode: "Indexed" } })
      yield* run.merge(path, { spec: { selector: { matchLabels: { more: "1" } } } })
      yield* run.merge(path, { spec: { managedBy: "example.com/x" } })
      yield* run.merge(path, {
        spec: { template: { spec: { nodeSelector: { a: "1" }, tolerations: [{ operator: "Exists" }] } } }
      }, { show })
      yield* run.merge(path, { spec: { template: { spec: { hostNetwork: true } } } })
      yield* run.merge(path, { spec: { suspend: false } }, { show })
      yield* run.merge(path, { spec: { template: { spec: { nodeSelector: { a: "2" } } } } })
      yield* run.merge(path, { spec: { podFailurePolicy: { rules: [] } } })
      yield* run.put(path, job(), { show })
    }),
    scenario("an Indexed Job grows with its parallelism (S57)", function*(run) {
      const path = `${run.at("jobs", batch)}/a`
      const show = of(({ spec }) => ({ completions: spec.completions, parallelism: spec.parallelism }))
      yield* run.post(run.at("jobs", batch), job({ completions: 2, parallelism: 2, completionMode: "Indexed" }), {
        show
      })
      yield* run.merge(path, { spec: { completions: 3 } }, { show })
      yield* run.merge(path, { spec: { completions: 3, parallelism: 3 } }, { show })
    }),
    scenario("the status of a Job is checked (S12, S57)", function*(run) {
      const path = `${run.at("jobs", batch)}/a/status`
      const show = of((body) => body.status)
      yield* run.post(run.at("jobs", batch), job(), { show })
      const condition = (type: string) => ({ type, status: "True" })
      const status = (status: Json) => run.merge(path, { status }, { show })
      yield* status({ active: -1, ready: 5 })
      yield* status({ startTime: "2020-01-01T00:00:00Z", active: 1, failed: 2 })
      yield* status({ failed: 1 })
      yield* status({ startTime: "2020-01-02T00:00:00Z" })
      yield* status({ conditions: [condition("Complete")] })
      yield* status({ conditions: [condition("Failed")], active: 0 })
      yield* status({ completedIndexes: "1", failedIndexes: "1" })
      yield* status({
        active: 0,
        succeeded: 1,
        completionTime: "2019-01-01T00:00:00Z",
        conditions: [condition("SuccessCriteriaMet"), condition("Complete")]
      })
      yield* status({
        active: 0,
        succeeded: 1,
        completionTime: "2020-01-03T00:00:00Z",
        conditions: [condition("SuccessCriteriaMet"), condition("Complete")]
      })
      yield* status({ conditions: null })
      yield* status({ succeeded: 0, completionTime: "2020-01-04T00:00:00Z" })
    }),
    scenario("a CronJob is checked (S57)", function*(run) {
      const schedules = [
        "",
        "x",
        "* * * *",
        "60 * * * *",
        "* * 0 * *",
        "a * * * *",
        "* * * foo *",
        "5-3 * * * *",
        "*/0 * * * *",
        "1-2-3 * * * *",
        "1/2/3 * * * *",
        "-1 * * * *",
        "@never",
        "@every x",
        "TZ=UTC * * * * *",
        "CRON_TZ=Nowhere/City * * * * *"
      ]
      yield* refuse(run, "cronjobs", ...schedules.map((schedule) => cron({ schedule })))
      yield* refuse(
        run,
        "cronjobs",
        ...["", "Local", "Nowhere/City", "europe/berlin", "../etc", "a b"].map((timeZone) => cron({ timeZone }))
      )
      yield* refuse(
        run,
        "cronjobs",
        { metadata: { name: "a" } },
        cron({
          concurrencyPolicy: "Maybe",
          successfulJobsHistoryLimit: -1,
          failedJobsHistoryLimit: -1,
          startingDeadlineSeconds: -1
        }),
        cron({ jobTemplate: { spec: { template: template({ restartPolicy: "Always" }), parallelism: -1 } } }),
        cron({
          jobTemplate: { spec: { template: template(), selector: { matchLabels: { a: "b" } }, manualSelector: true } }
        }),
        cron({}, { name: "n".repeat(53) })
      )
    }),
    scenario("schedules that are taken, and what may change of a CronJob (S11)", function*(run) {
      const path = run.at("cronjobs", batch)
      const show = of(({ metadata, spec }) => ({
        generation: metadata.generation,
        schedule: spec.schedule,
        timeZone: spec.timeZone
      }))
      yield* run.post(path, cron(), { show })
      for (
        const schedule of ["0 0 1 jan sun", "1,2,3-5/2 */2 ? * MON-FRI", "@every 1h30m", "@midnight", ",, * * * *"]
      ) {
        yield* run.merge(`${path}/a`, { spec: { schedule } }, { show })
      }
      yield* run.merge(`${path}/a`, { spec: { schedule: "bad" } }, { show })
      yield* run.merge(`${path}/a`, { spec: { timeZone: "Etc/UTC" } }, { show })
      yield* run.merge(
        `${path}/a`,
        { spec: { jobTemplate: { spec: { template: { spec: { hostNetwork: true } } } } } },
        { show }
      )
      yield* run.merge(`${path}/a/status`, { status: { lastScheduleTime: "2020-01-01T00:00:00Z" } }, {
        show: of((body) => body.status)
      })
    }),
    scenario("warnings about Jobs (S39)", function*(run) {
      const show = of((body) => body.metadata.name)
      const twice = template({
        containers: [{ name: "c", image: "i", env: [{ name: "A", value: "1" }, { name: "A", value: "2" }] }]
      })
      yield* run.post(run.at("jobs", batch), job({ template: twice }, { name: "dotted.name" }), { show })
      yield* run.post(
        run.at("cronjobs", batch),
        cron({ jobTemplate: { spec: { template: twice } } }, { name: "dotted.name" }),
        { show }
      )
      yield* run.merge(`${run.at("cronjobs", batch)}/dotted.name`, { spec: { suspend: true } }, { show })
    })
  ]
}
