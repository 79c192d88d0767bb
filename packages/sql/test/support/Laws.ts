/**
 * Laws 2, 3 and 6, held against what processes have left behind that were killed: the log, the states, the rows that
 * transactional jobs have written, and the notes of what was really begun.
 *
 * What a calendar names is asked of the calendar, and what a schedule answers of the schedule.
 */
import { assert } from "@effect/vitest"
import { Cron, Effect, Either, Random, type Schedule, ScheduleDecision, ScheduleIntervals } from "effect"
import { Control, Job, JobState, LogEntry, Run } from "tickwork"
import type { Note, Uttered } from "./Life.ts"
import * as Told from "./Told.ts"

type Line = LogEntry.LogEntry

/** What is left when all is over. */
export interface Left {
  readonly jobs: ReadonlyArray<Job.Any>
  readonly instances: ReadonlyArray<Told.Instance>
  /** The run keys that transactional jobs have written. */
  readonly entries: ReadonlyArray<string>
  /** Requests that nobody has answered. */
  readonly requests: number
  readonly notes: ReadonlyArray<Note>
  readonly uttered: ReadonlyArray<Uttered>
  /** When it was over, in ms since the epoch. */
  readonly until: number
}

/** The next instant that a calendar names, by arithmetic and by Effect's own cron. */
const nextOf = ({ cron, intervalMs, next }: Job.CalendarDescription, anchor: number, after: number): number => {
  if (intervalMs !== null) return after < anchor ? anchor : after + intervalMs - ((after - anchor) % intervalMs)
  if (cron === null) return next(anchor, after) ?? Number.POSITIVE_INFINITY
  assert.strictEqual(cron.zone, "UTC")
  return Cron.next(Either.getOrThrow(Cron.parse(cron.expression, "UTC")), new Date(after)).getTime()
}

const keyOf = ({ jobName, key, scheduledAt, trigger }: Line) => Run.keyOf(jobName, key, scheduledAt, trigger)
const attemptOf = (runKey: string, attempt: number) => `${runKey}, attempt ${attempt}`
const isSuperseded = ({ verdict }: Line) => verdict === "superseded"
/** A crash or a stop, as opposed to a body that interrupts itself. */
const isCutShort = ({ error, status }: Line) =>
  status === "interrupted" && error !== "interrupted" && error?.startsWith("cancelled") === false
const isOfPlan = (line: Line) => line.status !== "control" && line.trigger !== "manual" && !isSuperseded(line)

const isUnique = (all: ReadonlyArray<string>, what: string) =>
  assert.deepStrictEqual(
    all.filter((one, index) => all.indexOf(one) !== index),
    [],
    what
  )

/** Law 2: each run stands for the instant that was stored for it, is made no earlier, and carries on its occurrence. */
export const keepsWhatWasPlanned = ({ lines, state }: Told.Instance) => {
  const planned = lines.filter((line) => isOfPlan(line))
  for (const line of planned) {
    const before = lines[lines.indexOf(line) - 1]
    if (before === undefined) continue
    const where = `line ${line.seq} of ${state.jobName}`
    const isFoundMissed = line.verdict === "missed"
    if (!isFoundMissed)
      assert.strictEqual(line.scheduledAt, before.position.scheduledAt, `${where} stands for what was planned`)
    if (LogEntry.ran(line)) {
      assert.strictEqual(line.attempt, before.position.attempt, `${where} is the next attempt`)
      assert.isAtLeast(
        line.startedAt,
        before.position.nextAt ?? Number.NaN,
        `${where} comes no earlier than it was planned`
      )
    }
  }
}

const between = (
  calendar: Job.CalendarDescription,
  anchor: number,
  from: number,
  until: number
): ReadonlyArray<number> => {
  const found: Array<number> = []
  for (let at = from - 1; ; ) {
    const next = nextOf(calendar, anchor, at)
    if (next > until) return found
    found.push(next)
    at = next
  }
}

