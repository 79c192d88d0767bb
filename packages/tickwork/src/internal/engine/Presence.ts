/**
 * This process among those on the store: which of them are alive, which jobs it leaves to a newer release, and which
 * another one has had in hand until now.
 *
 * Whether another process lives is judged by whether its beat rises while this process beats, and by no clock.
 *
 * @internal
 */
import { type Clock, Effect, HashRing, PrimaryKey } from "effect"
import * as JobStore from "../../JobStore.ts"
import type { Registered } from "../plan/Registered.ts"
import * as Releases from "../plan/Releases.ts"
import { passedMs } from "./ClockWatch.ts"
import { beatMs, clockSlackMs } from "./Tuning.ts"

/** What this process has seen of another one. */
interface Seen {
  readonly beat: number
  /** When the beat was first seen, in elapsed ms, and how often it was the same since. */
  readonly since: number
  readonly lookedAt: number
  readonly looks: number
  /** True where its beat has risen: it was certainly alive then. */
  readonly hasRisen: boolean
}

/** The jobs of which the release that runs them has changed. */
export interface Changes {
  readonly left: ReadonlyArray<string>
  readonly regained: ReadonlyArray<string>
}

export interface Options {
  readonly store: JobStore.Service
  readonly registry: ReadonlyArray<Registered<unknown>>
  /** False where no other process can reach the store: then it never beats again. */
  readonly beats: boolean
  /** How often the clock is checked at least, in ms: then it beats. */
  readonly clockCheckMs: number
}

type Store = JobStore.Service

const textOf = ({ definition, jobName, renamedFrom, version }: JobStore.JobDefinition): string =>
  [jobName, version, definition, renamedFrom].join("\u0000")

const idsOf = (one: JobStore.StoredDefinition | JobStore.Process): ReadonlyArray<number> =>
  "definitions" in one ? one.definitions : [one.id]

/** A process among those that share instances. */
class Sharer implements PrimaryKey.PrimaryKey {
  readonly owner: string
  /** The numbers of the definitions of its jobs. */
  readonly definitions: ReadonlySet<number>

  constructor(owner: string, definitions: ReadonlyArray<number>) {
    this.owner = owner
    this.definitions = new Set(definitions)
  }

  [PrimaryKey.symbol](): string {
    return this.owner
  }
}

export class Presence {
  readonly #options: Options
  #id: number | null = null
  #own: Releases.Release = new Map()
  #all: ReadonlyArray<JobStore.StoredDefinition> = []
  /** The names that a job has had, by each of them. */
  #names: ReadonlyMap<string, ReadonlySet<string>> = new Map()
  #seen = new Map<number, Seen>()
  #others: ReadonlyArray<JobStore.Process> = []
  #left: ReadonlyMap<string, JobStore.StoredDefinition> = new Map()
  #shared: ReadonlySet<string> = new Set()
  #sharers = HashRing.make<Sharer>()
  /** The difference of clocks that its log and its listeners know of. */
  readonly #reportedMs = { log: 0, listeners: 0 }
  /** When it last beat: in elapsed ms, and what the clock showed. */
  #beatAt = Number.NEGATIVE_INFINITY
  #beatShownAt = Number.NEGATIVE_INFINITY
  /** Jobs of which instances still have another name, since a living process runs them. */
  readonly unmoved = new Set<string>()
  /** True where another process may have taken a job over: the processes are read before anything is planned or made. */
  isStale = false
  /** How far the database's clock is ahead of this host's, in ms; `null` where it has none of its own. */
  clockDifferenceMs: number | null = null

  constructor(options: Options) {
    this.#options = options
  }

