/**
 * Releases that overlap, as real processes. That the older one takes a job back from a newer one that is killed is in
 * `sharing.full.test.ts`.
 */
import { assert } from "@effect/vitest"
import * as Eventually from "@tickwork/test-support/Eventually"
import { Effect } from "effect"
import { LogEntry } from "tickwork"
import * as Place from "./support/Place.ts"
import * as ProcessCases from "./support/ProcessCases.ts"
import * as Served from "./support/Served.ts"
import * as Told from "./support/Told.ts"

const { hour, quick, saying } = Served

const lease = "1 second" as const

const instancesOf = (place: string) => Effect.provide(Told.instances, Place.layer(place))

const linesOf = (instances: Effect.Effect.Success<ReturnType<typeof instancesOf>>, job: string) =>
  instances.flatMap(({ lines, state }) => (state.jobName === job ? lines : []))

/** The log of a job, each of its instances being consistent: every process has ended. */
const logOf = (place: string, job: string) =>
  Effect.map(instancesOf(place), (instances) => {
    for (const instance of instances) Told.isConsistent(instance)
    return linesOf(instances, job)
  })

const recorded = (job: string) => saying("recorded", { job, status: "success" })

const begun = (served: Served.Served, job: string) => Served.all(served, saying("begins", { job }))

/** Waits for this number of further runs. */
const further = (served: Served.Served, job: string, runs: number) =>
  Effect.suspend(() => Served.many(served, recorded(job), Served.all(served, recorded(job)).length + runs))

/** Waits until it says that a job is not run there. */
const leaves = (served: Served.Served, job: string) =>
  Eventually.isTrue(
    `${job} is not run here`,
    Effect.gen(function* () {
      const since = served.said.length
      yield* served.ask({ ask: "status" })
      const { decisions } = yield* served.hear(saying("status"), since)
      return decisions[job]?.startsWith("not run here") === true
    })
  )

/** Each instant is run once, in whichever process. */
const assertOnce = (lines: Told.Instance["lines"]) => {
  const ids = lines.filter(LogEntry.ran).map(({ attempt, key, scheduledAt }) => `${key} ${scheduledAt} ${attempt}`)
  assert.deepStrictEqual(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    [],
    "no run twice"
  )
}

const renamed: ProcessCases.Case = (place) =>
  Effect.gen(function* () {
    const older = yield* Served.start({ place, lease, jobs: [{ name: "purge", everyMs: hour, untilAsked: true }] })
    yield* older.hear(saying("begins", { job: "purge" }))
    const clean = { name: "clean", everyMs: hour, renamedFrom: "purge" }
    const newer = yield* Served.start({ place, lease, jobs: [clean, quick("steady", 300)] })
    yield* further(newer, "steady", 10)
    assert.lengthOf(begun(newer, "clean"), 0, "a run under way is not begun a second time")
    yield* older.ask({ ask: "finish", job: "purge" })
    yield* older.hear(recorded("purge"))
    yield* Eventually.isTrue(
      "its run is in the log of the new name",
      // states and entries are read one after the other, and the processes go on
      Effect.map(instancesOf(place), (instances) => linesOf(instances, "clean").some(LogEntry.ran))
    )
    yield* further(newer, "steady", 10)
    yield* older.end("SIGTERM")
    yield* newer.end("SIGTERM")
    assert.lengthOf([...begun(older, "purge"), ...begun(newer, "clean")], 1)
    assertOnce(yield* logOf(place, "clean"))
    assert.lengthOf(yield* logOf(place, "purge"), 0)
  })

const rolledBack: ProcessCases.Case = (place) =>
  Effect.gen(function* () {
    const of = (version: number) => Served.start({ place, lease, jobs: [{ ...quick("shared", 300), version }] })
    const older = yield* of(1)
    yield* further(older, "shared", 3)
    const newer = yield* of(2)
    yield* leaves(older, "shared")
    const before = begun(older, "shared").length
    yield* further(newer, "shared", 5)
    assert.lengthOf(begun(older, "shared"), before, "the lower version runs nothing")
    yield* older.end("SIGTERM")
    yield* newer.end("SIGTERM")
    const again = yield* of(1)
    yield* further(again, "shared", 5)
    yield* again.end("SIGTERM")
    const lines = yield* logOf(place, "shared")
    assertOnce(lines)
    const changes = lines.flatMap(({ reason, status }) => (status === "control" ? [reason?.split(";")[0]] : []))
    assert.deepStrictEqual(changes, ["version 1 became version 2", "version 2 became version 1"])
  })

