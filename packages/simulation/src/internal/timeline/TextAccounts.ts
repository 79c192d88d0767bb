/**
 * The figures of a timeline in characters: of each job, and beside them those of every job at every tick.
 *
 * @internal
 */
import * as Figure from "../text/Figure.ts"
import * as Printable from "../text/Printable.ts"
import * as Table from "../text/Table.ts"
import type { JobAccount, Timeline } from "./Model.ts"
import * as Questions from "./Questions.ts"

const skippedOf = ({ skips }: JobAccount): number =>
  skips.reduce((sum, { count, verdict }) => (verdict === "missed" ? sum : sum + count), 0)

const sum = (jobs: ReadonlyArray<JobAccount>, of: (job: JobAccount) => number): number =>
  jobs.reduce((total, job) => total + of(job), 0)

const max = (jobs: ReadonlyArray<JobAccount>, of: (job: JobAccount) => number): number =>
  jobs.reduce((most, job) => Math.max(most, of(job)), 0)

/** A row for each job; the last is all jobs together; no percentile of all is known. */
export const of = (
  { busyMs, isRecorded = false, jobs, wakeUps }: Timeline,
  page: Table.Page
): ReadonlyArray<string> => {
  const column = (title: string, of: (job: JobAccount) => string, all: string) => {
    return { title, cells: [...jobs.map(of), all] }
  }
  const counts = (title: string, of: (job: JobAccount) => number, all = sum(jobs, of)) =>
    column(title, (job) => Figure.count(of(job)), Figure.count(all))
  // a window of a log may hold the last attempts alone, and only a first one is late
  const time = (title: string, of: (job: JobAccount) => number, all = Figure.duration(max(jobs, of))) =>
    column(title, (job) => (job.runs === job.retries ? Figure.none : Figure.duration(of(job))), all)
  const names = { title: "job", cells: [...jobs.map(({ jobName }) => Printable.of(jobName)), "all"] }
  const columns = [
    counts("runs", ({ runs }) => runs),
    counts("retries", ({ retries }) => retries),
    counts("errors", ({ errors }) => errors),
    counts("skipped", skippedOf),
    counts("missed", ({ missed }) => missed),
    ...(isRecorded
      ? []
      : [counts("alerts", ({ alerts }) => alerts), counts("wake-ups", ({ wakeUps }) => wakeUps, wakeUps)]),
    column(isRecorded ? "took" : "busy", ({ busyMs }) => Figure.duration(busyMs), Figure.duration(busyMs)),
    time("late p99", ({ lateness }) => lateness.p99, Figure.none),
    time("late max", ({ lateness }) => lateness.max),
    time("worst wait", ({ worstWaitMs }) => worstWaitMs)
  ]
  return Table.of(names, columns, page)
}

/** The whole plan, by the hour, and every job at every tick. */
export const beside = (timeline: Timeline, page: Table.Page): ReadonlyArray<string> => {
  const { busyMs, cost, everyTick, idleWakeUps, runs, wakeUps } = timeline
  const spent = [runs.length, wakeUps, busyMs, Questions.energy(timeline)]
  const otherwise = [everyTick.runs, everyTick.wakeUps, everyTick.busyMs, Questions.energyOf(everyTick, cost)]
  const saving = Questions.saving(timeline)
  const shown = (amounts: ReadonlyArray<number>) =>
    [Figure.count, Figure.count, Figure.duration, Figure.energy].map((show, index) => show(amounts[index] ?? 0))
  const columns = [
    { title: "this plan", cells: shown(spent) },
    { title: "an hour", cells: shown(spent.map((amount) => Questions.perHour(timeline, amount))) },
    { title: "every tick", cells: shown(otherwise) },
    { title: "saved", cells: [saving.runs, saving.wakeUps, saving.busyMs, saving.energy].map(Figure.saved) }
  ]
  const notes = [
    `${Figure.count(idleWakeUps)} wake-ups started nothing.`,
    `Every tick: all jobs every ${Figure.duration(everyTick.everyMs)}.`,
    `Energy: an estimate, ${Figure.count(cost.wakeUp)} mJ a wake-up, ${Figure.count(cost.busyMs)} mJ a ms of work.`
  ]
  return [
    ...Table.of({ title: "", cells: ["runs", "wake-ups", "busy", "energy"] }, columns, page),
    ...Printable.wrap(notes, page.width, " ").map((line) => page.paint("faint", line))
  ]
}
