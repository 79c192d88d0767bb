import { SqlClient } from "@effect/sql"
import { assert } from "@effect/vitest"
import * as Eventually from "@tickwork/test-support/Eventually"
import { Effect, Schedule } from "effect"
import { LogEntry } from "tickwork"
import * as Place from "./support/Place.ts"
import * as ProcessCases from "./support/ProcessCases.ts"
import * as Served from "./support/Served.ts"
import type { Described } from "./support/serving.ts"
import * as Told from "./support/Told.ts"

const { hour, quick, saying } = Served

const told = (place: string) =>
  Effect.map(Effect.provide(Told.instances, Place.layer(place)), (instances) => {
    for (const instance of instances) Told.isConsistent(instance)
    return (job: string) => instances.find(({ state }) => state.jobName === job)?.lines ?? []
  })

const query = <A extends object>(place: string, text: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe<A>(text)).pipe(Effect.provide(Place.layer(place)))

const assertExactlyOnce = (place: string, lines: Told.Instance["lines"]) =>
  Effect.gen(function* () {
    const rows = yield* query<{ instant: number | string }>(
      place,
      `SELECT instant FROM entries WHERE job = '${lines[0]?.jobName}' ORDER BY instant`
    )
    assert.deepStrictEqual(
      rows.map(({ instant }) => Number(instant)),
      lines.flatMap(({ scheduledAt, status }) => (status === "success" ? [scheduledAt] : [])),
      "what is written is what is recorded"
    )
  })

const endAll = (all: ReadonlyArray<Served.Served>) =>
  Effect.forEach(all, (served) => served.end("SIGTERM"), { concurrency: "unbounded", discard: true })

const begun = (served: Served.Served, job: string) => Served.all(served, saying("begins", { job }))

const differentJobs: ProcessCases.Case = (place) =>
  Effect.gen(function* () {
    const one = yield* Served.start({ place, jobs: [quick("shared", 300), quick("only one", 300)] })
    const two = yield* Served.start({ place, jobs: [quick("shared", 300), quick("only two", 300)] })
    yield* Effect.all(
      [
        Served.many(one, saying("recorded", { job: "only one" }), 10),
        Served.many(two, saying("recorded", { job: "only two" }), 10)
      ],
      { concurrency: "unbounded" }
    )
    yield* endAll([one, two])
    assert.deepStrictEqual([...begun(one, "only two"), ...begun(two, "only one")], [])
    const log = yield* told(place)
    const runOf = ({ attempt, scheduledAt }: { readonly attempt: number; readonly scheduledAt: number }) =>
      `${scheduledAt}, attempt ${attempt}`
    const begins = [...begun(one, "shared"), ...begun(two, "shared")]
    assert.isAtLeast(begins.length, 5)
    assert.deepStrictEqual(
      log("shared").filter(LogEntry.ran).map(runOf).toSorted(),
      begins.map(runOf).toSorted(),
      "each run of the job that both name is made once"
    )
    for (const job of ["shared", "only one", "only two"]) {
      const instants = log(job)
        .filter(({ attempt }) => attempt === 1)
        .map(({ scheduledAt }) => scheduledAt)
      assert.strictEqual(new Set(instants).size, instants.length, `no instant of ${job} twice`)
      // an instant that a run overtakes has none of its own
      for (const instant of instants) assert.strictEqual((instant - (instants[0] ?? 0)) % 300, 0)
    }
  })

/** Asks until it says that it leaves a job alone. */
const leavesAlone = (served: Served.Served, job: string) =>
  Eventually.isTrue(
    `${job} is not run here`,
    Effect.gen(function* () {
      const since = served.said.length
      yield* served.ask({ ask: "status" })
      const { decisions } = yield* served.hear(saying("status"), since)
      return decisions[job]?.startsWith("not run here: its plan is another one") === true
    })
  )

const differentDefinitions: ProcessCases.Case = (place) =>
  Effect.gen(function* () {
    const settings = { place, lease: "1 second" } as const
    const recorded = saying("recorded", { job: "shared", status: "success" })
    const slowly = { ...settings, jobs: [quick("shared", 700)] }
    const quickly = { ...settings, jobs: [quick("shared", 300)] }
    const one = yield* Served.start(quickly)
    yield* Served.many(one, recorded, 5)
    const two = yield* Served.start(slowly)
    yield* leavesAlone(one, "shared")
    const left = begun(one, "shared").length
    yield* Served.many(two, recorded, 12)
    assert.lengthOf(begun(one, "shared"), left, "the one that opened first leaves it alone")

    const three = yield* Served.start(quickly)
    yield* leavesAlone(three, "shared")
    for (let run = 0; run < 5; run++) yield* two.hear(recorded, two.said.length)
    assert.lengthOf(begun(three, "shared"), 0, "a process of the older one that starts later is no newer")
    yield* two.end("SIGKILL")
    yield* three.hear(saying("regained", { job: "shared" }))
    const both = Effect.suspend(() =>
      Effect.raceAll([one, three].map((served) => served.hear(recorded, served.said.length)))
    )
    for (let run = 0; run < 5; run++) yield* both
    yield* endAll([one, three])
    const log = yield* told(place)
    const changes = log("shared").flatMap(({ reason, status }) => (status === "control" ? [reason] : []))
    assert.lengthOf(changes, 2, "it is planned again for the newer one and at its end, and for nothing else")
  })