/** Law 3: every instant that a calendar names has one verdict, and none is forgotten. */
export const hasAVerdictForEach = (
  calendar: Job.CalendarDescription,
  policy: Job.Description["missed"]["policy"],
  { lines, state }: Told.Instance
) => {
  const { anchor } = state.position.cadence
  const grid = (from: number, until: number) => between(calendar, anchor, from, until)
  const first = (line: Line, count: number) => grid(line.scheduledAt, state.updatedAt + 1).slice(0, count)
  let known = Number.NEGATIVE_INFINITY
  const verdicts = lines.flatMap((line, index) => {
    const {
      count,
      durationMs,
      scheduledAt,
      status,
      position: { attempt: nextAttempt }
    } = line
    // an occurrence may have taken until after instants that were missed, and that others were to make up for
    const isToldAgain = (at: number) => policy === "all" && at <= known
    if (!isOfPlan(line)) return isSuperseded(line) ? first(line, count).filter((at) => !isToldAgain(at)) : []
    if (line.verdict === "missed") {
      const missedTo = line.position.cadence.missedTo ?? Number.NaN
      const missed = grid(Math.max(scheduledAt, known + 1), missedTo)
      assert.strictEqual(missed.length, count, `line ${line.seq} of ${state.jobName} counts what it stands for`)
      known = missedTo
      return missed
    }
    const before = lines[index - 1]
    const superseded = before !== undefined && isSuperseded(before) ? first(before, before.count) : []
    if (status === "skipped") {
      // the first of equal lines may have ended an occurrence, or have made up for something: the others come after that
      const covered = Math.max(scheduledAt, superseded.at(-1) ?? scheduledAt, policy === "all" ? scheduledAt : known)
      const others = grid(covered + 1, state.updatedAt + 1).slice(0, count - 1)
      return [scheduledAt, ...others].filter((at) => at > known)
    }
    if (nextAttempt > 1) return []
    // the occurrence reaches as far as its attempts and delays, and its last attempt covers what passes while it goes on
    const coversTo = Math.max(scheduledAt, before?.position.retry?.coveredUntil ?? scheduledAt)
    const covered = grid(Math.max(scheduledAt, known + 1), coversTo + (isCutShort(line) ? 0 : durationMs))
    return covered.filter((at) => !superseded.includes(at))
  })
  const next = state.position.scheduledAt ?? Number.POSITIVE_INFINITY
  const begin = calendar.first(state.createdAt) === state.createdAt ? state.createdAt : state.createdAt + 1
  const promised = grid(begin, Math.min(Math.max(next - 1, known), state.updatedAt + 365 * 86_400_000))
  assert.deepStrictEqual(
    verdicts.toSorted((a, b) => a - b),
    promised,
    `each instant of ${state.jobName} has one verdict`
  )
}

/** Law 2: a schedule is asked once for each occurrence, at its real end, with the dice of that step. */
const asksOnce = (cadence: Job.ScheduleDescription, { lines, state }: Told.Instance) => {
  const ended = lines.filter((line) => isOfPlan(line))
  for (const line of ended) {
    const before = lines[lines.indexOf(line) - 1]
    if (before === undefined || line.count > 1) continue
    const where = `line ${line.seq} of ${state.jobName}`
    const { seed, steps } = before.position.cadence
    if (line.position.attempt > 1 || (line.verdict === "missed" && line.position.scheduledAt === line.scheduledAt)) {
      assert.strictEqual(line.position.cadence.steps, steps, `${where} does not ask the schedule`)
      continue
    }
    const now = LogEntry.endedAt(line)
    const was = cadence.decode(before.position.cadence.state)
    const [, , decision] = Effect.runSync(
      (cadence.schedule as Schedule.Schedule<unknown, unknown>)
        .step(now, undefined, was)
        .pipe(Effect.withRandom(Random.make(`${seed}/${state.jobName}/${state.key}/${steps}`)))
    )
    const next = ScheduleDecision.isDone(decision)
      ? null
      : Math.ceil(Math.max(now, ScheduleIntervals.start(decision.intervals)))
    assert.strictEqual(line.position.cadence.steps, steps + 1, `${where} asks the schedule once`)
    assert.strictEqual(line.position.nextAt, next, `${where} goes on as the schedule says`)
  }
}

/** The body of a transactional job does not begin where its transaction does not. */
const withoutTransaction = "could not commit the transaction of the job"

