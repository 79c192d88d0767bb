/**
 * A span of simulated time in which processes start and die, the store is out and the clock jumps. The engine of the
 * process that is up decides, runs and records.
 *
 * @internal
 */
import { Cause, Effect, Exit, Option } from "effect"
import type { Owner, Save } from "tickwork/JobStore"
import { StoreError } from "tickwork/JobStore"
import type { VirtualTime } from "tickwork/testing/VirtualTime"
import type { Account } from "./Account.ts"
import type { ExternalWaits } from "./ExternalWaits.ts"
import type { Fault, Write } from "./Faults.ts"
import { Process, type Program } from "./Process.ts"
import * as StoreGuard from "./StoreGuard.ts"
import type { Jump, Span } from "./timeline/Model.ts"

/** An effect to run in the process that is up, `at` ms from the start. */
export interface Action {
  readonly at: number
  readonly effect: Effect.Effect<unknown, unknown, any>
}

export interface Plan {
  readonly time: VirtualTime
  readonly account: Account
  readonly outside: ExternalWaits
  readonly program: Program
  readonly forMs: number
  readonly faults: ReadonlyArray<Fault>
  readonly actions: ReadonlyArray<Action>
  /** Called with what is written. */
  readonly written: (saves: ReadonlyArray<Save>) => void
  /** How often an idle process would wake to check its clock, in ms; infinity where it does so itself. */
  readonly countsChecksEveryMs: number
  /** No fault happens and only the engine writes: calls of the store need no guard. */
  readonly isUnwatched: boolean
}

interface Event {
  readonly at: number
  readonly happen: () => void | Promise<void>
}

/** A process that fails to open during an outage is started again after this time. */
const startAgainMs = 1000

/** After this many steps the event loop of the machine gets a turn. */
const turnEvery = 4096

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

export class World {
  readonly downtime: Array<Span> = []
  readonly outages: Array<Span> = []
  readonly jumps: Array<Jump> = []
  readonly #plan: Plan
  /** In the order of their instants; equal ones in the order in which they were planned. */
  readonly #events: Array<Event> = []
  readonly #owners = new Set<string>()
  #process: Process | null = null
  #downSince: number | null = null
  /** When the store answers again, in ms from the start. */
  #outUntil = 0
  /** The process is killed at its next write. */
  #strike: { readonly write: Write; readonly downMs: number } | null = null
  /** It was killed in this step: for how long nothing runs. */
  #struckMs: number | null = null
  #failure: Cause.Cause<unknown> | null = null

  constructor(plan: Plan) {
    this.#plan = plan
    for (const fault of plan.faults) this.#at(fault.at, () => this.#cause(fault))
    for (const { at, effect } of plan.actions) this.#at(at, () => this.#act(effect))
  }

  /** Plays the span to its end, and answers the failure; `null` where there was none. */
  async play(isInterrupted: () => boolean): Promise<Cause.Cause<unknown> | null> {
    try {
      await this.#pass(isInterrupted)
    } finally {
      await this.#process?.kill()
    }
    this.#isUpAgain()
    return this.#failure
  }

  async #pass(isInterrupted: () => boolean): Promise<void> {
    const { account, forMs, outside, time } = this.#plan
    this.#start()
    for (let turns = 1; ; turns++) {
      time.runReady()
      if (!outside.isEmpty) await outside.settle()
      if (this.#struckMs !== null) await this.#die(this.#struckMs)
      if (this.#failure !== null || isInterrupted()) break
      const [event] = this.#events
      const next = Math.min(time.nextAt, event?.at ?? Number.POSITIVE_INFINITY)
      if (next > forMs) break
      this.#countChecksUntil(next)
      if (event?.at === next) {
        time.passBefore(next)
        this.#events.shift()
        await event.happen()
      } else {
        account.woken()
        time.passTo(next)
      }
      if (turns % turnEvery === 0) await turn()
    }
    this.#countChecksUntil(forMs + 1)
    time.passBefore(forMs)
  }

  /** Counts the checks of the clock before an instant. */
  #countChecksUntil(next: number): void {
    const { account, countsChecksEveryMs, time } = this.#plan
    const checks = Math.ceil((next - time.passed) / countsChecksEveryMs) - 1
    if (checks > 0 && this.#process?.services) account.checked(checks)
  }

  #at(at: number, happen: Event["happen"]): void {
    this.#events.push({ at, happen })
    this.#events.sort((one, other) => one.at - other.at)
  }

  #start(): void {
    const { outside, program, time } = this.#plan
    this.#isUpAgain()
    const process = new Process(program, time, outside)
    const id = `process-${this.#owners.size + 1}`
    this.#owners.add(id)
    this.#process = process
    process.start(
      (services) => StoreGuard.guard(services, this.#hooksOf(process, id)),
      (exit) => {
        if (Exit.isSuccess(exit)) return
        // a process that cannot open its store is started again
        const isOut = process.services === null && this.#isOut && isStoreError(exit.cause)
        if (isOut) this.#struckMs = startAgainMs
        else this.#failure = exit.cause
      }
    )
  }

  #hooksOf(process: Process, id: string): StoreGuard.Hooks {
    const owner = (own: Owner): Owner => ({
      id,
      // every earlier process is gone
      isGone: (other) => other !== id && (this.#owners.has(other) || own.isGone(other))
    })
    const { isUnwatched, outside, time, written } = this.#plan
    return {
      owner,
      isUnwatched,
      isAlive: () => process.isAlive,
      visit: outside.call,
      isOut: () => this.#isOut,
      strikesAt: () => this.#strike?.write ?? null,
      strike: () => {
        process.isAlive = false
        time.forget()
        this.#struckMs = this.#strike?.downMs ?? 0
        this.#strike = null
      },
      written
    }
  }

  get #isOut(): boolean {
    return this.#plan.time.passed < this.#outUntil
  }

  #cause(fault: Fault): void | Promise<void> {
    const { time } = this.#plan
    switch (fault._tag) {
      case "Jump":
        this.jumps.push({ at: time.now, byMs: fault.byMs })
        time.jump(fault.byMs)
        return
      case "Outage":
        this.#outUntil = Math.max(this.#outUntil, fault.at + fault.forMs)
        this.outages.push({ from: time.now, to: time.now + fault.forMs })
        return
      case "Crash":
        if (this.#process === null) return
        if (fault.write === null) return this.#die(fault.downMs)
        this.#strike = { write: fault.write, downMs: fault.downMs }
    }
  }

  async #die(downMs: number): Promise<void> {
    const { account, time } = this.#plan
    this.#struckMs = null
    this.#strike = null
    this.#downSince = time.now
    const process = this.#process
    this.#process = null
    await process?.kill()
    account.killed()
    this.#at(time.passed + downMs, () => this.#start())
  }

  #isUpAgain(): void {
    if (this.#downSince === null) return
    this.downtime.push({ from: this.#downSince, to: this.#plan.time.now })
    this.#downSince = null
  }

  /** Runs an action in the process that is up; drops it where none is. */
  #act(effect: Effect.Effect<unknown, unknown, any>): void {
    const process = this.#process
    if (process === null || process.services === null) return
    process.run(this.#plan.outside.visit(Effect.provide(effect, process.services)), (exit) => {
      if (Exit.isFailure(exit)) this.#failure = exit.cause
    })
  }
}

const isStoreError = (cause: Cause.Cause<unknown>): boolean =>
  Option.exists(Cause.failureOption(cause), (error) => error instanceof StoreError)