  /** True where it is time to beat. */
  isDue(clock: Clock.Clock): boolean {
    if (!this.#options.beats) return false
    // the elapsed time costs more to read, and every call of a tick comes by here
    const shown = clock.unsafeCurrentTimeMillis() - this.#beatShownAt
    return !(shown >= 0 && shown < beatMs / 2) && passedMs(clock) - this.#beatAt >= beatMs
  }

  /** Why this process leaves a job to another one; `null` where it runs it. */
  why(jobName: string): string | null {
    const newest = this.#left.get(jobName)
    const own = this.#own.get(jobName)
    return newest === undefined || own === undefined ? null : Releases.why(own, newest)
  }

  leaves(jobName: string): boolean {
    return this.#left.has(jobName)
  }

  /** True where this process runs a job, and all of it is stored under its name. */
  runs(jobName: string): boolean {
    return !this.#left.has(jobName) && !this.unmoved.has(jobName)
  }

  /**
   * True where another process may be running a job by a clock of its own: an instant that has passed on this clock was
   * not missed then.
   */
  shares(jobName: string): boolean {
    return this.#shared.has(jobName)
  }

  /**
   * True where another process is to go first with an instance that this one has not run yet: many that want the same ones
   * would get in one another's way. All agree on it as far as they know of one another.
   */
  passes({ jobName, key }: JobStore.Ref): boolean {
    const own = this.#own.get(jobName)
    if (own === undefined || !this.shares(jobName)) return false
    const first = HashRing.get(this.#sharers, JSON.stringify([jobName, key]))
    return first?.definitions.has(own.id) === true && first.owner !== this.#options.store.owner.id
  }

  /** How late an instant of a job may be found and not be missed, where it is `toleranceMs` on a clock that rules alone. */
  toleranceOf(jobName: string, toleranceMs: number): number {
    return this.shares(jobName) ? Number.POSITIVE_INFINITY : toleranceMs
  }

  get leftJobs(): ReadonlyArray<string> {
    return [...this.#left.keys()]
  }

  /** True where no other process has opened a registry on the store. */
  get isAlone(): boolean {
    return this.#others.length === 0
  }

  /** True where a living process has a job of this name, or one that has had it before. */
  isNamed(jobName: string): boolean {
    const living = new Set([...this.#own.values(), ...this.#others].flatMap(idsOf))
    return this.#all.some(
      (definition) =>
        living.has(definition.id) && (definition.jobName === jobName || definition.renamedFrom === jobName)
    )
  }

  /** The owners of other processes that are alive. */
  get otherOwners(): ReadonlyArray<string> {
    return this.#others.map(({ owner }) => owner)
  }

  /** The names under which releases have stored a job before, as far as this one has no job of such a name. */
  formerNames(jobName: string): ReadonlyArray<string> {
    return [...(this.#names.get(jobName) ?? [])].filter((name) => !this.#own.has(name))
  }

  /** Says that this process lives and reads who else does. */
  readonly attend: Effect.Effect<Changes, JobStore.StoreError> = this.#attend(false)

  /** Does so at opening: where the store takes no writes now, it is read, and all else waits until this is written. */
  readonly open: Effect.Effect<Changes, JobStore.StoreError> = this.#attend(true)

  #attend(mayWriteLater: boolean): Effect.Effect<Changes, JobStore.StoreError> {
    return Effect.gen(this, function* () {
      const clock = yield* Effect.clock
      const { clockCheckMs, store } = this.#options
      // where this fails it is done a minute later
      this.#beatAt = passedMs(clock)
      this.#beatShownAt = clock.unsafeCurrentTimeMillis()
      if (this.#id === null) yield* this.#define(store)
      const definitions = [...this.#own.values()].map(({ id }) => id)
      const now = clock.unsafeCurrentTimeMillis()
      const everyMs = Math.max(beatMs, clockCheckMs)
      const beaten = store.beat({ id: this.#id, owner: store.owner.id, at: now, everyMs, definitions })
      this.#id = yield* mayWriteLater ? Effect.orElseSucceed(beaten, () => null) : beaten
      const sentAt = clock.unsafeCurrentTimeMillis()
      const { at, processes } = yield* store.processes
      this.#measure(at, sentAt, clock.unsafeCurrentTimeMillis())
      const known = new Set(this.#all.map(({ id }) => id))
      if (processes.some(({ definitions }) => definitions.some((id) => !known.has(id))))
        this.#learn(yield* store.define([]))
      const dead = this.#look(processes, passedMs(clock))
      if (dead.length > 0 && this.#id !== null) yield* store.leave(dead.map(({ id }) => id))
      this.isStale = this.#id === null
      return this.#judge(at ?? now)
    })
  }

  /** Says that this process has ended. */
  readonly leave: Effect.Effect<void, JobStore.StoreError> = Effect.suspend(() =>
    this.#id === null ? Effect.void : this.#options.store.leave([this.#id])
  )

  #learn(all: ReadonlyArray<JobStore.StoredDefinition>): void {
    this.#all = all
    this.#names = Releases.namesOf(all)
  }

  #define(store: Store): Effect.Effect<void, JobStore.StoreError> {
    const wanted = this.#options.registry.map(({ cadence: { definition }, job }) => ({
      jobName: job.name,
      version: job.version,
      definition,
      renamedFrom: job.renamedFrom ?? ""
    }))
    return Effect.map(store.define(wanted), (all) => {
      this.#learn(all)
      const stored = new Map(all.map((definition) => [textOf(definition), definition]))
      const own = wanted.flatMap((one) => stored.get(textOf(one)) ?? [])
      this.#own = Releases.release(own)
    })
  }

  /** Takes in the processes, and answers those that have ended. */
  #look(processes: ReadonlyArray<JobStore.Process>, passed: number): ReadonlyArray<JobStore.Process> {
    const { owner } = this.#options.store
    const seen = new Map<number, Seen>()
    const others = processes.filter(({ id }) => id !== this.#id)
    for (const { beat, id } of others) {
      const before = this.#seen.get(id)
      if (before === undefined || before.beat !== beat) {
        seen.set(id, { beat, since: passed, lookedAt: passed, looks: 0, hasRisen: before !== undefined })
      } else {
        const isLook = passed - before.lookedAt >= beatMs
        seen.set(id, isLook ? { ...before, lookedAt: passed, looks: before.looks + 1 } : before)
      }
    }
    this.#seen = seen
    const isDead = (process: JobStore.Process) => {
      const { looks = 0, since = passed } = seen.get(process.id) ?? {}
      // a machine that was suspended gives the others time to beat, too
      return owner.isGone(process.owner) || (passed - since >= JobStore.deadAfterMs(process) && looks > 1)
    }
    this.#others = others.filter((process) => !isDead(process))
    return others.filter(isDead)
  }

  /** `at` is the present on the clock that stamps the beats. */
  #judge(at: number): Changes {
    const byId = new Map(this.#all.map((definition) => [definition.id, definition]))
    const releaseOf = ({ definitions }: JobStore.Process) =>
      Releases.release(definitions.flatMap((id) => byId.get(id) ?? []))
    const before = this.#left
    this.#left = Releases.left(this.#own, this.#others.map(releaseOf), this.#all)
    // one that was killed long ago stands here until its beat is known not to rise
    const living = this.#others.filter((other) => at - other.at <= JobStore.deadAfterMs(other))
    const recent = living.map(releaseOf)
    this.#sharers = HashRing.addMany(HashRing.make<Sharer>(), [
      new Sharer(
        this.#options.store.owner.id,
        [...this.#own.values()].map(({ id }) => id)
      ),
      ...living.map(({ definitions, owner }) => new Sharer(owner, definitions))
    ])
    const names = Releases.namesOf(this.#all)
    const isShared = (jobName: string) => Releases.others(this.#own, jobName, recent, names).length > 0
    this.#shared = new Set(recent.length === 0 ? [] : [...this.#own.keys()].filter(isShared))
    return {
      left: [...this.#left.keys()].filter((name) => !before.has(name)),
      regained: [...before.keys()].filter((name) => !this.#left.has(name))
    }
  }

  /** How far the database's clock is off, in ms, where that was not reported yet; `null` where it is not. */
  takeDifference(to: "log" | "listeners"): number | null {
    const byMs = this.clockDifferenceMs ?? 0
    if (Math.abs(byMs - this.#reportedMs[to]) <= clockSlackMs) return null
    this.#reportedMs[to] = Math.abs(byMs) <= clockSlackMs ? 0 : byMs
    return this.#reportedMs[to] === 0 ? null : byMs
  }

  #measure(at: number | null, sentAt: number, answeredAt: number): void {
    this.clockDifferenceMs = at === null ? null : Math.round(at - (sentAt + answeredAt) / 2)
  }
}
