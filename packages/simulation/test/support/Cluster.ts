/**
 * Many processes on one store in memory, each with the partitions that a test gives it. They are killed and frozen, and
 * partitions move between them; what their bodies did is kept, to be judged.
 */
import * as Bench from "@tickwork/test-support/Bench"
import { Placements } from "@tickwork/test-support/Placements"
import { Context, Effect, Layer, Logger, Random, Scheduler, Scope } from "effect"
import { JobLog, JobStore, type Jobs, Placement, type Run, Tick } from "tickwork"
import * as SimulatedEngine from "tickwork/testing/SimulatedEngine"
import { forever, VirtualTime } from "tickwork/testing/VirtualTime"

/** A body that began, in a life of a process. */
export interface Begun extends Run.Run {
  readonly by: number
  readonly life: number
  /** When it ended, or its process died or was frozen for longer than a lease; `null` while it goes on. */
  endedAt: number | null
}

/** A body that takes this long. */
export type Body = (takesMs: number) => (run: Run.Run) => Effect.Effect<void>

interface Member {
  readonly life: number
  readonly tick: Tick.Service
  isAlive: boolean
  frozenAt: number | null
}

export const leaseMs = 10_000

/** A call of the store of a process that was killed never answers. */
const guarded = (store: Bench.Store, isAlive: () => boolean): Bench.Store => {
  const whileAlive = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.suspend(() => (isAlive() ? effect : forever))
  const guard = (effect: Effect.Effect<unknown, unknown, any>) =>
    whileAlive(Effect.flatMap(effect, (answer) => whileAlive(Effect.succeed(answer))))
  const guardedVerb = (verb: unknown) => {
    if (Effect.isEffect(verb)) return guard(verb as Effect.Effect<unknown, unknown>)
    return typeof verb === "function" ? (...args: ReadonlyArray<unknown>) => guard(verb(...args)) : verb
  }
  const unguarded = new Set(["as", "calls", "fail", "owner", "watch"])
  const verbs = Object.entries(store).flatMap(([name, verb]) =>
    unguarded.has(name) ? [] : [[name, guardedVerb(verb)] as const]
  )
  return { ...store, ...Object.fromEntries(verbs) } as Bench.Store
}

const partitionsFrom = (process: number, size: number): ReadonlyArray<number> =>
  Array.from({ length: Placement.partitions }, (_, n) => n).filter((n) => n % size === process)

export class Cluster {
  readonly time = new VirtualTime(Bench.start)
  readonly placements: Placements
  readonly begun: Array<Begun> = []
  readonly store: Bench.Store = Effect.runSync(Bench.makeStore)
  readonly size: number
  readonly #members: Array<Member> = []
  /** What frozen processes have to do once they wake. */
  readonly #held = new Map<number, Array<() => void>>()
  readonly #open = new Set<Begun>()
  readonly #unrest: Array<{ readonly from: number; readonly to: number }> = []
  readonly #seed: number
  readonly #jobsOf: (body: Body) => Jobs.Jobs<never>
  readonly #options: Tick.Options
  #lives = 0

  constructor(size: number, seed: number, jobsOf: (body: Body) => Jobs.Jobs<never>, options: Tick.Options = {}) {
    this.size = size
    this.#seed = seed
    this.#jobsOf = jobsOf
    this.#options = { lease: leaseMs, ...options }
    this.placements = new Placements(size)
    for (let process = 0; process < size; process++) this.open(process)
  }

  /** Runs an effect that does not wait for time. */
  run<A, E>(effect: Effect.Effect<A, E>): A {
    return Effect.runSync(Effect.withClock(effect, this.time.clock))
  }

  tick(process: number): Tick.Service | undefined {
    const member = this.#members[process]
    return member?.isAlive === true && member.frozenAt === null ? member.tick : undefined
  }

  /** Starts an effect of a process, which may wait for time. */
  start(effect: Effect.Effect<unknown>): void {
    Effect.runFork(Effect.withClock(effect, this.time.clock), { scheduler: this.time.scheduler })
    this.time.runReady()
  }

  /** Lets all live and wake, and gives each partition to one of them. */
  settle(): void {
    for (let process = 0; process < this.size; process++) {
      this.thaw(process)
      this.open(process)
      this.move(partitionsFrom(process, this.size), [process])
    }
  }

  /** True where no process came or went, and no partition moved, in this time or shortly before. */
  isCalm(from: number, to: number): boolean {
    return !this.#unrest.some((one) => one.from <= to && one.to >= from)
  }