/** Law 3: each body that began has one line, and each line of a run had a body, unless it was cut short before that. */
const recordsEachRun = ({ lines, state }: Told.Instance, notes: ReadonlyArray<Note>) => {
  const ran = lines.filter(LogEntry.ran)
  const recorded = new Map(ran.map((line) => [attemptOf(keyOf(line), line.attempt), line]))
  assert.strictEqual(recorded.size, ran.length, `no attempt of ${state.jobName} has two lines`)
  const begun = notes.map(({ run }) => attemptOf(run.runKey, run.attempt))
  isUnique(begun, `no attempt of ${state.jobName} is made twice`)
  for (const { hasEnded, run } of notes) {
    const attempt = attemptOf(run.runKey, run.attempt)
    const line = recorded.get(attempt)
    assert.isDefined(line, `${attempt} has a line`)
    if (!hasEnded) assert.strictEqual(line?.status, "interrupted", `${attempt} was cut short`)
  }
  for (const [attempt, { error, status }] of recorded) {
    if (begun.includes(attempt) || error?.includes(withoutTransaction)) continue
    assert.strictEqual(status, "interrupted", `${attempt} has begun: ${error}`)
  }
}

/** Law 6: what a transactional job wrote is there once for each of its successes, and for nothing else. */
const isExactlyOnce = ({ lines, state }: Told.Instance, entries: ReadonlyArray<string>) => {
  const succeeded = lines.filter(({ status }) => status === "success").map(keyOf)
  assert.deepStrictEqual(entries.toSorted(), succeeded.toSorted(), `${state.jobName} has written exactly once`)
}

/** A job that counts its runs in its memory remembers each of its successes, and nothing else. */
const remembersEachSuccess = ({ lines, state }: Told.Instance) => {
  const successes = lines.filter(({ status }) => status === "success").length
  assert.deepStrictEqual(state.memory, successes === 0 ? null : { value: successes }, `${state.jobName} has counted`)
}

/** What was asked for is done once; what was asked for by somebody who never had an answer, at most once. */
const answersEachOnce = ({ lines }: Told.Instance, uttered: ReadonlyArray<Uttered>) => {
  for (const { by, isAnswered, wish } of uttered) {
    const reason = Control.toText({ by, why: "", verb: wish.verb })
    const done = lines.filter((line) => line.reason === reason)
    assert.isAtMost(done.length, 1, `${reason}: not twice`)
    if (isAnswered) assert.lengthOf(done, 1, `${reason}: done`)
  }
}

/** Runs that somebody asked for and that nobody called off are made until they have ended. */
const runsByHand = ({ lines, state }: Told.Instance) => {
  const asked = lines.filter(
    (line, index) => line.position.manual !== null && (lines[index - 1]?.position.manual ?? null) === null
  )
  const over = lines.filter((line) => line.trigger === "manual" && line.position.manual === null)
  assert.strictEqual(over.length, asked.length, `each run of ${state.jobName} that was asked for was made`)
}

/** Whatever is behind waits for its place, or for its own last run: all the rest has done what was due. */
const goesOn = (instances: ReadonlyArray<Told.Instance>, until: number) => {
  const isBusy = instances.some(({ state }) => state.updatedAt >= until)
  for (const { state } of instances) {
    assert.isNull(state.claim.owner, `nobody holds ${state.jobName}`)
    const dueAt = JobState.dueAt(state)
    if (dueAt !== null && !isBusy) assert.isAtLeast(dueAt, until, `${state.jobName} has done what was due`)
  }
}

/** Every law that a crash could break. */
export const holdOf = ({ entries, instances, jobs, notes, requests, until, uttered }: Left): void => {
  assert.deepStrictEqual(
    instances.map(({ state }) => state.jobName).toSorted(),
    jobs.map(({ name }) => name).toSorted()
  )
  assert.strictEqual(requests, 0, "no request is left over")
  goesOn(instances, until)
  for (const instance of instances) {
    const job = jobs.find(({ name }) => name === instance.state.jobName) ?? assert.fail("a job that nobody knows")
    const { cadence, hasMemory, isTransactional, missed } = Job.inspect(job)
    const isOf = (runKey: string) => runKey.startsWith(`${encodeURIComponent(job.name)}/`)
    Told.isConsistent(instance)
    keepsWhatWasPlanned(instance)
    if (cadence?._tag === "Calendar") hasAVerdictForEach(cadence, missed.policy, instance)
    else if (cadence?._tag === "Schedule") asksOnce(cadence, instance)
    else assert.fail(`${job.name} has no cadence`)
    recordsEachRun(
      instance,
      notes.filter(({ run }) => run.jobName === job.name)
    )
    if (isTransactional) isExactlyOnce(instance, entries.filter(isOf))
    if (hasMemory) remembersEachSuccess(instance)
    answersEachOnce(
      instance,
      uttered.filter(({ wish }) => wish.job.name === job.name)
    )
    runsByHand(instance)
  }
}
