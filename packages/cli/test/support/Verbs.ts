/**
 * The verbs of the command line as processes, with an application that runs in the test, on any database.
 */
import { assert } from "@effect/vitest"
import { Context, Effect, Layer, Logger, Schedule, Schema } from "effect"
import { Job, type JobStore, Jobs, Tick } from "tickwork"
import * as Program from "./Program.ts"

/** Fails until it is retried by hand, since nothing else makes a second attempt. */
const sendMail = (received: Array<unknown>) =>
  Job.make(
    "send_mail",
    { payload: Schema.Struct({ to: Schema.String, $: Schema.optional(Schema.Number) }) },
    ({ attempt, payload }) => {
      received.push(payload)
      return payload.to === "grace" && attempt === 1 ? Effect.fail("offline") : Effect.void
    }
  ).pipe(Job.retry(Schedule.recurs(0)), Job.retryUnexpected(Schedule.recurs(0)))

const hourly = Job.schedule(Schedule.spaced("1 hour"))
const sendReport = Job.make("send_report", { report: Schema.Struct({ mails: Schema.Number }) }, (run) =>
  run.report({ mails: 12 })
).pipe(hourly)
const upload = Job.make("upload", { keys: Effect.succeed(["ada", "grace"]) }, () => Effect.void).pipe(hourly)
const hangs = Job.make("hangs", (run) => Effect.zipRight(run.progress(3, 7), Effect.never)).pipe(
  Job.every("1 day"),
  Job.parallel
)

const application = <E>(store: Layer.Layer<JobStore.JobStore, E>, received: Array<unknown>) =>
  Effect.gen(function* () {
    const live = Layer.provide(Tick.layer(Jobs.make(sendMail(received), sendReport, upload, hangs)), store)
    const tick = Context.get(yield* Layer.build(live), Tick.Tick)
    yield* Effect.forkScoped(tick.run)
    return tick
  }).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))

export const check = <E>(db: string, store: Layer.Layer<JobStore.JobStore, E>) =>
  Effect.gen(function* () {
    const ada = ["--by", "ada", "--why", "it rains", "--wait", "60s", "--db", db]
    const text = (...args: ReadonlyArray<string>) =>
      Effect.map(Program.run(...args, ...ada), ({ code, errors, output }) => ({ code, said: output + errors }))
    const received: Array<unknown> = []
    yield* application(store, received)

    const enqueued = yield* Program.json("enqueue", "send_mail", '{"to":"ada","$":1}', "--key", "one", ...ada)
    assert.deepInclude(enqueued.answer, { job: "send_mail", key: "one", outcome: "new", by: "ada", why: "it rains" })
    assert.deepStrictEqual(enqueued.answer.attempt, { status: "success", error: null })
    assert.deepStrictEqual(received.splice(0), [{ to: "ada", $: 1 }])
    const again = yield* text("enqueue", "send_mail", '{"to":"ada"}', "--key", "one")
    assert.match(again.said, /^send_mail\/one: a duplicate, its key is taken by the run send_mail\/one\/\d+\.\n$/)
    const refused = yield* text("enqueue", "send_mail", '{"to":7}', "--key", "two")
    assert.strictEqual(refused.code, 1)
    assert.match(refused.said, /^tickwork: send_mail\/two: PayloadDecodeError: /)
    assert.match((yield* text("enqueue", "send_report", "1")).said, /"send_report" takes no payload/)
    assert.match((yield* text("enqueue", "send_mail", "{to}")).said, /The payload must be JSON/)

    const failed = yield* text("enqueue", "send_mail", '{"to":"grace"}', "--key", "three")
    assert.match(failed.said, /^send_mail\/three: enqueued after .*\. Its first attempt ended as error: offline\.\n$/)
    assert.match((yield* text("retry", "send_mail", "--key", "one")).said, /send_mail\/one has not failed/)
    assert.match((yield* text("retry", "send_mail", "--key", "three")).said, /^send_mail\/three: retried after /)

    const runs = yield* Program.json("status", "hangs", "--db", db)
    assert.deepInclude(runs.answer.jobs[0].running.progress, { done: 3, total: 7 })
    assert.match(runs.answer.jobs[0].detail, /^running for .*, 3 of 7, by /)
    assert.match((yield* Program.json("explain", "hangs", "--db", db)).answer.sentence, /, and is at 3 of 7\.$/)
    assert.match((yield* text("cancel", "hangs")).said, /^hangs: cancelled after /)

    yield* text("trigger", "send_report")
    const { entries } = (yield* Program.json("history", "send_report", "--status", "success", "--db", db)).answer
    const shown = yield* Program.json("show", entries[0].entry, "--db", db)
    assert.deepStrictEqual(shown.answer.entries[0].report, { mails: 12 })
    assert.match((yield* Program.run("show", entries[0].entry, "--db", db)).output, /report +\{"mails":12\}/)

    const paused = yield* Program.json("pause", "up*", ...ada)
    assert.deepStrictEqual(
      paused.answer.instances.map(({ job, key }: JobStore.Ref & { readonly job: string }) => [job, key]),
      [
        ["upload", "ada"],
        ["upload", "grace"]
      ]
    )
    assert.match((yield* text("pause", "upload", "--all")).said, /2 instances of 1 job cannot be paused/)
    assert.match((yield* text("pause", "--all")).said, /paused after/)
    assert.match((yield* text("resume", "--all")).said, /resumed after/)

    const brief = yield* Program.json("pause", "send_report", "--until", "2h", ...ada)
    assert.isAbove(brief.answer.until, brief.answer.at)
    const answerOf = (...args: ReadonlyArray<string>) =>
      Effect.map(Program.json(...args, "--db", db), ({ answer }) => answer)
    const { sentence } = yield* answerOf("explain", "send_report")
    assert.match(sentence, /The pause ends at .*; "tickwork resume" continues it now\.$/)
    const { jobs } = yield* answerOf("status", "send_report")
    assert.match(jobs[0].detail, /^paused .* until .* by ada: it rains$/)
    assert.strictEqual(jobs[0].paused.until, brief.answer.until)
    assert.match((yield* text("pause", "send_report", "--until", "1970-01-01T00:00:00Z")).said, /later than now/)
    assert.match((yield* text("pause", "send_report")).said, /paused after/, "now without an end")
    assert.match((yield* text("resume", "send_report")).said, /resumed after/)

    const asked = yield* Program.withInput("n\n", "forget", "send_report", ...ada)
    assert.deepStrictEqual([asked.code, asked.output], [1, ""])
    assert.match(asked.errors, /^Forget send_report, with its state and \d log entries\? \[y\/N\] /)
    const forgotten = yield* Program.withInput("y\n", "forget", "send_report", ...ada)
    assert.match(forgotten.output, /^send_report: forgotten after /)
    assert.match(
      (yield* text("forget", "send_mail", "--key", "one", "--yes")).said,
      /^send_mail\/one: forgotten after /
    )

    const { answer: log } = yield* Program.json("history", "--db", db, "--limit", "100", "--status", "control")
    const reasons: ReadonlyArray<string> = log.entries.map(
      ({ job, key, reason }: { readonly job: string; readonly key: string; readonly reason: string }) =>
        `${job}/${key} ${reason}`
    )
    for (const expected of [
      "send_mail/three enqueued by ada: it rains",
      "send_mail/three retried by ada: it rains",
      "hangs/ cancelled by ada: it rains",
      "upload/ada paused by ada: it rains",
      "upload/grace resumed by ada: it rains"
    ])
      assert.include(reasons, expected)
    assert.isTrue(reasons.every((reason) => !reason.startsWith("send_report/ ")))
  })
