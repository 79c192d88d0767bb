import type { StoredRequest } from "../../../Control.ts"
import * as JobState from "../../../JobState.ts"
import { doneRetentionMs } from "../../../JobStore.ts"
import * as Law from "./Law.ts"

const shown = (requests: ReadonlyArray<StoredRequest>) => requests.map(({ by, doneAt }) => `${by} ${doneAt}`)

export const laws: Law.Laws = Law.lawsOf({
  *"a request is pending until its save is committed, and listed as done for an hour"({ store }) {
    yield* Law.add(Law.instance("a"))
    const pause = (by: string, at: number) =>
      ({ verb: "pause", jobName: "a", key: "", at, by, why: "", dueAt: null, payload: null }) as const
    yield* store.submit([pause("alice", 1_000), pause("bob", 2_000)])
    const pending = yield* store.pending()
    yield* Law.equal("pending", shown(pending), ["alice null", "bob null"])
    const acknowledgements = pending.slice(0, 1).map(({ id }) => ({ id, at: 3_000 }))
    const acknowledge = (held: JobState.JobState) => Law.save({ ...Law.saveOf(held), acknowledgements })
    yield* acknowledge({ ...Law.instance("a"), claim: { ...Law.instance("a").claim, token: 7 } })
    yield* Law.equal("after a refused save", shown(yield* store.pending()), ["alice null", "bob null"])
    yield* acknowledge(Law.instance("a"))
    yield* Law.equal("not done", shown(yield* store.pending()), ["bob null"])
    yield* Law.equal("done since its own instant", shown(yield* store.pending(3_000)), ["alice 3000", "bob null"])
    yield* Law.equal("done later", shown(yield* store.pending(3_001)), ["bob null"])
    yield* store.submit([pause("carol", 3_000 + doneRetentionMs)])
    yield* Law.equal("after an hour", (yield* store.pending(0)).length, 3)
    yield* store.submit([pause("dave", 3_001 + doneRetentionMs)])
    yield* Law.equal("after more than an hour", shown(yield* store.pending(0)), ["bob null", "carol null", "dave null"])
  },

  *"adding an instance may acknowledge requests in the same transaction"({ store }) {
    const payload = { value: { to: "ada" } }
    const of = { verb: "enqueue", jobName: "a", key: "x", at: 1_000, by: "", why: "", dueAt: 2_000, payload } as const
    yield* store.submit([of])
    const [request] = yield* store.pending()
    yield* Law.equal("the request", request, { ...of, id: request?.id, doneAt: null })
    const state = JobState.initial("a", "x", { state: Law.cadence, nextAt: 2_000 }, 1_000, payload)
    yield* store.add([state], [{ id: request?.id ?? 0, at: 1_500 }])
    yield* Law.equal("the instance", yield* store.get([state]), [state])
    yield* Law.equal("pending", yield* store.pending(), [])
    yield* Law.equal("done", (yield* store.pending(1_500)).length, 1)
  }
})
