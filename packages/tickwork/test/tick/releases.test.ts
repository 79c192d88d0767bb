import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { pick } from "@tickwork/test-support/Sets"
import { turn } from "@tickwork/test-support/Turn"
import { Clock, Effect, Exit, FastCheck as fc, Logger, Schedule, Scope } from "effect"
import { Decision, Job, Jobs, LogEntry, type Run } from "tickwork"
import { ManualClock } from "tickwork/testing"
import { makeLog } from "../support/log.ts"

const { hour, minute, start } = Bench

interface Begun {
  readonly release: string
  readonly name: string
  readonly key: string
  readonly at: number
  readonly scheduledAt: number
  readonly attempt: number
  endedAt: number
}

type Release = (begun: Array<Begun>) => Jobs.Jobs<never>

const takes = "20 seconds"

const body = (release: string, begun: Array<Begun>) => (run: Run.Run) =>
  Effect.gen(function* () {
    const { attempt, jobName: name, key, scheduledAt, startedAt } = run
    const one = { release, name, key, at: startedAt - start, scheduledAt, attempt, endedAt: Number.POSITIVE_INFINITY }
    begun.push(one)
    const ended = Effect.map(Clock.currentTimeMillis, (now) => {
      one.endedAt = now - start
    })
    yield* Effect.ensuring(Effect.sleep(takes), ended)
  })

const every = Job.every("10 minutes")
const old: Release = (begun) => Jobs.make(Job.make("purge", {}, body("old", begun)).pipe(every))

/** What the next release may have changed. */
const changes = {
  cadence: (begun) => Jobs.make(Job.make("purge", {}, body("new", begun)).pipe(Job.every("15 minutes"))),
  schedule: (begun) =>
    Jobs.make(Job.make("purge", {}, body("new", begun)).pipe(Job.repeat(Schedule.spaced("10 minutes")))),
  version: (begun) => Jobs.make(Job.make("purge", {}, body("new", begun)).pipe(every, Job.version(2))),
  renamed: (begun) => Jobs.make(Job.make("clean", {}, body("new", begun)).pipe(every, Job.renamedFrom("purge"))),
  removed: (begun) => Jobs.make(Job.make("other", {}, body("new", begun)).pipe(every)),
  added: (begun) =>
    Jobs.make(
      Job.make("purge", {}, body("new", begun)).pipe(every),
      Job.make("other", {}, body("new", begun)).pipe(every)
    ),
  keys: (begun) => Jobs.make(Job.make("purge", { keys: Effect.succeed(["a", "b"]) }, body("new", begun)).pipe(every)),
  nothing: (begun) => Jobs.make(Job.make("purge", {}, body("new", begun)).pipe(every))
} as const satisfies Record<string, Release>

type Change = keyof typeof changes

/** Whether the newer release takes the job away from the older one. */
const takesAway: ReadonlyArray<Change> = ["cadence", "schedule", "version", "renamed", "keys"]

/** A process that may be stopped, or killed: then it neither writes nor leaves. */
const process = (release: Release, begun: Array<Begun>, store: Bench.Store) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const bench = yield* Scope.extend(Bench.daemonOf(release(begun), { store }), scope)
    const { until } = yield* ManualClock.ManualClock
    const close = until(Scope.close(scope, Exit.void))
    yield* Effect.addFinalizer(() => close)
    return { ...bench, stop: close, kill: Effect.sync(() => store.fail(Number.POSITIVE_INFINITY)) }
  })

const isOfJob = ({ name }: Begun) => name !== "other"

/** No instance runs beside itself, and no attempt is made twice. */
const assertNoneTwice = (begun: ReadonlyArray<Begun>) => {
  const ids = begun.map(
    ({ attempt, key, name, scheduledAt }) =>
      `${isOfJob({ name } as Begun) ? "job" : name} ${key} ${scheduledAt} ${attempt}`
  )
  assert.deepStrictEqual(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    [],
    "twice"
  )
  for (const [index, one] of begun.entries()) {
    for (const other of begun.slice(index + 1)) {
      if (isOfJob(one) && isOfJob(other) && one.key === other.key)
        assert.isAtLeast(other.at, one.endedAt, "one beside another")
    }
  }
}

