/**
 * What a body receives to say what it came to and how far it is.
 *
 * It stores nothing: the record of the run does.
 *
 * @internal
 */
import { Effect, Either, type Schema } from "effect"
import { type Progress, ReportEncodeError, type Run, type RunInfo } from "../../Run.ts"
import * as EncodedValue from "../schedule/EncodedValue.ts"

const longestBytes = 4096

/** By the run that reports, until its entry is made. */
const reports = new WeakMap<RunInfo, EncodedValue.EncodedValue>()

/** What a run has reported last; `null` for nothing. */
export const of = (run: RunInfo): EncodedValue.EncodedValue | null => reports.get(run) ?? null

const isShort = ({ value }: EncodedValue.EncodedValue): boolean =>
  Buffer.byteLength(JSON.stringify(value)) <= longestBytes

/** The run with `progress`, and with `report` where its job has a schema for it. */
export const given = (
  run: RunInfo,
  schema: Schema.Schema<any> | null,
  note: (progress: Omit<Progress, "at">) => void
): Run => {
  const progress = (done: number, total: number | null = null) =>
    Effect.sync(() => {
      if (Number.isFinite(done) && (total === null || Number.isFinite(total))) note({ done, total })
    })
  if (schema === null) return { ...run, progress }
  const report = (value: unknown) =>
    EncodedValue.encode(schema, value).pipe(
      Either.filterOrLeft(isShort, () => "it has more than 4 KB"),
      Either.match({
        onLeft: (reason) => Effect.die(new ReportEncodeError({ jobName: run.jobName, key: run.key, reason })),
        onRight: (encoded) => Effect.sync(() => void reports.set(run, encoded))
      })
    )
  const reporting: Run & { readonly report: typeof report } = { ...run, progress, report }
  return reporting
}
