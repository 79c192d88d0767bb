/**
 * What a line of the log can never say, whatever became of its run.
 *
 * Pure. It knows nothing of other lines, and says nothing where it is not certain.
 *
 * @internal
 */
import * as LogEntry from "tickwork/LogEntry"
import * as Finding from "./Finding.ts"

/** Clocks of several hosts differ, and one may be set back by a little. */
export const slackMs = 60_000

interface Rule {
  readonly field: keyof LogEntry.LogEntry
  readonly isBroken: (run: LogEntry.LogEntry) => boolean
  readonly why: string
}

const isAgain = ({ trigger }: LogEntry.LogEntry): boolean => trigger === "retry"
const isManual = ({ trigger }: LogEntry.LogEntry): boolean => trigger === "manual"
const isControl = ({ status }: LogEntry.LogEntry): boolean => status === "control"
const ranNothing = (run: LogEntry.LogEntry): boolean => !LogEntry.ran(run)

const rules: ReadonlyArray<Rule> = [
  {
    field: "count",
    isBroken: (run) => LogEntry.ran(run) && run.count !== 1,
    why: "a run stands for itself alone, so its count is 1"
  },
  {
    field: "count",
    isBroken: (run) => isControl(run) && run.count !== 1,
    why: "what was changed or asked for is told by itself, so its count is 1"
  },
  {
    field: "lastAt",
    isBroken: (run) => run.count === 1 && run.lastAt !== run.startedAt,
    why: "one line that stands for one thing began once, at its started_at"
  },
  {
    field: "error",
    isBroken: (run) => LogEntry.failed(run) && run.error === null,
    why: "what did not succeed has an error"
  },
  {
    field: "error",
    isBroken: (run) => run.status === "success" && run.error !== null,
    why: "a success has no error"
  },
  {
    field: "error",
    isBroken: (run) => isControl(run) && run.error !== null,
    why: "a control line ran nothing that could fail"
  },
  {
    field: "reason",
    isBroken: (run) => LogEntry.ran(run) && run.reason !== null,
    why: "a reason tells why nothing ran, and this ran"
  },
  {
    field: "reason",
    isBroken: (run) => ranNothing(run) && run.reason === null,
    why: "where nothing ran, the reason is told"
  },
  {
    field: "memory",
    isBroken: (run) => run.status !== "success" && run.memory !== null,
    why: "only a success leaves something in the memory"
  },
  {
    field: "attempt",
    isBroken: (run) => LogEntry.ran(run) && isAgain(run) && run.attempt === 1,
    why: "what is tried again is no first attempt"
  },
  {
    field: "attempt",
    isBroken: (run) => LogEntry.ran(run) && !isAgain(run) && !isManual(run) && run.attempt > 1,
    why: "a further attempt is a retry"
  },
  {
    field: "nextScheduledAt",
    isBroken: (run) => (run.nextAt === null) !== (run.nextScheduledAt === null),
    why: "a next look and the instant that it stands for are there together or not at all"
  },
  {
    field: "retry",
    isBroken: (run) => run.retry !== null && run.nextAttempt === 1,
    why: "what policies have come to is kept while an attempt is to be made again, and a first one follows"
  },
  {
    field: "manual",
    isBroken: ({ manual }) => manual !== null && manual.retry !== null && manual.attempt === 1,
    why: "what policies have come to is kept while an attempt is to be made again, and a first one follows"
  }
]

/** What is wrong with a line by itself. */
export const check = (run: LogEntry.LogEntry, now: number): ReadonlyArray<Finding.Finding> => {
  const findings: Array<Finding.Finding> = []
  for (const { field, isBroken, why } of rules) {
    if (isBroken(run)) {
      const { status, trigger } = run
      findings.push(Finding.make("line-contradicts-itself", run, { field, stored: run[field], why, status, trigger }))
    }
  }
  const field = run.startedAt - now > slackMs ? "startedAt" : "lastAt"
  if (run[field] - now > slackMs) {
    findings.push(Finding.make("instant-in-the-future", run, { field, stored: run[field], now }))
  }
  return findings
}