describe("a newer release of a job", () => {
  for (const change of Object.keys(changes) as ReadonlyArray<Change>) {
    it.effect(`runs it alone while it lives, and the older one takes it back: ${change}`, () =>
      Effect.gen(function* () {
        const begun: Array<Begun> = []
        const rows = yield* Bench.makeStore
        const time = yield* ManualClock.ManualClock
        const first = yield* process(old, begun, rows.as("first"))
        yield* time.advance("5 minutes")
        const second = yield* process(changes[change], begun, rows.as("second"))
        yield* time.advance("1 hour")
        const isTaken = takesAway.includes(change)
        const during = begun.filter((one) => isOfJob(one) && one.at > 5 * minute)
        if (isTaken)
          assert.isTrue(
            during.every(({ release }) => release === "new"),
            "the newer one alone"
          )
        assert.isAtLeast(during.length, 4)
        assert.lengthOf((yield* first.tick.health).left, isTaken ? 1 : 0)
        const [status] = yield* first.tick.status
        if (isTaken && status !== undefined) assert.include(Decision.toText(status.decision), "not run here")

        // a restart makes the older one no newer
        yield* first.stop
        const again = yield* process(old, begun, rows.as("again"))
        const restartedAt = (yield* time.now) - start
        yield* time.advance("1 hour")
        const since = begun.filter((one) => isOfJob(one) && one.at > restartedAt)
        if (isTaken)
          assert.isTrue(
            since.every(({ release }) => release === "new"),
            "after the restart"
          )
        assert.isAtLeast(since.length, 4)

        yield* second.kill
        const killedAt = (yield* time.now) - start
        yield* time.advance("1 hour")
        const after = begun.filter((one) => isOfJob(one) && one.at > killedAt + 4 * minute)
        assert.isTrue(
          after.every(({ release }) => release === "old"),
          "after the newer one has died"
        )
        assert.isTrue(
          after.every(({ key }) => key === ""),
          "and of no key of the newer one"
        )
        assert.isAtLeast(after.length, 4)
        assert.deepStrictEqual((yield* again.tick.health).left, [])
        const tags = again.events.flatMap(({ _tag }) => (_tag === "JobRegained" ? [_tag] : []))
        assert.lengthOf(tags, isTaken ? 1 : 0)
        assertNoneTwice(begun)
        const log = (yield* rows.logOf("purge")).filter(LogEntry.ran)
        if (change !== "keys") assert.lengthOf(log, begun.filter(isOfJob).length, "its whole history is under its name")
      }).pipe(quiet, Bench.run)
    )
  }

  it.effect.each([
    ["has keys", old, changes.keys, [""]],
    ["has none", changes.keys, old, ["a", "b"]]
  ] as const)("that %s where the older one differs leaves it the instances that it had", ([, first, second, keys]) =>
    Effect.gen(function* () {
      const begun: Array<Begun> = []
      const rows = yield* Bench.makeStore
      const time = yield* ManualClock.ManualClock
      yield* process(first, begun, rows.as("first"))
      yield* time.advance("5 minutes")
      const newer = yield* process(second, begun, rows.as("second"))
      yield* time.advance("1 hour")
      yield* newer.stop
      const before = begun.length
      yield* time.advance("1 hour")
      assert.deepStrictEqual([...new Set(begun.slice(before).map(({ key }) => key))], [...keys])
      assertNoneTwice(begun)
    }).pipe(Bench.run)
  )

  it.effect("that has been renamed leaves a run under way to its end, and makes it no second time", () =>
    Effect.gen(function* () {
      const begun: Array<Begun> = []
      const rows = yield* Bench.makeStore
      const time = yield* ManualClock.ManualClock
      yield* process(old, begun, rows.as("first"))
      yield* time.advance("10 seconds")
      yield* process(changes.renamed, begun, rows.as("second"))
      yield* time.advance("5 minutes")
      assert.deepStrictEqual(
        (yield* rows.logOf("clean")).map(({ status }) => status),
        ["success"]
      )
      yield* time.advance("10 minutes")
      assert.deepStrictEqual(
        begun.map(({ at, release }) => [release, at]),
        [
          ["old", 0],
          ["new", 10 * minute]
        ]
      )
    }).pipe(Bench.run)
  )

  it.effect.each(["renamed", "cadence", "version", "keys"] as const)(
    "holds from its opening on, though the older one has not looked who lives since: %s",
    (change) =>
      Effect.gen(function* () {
        const begun: Array<Begun> = []
        const rows = yield* Bench.makeStore
        const time = yield* ManualClock.ManualClock
        yield* process(old, begun, rows.as("first"))
        // its last check of the clock was at 9:20, and its next one is at 10:20
        yield* time.advance(9.5 * minute)
        yield* process(changes[change], begun, rows.as("second"))
        const before = begun.length
        yield* time.advance("45 seconds")
        assert.isTrue(
          begun.slice(before).every(({ release }) => release === "new"),
          "the newer one alone"
        )
        assertNoneTwice(begun)
      }).pipe(Bench.run)
  )

  it.effect("says to the older process, its log and its listeners why it no longer runs the job", () =>
    Effect.gen(function* () {
      const rows = yield* Bench.makeStore
      const log = makeLog()
      const time = yield* ManualClock.ManualClock
      const first = yield* Effect.provide(process(old, [], rows.as("first")), log.layer)
      const second = yield* process(changes.renamed, [], rows.as("second"))
      yield* time.advance("2 minutes")
      const why = 'a newer release runs it as "clean"'
      assert.deepStrictEqual(
        first.events.filter(({ _tag }) => _tag === "JobLeft"),
        [{ _tag: "JobLeft", jobName: "purge", why }]
      )
      assert.deepStrictEqual((yield* first.tick.health).left, [{ jobName: "purge", why }])
      const warnings = log.lines.filter(({ level }) => level === "Warning").map(({ text }) => text)
      assert.deepStrictEqual(warnings, [`Job "purge" is not run here: ${why}`])
      yield* second.stop
      yield* time.advance("1 minute")
      assert.deepStrictEqual((yield* first.tick.health).left, [], "a process that has stopped is gone at once")
    }).pipe(Bench.run)
  )

  it.effect.each([
    ["to an hour that has passed", "0 14 * * *", "0 12 * * *", [2 * hour, 24 * hour]],
    ["to a later hour", "0 14 * * *", "0 15 * * *", [3 * hour, 27 * hour]]
  ] as const)("that moves a daily run %s loses no day and runs none twice", ([, before, after, expected]) =>
    Effect.gen(function* () {
      const begun: Array<Begun> = []
      const rows = yield* Bench.makeStore
      const time = yield* ManualClock.ManualClock
      const at =
        (expression: string): Release =>
        (all) =>
          Jobs.make(Job.make("purge", {}, body("", all)).pipe(Job.cron(expression)))
      yield* time.jumpTo(start - minute)
      yield* process(at(before), begun, rows.as("first"))
      yield* time.advance("1 hour")
      yield* process(at(after), begun, rows.as("second"))
      yield* time.advance("30 hours")
      assert.deepStrictEqual(
        begun.map(({ at }) => at),
        [...expected]
      )
    }).pipe(Bench.run)
  )
})

