/**
 * Laws of partitions: instances and requests are read by those of their keys.
 *
 * @internal
 */
import { Effect } from "effect"
import type { Ref, RequestsSince } from "../../../JobStore.ts"
import * as Placement from "../../../Placement.ts"
import * as Position from "../../../Position.ts"
import * as Law from "./Law.ts"

export const laws: Law.Laws = Law.lawsOf({
  *"load reads the instances of some partitions, and those that can still run among them"({ store }) {
    const keys = ["", ...Array.from({ length: 40 }, (_, n) => `peer-${n}`), "ü\u0001🔑"]
    const ended = { ...Law.instance("a", "ended"), position: Position.initial(Law.cadence, null) }
    yield* Law.add(...keys.map((key) => Law.instance("a", key)), ended, Law.instance("b", "peer-1"))
    const read = (partitions: ReadonlyArray<number>, which?: "all" | "unfinished") =>
      Effect.map(store.load(["a"], which, partitions), (states) => states.map(({ key }) => key).sort())
    const half = Array.from({ length: Placement.partitions / 2 }, (_, n) => 2 * n)
    const isEven = (key: string) => Placement.partitionOf(key) % 2 === 0
    yield* Law.equal("half of them", yield* read(half, "unfinished"), keys.filter(isEven).sort())
    yield* Law.equal("that of the empty key", yield* read([0], "unfinished"), [""])
    yield* Law.equal("an ended one", yield* read([Placement.partitionOf("ended")]), ["ended"])
    yield* Law.equal("none", yield* read([]), [])
  },

  *"requests are read among some partitions, and among all of some jobs"({ store }) {
    const request = { verb: "pause", at: 1_000, by: "", why: "", dueAt: null, payload: null } as const
    const keys = ["", ...Array.from({ length: 20 }, (_, n) => `peer-${n}`)]
    yield* store.submit(["a", "b"].flatMap((jobName) => keys.map((key) => ({ ...request, jobName, key }))))
    const half = Array.from({ length: Placement.partitions / 2 }, (_, n) => 2 * n)
    const named = ({ requests }: RequestsSince) => requests.map(({ jobName, key }) => jobName + key).sort()
    const { mark } = yield* store.requestsSince(null)
    const all = yield* store.pending
    const done = all.flatMap(({ id, key }) => (key === "peer-7" ? [{ id, at: 2_000 }] : []))
    yield* store.add([], done)
    const isWanted = ({ jobName, key }: Ref) => jobName === "b" || Placement.partitionOf(key) % 2 === 0
    const wanted = all.filter(isWanted)
    const since = yield* store.requestsSince(mark, { partitions: half, jobNames: ["b"] })
    yield* Law.equal("with those that are done", named(since), wanted.map(({ jobName, key }) => jobName + key).sort())
    const pending = yield* store.requestsSince(null, { partitions: half, jobNames: [] })
    const even = all.filter(({ key }) => key !== "peer-7" && Placement.partitionOf(key) % 2 === 0)
    yield* Law.equal("pending ones", named(pending), even.map(({ jobName, key }) => jobName + key).sort())
    const { mark: later, requests } = yield* store.requestsSince(mark, { partitions: [], jobNames: [] })
    yield* Law.holds("where there are no requests the mark is answered alone", requests.length === 0 && later >= mark)
  }
})
