/**
 * The laws that every job store keeps, as values: whoever writes a store can check it against them.
 *
 * Each law is an effect on a fresh, empty store. It needs no test runner: a law that is broken dies, saying how.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import * as JobState from "../JobState.ts"
import {
  type Claim,
  type ClaimLimit,
  doneRetentionMs,
  type ExpectedRow,
  JobStore,
  type LogQuery,
  type OldestQuery,
  type Save,
  type StateQuery,
  type StoreError
} from "../JobStore.ts"
import * as LogEntry from "../LogEntry.ts"

/**
 * @since 0.1.0
 * @category models
 */
export type Law = Effect.Effect<void, StoreError, JobStore>

const holds = (claim: string, isTrue: boolean): Effect.Effect<void> =>
  isTrue ? Effect.void : Effect.dieMessage(`the law is broken: ${claim}`)

const canonical = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(canonical)
    : typeof value === "object" && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, field]) => [name, canonical(field)])
        )
      : value

const equal = (claim: string, actual: unknown, expected: unknown): Effect.Effect<void> => {
  const [is, should] = [actual, expected].map((value) => JSON.stringify(canonical(value)))
  return holds(`${claim}: ${is} is not ${should}`, is === should)
}

const manualAt = (at: number) => ({ at, by: "", why: "", nextAt: at, attempt: 1, retry: null })

const cadence = { definition: "every 5000 ms", anchor: 1_000, seed: 7, steps: 0, state: null }

const instance = (jobName: string, key = ""): JobState.JobState =>
  JobState.initial(jobName, key, { state: cadence, nextAt: 1_000 }, 1_000)

const line = (state: JobState.JobState, change: Partial<LogEntry.LogEntry> = {}): LogEntry.LogEntry => ({
  jobName: state.jobName,
  key: state.key,
  seq: state.seq + 1,
  status: "success",
  trigger: "schedule",
  attempt: 1,
  scheduledAt: 1_000,
  startedAt: 1_002,
  lastAt: 1_002,
  durationMs: 3,
  error: null,
  reason: null,
  count: 1,
  nextAt: 6_000,
  nextScheduledAt: 6_000,
  nextAttempt: 1,
  cadence,
  retry: null,
  paused: null,
  manual: null,
  memory: null,
  ...change
})

const expectedOf = ({ claimOwner, claimToken, seq }: JobState.JobState): ExpectedRow => ({
  owner: claimOwner,
  token: claimToken,
  seq
})

const saveOf = (held: JobState.JobState, run: LogEntry.LogEntry): Save => ({
  expected: expectedOf(held),
  state: JobState.after(held, run),
  entries: [run]
})

const claim = (state: JobState.JobState, owner: string) =>
  Effect.gen(function* () {
    const store = yield* JobStore
    const held = JobState.claimed(state, owner, { scheduledAt: 1_000, trigger: "schedule" }, 1_001)
    const refused = yield* store.commit({ saves: [], claims: [{ state: held }] })
    return { held, isMine: refused.claims.length === 0 }
  })

const save = (...saves: ReadonlyArray<Save>) => Effect.flatMap(JobStore, (store) => store.commit({ saves, claims: [] }))

const only = (jobName: string) =>
  Effect.flatMap(JobStore, (store) =>
    Effect.flatMap(store.load([jobName]), ([state]) =>
      state === undefined ? Effect.dieMessage(`nothing is stored of ${jobName}`) : Effect.succeed(state)
    )
  )

const added = (...states: ReadonlyArray<JobState.JobState>) => Effect.flatMap(JobStore, (store) => store.add(states))

const linesOf = (jobName: string) => Effect.flatMap(JobStore, (store) => store.entries({ jobName }))

/** So many runs of an instance, each a second after the one before. */
const ran = (
  state: JobState.JobState,
  count: number,
  change: (seq: number) => Partial<LogEntry.LogEntry> = () => ({})
) =>
  Effect.gen(function* () {
    const store = yield* JobStore
    for (let index = 0; index < count; index++) {
      const [stored = state] = yield* store.get([state])
      const { held } = yield* claim(stored, "one")
      const startedAt = 1_000 * (held.seq + 1)
      yield* save(saveOf(held, line(held, { startedAt, lastAt: startedAt, ...change(held.seq + 1) })))
    }
  })