type Step =
  | { readonly _tag: "Start"; readonly release: number }
  | { readonly _tag: "Stop" | "Kill"; readonly process: number }
  | { readonly _tag: "Wait"; readonly minutes: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ _tag: fc.constant("Start" as const), release: fc.nat(2) }),
  fc.record({ _tag: fc.constantFrom("Stop" as const, "Kill" as const), process: fc.nat(5) }),
  fc.record({ _tag: fc.constant("Wait" as const), minutes: fc.integer({ min: 1, max: 25 }) })
)

/** The release after the changed one: of a job that was renamed it has a third name, of another one a version more. */
const third =
  (change: Change): Release =>
  (begun) =>
    change === "renamed"
      ? Jobs.make(Job.make("sweep", {}, body("third", begun)).pipe(Job.every("12 minutes"), Job.renamedFrom("clean")))
      : Jobs.make(Job.make("purge", {}, body("third", begun)).pipe(every, Job.version(2)))

/** How new each release's definition of the job is, the oldest first; none where it has no such job. */
const newness = (change: Change): Readonly<Record<string, number>> => ({
  old: 0,
  third: 2,
  ...(change === "removed" ? {} : { new: change === "version" ? 2 : takesAway.includes(change) ? 1 : 0 })
})

const labels = ["old", "new", "third"] as const

/** What a killed process says of its store is no matter of these tests. */
const quiet = Effect.provide(Logger.remove(Logger.defaultLogger))

describe("three releases", () => {
  it.effect("in any order of starts, stops and kills lose no job and begin no run beside itself", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...(Object.keys(changes) as ReadonlyArray<Change>)),
          fc.array(step, { minLength: 2, maxLength: 12 }),
          (change, steps) =>
            Effect.runPromise(
              Effect.gen(function* () {
                yield* Effect.promise(turn)
                const begun: Array<Begun> = []
                const releases = [old, changes[change], third(change)]
                const rows = yield* Bench.makeStore
                const time = yield* ManualClock.ManualClock
                const all: Array<{
                  readonly label: string
                  readonly stop: Effect.Effect<void>
                  readonly kill: Effect.Effect<void>
                }> = []
                // each name follows one that was stored
                for (const release of releases.slice(0, 2))
                  yield* (yield* process(release, begun, rows.as(`first of ${releases.indexOf(release)}`))).stop
                for (const step of [...steps, { _tag: "Start", release: 0 } as const]) {
                  if (step._tag === "Wait") yield* time.advance(step.minutes * minute)
                  else if (step._tag === "Start")
                    all.push({
                      label: labels[step.release] ?? "old",
                      ...(yield* process(releases[step.release] ?? old, begun, rows.as(`process ${all.length}`)))
                    })
                  else if (all.length > 0) {
                    const one = all.splice(step.process % all.length, 1)[0]
                    yield* step._tag === "Stop" ? (one?.stop ?? Effect.void) : (one?.kill ?? Effect.void)
                  }
                }
                yield* time.advance("10 minutes")
                const before = begun.filter(isOfJob).length
                yield* time.advance("1 hour")
                assertNoneTwice(begun)
                const since = begun.filter(isOfJob).slice(before)
                assert.isAtLeast(since.length, 3, "the job goes on")
                assert.lengthOf([...new Set(since.map(({ name }) => name))], 1, "under one name")
                const isKeyed = (release: string) => change === "keys" && release === "new"
                const foreign = since.filter(({ key, release }) => isKeyed(release) !== (key !== ""))
                assert.deepStrictEqual(foreign, [], "with the keys of its own release")
                const ranks = newness(change)
                const newest = Math.max(...all.map(({ label }) => ranks[label] ?? -1))
                const others = since.filter(({ release }) => ranks[release] !== newest)
                assert.deepStrictEqual(others, [], "the newest that lives runs it alone")
              }).pipe(quiet, Bench.run)
            )
        ),
        { numRuns: pick({ fast: 50, full: 1000 }), seed: 1 }
      )
    )
  )
})
