/**
 * Requests that no process has carried out yet, and jobs that no registry has any more, as the commands show them.
 */
import { assert } from "@effect/vitest"
import { Context, Effect, Layer, Logger, Schedule, Schema } from "effect"
import { Job, type JobStore, Jobs, Tick } from "tickwork"
import * as Program from "./Program.ts"

const hourly = Job.schedule(Schedule.spaced("1 hour"))
const sync = Job.make("sync", Effect.void).pipe(hourly)
const gone = Job.make("gone", Effect.void).pipe(Job.every("1 second"))
const sendMail = Job.make("send_mail", { payload: Schema.Unknown }, () => Effect.void)

const opened = <E, R>(jobs: Jobs.Jobs<R>, store: Layer.Layer<JobStore.JobStore, E>) =>
  Layer.build(Layer.provide(Tick.layer(jobs), store)).pipe(
    Effect.map((built) => Context.get(built, Tick.Tick)),
    Effect.provide(Logger.remove(Logger.defaultLogger))
  )

/** On a database that no process uses. */
export const requests = <E>(db: string, store: Layer.Layer<JobStore.JobStore, E>) =>
  Effect.gen(function* () {
    yield* Effect.scoped(opened(Jobs.make(sync, sendMail), store))
    const ada = ["--by", "ada", "--why", "it rains", "--db", db]
    yield* Program.run("pause", "sync", ...ada)
    const enqueued = yield* Program.run("enqueue", "send_mail", "1", "--key", "one", ...ada)
    assert.match(enqueued.output.replaceAll(/\s+/g, " "), /is pending\. Its payload is checked by .* No process/)

    const status = yield* Program.runIn({ COLUMNS: "80" }, "status", "--db", db)
    assert.include(status.output, "\n  pause pending by ada: it rains\n")
    assert.include(status.output, "\nsend_mail: 1 enqueued and not taken in, of 1 run (--all lists them)\n")
    const { answer } = yield* Program.json("status", "--all", "--db", db)
    const [mail, plain] = answer.jobs
    assert.deepInclude(mail, {
      job: "send_mail",
      key: "one",
      state: "enqueued",
      detail: "enqueue pending by ada: it rains"
    })
    assert.deepInclude(plain.requests[0], { verb: "pause", by: "ada", why: "it rains" })

    const next = yield* Program.json("next", "--db", db)
    const states = (rows: ReadonlyArray<{ readonly job: string; readonly state: string }>) =>
      rows.map(({ job, state }) => `${job} ${state}`)
    assert.deepStrictEqual(states(next.answer.next), ["send_mail enqueued", "sync waiting"])
    assert.include((yield* Program.run("next", "--db", db)).output, "pause pending by ada: it rains")
    yield* Program.run("trigger", "sync", ...ada)
    const [first] = (yield* Program.json("next", "sync", "--db", db)).answer.next
    const { answer: explained } = yield* Program.json("explain", "sync", "--db", db)
    assert.strictEqual(first.at, explained.requests[1].at)
    const { output } = yield* Program.run("explain", "send_mail", "--key", "one", "--db", db)
    assert.match(output.replaceAll(/\s+/g, " "), /^A run of send_mail\/one was enqueued .* by ada: it rains, and no/)
  })

/** On a database of which one release had a job that the running one has not. */
export const unregistered = <E>(db: string, store: Layer.Layer<JobStore.JobStore, E>) =>
  Effect.gen(function* () {
    yield* Effect.scoped(Effect.flatMap(opened(Jobs.make(sync, gone), store), ({ once }) => once))
    const tick = yield* opened(Jobs.make(sync), store)
    yield* Effect.forkScoped(tick.run)
    const { output } = yield* Program.runIn({ COLUMNS: "80" }, "status", "--db", db)
    assert.match(output, /\n {2}in no running registry since [\d: -]+\n/)
    assert.notInclude(output, "overdue")
    const { answer } = yield* Program.json("status", "gone", "--db", db)
    assert.strictEqual(answer.jobs[0].state, "unregistered")
    assert.strictEqual(answer.jobs[0].inNoRegistrySince, answer.jobs[0].updatedAt)
    const explained = yield* Program.run("explain", "gone", "--db", db)
    assert.match(explained.output.replaceAll(/\s+/g, " "), /^gone is in no running registry since .* "tickwork forget"/)
    const forgotten = yield* Program.run("forget", "gone", "--yes", "--wait", "60s", "--db", db)
    assert.match(forgotten.output, /^gone: forgotten after /)
    const { answer: after } = yield* Program.json("status", "--db", db)
    assert.deepStrictEqual(
      after.jobs.map(({ job, state }: { readonly job: string; readonly state: string }) => `${job} ${state}`),
      ["sync waiting"]
    )
  })