/** The state of an instance without its claims, and the fold of its log from the baseline on, or from the beginning. */
const folded = (state: JobState.JobState) =>
  Effect.gen(function* () {
    const store = yield* JobStore
    const [stored = state] = yield* store.get([state])
    const [baseline = JobState.emptyState(stored)] = yield* store.baselines([state])
    const lines = [...(yield* store.entries({ jobName: state.jobName, key: state.key, limit: 1_000 }))]
    const fold = JobState.fold(baseline, lines.reverse())
    const { claimRenewals, claimToken } = stored
    return { stored, fold: { ...fold, claimRenewals, claimToken } }
  })

/**
 * The laws, by what they promise.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { JobStore } from "tickwork"
 * import { StoreLaws } from "tickwork/testing"
 *
 * const checked = Effect.forEach(Object.values(StoreLaws.laws), (law) => Effect.provide(law, JobStore.layerMemory))
 * Effect.runPromise(checked)
 * ```
 *
 * @since 0.1.0
 * @category laws
 */
export const laws: Readonly<Record<string, Law>> = {
  "what is added is loaded whole, whatever its text holds": Effect.gen(function* () {
    const odd = { ...instance('ä "quoted" \\ \u0001 job', "peer/🔑"), lastError: "line\nline", totalRuns: 2 ** 40 }
    yield* added(odd)
    yield* equal("the state", yield* only(odd.jobName), odd)
  }),

  "what is stored already is left alone by adding it again": Effect.gen(function* () {
    yield* added(instance("a"))
    yield* added({ ...instance("a"), totalRuns: 9 }, instance("b"))
    yield* equal("the state", yield* only("a"), instance("a"))
    yield* equal("the other", yield* only("b"), instance("b"))
  }),

  "only the jobs and the instances that are asked for are read": Effect.gen(function* () {
    const store = yield* JobStore
    yield* added(instance("a"), instance("a", "x"), instance("b"))
    yield* equal("the keys of a", (yield* store.load(["a", "c"])).map(({ key }) => key).sort(), ["", "x"])
    yield* equal("one instance", yield* store.get([{ jobName: "a", key: "x" }]), [instance("a", "x")])
  }),

  "many claim one instance, and one wins": Effect.gen(function* () {
    yield* added(instance("a"))
    const owners = Array.from({ length: 20 }, (_, index) => `owner ${index}`)
    const claims = yield* Effect.forEach(owners, (owner) => claim(instance("a"), owner), { concurrency: "unbounded" })
    const winners = claims.filter(({ isMine }) => isMine)
    yield* equal("winners", winners.length, 1)
    yield* equal("the holder", (yield* only("a")).claimOwner, winners[0]?.held.claimOwner)
  }),

  "a claim is taken on what was seen, and refused when that has changed": Effect.gen(function* () {
    yield* added(instance("a"))
    const { held } = yield* claim(instance("a"), "one")
    yield* equal("claimed", yield* only("a"), held)
    yield* save(saveOf(held, line(held)))
    yield* holds("a claim on an older state is refused", !(yield* claim(instance("a"), "two")).isMine)
    yield* holds("a claim on the new state is granted", (yield* claim(yield* only("a"), "two")).isMine)
  }),

  "a claim is refused where as many of its limit are claimed": Effect.gen(function* () {
    const store = yield* JobStore
    const states = [instance("a", "1"), instance("a", "2"), instance("a", "3"), instance("b"), instance("other")]
    yield* added(...states)
    const limit = (atMost: number) => ({ name: "quota", jobNames: ["a", "b"], atMost })
    const claimAll = (sent: ReadonlyArray<JobState.JobState>, atMost = 2, more: ReadonlyArray<ClaimLimit> = []) =>
      Effect.map(
        store.commit({ saves: [], claims: sent.map((state) => ({ state, limits: [limit(atMost), ...more] })) }),
        ({ claims }) => claims.map(({ state }) => `${state.jobName}${state.key}`)
      )
    const [first, second, third, b, other] = states.map((state) =>
      JobState.claimed(state, "one", { scheduledAt: 1_000, trigger: "schedule" }, 1_001)
    ) as [JobState.JobState, JobState.JobState, JobState.JobState, JobState.JobState, JobState.JobState]
    yield* equal("what bears no limit", (yield* store.commit({ saves: [], claims: [{ state: other }] })).claims, [])
    yield* equal("refused in one batch", yield* claimAll([first, b, second]), ["a2"])
    yield* equal("refused later", yield* claimAll([third]), ["a3"])
    yield* equal("left alone", yield* store.get([third]), [instance("a", "3")])
    yield* equal("where more are let in", yield* claimAll([third], 3), [])
    yield* save(saveOf(b, line(b)), saveOf(first, line(first)))
    const full = { name: "full", jobNames: ["other"], atMost: 1 }
    yield* equal("refused by another limit", yield* claimAll([second], 2, [full]), ["a2"])
    yield* equal("once it is free", yield* claimAll([second]), [])
  }),

  "many claim under one limit at once, and no more than so many win": Effect.gen(function* () {
    const store = yield* JobStore
    yield* added(...Array.from({ length: 20 }, (_, n) => instance(n % 2 === 0 ? "a" : "b", `${n}`)))
    const limits = [{ name: "quota", jobNames: ["a", "b"], atMost: 3 }]
    const commit = (claim: Claim) => store.commit({ saves: [], claims: [claim] })
    for (let round = 1; round <= 5; round++) {
      const claims = (yield* store.load(["a", "b"])).map((state, n) => ({
        state: JobState.claimed(state, `owner ${n}`, { scheduledAt: 1_000, trigger: "schedule" }, 1_001),
        limits
      }))
      const answers = yield* Effect.forEach(claims, commit, { concurrency: "unbounded" })
      yield* equal("winners", answers.filter(({ claims }) => claims.length === 0).length, 3)
      const held = (yield* store.load(["a", "b"])).filter(({ claimOwner }) => claimOwner !== null)
      yield* equal("holders", held.length, 3)
      yield* save(...held.map((state) => saveOf(state, line(state))))
    }
  }),

  "the holder's record is kept with its line, and frees the instance": Effect.gen(function* () {
    yield* added(instance("a"))
    const { held } = yield* claim(instance("a"), "one")
    const run = line(held, { status: "error", error: "it broke" })
    yield* save(saveOf(held, run))
    yield* equal("the state", yield* only("a"), JobState.after(held, run))
    yield* equal("the log", yield* linesOf("a"), [run])
  }),

  "a holder whose claim has passed on can neither record nor let go": Effect.gen(function* () {
    yield* added(instance("a"))
    const { held } = yield* claim(instance("a"), "one")
    const cut = line(held, { status: "interrupted" })
    yield* save(saveOf(held, cut))
    const next = yield* claim(JobState.after(held, cut), "two")
    const expected = { ...expectedOf(held), seq: next.held.seq }
    const late = yield* save(
      { ...saveOf(held, line(held)), expected },
      { expected, state: JobState.released(held), entries: [] }
    )
    yield* equal("refused", late.saves.length, 2)
    yield* equal("the state", yield* only("a"), next.held)
    yield* equal("the log", (yield* linesOf("a")).length, 1)
  }),

  "what knows nothing of a line that was written under the same claim is refused": Effect.gen(function* () {
    yield* added(instance("a"))
    const { held } = yield* claim(instance("a"), "one")
    const pause = line(held, { status: "control", reason: "paused" })
    const paused = JobState.applyControl(held, pause)
    yield* save({ expected: expectedOf(held), state: paused, entries: [pause] })
    const blind = yield* save(saveOf(held, line(held)))
    yield* equal("refused", blind.saves.length, 1)
    yield* equal("the state", yield* only("a"), paused)
    yield* equal("the log", yield* linesOf("a"), [pause])
  }),

  "what is refused keeps the rest of its batch from nothing": Effect.gen(function* () {
    yield* added(instance("a"), instance("b"))
    const a = yield* claim(instance("a"), "one")
    const stranger = { ...instance("b"), claimOwner: "nobody", claimToken: 3 }
    const refused = yield* save(saveOf(stranger, line(stranger)), saveOf(a.held, line(a.held)))
    yield* equal(
      "refused",
      refused.saves.map(({ state }) => state.jobName),
      ["b"]
    )
    yield* equal("written", (yield* linesOf("a")).length, 1)
    yield* equal("not written", (yield* linesOf("b")).length, 0)
  }),

  "a record may carry the next claim": Effect.gen(function* () {
    yield* added(instance("a"))
    const { held } = yield* claim(instance("a"), "one")
    const run = line(held)
    const again = JobState.claimed(JobState.after(held, run), "one", { scheduledAt: 6_000, trigger: "schedule" }, 6_001)
    yield* save({ expected: expectedOf(held), state: again, entries: [run] })
    yield* equal("the state", yield* only("a"), again)
    yield* holds("nobody else can claim it", !(yield* claim(JobState.after(held, run), "two")).isMine)
  }),

  "a record may carry several lines, and they are kept in their order": Effect.gen(function* () {
    yield* added(instance("a"))
    const first = line(instance("a"), { status: "skipped", reason: "missed: down", count: 3 })
    const second = line({ ...instance("a"), seq: 1 }, { status: "control", reason: "the clock was set back" })
    const state = JobState.applyEntry(JobState.applyEntry(instance("a"), first), second)
    yield* save({ expected: expectedOf(instance("a")), state, entries: [first, second] })
    yield* equal("the state", yield* only("a"), state)
    yield* equal("the log", yield* linesOf("a"), [second, first])
  }),

  "the names of all that is stored are told": Effect.gen(function* () {
    const store = yield* JobStore
    yield* equal("nothing", yield* store.names, [])
    yield* added(instance("b"), instance("a", "x"), instance("a", "y"))
    yield* equal("the names", [...(yield* store.names)].sort(), ["a", "b"])
  }),

  "a job that is renamed takes its instances and its log with it, once": Effect.gen(function* () {
    const store = yield* JobStore
    yield* added(instance("old $&"), instance("old $&", "x"), instance("other"))
    const { held } = yield* claim(instance("old $&"), "one")
    yield* save(saveOf(held, line(held)))
    yield* holds("there is something to rename", yield* store.rename("old $&", "new $&"))
    yield* equal("the old name", yield* store.load(["old $&"]), [])
    yield* equal("the keys", (yield* store.load(["new $&"])).map(({ key }) => key).sort(), ["", "x"])
    yield* equal("the log", yield* linesOf("new $&"), [{ ...line(held), jobName: "new $&" }])
    yield* equal("the old log", yield* linesOf("old $&"), [])
    yield* holds("nothing is left to rename", !(yield* store.rename("old $&", "new $&")))
    yield* holds("a name that is taken is refused", !(yield* store.rename("other", "new $&")))
    yield* equal("the other", yield* only("other"), instance("other"))
  }),

  "equal neighbouring verdicts are one line with a count": Effect.gen(function* () {
    yield* added(instance("a"))
    const skip = (at: number, seq: number) => ({ ...skipped, seq, startedAt: at, lastAt: at, scheduledAt: at })
    const skipped = { ...line(instance("a")), status: "skipped" as const, reason: "it rains", durationMs: 0 }
    let state = instance("a")
    for (const at of [1_000, 6_000, 11_000]) {
      const { held } = yield* claim(state, "one")
      yield* save(saveOf(held, skip(at, 1)))
      state = yield* only("a")
    }
    yield* equal("the log", yield* linesOf("a"), [{ ...skip(1_000, 1), lastAt: 11_000, count: 3 }])
  }),

  "a request is asked for until it is done, once with its save, and told of as done for an hour": Effect.gen(
    function* () {
      const store = yield* JobStore
      yield* added(instance("a"))
      const asking = (by: string, at: number) =>
        ({ verb: "pause", jobName: "a", key: "", at, by, why: "", dueAt: null, payload: null }) as const
      yield* store.submit([asking("alice", 1_000), asking("bob", 2_000)])
      const asked = yield* store.pending()
      const told = (requests: typeof asked) => requests.map(({ by, doneAt }) => [by, doneAt])
      yield* equal("what is asked for", told(asked), [
        ["alice", null],
        ["bob", null]
      ])
      const acknowledgements = asked.slice(0, 1).map(({ id }) => ({ id, at: 3_000 }))
      const answered = (held: JobState.JobState) => save({ ...saveOf(held, line(held)), acknowledgements })
      yield* answered({ ...instance("a"), claimToken: 7 })
      yield* equal("after a save that was refused", told(yield* store.pending()), [
        ["alice", null],
        ["bob", null]
      ])
      yield* answered(instance("a"))
      yield* equal("what is not done", told(yield* store.pending()), [["bob", null]])
      yield* equal("what was done since", told(yield* store.pending(3_000)), [
        ["alice", 3_000],
        ["bob", null]
      ])
      yield* equal("what was done later", told(yield* store.pending(3_001)), [["bob", null]])
      yield* store.submit([asking("carol", 3_000 + doneRetentionMs)])
      yield* equal("after an hour", (yield* store.pending(0)).length, 3)
      yield* store.submit([asking("dave", 3_001 + doneRetentionMs)])
      yield* equal(
        "after more than that",
        (yield* store.pending(0)).map(({ by }) => by),
        ["bob", "carol", "dave"]
      )
    }
  ),

  "what is added may be an answer to requests, in the same transaction": Effect.gen(function* () {
    const store = yield* JobStore
    const payload = { value: { to: "ada" } }
    const asking = {
      verb: "enqueue",
      jobName: "a",
      key: "x",
      at: 1_000,
      by: "",
      why: "",
      dueAt: 2_000,
      payload
    } as const
    yield* store.submit([asking])
    const [asked] = yield* store.pending()
    yield* equal("what is asked for", asked, { ...asking, id: asked?.id, doneAt: null })
    const state = JobState.initial("a", "x", { state: cadence, nextAt: 2_000 }, 1_000, payload)
    yield* store.add([state], [{ id: asked?.id ?? 0, at: 1_500 }])
    yield* equal("the instance", yield* store.get([state]), [state])
    yield* equal("what is left to do", yield* store.pending(), [])
    yield* equal("what was done", (yield* store.pending(1_500)).length, 1)
  }),

  "of what is finished nothing is read where only the unfinished is asked for": Effect.gen(function* () {
    const store = yield* JobStore
    const ended = { ...instance("a", "ended"), nextAt: null }
    const triggered = { ...ended, key: "triggered", manual: manualAt(1_000) }
    const claimedOne = {
      ...JobState.claimed(ended, "one", { scheduledAt: 1_000, trigger: "schedule" }, 1_000),
      key: "held"
    }
    yield* added(instance("a", "planned"), ended, triggered, claimedOne)
    const keys = (states: ReadonlyArray<JobState.JobState>) => states.map(({ key }) => key).sort()
    yield* equal("all", keys(yield* store.load(["a"])), ["ended", "held", "planned", "triggered"])
    yield* equal("unfinished", keys(yield* store.load(["a"], "unfinished")), ["held", "planned", "triggered"])
    yield* equal("of no job", yield* store.load([], "unfinished"), [])
  }),

  "an instance is forgotten with its log and its requests, unless it has changed or is claimed": Effect.gen(
    function* () {
      const store = yield* JobStore
      yield* added(instance("a", "x"), instance("a", "y"))
      const { held } = yield* claim(instance("a", "x"), "one")
      const of = ({ claimToken, jobName, key, seq }: JobState.JobState) => ({ jobName, key, seq, token: claimToken })
      yield* holds("a claimed one is not forgotten", !(yield* store.forget(of(held))))
      yield* save(saveOf(held, line(held)))
      yield* holds("one that has changed is not forgotten", !(yield* store.forget(of(held))))
      const request = { jobName: "a", key: "x", at: 1_000, by: "alice", why: "", dueAt: null, payload: null }
      yield* store.submit([
        { ...request, verb: "pause" },
        { ...request, verb: "forget" },
        { ...request, verb: "pause", key: "y" }
      ])
      const [, forget] = yield* store.pending()
      const [state] = yield* store.get([held])
      yield* holds("it is there", state !== undefined)
      if (state === undefined || forget === undefined) return
      yield* holds("as it is now it is", yield* store.forget(of(state), { id: forget.id, at: 2_000 }))
      yield* equal(
        "the instances",
        (yield* store.load(["a"])).map(({ key }) => key),
        ["y"]
      )
      yield* equal("the log", yield* linesOf("a"), [])
      yield* equal(
        "the requests",
        (yield* store.pending(0)).map(({ key, verb }) => [verb, key]),
        [
          ["forget", "x"],
          ["pause", "y"]
        ]
      )
      yield* holds("there is nothing left to forget", !(yield* store.forget(of(state))))
    }
  ),

  "lines come newest first, only those asked for, and no more than that": Effect.gen(function* () {
    const store = yield* JobStore
    yield* added(instance("a"), instance("b"))
    for (const [name, startedAt, status] of [
      ["a", 1_000, "success"],
      ["b", 2_000, "error"],
      ["a", 3_000, "error"],
      ["a", 4_000, "success"]
    ] as const) {
      const { held } = yield* claim(yield* only(name), "one")
      yield* save(saveOf(held, line(held, { startedAt, lastAt: startedAt, status })))
    }
    const started = (query: Parameters<typeof store.entries>[0]) =>
      Effect.map(store.entries(query), (runs) => runs.map(({ startedAt }) => startedAt))
    yield* equal("all", yield* started({}), [4_000, 3_000, 2_000, 1_000])
    yield* equal("of a job", yield* started({ jobName: "a", key: "" }), [4_000, 3_000, 1_000])
    yield* equal("of a status", yield* started({ status: "error" }), [3_000, 2_000])
    yield* equal("of a number", yield* started({ jobName: "a", key: "", seq: 2 }), [3_000])
    yield* equal("of a time", yield* started({ from: 2_000, to: 4_000 }), [3_000, 2_000])
    yield* equal("a page", yield* started({ limit: 2 }), [4_000, 3_000])
  }),

  "lines come by when they began, and of those that began together the last written first": Effect.gen(function* () {
    const store = yield* JobStore
    yield* added(instance("a"))
    const began = [5_000, 2_000, 2_000, 9_000, 2_000]
    yield* ran(instance("a"), 5, (seq) => ({ startedAt: began[seq - 1] ?? 0 }))
    const seqs = (query: LogQuery) => Effect.map(store.entries(query), (runs) => runs.map(({ seq }) => seq))
    yield* equal("all", yield* seqs({ jobName: "a" }), [4, 1, 5, 3, 2])
    const written = yield* store.written(0)
    const inOrder = written.entries.map(({ seq }) => seq)
    yield* equal("as they were written", inOrder, [1, 2, 3, 4, 5])
  }),

  "pages follow one another without a gap or a line that comes twice": Effect.gen(function* () {
    const store = yield* JobStore
    yield* added(instance("a"), instance("b", "k"))
    yield* ran(instance("a"), 7, (seq) => ({ startedAt: 1_000 * Math.ceil(seq / 3) }))
    yield* ran(instance("b", "k"), 4)
    for (const query of [{}, { jobName: "a" }, { jobName: "b", key: "k" }, { status: "success" }] as const) {
      const whole = yield* store.history({ ...query, limit: 100 })
      const pages: Array<LogEntry.Entry> = []
      for (;;) {
        const after = pages.at(-1)
        const page = yield* store.history({ ...query, limit: 2, ...(after === undefined ? {} : { after }) })
        if (page.length === 0) break
        pages.push(...page)
        // what comes meanwhile is newer
        if (pages.length === 2) yield* ran(instance("a"), 1, () => ({ startedAt: 90_000 }))
      }
      yield* equal(`the pages of ${JSON.stringify(query)}`, pages, whole)
    }
  }),

  "the history tells of each line what a line says, without the plan": Effect.gen(function* () {
    const store = yield* JobStore
    yield* added(instance("a"))
    yield* ran(instance("a"), 2, (seq) => ({ status: seq === 1 ? "success" : "error", error: seq === 1 ? null : "E" }))
    const runs = yield* store.entries({})
    yield* equal("the history", yield* store.history({}), runs.map(LogEntry.entryOf))
    const failures = yield* store.history({ jobName: "a", status: "error" })
    yield* equal("of a status", failures, [LogEntry.entryOf(runs[0] ?? line(instance("a")))])
  }),

  "what was written after a mark is told in the order of writing": Effect.gen(function* () {
    const store = yield* JobStore
    yield* added(instance("a"))
    yield* ran(instance("a"), 2)
    const now = yield* store.written(null)
    yield* equal("at a mark", now.entries, [])
    yield* equal("nothing new", yield* store.written(now.last), now)
    yield* ran(instance("a"), 3)
    const first = yield* store.written(now.last, 2)
    const second = yield* store.written(first.last, 2)
    const seqs = [first, second].map(({ entries }) => entries.map(({ seq }) => seq))
    yield* equal("what is new", seqs, [[3, 4], [5]])
  }),

  "instances come in pages, in the order of their names and keys": Effect.gen(function* () {
    const store = yield* JobStore
    yield* added(instance("b"), instance("a", "2"), instance("a", "10"), instance("a"), instance("c"))
    const named = (query: StateQuery) =>
      Effect.map(store.states(query), (states) => states.map(({ jobName, key }) => jobName + key))
    yield* equal("all", yield* named({}), ["a", "a10", "a2", "b", "c"])
    yield* equal("a page", yield* named({ limit: 2, after: { jobName: "a", key: "10" } }), ["a2", "b"])
    yield* equal("of a job", yield* named({ jobName: "a", after: { jobName: "a", key: "" } }), ["a10", "a2"])
  }),

  "the size tells the instances and the lines of each job": Effect.gen(function* () {
    const store = yield* JobStore
    yield* added(instance("a"), instance("b", "1"), instance("b", "2"))
    yield* ran(instance("b", "1"), 2)
    const { jobs } = yield* store.size
    yield* equal("the jobs", jobs, [
      { jobName: "a", instances: 1, lines: 0, oldestAt: null },
      { jobName: "b", instances: 2, lines: 2, oldestAt: 1_000 }
    ])
  }),

  "the oldest lines are told of, and which of them is young": Effect.gen(function* () {
    const store = yield* JobStore
    yield* added(instance("a"), instance("b"), instance("c"))
    yield* ran(instance("a"), 5)
    yield* ran(instance("b"), 1)
    const told = (query: Partial<OldestQuery>) =>
      Effect.map(store.oldest({ endedBefore: 3_000, lines: 10, ...query }), (all) =>
        all.map(({ jobName, first, seq, young }) => [jobName, first, seq, young])
      )
    const all = [
      ["a", 1, 5, 3],
      ["b", 1, 1, null]
    ]
    yield* equal("all", yield* told({}), all)
    yield* equal("after one", yield* told({ after: { jobName: "a", key: "" } }), all.slice(1))
    yield* equal("of a job", yield* told({ jobName: "a", lines: 2 }), [["a", 1, 5, null]])
    yield* store.prune([{ jobName: "a", key: "", upTo: 2 }])
    yield* equal("after pruning", yield* told({ jobName: "a" }), [["a", 3, 5, 3]])
  }),

  "an enqueued run that is over is told of as spent, once it is old": Effect.gen(function* () {
    const store = yield* JobStore
    const payload = { value: 7 }
    const enqueued = JobState.initial("a", "k", { state: cadence, nextAt: 1_000 }, 1_000, payload)
    yield* added(enqueued, instance("b"))
    const over = { nextAt: null, nextScheduledAt: null }
    yield* ran(enqueued, 1, () => over)
    yield* ran(instance("b"), 1, () => over)
    const spent = (endedBefore: number) =>
      Effect.map(store.oldest({ endedBefore, lines: 10 }), (all) => all.map(({ isSpent }) => isSpent))
    yield* equal("while it is young", yield* spent(1_003), [false, false])
    yield* equal("when it is old", yield* spent(1_004), [true, false])
  }),

  "a state is the fold of its baseline and what is left of its log, after each pruning": Effect.gen(function* () {
    const store = yield* JobStore
    const [one, other] = [instance("a"), instance("a", "k")]
    yield* added(one, other)
    const statuses = ["success", "error", "skipped", "timeout"] as const
    const change = (seq: number) => ({ status: statuses[seq % 4] ?? "success", error: seq % 4 === 0 ? null : "E" })
    yield* ran(one, 9, change)
    yield* ran(other, 3, change)
    for (const upTo of [1, 4, 8]) {
      yield* store.prune([{ jobName: "a", key: "", upTo }])
      const { fold, stored } = yield* folded(one)
      yield* equal(`the fold from line ${upTo} on`, fold, stored)
    }
    const left = yield* store.history({ jobName: "a", key: "" })
    const told = left.map(({ seq }) => seq)
    yield* equal("what is left", told, [9])
    yield* ran(one, 2, change)
    const { fold, stored } = yield* folded(one)
    yield* equal("the fold when more has run", fold, stored)
    yield* equal("the lines of another instance", (yield* store.history({ jobName: "a", key: "k" })).length, 3)
  }),

  "pruning never drops the last line, and tells how many lines it dropped": Effect.gen(function* () {
    const store = yield* JobStore
    yield* added(instance("a"), instance("b"))
    yield* ran(instance("a"), 3)
    yield* equal("the whole log", yield* store.prune([{ jobName: "a", key: "", upTo: 3 }]), 0)
    const cuts = ["a", "b", "unknown"].map((jobName) => ({ jobName, key: "", upTo: 2 }))
    yield* equal("all but the last", yield* store.prune(cuts), 2)
    yield* equal("again", yield* store.prune(cuts), 0)
    yield* equal("what is left", (yield* linesOf("a")).length, 1)
  }),

  "a baseline goes with its instance, to another name and into oblivion": Effect.gen(function* () {
    const store = yield* JobStore
    yield* added(instance("a"))
    yield* ran(instance("a"), 3)
    yield* store.prune([{ jobName: "a", key: "", upTo: 2 }])
    yield* store.rename("a", "b")
    const { fold, stored } = yield* folded(instance("b"))
    yield* equal("the fold under its new name", fold, stored)
    const { claimToken: token, seq } = stored
    yield* store.forget({ jobName: "b", key: "", seq, token })
    yield* equal("the baseline", yield* store.baselines([instance("b"), instance("a")]), [])
  }),

  "renewing shows the holder's life, and nobody else's": Effect.gen(function* () {
    const store = yield* JobStore
    yield* added(instance("a"))
    const { held } = yield* claim(instance("a"), "one")
    const mine = { jobName: "a", key: "", owner: "one", token: held.claimToken }
    const others = [
      { ...mine, owner: "two" },
      { ...mine, token: 9 }
    ]
    yield* equal("passed on", yield* store.renew([mine, ...others]), others)
    yield* equal("renewals", (yield* only("a")).claimRenewals, 1)
    yield* save(saveOf(held, line(held)))
    yield* equal("renewals after a record", (yield* only("a")).claimRenewals, 1)
  }),

  "the state of an instance equals the fold of its log": Effect.gen(function* () {
    yield* added(instance("a"))
    for (const status of ["success", "error", "skipped", "skipped", "interrupted", "success"] as const) {
      const { held } = yield* claim(yield* only("a"), "one")
      yield* save(saveOf(held, line(held, { status, startedAt: 1_000 + held.seq, lastAt: 1_000 + held.seq })))
    }
    const folded = JobState.fold(instance("a"), [...(yield* linesOf("a"))].reverse())
    const { claimToken, claimRenewals } = yield* only("a")
    yield* equal("the state", yield* only("a"), { ...folded, claimToken, claimRenewals })
  })
}
