/**
 * Laws of processes and of the definitions that they have: which definition came later, and who is alive.
 *
 * @internal
 */
import { Effect } from "effect"
import type { JobDefinition } from "../../../JobStore.ts"
import * as Law from "./Law.ts"

const definition = (jobName: string, change: Partial<JobDefinition> = {}): JobDefinition => ({
  jobName,
  version: 1,
  definition: "every 5000 ms",
  renamedFrom: "",
  ...change
})

export const laws: Law.Laws = Law.lawsOf({
  *"a definition keeps its number, and a later one has a higher number"({ store }) {
    const [first, second] = [definition("b"), definition("a", { definition: "every 1 ms", version: 2 })]
    yield* Law.equal("of an empty store", yield* store.define([]), [])
    const [one] = yield* store.define([first])
    const both = yield* store.define([second, first])
    yield* Law.equal(
      "the definitions",
      both.map(({ id: _, ...rest }) => rest),
      [first, second]
    )
    yield* Law.equal("the first one", both[0], one)
    yield* Law.holds("the second one is later", (both[1]?.id ?? 0) > (one?.id ?? 0))
    const changes = [{ version: 3 }, { definition: "every 2 ms" }, { renamedFrom: "c" }, {}]
    const all = yield* store.define(changes.map((change) => definition("b", change)))
    yield* Law.equal("each change makes another one", all.length, 5)
    yield* Law.equal("they are remembered", yield* store.define([]), all)
  },

  *"of many that define the same at once, all have the same numbers"({ store }) {
    const names = Array.from({ length: 30 }, (_, n) => `job ${n}`)
    const define = Effect.forEach(
      Array.from({ length: 8 }),
      () => store.define(names.map((jobName) => definition(jobName))),
      { concurrency: "unbounded" }
    )
    yield* define
    yield* Law.equal("the definitions", (yield* store.define([])).length, names.length)
  },

  *"a process is there from its first beat until it leaves, and each beat counts"({ store }) {
    yield* Law.equal("of an empty store", (yield* store.processes).processes, [])
    const one = yield* store.beat({ id: null, owner: "one", at: 5, everyMs: 60_000, definitions: [1, 2] })
    const two = yield* store.beat({ id: null, owner: "one", at: 9, everyMs: 60_000, definitions: [] })
    yield* Law.holds("the second one is later", two > one)
    yield* Law.equal(
      "it keeps its number",
      yield* store.beat({ id: one, owner: "one", at: 7, everyMs: 60_000, definitions: [3] }),
      one
    )
    const { at, processes } = yield* store.processes
    yield* Law.equal(
      "the processes",
      processes.map(({ at: _, ...process }) => process),
      [
        { id: one, owner: "one", beat: 2, everyMs: 60_000, definitions: [3] },
        { id: two, owner: "one", beat: 1, everyMs: 60_000, definitions: [] }
      ]
    )
    const stamps = processes.map(({ at }) => at)
    if (at === null) yield* Law.equal("when they beat, on their own clocks", stamps, [7, 9])
    else
      yield* Law.holds(
        "they beat just now, on the clock of the database",
        stamps.every((stamp) => stamp <= at && at - stamp < 3_600_000)
      )
    yield* store.leave([one, two])
    yield* Law.equal("after they have left", (yield* store.processes).processes, [])
    yield* store.beat({ id: two, owner: "one", at: 9, everyMs: 60_000, definitions: [] })
    const three = yield* store.beat({ id: null, owner: "three", at: 9, everyMs: 60_000, definitions: [] })
    yield* Law.holds("no number is used again", three > two)
    yield* Law.equal(
      "who was taken for dead is back",
      (yield* store.processes).processes.map(({ id }) => id),
      [two, three]
    )
  }
})