/** A cron expression that names the second of an instant, once a day. */
const dailyAt = (at: number): string => {
  const date = new Date(at)
  return `${date.getUTCSeconds()} ${date.getUTCMinutes()} ${date.getUTCHours()} * * *`
}

const movedCron: ProcessCases.Case = (place) =>
  Effect.gen(function* () {
    const due = Math.floor(Date.now() / 1000) * 1000 + 60_000
    const of = (at: number) =>
      Served.start({ place, lease, jobs: [{ name: "daily", everyMs: 0, cron: dailyAt(at) }, quick("steady", 300)] })
    const older = yield* of(due)
    const earlier = Math.ceil(Date.now() / 1000) * 1000 + 1000
    // the new reading has come, and passed, before the newer release opens
    yield* older.hear((said): said is typeof said => said.at > earlier)
    const newer = yield* of(earlier)
    yield* newer.hear(recorded("daily"))
    yield* newer.end("SIGTERM")
    yield* older.end("SIGTERM")
    assert.lengthOf(begun(older, "daily"), 0)
    const runs = (yield* logOf(place, "daily")).filter(LogEntry.ran)
    assert.deepStrictEqual(
      runs.map(({ scheduledAt }) => scheduledAt),
      [due],
      "the day is run once, at the instant that was planned"
    )
  })

const three: ProcessCases.Case = (place) =>
  Effect.gen(function* () {
    const of = (everyMs: number) => Served.start({ place, lease, jobs: [quick("shared", everyMs)] })
    const first = yield* of(300)
    yield* further(first, "shared", 3)
    const second = yield* of(400)
    const third = yield* of(500)
    yield* leaves(first, "shared")
    yield* leaves(second, "shared")
    const counts = () => [first, second].map((one) => begun(one, "shared").length)
    const [ofFirst = 0, ofSecond = 0] = counts()
    yield* further(third, "shared", 8)
    assert.deepStrictEqual(counts(), [ofFirst, ofSecond], "the newest alone runs it")
    yield* third.end("SIGKILL")
    yield* second.hear(saying("regained", { job: "shared" }))
    yield* further(second, "shared", 5)
    assert.strictEqual(counts()[0], ofFirst, "the next one after it takes it back")
    yield* second.end("SIGKILL")
    yield* first.hear(saying("regained", { job: "shared" }))
    yield* further(first, "shared", 5)
    yield* first.end("SIGTERM")
    assertOnce(yield* logOf(place, "shared"))
  })

const otherKeys: ProcessCases.Case = (place) =>
  Effect.gen(function* () {
    const older = yield* Served.start({ place, lease, jobs: [quick("shared", 300)] })
    yield* further(older, "shared", 3)
    const newer = yield* Served.start({ place, lease, jobs: [{ ...quick("shared", 300), keys: ["a", "b"] }] })
    yield* leaves(older, "shared")
    const before = begun(older, "shared").length
    yield* further(newer, "shared", 12)
    assert.lengthOf(begun(older, "shared"), before)
    const keysOf = (served: Served.Served) => [...new Set(begun(served, "shared").map(({ key }) => key))].sort()
    assert.deepStrictEqual(keysOf(newer), ["a", "b"])
    yield* newer.end("SIGKILL")
    yield* older.hear(saying("regained", { job: "shared" }))
    yield* further(older, "shared", 3)
    assert.deepStrictEqual(keysOf(older), [""])
    yield* older.end("SIGTERM")
    assertOnce(yield* logOf(place, "shared"))
  })

ProcessCases.describeCases("releases", {
  "a job that is renamed while a run is under way is run once, and its history follows": renamed,
  "a newer version that is rolled back leaves the job to the older one": rolledBack,
  "a cron expression that moves past its instant keeps the day's run": movedCron,
  "of three releases at once the newest runs the job, and the next one after it": three,
  "a job that gets keys is run by its keys alone, and without them after the newer one": otherKeys
})
