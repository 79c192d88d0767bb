/**
 * The life of a process on a SQLite file, on a clock moved by hand, up to its end or to the statement at which it is
 * killed. It is the same life each time, up to there.
 *
 * Nothing of a process that was killed goes on: its statements hang, its clock stands still, and its file is what the
 * system would find. What its bodies did is in the notes. A life that is looked on shows, at each statement, what would
 * be left if it were killed there.
 */
import * as fs from "node:fs"
import type { SqlClient } from "@effect/sql"
import { SqlJobStore } from "@tickwork/sql"
import { Context, Deferred, Effect, Exit, Fiber, FiberId, Layer, Option, Random, Scope } from "effect"
import { type Control, type Job, type Jobs, type Run, Tick } from "tickwork"
import { ManualClock } from "tickwork/testing"
import * as Hooked from "./Hooked.ts"

/** A body that was begun; where it has ended, that was before its process did. */
export interface Note {
  readonly run: Run.Run
  hasEnded: boolean
}

/** Something that somebody asks for at an instant, in ms since the epoch. */
export interface Wish {
  readonly at: number
  readonly verb: Control.Verb
  readonly job: Job.Any
}

/** A wish was uttered; it is known to be stored where that was answered. */
export interface Uttered {
  readonly wish: Wish
  readonly by: string
  isAnswered: boolean
}

export interface Crash {
  /** The number of the statement, from 1 upward. */
  readonly at: number
  readonly side: "before" | "after"
}

