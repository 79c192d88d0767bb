/**
 * The same work done by Tickwork and by other schedulers, as far as they can be installed and have their server.
 */
import { Effect, Either, Option, type Scope } from "effect"
import type * as Catalog from "../Catalog.ts"
import * as Checkout from "../Checkout.ts"
import * as Child from "../Child.ts"
import * as Machine from "../Machine.ts"
import * as Postgres from "../Postgres.ts"
import * as Programs from "../Programs.ts"
import * as Progress from "../Progress.ts"
import type { Figures } from "../peers/Contest.ts"
import * as Installed from "../peers/Installed.ts"
import * as Redis from "../peers/Redis.ts"
import * as Roster from "../peers/Roster.ts"
import type { Request } from "../programs/contest.ts"
import * as Report from "../Report.ts"
import type { Outcome } from "./Outcome.ts"

interface Ready {
  readonly peer: Roster.Peer
  readonly programs: Programs.Programs
  readonly execPath: string
  readonly url: string
}

const loudly = (message: string) => Progress.say(`\n#### ${message} ####\n`)

const postgres = Effect.flatMap(Postgres.url, (url) =>
  url === null
    ? new Installed.InstallError({ what: "PostgreSQL", reason: "its server does not start" })
    : Effect.succeed(url)
)

/** Servers and programs are made once, whatever needs them. */
const preparation = Effect.gen(function* () {
  const checkout = yield* Checkout.here
  const servers = { postgres: yield* Effect.cached(postgres), redis: yield* Effect.cached(Redis.url) }
  const own = yield* Effect.cached(Programs.bundle(["programs/contest"], checkout.folder))
  const programsOf = (set: string | null) =>
    set === null ? own : Effect.flatMap(Installed.set(set), (folder) => Programs.bundle(["programs/contest"], folder))
  return {
    commit: checkout.commit,
    ready: (peer: Roster.Peer): Effect.Effect<Ready, Error, Scope.Scope> =>
      Effect.gen(function* () {
        const url = peer.server === "none" ? "" : yield* servers[peer.server]
        const execPath = peer.needsNewNode === true ? yield* Installed.node : process.execPath
        return { peer, programs: yield* programsOf(peer.set), execPath, url }
      })
  }
})

const measure = ({ execPath, peer: { name }, programs, url }: Ready, phase: Request["phase"]) => {
  const message: Request = { name, url, phase }
  const options = { what: `${name} (${phase})`, program: programs.path("contest"), message, execPath }
  return Child.run<Partial<Figures>>({ ...options, limit: "2 minutes" })
}

interface Row extends Partial<Figures> {
  readonly name: string
  readonly label: string
}

/** What is to be above others in the same run. */
const goals = [
  { what: "runs/s, ten at once", figure: "ten", ours: "tickwork-normal", others: ["bullmq", "plainjob", "pg-boss"] },
  { what: "runs/s, ten at once", figure: "ten", ours: "tickwork-postgres", others: ["pg-boss", "graphile-worker"] },
  { what: "enqueued/s", figure: "enqueued", ours: "tickwork-normal", others: ["graphile-worker"] }
] as const

const goalsOf = (rows: ReadonlyArray<Row>) =>
  goals.flatMap(({ figure, others, ours, what }) =>
    others.flatMap((other) => {
      const [mine, theirs] = [rows.find(({ name }) => name === ours), rows.find(({ name }) => name === other)]
      const [own, their] = [mine?.[figure], theirs?.[figure]]
      return mine && theirs && own && their
        ? [{ what, ours: mine.label, theirs: theirs.label, times: own / their, holds: own >= their }]
        : []
    })
  )

const goalsToText = (found: ReturnType<typeof goalsOf>): string =>
  Report.toText(
    [
      { title: "goal: above" },
      { title: "ours" },
      { title: "theirs" },
      { title: "times", isNumber: true },
      { title: "holds" }
    ],
    found.map(({ holds, ours, theirs, times, what }) => [
      what,
      ours,
      theirs,
      Report.numberToText(times),
      Report.holdsToText(holds)
    ])
  )

const toText = (rows: ReadonlyArray<Row>): string =>
  Report.toText(
    [
      { title: "scheduler" },
      { title: "runs/s, one at a time", isNumber: true },
      { title: "ten at once", isNumber: true },
      { title: "enqueued/s", isNumber: true },
      { title: "enqueue to start, p99", isNumber: true },
      { title: "100 each second, p99 late", isNumber: true },
      { title: "of them started", isNumber: true },
      { title: "idle, of a core", isNumber: true }
    ],
    rows.map(({ enqueued, idle, label, late, one, started, ten, toStart }) => {
      const text = (value: number | null | undefined, unit = "") =>
        value === null || value === undefined ? "-" : Report.measuredToText(value, unit)
      const share = started === null || started === undefined ? started : started * 100
      return [
        label,
        text(one),
        text(ten),
        text(enqueued),
        text(toStart, "ms"),
        text(late, "ms"),
        text(share, "%"),
        text(idle, "%")
      ]
    })
  )

export const run = (names: ReadonlyArray<Catalog.Peer>) =>
  Effect.gen(function* () {
    const { commit, ready } = yield* preparation
    const prepared = yield* Effect.forEach(
      Roster.all.filter(({ peer }) => names.includes(peer)),
      (peer) =>
        Effect.either(ready(peer)).pipe(
          Effect.tap(
            Either.match({
              onLeft: ({ message }) => loudly(`${peer.label} IS LEFT OUT. ${message}`),
              onRight: () => Effect.void
            })
          )
        )
    )
    const peers = prepared.filter(Either.isRight).map(({ right }) => right)
    const byName = new Map(peers.map((one) => [one.peer.name, one]))
    const work = yield* Progress.each([...byName.keys()], (name) => {
      const one = byName.get(name)
      return one === undefined
        ? Effect.die(name)
        : Effect.map(measure(one, "work"), (figures) => [name, figures] as const)
    })
    // waiting costs next to nothing, and CPU time is counted by process
    const idle = yield* Effect.forEach(peers, (one) => Effect.either(measure(one, "idle")), {
      concurrency: "unbounded"
    })
    const rows = peers.map((one, at): Row => {
      const worked = work.values.find(([name]) => name === one.peer.name)?.[1] ?? {}
      const waited = Option.fromNullable(idle[at]).pipe(
        Option.flatMap(Either.getRight),
        Option.getOrElse(() => ({}))
      )
      return { name: one.peer.name, label: one.peer.label, ...worked, ...waited }
    })
    const failures = [...work.failures, ...idle.filter(Either.isLeft).map(({ left }) => left.message)]
    const goals = goalsOf(rows)
    return {
      text: `${Machine.text}, commit ${commit}\n\n${toText(rows)}\n\n${goalsToText(goals)}`,
      json: { machine: Machine.facts, commit, rows, goals, failures },
      failures
    } satisfies Outcome
  }).pipe(Effect.scoped)
