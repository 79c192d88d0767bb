/**
 * A program for tests: it takes care of some partitions on the database that its first argument names, and never ends by
 * itself. It is the process of its second argument among as many as its third.
 *
 * Its output has a line for each body that begins, `run <key> <trigger>`, and `refused <number>` for refused claims. Its
 * input has lines with what to do: `trigger <key>`, `enqueue <key>`, and `owns <k> <n>`, which moves its placement.
 */
import { createInterface } from "node:readline"
import { NodeRuntime } from "@effect/platform-node"
import { Effect, Layer, Runtime, Schema, Stream } from "effect"
import { Job, JobStore, Jobs, Placement, Tick } from "tickwork"
import * as Place from "./Place.ts"

const [place = "", k = "0", n = "1"] = process.argv.slice(2)

const say = (line: string) => Effect.sync(() => process.stdout.write(`${line}\n`))

const keys = Array.from({ length: 40 }, (_, n) => `peer-${n}`)

const sync = Job.make("sync", { keys: Effect.succeed(keys) }, (run) =>
  Effect.zipRight(say(`run ${run.key} ${run.trigger}`), Effect.sleep("300 millis"))
).pipe(Job.every("1 second"), Job.parallel)

const mail = Job.make("mail", { payload: Schema.String }, (run) => say(`mail ${run.key}`)).pipe(Job.parallel)

const purge = Job.make("purge", {}, () => say("run purge schedule")).pipe(Job.every("1 second"))

/** The store, which says how many claims it has refused. */
const telling = Layer.effect(
  JobStore.JobStore,
  Effect.map(JobStore.JobStore, (store) => ({
    ...store,
    commit: (batch: JobStore.Batch) =>
      Effect.tap(store.commit(batch), ({ claims }) =>
        claims.length === 0 ? Effect.void : say(`refused ${claims.length}`)
      )
  }))
)

/** The placement, which the input moves. */
const moved = () => {
  let [own, all] = [Number(k), Number(n)]
  const listeners = new Set<() => void>()
  return {
    move: (k: number, n: number) => {
      ;[own, all] = [k, n]
      for (const listener of listeners) listener()
    },
    placement: {
      owns: (partition: number) => own >= 0 && partition % all === own,
      changes: Stream.async<void>((emit) => {
        listeners.add(() => void emit.single(undefined))
      })
    }
  }
}

const { move, placement } = moved()
const isFixed = process.argv[5] !== "moved"

const program = Effect.gen(function* () {
  const tick = yield* Tick.Tick
  const runtime = yield* Effect.runtime<never>()
  createInterface({ input: process.stdin }).on("line", (line) => {
    const [verb = "", ...words] = line.split(" ")
    if (verb === "owns") move(Number(words[0]), Number(words[1]))
    const [key = ""] = words
    const asked =
      verb === "trigger" ? tick.request("trigger", sync, { key }) : Effect.asVoid(tick.enqueue(mail, "hello", { key }))
    if (verb !== "owns") Runtime.runFork(runtime)(Effect.catchAllCause(asked, (cause) => say(`failed ${cause}`)))
  })
  yield* say("ready")
  return yield* Tick.run
}).pipe(
  Effect.provide(
    Tick.layer(Jobs.make(sync, mail, purge), { concurrency: 64, lease: "10 minutes" }).pipe(
      Layer.provide(telling),
      Layer.provide(Place.layer(place)),
      Layer.provide(isFixed ? Placement.fixed(Number(k), Number(n)) : Layer.succeed(Placement.Placement, placement))
    )
  )
)

NodeRuntime.runMain(program, { disablePrettyLogger: true })