const lease = "1 second" as const

const long: Described = { name: "long", everyMs: hour, takesMs: [hour, 0] }

const anotherHost: ProcessCases.Case = (place) =>
  Effect.gen(function* () {
    const settings = { place, jobs: [long], lease }
    const taken = saying("recorded", { job: "long", status: "interrupted" })
    const one = yield* Served.start(settings)
    yield* one.hear(saying("begins", { job: "long" }))
    yield* one.end("SIGKILL")
    yield* query(place, "UPDATE job_state SET claim_owner = 'elsewhere,' || claim_owner WHERE claim_owner IS NOT NULL")
    const two = yield* Served.start(settings)
    const { error } = yield* two.hear(taken)
    assert.strictEqual(
      error,
      "its owner did not renew its claim",
      "a process elsewhere may live: a lease is waited for"
    )
    yield* two.hear(saying("ends", { job: "long", attempt: 2 }))
  })

/** Fails where the row of the run is locked: on SQLite as long as anything is written. */
const notLocked = (place: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    if (place.startsWith("postgres"))
      return yield* sql`SELECT id FROM job_state WHERE job_name = ${long.name} FOR UPDATE NOWAIT`
    yield* sql`PRAGMA busy_timeout = 100`
    yield* sql`BEGIN IMMEDIATE`
    return yield* sql`ROLLBACK`
  }).pipe(Effect.provide(Place.layer(place)))

/** Freezes it between two renewals: in the middle of one it would hold what the other one waits for. */
const freeze = (place: string, { child }: Served.Served) =>
  Effect.suspend(() => {
    child.kill("SIGSTOP")
    return Effect.tapErrorCause(notLocked(place), () => Effect.sync(() => child.kill("SIGCONT")))
  }).pipe(Effect.retry({ times: 100, schedule: Schedule.spaced("50 millis") }), Effect.orDie)

/** Frozen in the middle of a run, and gone on with once the other has made that run. */
const frozen: ProcessCases.Case = (place) =>
  Effect.gen(function* () {
    const ledger = { name: "ledger", everyMs: 300, is: "transactional" } as const
    const settings = { place, lease, drain: "1 second" } as const
    const one = yield* Served.start({ ...settings, jobs: [long] })
    yield* one.hear(saying("begins", { job: "long" }))
    const two = yield* Served.start({ ...settings, jobs: [long, ledger] })
    yield* freeze(place, one)
    const taken = yield* two.hear(saying("recorded", { job: "long", status: "interrupted" }))
    assert.strictEqual(taken.error, "its owner did not renew its claim")
    yield* two.hear(saying("recorded", { job: "long", status: "success" }))
    const ledgerBefore = Served.all(two, saying("recorded", { job: "ledger" })).length
    one.child.kill("SIGCONT")
    yield* Effect.all([one.hear(saying("is cut", { job: "long" })), one.hear(saying("lost", { job: "long" }))])
    yield* Served.many(two, saying("recorded", { job: "ledger" }), ledgerBefore + 3)
    yield* endAll([one, two])

    const log = yield* told(place)
    assert.deepStrictEqual(
      log("long").map(({ attempt, status }) => [attempt, status]),
      [
        [1, "interrupted"],
        [2, "success"]
      ],
      "nothing of the frozen run is recorded"
    )
    assert.deepStrictEqual(Served.all(one, saying("recorded", { job: "long" })), [])
    yield* assertExactlyOnce(place, log("ledger"))
  })

/** Frozen inside a transaction: whoever wants what that holds waits, and goes on afterwards. */
const frozenInside: ProcessCases.Case = (place) =>
  Effect.gen(function* () {
    const ledger = { name: "ledger", everyMs: hour, untilAsked: true, is: "transactional" } as const
    // half of it is what a transaction may take, the time in which it is frozen included
    const settings = { place, jobs: [ledger, quick("steady", 300)], lease: "8 seconds" } as const
    const one = yield* Served.start(settings)
    yield* one.hear(saying("begins", { job: "ledger" }))
    one.child.kill("SIGSTOP")
    const two = yield* Served.start(settings)
    yield* two.hear(saying("store failed"))
    one.child.kill("SIGCONT")
    yield* one.ask({ ask: "finish", job: "ledger" })
    yield* Served.first([one, two], saying("recorded", { job: "ledger", status: "success" }))
    yield* Served.first(
      [one, two],
      saying("recorded", { job: "steady", status: "success" }),
      [one, two].map(({ said }) => said.length)
    )
    yield* endAll([one, two])
    const log = yield* told(place)
    assert.lengthOf(
      log("ledger").filter(({ status }) => status === "success"),
      1
    )
    yield* assertExactlyOnce(place, log("ledger"))
  })

ProcessCases.describeCases("two processes", {
  "a job of one of them is run by that one, and one of both once for each instant": differentJobs,
  "a job that they define differently is run as the newer one says, while it lives": differentDefinitions,
  "a run of a process on another host is waited for a whole lease": anotherHost,
  "a process frozen for longer than its lease lets go of its run, and records nothing of it": frozen,
  "a process frozen in a transaction holds up the others, and nothing is written twice": frozenInside
})