/** What jobs need of the life that they are part of. */
export type Noting = <A, E, R>(run: Run.Run, body: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

export interface Options {
  readonly filename: string
  /** Tells this life from the others, and throws its dice. */
  readonly name: string
  readonly jobs: (noting: Noting) => Jobs.Jobs<Job.JobTransaction | SqlClient.SqlClient>
  readonly from: number
  readonly until: number
  readonly wishes?: ReadonlyArray<Wish>
  readonly crash?: Crash | undefined
  /** Called before and after each statement. */
  readonly lookOn?: ((at: Crash, ifKilled: Lived) => void) | undefined
}

export interface Lived {
  /** When it was killed; `null` where it ended by itself. */
  readonly diedAt: number | null
  /** The file that it has left behind. */
  readonly filename: string
  readonly statements: number
  readonly notes: ReadonlyArray<Note>
  readonly uttered: ReadonlyArray<Uttered>
}

// Effect.never would keep the test's own process alive
const hang = Effect.async<never>(() => {})

class Process {
  isDead = false
  diedAt = 0
  statements = 0
  readonly died = Deferred.unsafeMake<void>(FiberId.none)
  readonly notes: Array<Note> = []
  readonly uttered: Array<Uttered> = []
  readonly overlapping: Array<string> = []
  readonly #running = new Set<string>()
  readonly leftBehind: string
  readonly #options: Options
  readonly #time: ManualClock.Service

  constructor(options: Options, time: ManualClock.Service) {
    this.#options = options
    this.#time = time
    this.leftBehind = `${options.filename}-${options.name}`
  }

  readonly around: Hooked.Around = (statement) =>
    Effect.suspend(() => {
      if (this.isDead) return hang
      this.statements += 1
      const { crash, lookOn } = this.#options
      const at = this.statements
      if (lookOn !== undefined) {
        lookOn({ at, side: "before" }, this.#ifKilled)
        return Effect.ensuring(
          statement,
          Effect.sync(() => lookOn({ at, side: "after" }, this.#ifKilled))
        )
      }
      if (at !== crash?.at) return statement
      return crash.side === "before" ? this.#die : Effect.zipRight(Effect.exit(statement), this.#die)
    })

  get #now(): number {
    return this.#time.clock.unsafeCurrentTimeMillis()
  }

  get #ifKilled(): Lived {
    const { notes, statements, uttered } = this
    return {
      diedAt: this.#now,
      filename: this.#options.filename,
      statements,
      notes: notes.map((note) => ({ ...note })),
      uttered: uttered.map((said) => ({ ...said }))
    }
  }

  readonly #die = Effect.suspend(() => {
    this.isDead = true
    this.diedAt = this.#now
    // a new file, which nobody has locked: its log has to be recovered, as after a kill
    for (const part of ["", "-wal"]) {
      const name = this.#options.filename + part
      if (fs.existsSync(name)) fs.copyFileSync(name, this.leftBehind + part)
    }
    Deferred.unsafeDone(this.died, Exit.void)
    return hang
  })

  readonly noting: Noting = (run, body) =>
    Effect.suspend(() => {
      if (this.isDead) return hang
      const note: Note = { run, hasEnded: false }
      this.notes.push(note)
      if (this.#running.has(run.jobName)) this.overlapping.push(run.runKey)
      this.#running.add(run.jobName)
      return Effect.ensuring(
        body,
        Effect.sync(() => {
          this.#running.delete(run.jobName)
          if (!this.isDead) note.hasEnded = true
        })
      )
    })
}

/** Lives from one instant to another, or until it is killed. */
export const live = (options: Options): Effect.Effect<Lived> =>
  Effect.gen(function* () {
    const { filename, from, name, until, wishes = [] } = options
    const time = ManualClock.make(from)
    const process = new Process(options, time)
    // what it leaves open when it is killed goes with its file, its fibers stay where they are
    const [file, rest] = yield* Effect.all([Scope.make(), Scope.make()])
    const own = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
      effect.pipe(Effect.withClock(time.clock), Effect.withRandom(Random.make(name)))
    const fork = <A, E>(effect: Effect.Effect<A, E>) => Effect.forkDaemon(own(effect))

    const opening = Effect.gen(function* () {
      const client = Hooked.client(filename, process.around)
      const stored = yield* Layer.buildWithScope(Layer.provideMerge(SqlJobStore.layer(), client), file)
      const ticking = Tick.layer(options.jobs(process.noting)).pipe(Layer.provide(Layer.succeedContext(stored)))
      return Context.get(yield* Layer.buildWithScope(ticking, rest), Tick.Tick)
    })
    const utter = (tick: Tick.Service, wish: Wish) => {
      const said: Uttered = { wish, by: `${name} ${wish.at}`, isAnswered: false }
      process.uttered.push(said)
      return Effect.tap(tick.request(wish.verb, wish.job, { by: said.by }), () =>
        Effect.sync(() => {
          if (!process.isDead) said.isAnswered = true
        })
      )
    }
    const untilThen = (at: number) => Effect.flatMap(time.now, (now) => time.advance(Math.max(0, at - now)))
    const life = Effect.gen(function* () {
      const tick = yield* Fiber.join(yield* fork(Effect.orDie(opening)))
      const daemon = yield* fork(tick.run)
      yield* time.settle
      for (const wish of wishes) {
        yield* untilThen(wish.at)
        if (process.isDead) return
        yield* fork(utter(tick, wish))
        yield* time.settle
      }
      yield* untilThen(until)
      const stopping = yield* Effect.fork(Fiber.interrupt(daemon))
      yield* time.settle
      while (!process.isDead && Option.isNone(yield* Fiber.poll(stopping))) yield* time.advance("100 millis")
      // a process that is killed while it closes leaves the rest of it where it is
      if (!process.isDead) yield* Effect.disconnect(Scope.close(rest, Exit.void))
    })
    yield* Effect.raceFirst(life, Deferred.await(process.died))
    yield* Scope.close(file, Exit.void)
    if (process.overlapping.length > 0) return yield* Effect.dieMessage(`overlaps itself: ${process.overlapping}`)
    return {
      diedAt: process.isDead ? process.diedAt : null,
      filename: process.isDead ? process.leftBehind : filename,
      statements: process.statements,
      notes: process.notes,
      uttered: process.uttered
    }
  })
