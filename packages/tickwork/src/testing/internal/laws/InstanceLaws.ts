/**
 * Laws of instances: they are added, read, renamed, forgotten and counted. A request about one is pending until it is
 * acknowledged together with what it caused.
 *
 * @internal
 */
import { Effect } from "effect"
import type { StoredRequest } from "../../../Control.ts"
import type { StateQuery } from "../../../JobLog.ts"
import type * as JobState from "../../../JobState.ts"
import { doneRetentionMs, type Submission } from "../../../JobStore.ts"
import * as Position from "../../../Position.ts"
import * as Law from "./Law.ts"

const shown = (requests: ReadonlyArray<StoredRequest>) => requests.map(({ by, doneAt }) => `${by} ${doneAt}`)

const moved = (count: number) => ({ moved: count, waiting: 0 })

export const laws: Law.Laws = Law.lawsOf({
  *"counts the instances of each job, each by what it waits for"({ log }) {
    const of = (key: string, change: Partial<JobState.JobState> = {}) => ({ ...Law.instance("a", key), ...change })
    const position = Law.instance("a").position
    const failed = { lastError: "offline", lastStatus: "error" } as const
    const enqueued = { payload: { value: "ada" } }
    const done = { ...enqueued, position: { ...position, nextAt: null }, lastStatus: "success" } as const
    yield* Law.add(
      of("due", { position: { ...position, nextAt: 4_999 } }),
      of("failed", { ...failed, position: { ...position, nextAt: 9_000 } }),
      of("failed for good", { ...enqueued, ...failed, position: { ...position, nextAt: null } }),
      of("depends", { position: { ...position, cadence: { ...position.cadence, definition: "after others" } } }),
      of("later", { position: { ...position, nextAt: 5_000 } }),
      of("paused", { position: { ...position, paused: { at: 1_000, by: "", why: "" } } }),
      of("retried", { ...failed, position: { ...position, nextAt: 9_000, attempt: 2 } }),
      of("done", { ...done, succeededAt: 3_000 }),
      of("done before", { ...done, succeededAt: 2_999 }),
      of("of a wrong cadence", { lastVerdict: "invalid-cadence", position: { ...position, nextAt: 4_999 } }),
      Law.instance("b")
    )
    yield* Law.claim(Law.instance("b"), "one")
    const none = { enqueued: 0, running: 0, paused: 0, overdue: 0, failed: 0, waiting: 0, done: 0 }
    yield* Law.equal("the counts", yield* log.counts({ overdueBefore: 5_000, doneSince: 3_000 }), [
      { jobName: "a", instances: 10, ...none, enqueued: 3, paused: 1, overdue: 1, failed: 3, waiting: 3, done: 1 },
      { jobName: "b", instances: 1, ...none, running: 1 }
    ])
  },

  *"an added instance is loaded whole, whatever its text holds"() {
    const odd = { ...Law.instance('ä "quoted" \\ \u0001 job', "peer/🔑"), lastError: "line\nline", totalRuns: 2 ** 40 }
    yield* Law.add(odd)
    yield* Law.equal("the state", yield* Law.stored(odd.jobName), odd)
  },

  *"adding a stored instance again changes nothing of it"() {
    yield* Law.add(Law.instance("a"))
    yield* Law.add({ ...Law.instance("a"), totalRuns: 9 }, Law.instance("b"))
    yield* Law.equal("the state", yield* Law.stored("a"), Law.instance("a"))
    yield* Law.equal("the other", yield* Law.stored("b"), Law.instance("b"))
  },

  *"load and get read only the jobs and the instances that they name"({ store }) {
    yield* Law.add(Law.instance("a"), Law.instance("a", "x"), Law.instance("b"))
    yield* Law.equal("the keys of a", (yield* store.load(["a", "c"])).map(({ key }) => key).sort(), ["", "x"])
    yield* Law.equal("one instance", yield* store.get([{ jobName: "a", key: "x" }]), [Law.instance("a", "x")])
  },

  *"names lists every job that has an instance"({ store }) {
    yield* Law.equal("of an empty store", yield* store.names, [])
    yield* Law.add(Law.instance("b"), Law.instance("a", "x"), Law.instance("a", "y"))
    yield* Law.equal("the names", [...(yield* store.names)].sort(), ["a", "b"])
  },

  *"a renamed job takes its instances and its log with it, once"({ store }) {
    yield* Law.add(Law.instance("old $&"), Law.instance("old $&", "x"), Law.instance("other"))
    const { held } = yield* Law.claim(Law.instance("old $&"), "one")
    yield* Law.save(Law.saveOf(held))
    yield* Law.equal("a stored job is renamed", yield* store.rename("old $&", "new $&", []), moved(2))
    yield* Law.equal("the old name", yield* store.load(["old $&"]), [])
    yield* Law.equal("the keys", yield* Law.keysOf("new $&"), ["", "x"])
    yield* Law.equal("the log", yield* Law.entriesOf("new $&"), [{ ...Law.entry(held), jobName: "new $&" }])
    yield* Law.equal("the old log", yield* Law.entriesOf("old $&"), [])
    yield* Law.equal("a renamed job is not renamed again", yield* store.rename("old $&", "new $&", []), moved(0))
    yield* Law.equal("a key in use is refused", yield* store.rename("other", "new $&", []), moved(0))
    yield* Law.equal("the other", yield* Law.stored("other"), Law.instance("other"))
  },

  *"a renamed job leaves what a living process runs where it is, with its log and its requests"({ store }) {
    for (const key of ["busy", "free", "lost"]) yield* Law.recordRuns(Law.instance("old", key), 1)
    const request = { jobName: "old", at: 1_000, by: "", why: "", dueAt: null, payload: null, verb: "pause" } as const
    yield* store.submit(["busy", "free", "unknown"].map((key) => ({ ...request, key })))
    const [busy, lost] = yield* Effect.forEach(["busy", "lost"], (key) =>
      Effect.flatMap(store.get([{ jobName: "old", key }]), ([state = Law.instance("old", key)]) =>
        Law.claim(state, key)
      )
    )
    yield* Law.equal("renamed", yield* store.rename("old", "new", ["busy", "another"]), { moved: 2, waiting: 1 })
    yield* Law.equal("the old keys", yield* Law.keysOf("old"), ["busy"])
    yield* Law.equal("the new keys", yield* Law.keysOf("new"), ["free", "lost"])
    yield* Law.equal(
      "the old log",
      (yield* Law.entriesOf("old")).map(({ key }) => key),
      ["busy"]
    )
    const requests = (yield* store.pending).map(({ jobName, key }) => jobName + key)
    yield* Law.equal("the requests", requests, ["oldbusy", "newfree", "newunknown"])
    const [kept] = yield* store.get([{ jobName: "new", key: "lost" }])
    yield* Law.equal("the claim of a process that is gone", kept?.claim, lost?.held.claim)
    const refused = busy === undefined ? null : yield* Law.save(Law.saveOf(busy.held))
    yield* Law.equal("refused to the one that runs it", refused?.saves, [])
    yield* Law.equal("at its end", yield* store.rename("old", "new", ["busy"]), moved(1))
    yield* Law.equal("its log", (yield* Law.entriesOf("new")).length, 4)
  },

  *"a load of unfinished instances leaves out the finished ones"({ store }) {
    const ended = { ...Law.instance("a", "ended"), position: Position.initial(Law.cadence, null) }
    const manual = { at: 1_000, by: "", why: "", nextAt: 1_000, attempt: 1, retry: null }
    const held = Law.held({ ...ended, key: "held" })
    const triggered = { ...ended, key: "triggered", position: { ...ended.position, manual } }
    yield* Law.add(Law.instance("a", "planned"), ended, triggered, held)
    yield* Law.equal("all", yield* Law.keysOf("a"), ["ended", "held", "planned", "triggered"])
    yield* Law.equal("unfinished", yield* Law.keysOf("a", "unfinished"), ["held", "planned", "triggered"])
    yield* Law.equal("no job", yield* store.load([], "unfinished"), [])
  },

  *"instances come in pages, in the order of their names and keys"({ log }) {
    yield* Law.add(Law.instance("b"), Law.instance("a", "2"), Law.instance("a", "10"))
    yield* Law.add(Law.instance("a"), Law.instance("c"))
    const named = (query: StateQuery) =>
      Effect.map(log.states(query), (states) => states.map(({ jobName, key }) => jobName + key))
    yield* Law.equal("all", yield* named({}), ["a", "a10", "a2", "b", "c"])
    yield* Law.equal("a page", yield* named({ limit: 2, after: { jobName: "a", key: "10" } }), ["a2", "b"])
    yield* Law.equal("of a job", yield* named({ jobName: "a", after: { jobName: "a", key: "" } }), ["a10", "a2"])
  },

  *"an instance is forgotten with its log and its requests unless it is claimed or changed"({ store }) {
    yield* Law.add(Law.instance("a", "x"), Law.instance("a", "y"))
    const { held } = yield* Law.claim(Law.instance("a", "x"), "one")
    yield* Law.holds("a claimed instance is not forgotten", !(yield* store.forget(Law.rowOf(held))))
    yield* Law.save(Law.saveOf(held))
    yield* Law.holds("a changed instance is not forgotten", !(yield* store.forget(Law.rowOf(held))))
    const request = { jobName: "a", key: "x", at: 1_000, by: "alice", why: "", dueAt: null, payload: null }
    yield* store.submit([
      { ...request, verb: "pause" },
      { ...request, verb: "forget" },
      { ...request, verb: "pause", key: "y" }
    ])
    const forget = (yield* store.pending).find(({ verb }) => verb === "forget")
    const [state] = yield* store.get([held])
    yield* Law.holds("the instance is stored", state !== undefined)
    if (state === undefined || forget === undefined) return
    const isForgotten = yield* store.forget(Law.rowOf(state), { id: forget.id, at: 2_000 })
    yield* Law.holds("the instance in its present state is forgotten", isForgotten)
    yield* Law.equal("the instances", yield* Law.keysOf("a"), ["y"])
    yield* Law.equal("the log", yield* Law.entriesOf("a"), [])
    const requests = (yield* store.requestsSince(0)).requests.map(({ key, verb }) => `${verb} ${key}`)
    yield* Law.equal("the requests", requests.sort(), ["forget x", "pause y"])
    yield* Law.holds("a forgotten instance is not forgotten again", !(yield* store.forget(Law.rowOf(state))))
  },

  *"a row is forgotten under the claim of a holder that is lost, unless it was renewed since"({ store }) {
    yield* Law.add(Law.instance("a"))
    const { held } = yield* Law.claim(Law.instance("a"), "one")
    const { claim, jobName, key } = held
    const unread = { jobName, key, seq: null, token: null }
    yield* store.renew([{ jobName, key, owner: "one", token: claim.token }])
    const [state] = yield* store.get([held])
    if (state === undefined) return yield* Law.holds("the instance is stored", false)
    for (const lost of [claim, { ...state.claim, owner: "two" }, { ...state.claim, token: claim.token + 1 }])
      yield* Law.holds("it is not under another claim", !(yield* store.forget({ ...unread, lost })))
    yield* Law.holds("it is under its own", yield* store.forget({ ...unread, lost: state.claim }))
    yield* Law.equal("the instances", yield* store.get([held]), [])
  },

  *"the size counts the instances, the unlisted ones and the log entries of each job"({ log }) {
    yield* Law.add(Law.instance("a"), Law.instance("b", "1"), Law.instance("b", "2"))
    yield* Law.recordRuns(Law.instance("b", "1"), 2)
    yield* Law.add({ ...Law.instance("b", "3"), lastVerdict: "not-listed" })
    const { jobs } = yield* log.size
    yield* Law.equal("the jobs", jobs, [
      { jobName: "a", instances: 1, entries: 0, oldestAt: null, notListed: 0 },
      { jobName: "b", instances: 3, entries: 2, oldestAt: 1_000, notListed: 1 }
    ])
  },

  *"a request is pending until its save is committed, and listed as done for an hour"({ store }) {
    yield* Law.add(Law.instance("a"))
    const pause = (by: string, at: number) =>
      ({ verb: "pause", jobName: "a", key: "", at, by, why: "", dueAt: null, payload: null }) as const
    yield* store.submit([pause("alice", 1_000), pause("bob", 2_000)])
    const pending = yield* store.pending
    yield* Law.equal("pending", shown(pending), ["alice null", "bob null"])
    const acknowledgements = pending.slice(0, 1).map(({ id }) => ({ id, at: 3_000 }))
    const acknowledge = (held: JobState.JobState) => Law.save({ ...Law.saveOf(held), acknowledgements })
    yield* acknowledge({ ...Law.instance("a"), claim: { ...Law.instance("a").claim, token: 7 } })
    yield* Law.equal("after a refused save", shown(yield* store.pending), ["alice null", "bob null"])
    yield* acknowledge(Law.instance("a"))
    yield* Law.equal("not done", shown(yield* store.pending), ["bob null"])
    const all = Effect.map(store.requestsSince(0), ({ requests }) => shown(requests))
    yield* Law.equal("with what is done", yield* all, ["alice 3000", "bob null"])
    const hours = (many: number) => 3_000 + many * doneRetentionMs
    const aMinuteLater = hours(1) + 60_000
    yield* store.submit([pause("carol", hours(9))])
    yield* Law.equal("asked by a clock that is ahead", yield* all, ["alice 3000", "bob null", "carol null"])
    const [, carol] = yield* store.pending
    yield* store.add([], [{ id: carol?.id ?? 0, at: hours(1) }])
    yield* store.submit([pause("dave", hours(1))])
    yield* Law.equal("after an hour", (yield* all).length, 4)
    yield* store.add([], [{ id: pending[1]?.id ?? 0, at: aMinuteLater }])
    yield* store.submit([pause("eve", aMinuteLater)])
    const kept = [`bob ${aMinuteLater}`, `carol ${hours(1)}`, "dave null", "eve null"]
    yield* Law.equal("after more than an hour", yield* all, kept)
  },

  *"requests done since a mark are answered, whatever the clocks of those who did them show"({ store }) {
    const pause = (by: string) => ({ ...Law.enqueue("x"), verb: "pause", by, dueAt: null, payload: null }) as const
    yield* store.submit([pause("alice"), pause("bob"), pause("carol")])
    const [alice, bob] = yield* store.pending
    const { mark } = yield* store.requestsSince(null)
    yield* store.add([], [{ id: bob?.id ?? 0, at: 9_000_000 }])
    const first = yield* store.requestsSince(mark)
    yield* Law.equal("after one", shown(first.requests), ["alice null", "bob 9000000", "carol null"])
    yield* store.add([], [{ id: alice?.id ?? 0, at: 1 }])
    const second = yield* store.requestsSince(first.mark)
    yield* Law.holds("one done by a clock that is behind", shown(second.requests).includes("alice 1"))
    yield* Law.equal("not done", shown((yield* store.requestsSince(null)).requests), ["carol null"])
  },

  *"an enqueued run is admitted with its request, once, and where nothing is stored under its key"({ store }) {
    const request = yield* Law.submitted(Law.enqueue("x"))
    yield* Law.equal("the request", request, { ...Law.enqueue("x"), id: request.id, doneAt: null })
    const admission = Law.admission(request)
    yield* Law.equal("refused", yield* store.admit([admission]), [])
    yield* Law.equal("the instance", yield* store.get([admission.state]), [admission.state])
    yield* Law.equal("pending", yield* store.pending, [])
    const [state = admission.state] = yield* store.get([admission.state])
    yield* Law.holds("it is forgotten", yield* store.forget(Law.rowOf(state)))
    yield* Law.equal("refused, since it was done", yield* store.admit([admission]), [admission])
    yield* Law.equal("no instance", yield* store.get([admission.state]), [])
    yield* Law.add(admission.state)
    const again = Law.admission(yield* Law.submitted(Law.enqueue("x")))
    yield* Law.equal("refused, since the key is in use", yield* store.admit([again]), [again])
    yield* Law.equal("still pending", (yield* store.pending).length, 1)
  },

  *"a request with the first state of its run is done as it is stored, where nothing is stored under its key"({
    store
  }) {
    const first = ({ key }: { readonly key: string }) =>
      Law.admission({ ...Law.enqueue(key), id: 0, doneAt: null }).state
    const begin = (...requests: ReadonlyArray<Submission>) =>
      Effect.map(
        store.submit(requests.map((request) => ({ ...request, first: first(request) }))),
        ({ answers }) => answers
      )
    const once = (key: string) => ({ ...Law.enqueue(key), unique: "stored" }) as const
    const { mark } = yield* store.requestsSince(null)
    const answers = yield* begin(once("x"), Law.enqueue("y"), Law.enqueue("y"))
    const done = answers.map(({ doneId }) => doneId)
    yield* Law.equal(
      "done at once, but for the second of a key",
      done.map((id) => id === null),
      [false, false, true]
    )
    yield* Law.equal("the instances", yield* store.get(["x", "y"].map((key) => first({ key }))), [
      first({ key: "x" }),
      first({ key: "y" })
    ])
    yield* Law.equal(
      "pending",
      (yield* store.pending).map(({ key }) => key),
      ["y"]
    )
    const since = (yield* store.requestsSince(mark)).requests.map(({ doneAt, id, key }) => ({ key, id, doneAt }))
    yield* Law.equal("heard by others", since.slice(0, 2), [
      { key: "x", id: done[0], doneAt: 1_000 },
      { key: "y", id: done[1], doneAt: 1_000 }
    ])
    yield* Law.equal(
      "a duplicate",
      (yield* begin(once("x"))).map(({ outcome }) => outcome),
      ["duplicate"]
    )
    yield* store.submit([{ ...Law.enqueue("z"), verb: "forget", dueAt: null, payload: null }])
    yield* Law.equal(
      "not before what is pending",
      (yield* begin(once("z"))).map(({ doneId }) => doneId),
      [null]
    )
    yield* Law.equal("no instance of it", yield* store.get([first({ key: "z" })]), [])
  },

  *"the request to enqueue under a key that is taken is a duplicate, and is not stored"({ store }) {
    const outcomes = (...requests: ReadonlyArray<Submission>) =>
      Effect.map(store.submit(requests), ({ answers }) => answers.map(({ outcome }) => outcome))
    const once = (key: string) => ({ ...Law.enqueue(key), unique: "stored" }) as const
    yield* Law.equal("asked together", yield* outcomes(once("x"), once("x"), once("y")), ["new", "duplicate", "new"])
    yield* Law.equal("asked again", yield* outcomes(once("x"), Law.enqueue("x")), ["duplicate", "new"])
    yield* Law.equal("stored", (yield* store.pending).length, 3)
    yield* Law.add(Law.admission({ ...(yield* Law.submitted(Law.enqueue("z"))) }).state)
    yield* Law.equal("under the key of an instance", yield* outcomes(once("z")), ["duplicate"])
    yield* store.submit([{ ...Law.enqueue("z"), verb: "forget", dueAt: null, payload: null }])
    yield* Law.equal("after a request to forget it", yield* outcomes(once("z"), once("z")), ["new", "duplicate"])
  },

  *"a request that came after one to forget stays when that is done"({ store }) {
    yield* Law.add(Law.instance("a", "x"))
    yield* store.submit([{ ...Law.enqueue("x"), verb: "forget", dueAt: null, payload: null }, Law.enqueue("x")])
    const [forget] = yield* store.pending
    yield* Law.holds(
      "it is forgotten",
      yield* store.forget(Law.rowOf(Law.instance("a", "x")), { id: forget?.id ?? 0, at: 2_000 })
    )
    yield* Law.equal(
      "pending",
      (yield* store.pending).map(({ verb }) => verb),
      ["enqueue"]
    )
  }
})
