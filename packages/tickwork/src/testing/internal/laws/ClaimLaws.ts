/**
 * Laws of claims: one owner at a time, at most as many as a limit admits, and nothing of a former owner is written.
 *
 * @internal
 */
import { Effect } from "effect"
import * as JobState from "../../../JobState.ts"
import { type Claim, type ClaimLimit, JobStore } from "../../../JobStore.ts"
import * as Law from "./Law.ts"

export const laws: Law.Laws = {
  "many claim one instance, and one wins": Effect.gen(function* () {
    yield* Law.add(Law.instance("a"))
    const owners = Array.from({ length: 20 }, (_, index) => `owner ${index}`)
    const claims = yield* Effect.forEach(owners, (owner) => Law.claim(Law.instance("a"), owner), {
      concurrency: "unbounded"
    })
    const winners = claims.filter(({ isMine }) => isMine)
    yield* Law.equal("winners", winners.length, 1)
    yield* Law.equal("the holder", (yield* Law.stored("a")).claim.owner, winners[0]?.held.claim.owner)
  }),

  "a claim is granted on the state it was made from, and refused on an older one": Effect.gen(function* () {
    yield* Law.add(Law.instance("a"))
    const { held } = yield* Law.claim(Law.instance("a"), "one")
    yield* Law.equal("claimed", yield* Law.stored("a"), held)
    yield* Law.save(Law.saveOf(held))
    yield* Law.holds("a claim on an older state is refused", !(yield* Law.claim(Law.instance("a"), "two")).isMine)
    yield* Law.holds("a claim on the new state is granted", (yield* Law.claim(yield* Law.stored("a"), "two")).isMine)
  }),

  "a claim is refused while its limit is full": Effect.gen(function* () {
    const store = yield* JobStore
    const states = [
      Law.instance("a", "1"),
      Law.instance("a", "2"),
      Law.instance("a", "3"),
      Law.instance("b"),
      Law.instance("other")
    ]
    yield* Law.add(...states)
    const limit = (atMost: number) => ({ name: "quota", jobNames: ["a", "b"], atMost })
    const claimAll = (sent: ReadonlyArray<JobState.JobState>, atMost = 2, more: ReadonlyArray<ClaimLimit> = []) =>
      Effect.map(
        store.commit({ saves: [], claims: sent.map((state) => ({ state, limits: [limit(atMost), ...more] })) }),
        ({ claims }) => claims.map(({ state }) => `${state.jobName}${state.key}`)
      )
    const [first, second, third, b, other] = states.map((state) =>
      JobState.claimed(state, "one", { scheduledAt: 1_000, trigger: "schedule" }, 1_001)
    ) as [JobState.JobState, JobState.JobState, JobState.JobState, JobState.JobState, JobState.JobState]
    yield* Law.equal(
      "a claim without a limit",
      (yield* store.commit({ saves: [], claims: [{ state: other }] })).claims,
      []
    )
    yield* Law.equal("refused in one batch", yield* claimAll([first, b, second]), ["a2"])
    yield* Law.equal("refused later", yield* claimAll([third]), ["a3"])
    yield* Law.equal("unchanged", yield* store.get([third]), [Law.instance("a", "3")])
    yield* Law.equal("under a higher limit", yield* claimAll([third], 3), [])
    yield* Law.save(Law.saveOf(b), Law.saveOf(first))
    const full = { name: "full", jobNames: ["other"], atMost: 1 }
    yield* Law.equal("refused by another limit", yield* claimAll([second], 2, [full]), ["a2"])
    yield* Law.equal("after a save", yield* claimAll([second]), [])
  }),

  "of many claims under one limit at once, no more win than the limit admits": Effect.gen(function* () {
    const store = yield* JobStore
    yield* Law.add(...Array.from({ length: 20 }, (_, n) => Law.instance(n % 2 === 0 ? "a" : "b", `${n}`)))
    const limits = [{ name: "quota", jobNames: ["a", "b"], atMost: 3 }]
    const commit = (claim: Claim) => store.commit({ saves: [], claims: [claim] })
    for (let round = 1; round <= 5; round++) {
      const claims = (yield* store.load(["a", "b"])).map((state, n) => ({
        state: JobState.claimed(state, `owner ${n}`, { scheduledAt: 1_000, trigger: "schedule" }, 1_001),
        limits
      }))
      const answers = yield* Effect.forEach(claims, commit, { concurrency: "unbounded" })
      yield* Law.equal("winners", answers.filter(({ claims }) => claims.length === 0).length, 3)
      const held = (yield* store.load(["a", "b"])).filter(({ claim: { owner: claimOwner } }) => claimOwner !== null)
      yield* Law.equal("holders", held.length, 3)
      yield* Law.save(...held.map((state) => Law.saveOf(state)))
    }
  }),

  "a holder whose claim has passed on can neither save nor release": Effect.gen(function* () {
    yield* Law.add(Law.instance("a"))
    const { held } = yield* Law.claim(Law.instance("a"), "one")
    const cut = Law.entry(held, { status: "interrupted" })
    yield* Law.save(Law.saveOf(held, [cut]))
    const next = yield* Law.claim(JobState.after(held, cut), "two")
    const expected = { ...Law.expectedOf(held), seq: next.held.seq }
    const late = yield* Law.save(
      { ...Law.saveOf(held), expected },
      { expected, state: JobState.released(held), entries: [] }
    )
    yield* Law.equal("refused", late.saves.length, 2)
    yield* Law.equal("the state", yield* Law.stored("a"), next.held)
    yield* Law.equal("the log", (yield* Law.entriesOf("a")).length, 1)
  }),

  "a save that misses an entry written under its claim is refused": Effect.gen(function* () {
    yield* Law.add(Law.instance("a"))
    const { held } = yield* Law.claim(Law.instance("a"), "one")
    const pause = Law.entry(held, { status: "control", reason: "paused" })
    const paused = JobState.applyControl(held, pause)
    yield* Law.save(Law.saveOf(held, [pause], paused))
    const blind = yield* Law.save(Law.saveOf(held))
    yield* Law.equal("refused", blind.saves.length, 1)
    yield* Law.equal("the state", yield* Law.stored("a"), paused)
    yield* Law.equal("the log", yield* Law.entriesOf("a"), [pause])
  }),

  "renewing counts for the holder of the claim alone": Effect.gen(function* () {
    const store = yield* JobStore
    yield* Law.add(Law.instance("a"))
    const { held } = yield* Law.claim(Law.instance("a"), "one")
    const mine = { jobName: "a", key: "", owner: "one", token: held.claim.token }
    const [owner, token] = [
      { ...mine, owner: "two" },
      { ...mine, token: 9 }
    ]
    yield* Law.equal("passed on", yield* store.renew([mine, owner, token]), [owner, token])
    yield* Law.equal("renewals", (yield* Law.stored("a")).claim.renewals, 1)
    yield* Law.save(Law.saveOf(held))
    yield* Law.equal("renewals after a save", (yield* Law.stored("a")).claim.renewals, 1)
  }),

  "a save may carry the next claim": Effect.gen(function* () {
    yield* Law.add(Law.instance("a"))
    const { held } = yield* Law.claim(Law.instance("a"), "one")
    const run = Law.entry(held)
    const again = JobState.claimed(JobState.after(held, run), "one", { scheduledAt: 6_000, trigger: "schedule" }, 6_001)
    yield* Law.save(Law.saveOf(held, [run], again))
    yield* Law.equal("the state", yield* Law.stored("a"), again)
    yield* Law.holds("another owner is refused", !(yield* Law.claim(JobState.after(held, run), "two")).isMine)
  })
}
