/**
 * What has to hold of all that the processes of a cluster leave behind.
 */
import { assert } from "@effect/vitest"
import { Array as Arr } from "effect"
import { JobState, type LogEntry } from "tickwork"
import type { Begun, Cluster } from "./Cluster.ts"

const idOf = ({ jobName, key }: { readonly jobName: string; readonly key: string }) => `${jobName} ${key}`

const shown = ({ attempt, count, durationMs, scheduledAt, startedAt, status, trigger, verdict }: LogEntry.LogEntry) =>
  [scheduledAt, count, `attempt ${attempt}`, trigger, startedAt, durationMs, status, verdict].join(" ")

const grouped = <A extends { readonly jobName: string; readonly key: string }>(all: ReadonlyArray<A>) =>
  new Map(Object.entries(Arr.groupBy(all, idOf)))

/** Law 6: no instance beside itself while its holder renews, and no instant with two successes. */
export const assertOnce = (begun: ReadonlyArray<Begun>, log: ReadonlyArray<LogEntry.LogEntry>) => {
  for (const [id, runs] of grouped(begun)) {
    for (const [index, run] of runs.entries()) {
      const before = runs[index - 1]
      if (before === undefined) continue
      assert.isTrue(
        before.endedAt !== null && before.endedAt <= run.startedAt,
        `${id} beside itself at ${run.startedAt}`
      )
    }
  }
  const successes = log.flatMap((one) =>
    one.status === "success" ? [`${idOf(one)} ${one.scheduledAt} ${one.trigger === "manual"}`] : []
  )
  assert.strictEqual(new Set(successes).size, successes.length, "an instant with two successes")
}

/**
 * Law 3: each run has one record, each planned instant of a calendar one verdict, and the state is the fold of the log. The
 * last instant is at most `longest` ago.
 */
export const assertRecorded = (
  cluster: Cluster,
  log: ReadonlyArray<LogEntry.LogEntry>,
  periodOf: Readonly<Record<string, number>>,
  longest: number
) => {
  const attempts = (one: { readonly scheduledAt: number; readonly attempt: number; readonly trigger: string }) =>
    `${one.scheduledAt} ${one.attempt} ${one.trigger === "manual"}`
  const byInstance = grouped(log)
  for (const [id, runs] of grouped(cluster.begun)) {
    const ended = (byInstance.get(id) ?? []).flatMap((one) =>
      one.status === "skipped" || one.status === "control" ? [] : [attempts(one)]
    )
    assert.strictEqual(new Set(ended).size, ended.length, `${id}: two records of one attempt`)
    const known = new Set(ended)
    for (const run of runs)
      if (run.endedAt !== null)
        assert.isTrue(known.has(attempts(run)), `${id}: a run without a record: ${attempts(run)}`)
  }
  for (const [id, entries] of byInstance) {
    const [first] = entries
    const period = periodOf[first?.jobName ?? ""]
    if (first === undefined || period === undefined) continue
    // a run that makes up for what was missed has the instant of one that has its verdict already
    const judged = entries.flatMap(({ count, scheduledAt, status, trigger, verdict }) =>
      verdict === null || verdict === "control" || (trigger === "missed" && status !== "skipped")
        ? []
        : Array.from({ length: count }, (_, n) => scheduledAt + n * period)
    )
    const instants = judged.sort((a, b) => a - b)
    // a run covers the instants that it overtakes
    const isCovered = (at: number) =>
      entries.some(({ durationMs, scheduledAt }) => scheduledAt < at && at <= scheduledAt + durationMs)
    for (const [index, at] of instants.entries()) {
      const last = instants[index - 1] ?? at - period
      assert.isAbove(at, last, `${id}: two verdicts of ${at}:\n${entries.map(shown).join("\n")}`)
      for (let between = last + period; between < at; between += period)
        assert.isTrue(isCovered(between), `${id}: no verdict of ${between} among ${instants}`)
    }
    assert.isAtLeast(instants.at(-1) ?? 0, cluster.time.now - longest, `${id} goes on`)
  }
  for (const state of cluster.run(cluster.store.load(cluster.run(cluster.store.names)))) {
    const fold = JobState.fold(JobState.emptyState(state), byInstance.get(idOf(state)) ?? [])
    // claims are outside the fold
    if (state.seq > 0) assert.deepStrictEqual(state, { ...fold, claim: state.claim })
  }
}
