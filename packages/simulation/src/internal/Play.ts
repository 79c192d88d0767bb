/**
 * Plays a registry: it puts the engine, the store and the clock of a simulation together and answers the timeline.
 *
 * @internal
 */
import { Context, Effect, FiberRef, Function as Fn, HashSet, Layer, Option, Random, type Runtime } from "effect"
import * as Job from "tickwork/Job"
import type * as Jobs from "tickwork/Jobs"
import { JobTransaction } from "tickwork/JobTransaction"
import type { LogEntry } from "tickwork/LogEntry"
import * as Tick from "tickwork/Tick"
import type { Alert, Recovered, TickEvent } from "tickwork/TickEvent"
import { memoryStore, unobserved, withoutClockChecks } from "tickwork/testing/SimulatedEngine"
import { VirtualTime } from "tickwork/testing/VirtualTime"
import { Account } from "./Account.ts"
import * as EveryTick from "./EveryTick.ts"
import { ExternalWaits } from "./ExternalWaits.ts"
import type { Options, Settings } from "./Options.ts"
import * as SimulatedJobs from "./SimulatedJobs.ts"
import type { Stored } from "./StoreGuard.ts"
import type { Timeline } from "./timeline/Model.ts"
import { World } from "./World.ts"

/** No logger, tracer or metric hears what is only simulated, and nothing of it is real time or real chance. */
const inSimulation =
  (time: VirtualTime, seed: number, checksClock: boolean) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    effect.pipe(
      Effect.withClock(time.clock),
      Effect.withRandom(Random.make(seed)),
      Effect.locally(FiberRef.currentLoggers, HashSet.empty()),
      Effect.withTracerEnabled(false),
      unobserved,
      checksClock ? Fn.identity : withoutClockChecks
    )

/** Untyped in what the registry and the store need and fail with. */
export const play = (
  jobs: Jobs.Jobs<unknown>,
  options: Options<any, any, any>,
  settings: Settings
): Effect.Effect<Timeline, any, any> => {
  const { cost, everyMs, forMs, from, patienceMs, seed, zone } = settings
  const time = new VirtualTime(from)
  const account = new Account(jobs.all.map(Job.inspect))
  const outside = new ExternalWaits(time, patienceMs)
  const write = (entry: LogEntry) => account.write(entry)
  const stage = (services: Context.Context<Stored>, isAlive: () => boolean): SimulatedJobs.Stage => {
    const hasTransactions = Option.isSome(Context.getOption(services, JobTransaction))
    return { time, account, outside, seed, hasTransactions, isAlive }
  }
  // where no clock jumps, a check of the clock finds nothing: it is enough to count the checks
  const checksClock = options.process !== undefined || settings.faults.some(({ _tag }) => _tag === "Jump")
  const isPlayed = jobs.all.every((job) => SimulatedJobs.stubOf(job) !== null)
  // where every job is a stub, no body can query the log
  const memory = memoryStore({ keepsLog: !isPlayed, onEntry: write })
  const onAlert = (alert: Alert | Recovered) => {
    const { _tag, failures, jobName, key } = alert
    const error = alert._tag === "Alert" ? alert.error : null
    account.alarm({ at: time.now, kind: _tag === "Alert" ? "alert" : "recovered", jobName, key, failures, error })
    return options.tick?.onAlert?.(alert) ?? Effect.void
  }
  const hasRates = jobs.all.some((job) => Job.inspect(job).limits.some(({ per }) => per !== null))
  const onEvent = (event: TickEvent) => {
    if (event._tag !== "RateReached") return
    const { jobName, limit, until } = event
    account.waitsForRate({ jobName, limit, from: time.now, to: until })
  }
  const worldOf = (runtime: Runtime.Runtime<unknown>) =>
    new World({
      ...settings,
      time,
      account,
      outside,
      program: {
        runtime,
        store: options.store ?? Layer.succeedContext(memory),
        registry: (services, isAlive) => SimulatedJobs.registry(jobs, stage(services, isAlive)),
        options: { ...options.tick, onAlert },
        onEvent: hasRates ? onEvent : null,
        drive: options.process ?? Tick.run
      },
      written: (saves) => {
        if (options.store !== undefined) for (const { entries } of saves) for (const entry of entries) write(entry)
      },
      countsChecksEveryMs: checksClock ? Number.POSITIVE_INFINITY : settings.clockCheckMs,
      isUnwatched: isPlayed && options.store === undefined && settings.faults.length === 0
    })
  const timelineOf = (world: World): Timeline => {
    const works = jobs.all.map(Job.inspect).map(({ conditions, name }) => ({
      ms: account.workOf(name),
      isConditional: conditions.length > 0
    }))
    const accounts = account.accounts()
    const pauses = account.pausesUntil(time.now)
    let runs: Timeline["runs"] | undefined
    return {
      from,
      to: time.now,
      seed,
      zone,
      jobs: accounts,
      get runs() {
        runs ??= account.runs.toArray()
        return runs
      },
      skips: account.skips,
      controls: account.controls,
      ...(pauses.length === 0 ? {} : { pauses }),
      ...(account.rateWaits.length === 0 ? {} : { rateWaits: account.rateWaits }),
      alarms: account.alarms,
      wakeUps: account.wakeUps,
      idleWakeUps: account.idleWakeUps,
      busyMs: accounts.reduce((sum, { busyMs }) => sum + busyMs, 0),
      downtime: world.downtime,
      outages: world.outages,
      jumps: world.jumps,
      everyTick: EveryTick.play(works, { everyMs, forMs }),
      cost
    }
  }
  return Effect.flatMap(inSimulation(time, seed, checksClock)(Effect.runtime<unknown>()), (runtime) => {
    const world = worldOf(runtime)
    let isInterrupted = false
    const played = Effect.suspend(() => {
      const end = world.play(() => isInterrupted)
      const isOver = Effect.promise(() => end)
      // an interruption waits until the store is closed
      return Effect.onInterrupt(isOver, () => {
        isInterrupted = true
        return isOver
      })
    })
    return Effect.flatMap(played, (cause) =>
      cause === null ? Effect.sync(() => timelineOf(world)) : Effect.failCause(cause)
    )
  })
}