  #disturb(forMs = leaseMs + 5000): void {
    this.#unrest.push({ from: this.time.now, to: this.time.now + forMs })
  }

  /** Moves partitions; see `Placements`. One that does not hear of it learns of it within a minute or two. */
  move(...args: Parameters<Placements["move"]>): void {
    this.#disturb(args[2] === undefined ? undefined : 120_000)
    this.placements.move(...args)
  }

  /** Lets this much time pass, in ms. */
  advance(ms: number): void {
    const until = this.time.passed + ms
    this.time.runReady()
    while (this.time.nextAt <= until) {
      this.time.passTo(this.time.nextAt)
      this.time.runReady()
    }
    this.time.passBefore(until)
  }

  /** Starts a process that is not there. */
  open(process: number): void {
    if (this.#members[process]?.isAlive) return
    const life = ++this.#lives
    this.#disturb()
    const scheduler = this.#schedulerOf(process)
    const member = { life, isAlive: true, frozenAt: null as number | null, tick: null as unknown as Tick.Service }
    this.#members[process] = member
    const store = guarded(this.store.as(`process ${process}, life ${life}`), () => member.isAlive)
    const services = Context.make(JobStore.JobStore, store as JobStore.Service).pipe(
      Context.add(JobLog.JobLog, store),
      Context.add(Placement.Placement, this.placements.of(process))
    )
    const opening = Effect.gen(this, function* () {
      const layer = Tick.layer(this.#jobsOf(this.#body(process, life)), this.#options)
      member.tick = Context.get(yield* Layer.buildWithScope(layer, yield* Scope.make()), Tick.Tick)
      return yield* member.tick.run
    })
    const quiet = opening.pipe(
      Effect.withClock(this.time.clock),
      Effect.withRandom(Random.make(`${this.#seed}/${life}`)),
      Effect.provide(Logger.remove(Logger.defaultLogger)),
      SimulatedEngine.unobserved,
      Effect.provide(services)
    )
    const fiber = Effect.runFork(quiet, { scheduler })
    this.time.runReady()
    const exit = fiber.unsafePoll()
    if (exit !== null && exit !== undefined) throw new Error(`a process has ended: ${exit}`)
    if (member.tick === null) throw new Error("a process does not open")
  }

  /** As SIGKILL does: nothing of it goes on. */
  kill(process: number): void {
    const member = this.#members[process]
    if (member === undefined || !member.isAlive) return
    member.isAlive = false
    this.#disturb()
    this.#held.delete(process)
    this.#cutShort(process, member.frozenAt ?? this.time.now)
  }

  /** As SIGSTOP does: its fibers wait until it wakes. */
  freeze(process: number): void {
    const member = this.#members[process]
    if (member === undefined || !member.isAlive || member.frozenAt !== null) return
    member.frozenAt = this.time.now
    this.#disturb()
    this.#held.set(process, [])
  }

  /** As SIGCONT does. */
  thaw(process: number): void {
    const member = this.#members[process]
    const from = member?.frozenAt ?? null
    if (member === undefined || !member.isAlive || from === null) return
    member.frozenAt = null
    this.#disturb()
    // another process may have taken over what it had begun
    if (this.time.now - from >= leaseMs) this.#cutShort(process, from)
    const held = this.#held.get(process) ?? []
    this.#held.delete(process)
    for (const task of held) task()
    this.time.runReady()
  }

  #cutShort(process: number, at: number): void {
    for (const one of this.#open) {
      if (one.by !== process) continue
      one.endedAt = at
      this.#open.delete(one)
    }
  }

  /** Runs the tasks of a process in the order of all, but for those of one that is dead or frozen. */
  #schedulerOf(process: number): Scheduler.Scheduler {
    const life = this.#lives
    const isOver = () => this.#members[process]?.life !== life || !this.#members[process]?.isAlive
    return Scheduler.make((task, priority) => {
      const step = () => {
        if (isOver()) return
        const held = this.#held.get(process)
        if (held === undefined) task()
        else held.push(() => this.time.scheduler.scheduleTask(step, priority))
      }
      this.time.scheduler.scheduleTask(step, priority)
    })
  }

  #body(by: number, life: number): Body {
    return (takesMs) => (run) =>
      Effect.suspend(() => {
        const one: Begun = { ...run, by, life, endedAt: null }
        this.begun.push(one)
        this.#open.add(one)
        const end = Effect.sync(() => {
          // one that was cut short has ended already
          if (this.#open.delete(one)) one.endedAt = this.time.now
        })
        return takesMs === 0 ? end : Effect.ensuring(Effect.sleep(takesMs), end)
      })
  }
}
