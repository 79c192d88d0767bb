/**
 * Lines and baselines of which there is no instance, and what was asked for.
 *
 * @internal
 */
import { Effect, Either, Stream } from "effect"
import type { JobStore } from "tickwork"
import { controlColumns, quote } from "../migrations/Tables.ts"
import { select } from "../statements/Statements.ts"
import * as Integrity from "./Integrity.ts"
import { type Found, type Look, pages, refOf } from "./Look.ts"
import * as RawRows from "./RawRows.ts"

/** Rows that only their index is read of, and that few are answered of. */
const windowSize = 20_000
const pageSize = 1000

interface Lines extends JobStore.Ref {
  readonly lines: number
  readonly first: number
  readonly last: number
}

const isTrue = (value: unknown): boolean => value === true || Number(value) === 1

const without = ({ names }: Look, of: string): string =>
  `NOT EXISTS (SELECT 1 FROM ${quote(names.state)} s WHERE s.job_name = ${of}.job_name AND s.key = ${of}.key)`

const found = ({ first, jobName, key, last, lines }: Lines) =>
  Integrity.make("lines-without-an-instance", { jobName, key }, { lines, first, last })

interface Window {
  readonly after: readonly [jobName: string, key: string, seq: unknown] | null
  /** Lines of nobody that may go on in the next window. */
  readonly open: Lines | null
}

export const windowText = (look: Pick<Look, "dialect" | "names">, isFirst: boolean): string =>
  look.dialect.render(`SELECT w.job_name AS "jobName", w.key AS "key", COUNT(*) AS lines, MIN(w.seq) AS first,
      MAX(w.seq) AS last, ${without(look as Look, "w")} AS "isOrphan"
    FROM (SELECT job_name, key, seq FROM ${quote(look.names.run)} ${isFirst ? "" : "WHERE (job_name, key, seq) > (?, ?, ?)"}
      ORDER BY job_name, key, seq LIMIT ${windowSize}) w
    GROUP BY w.job_name, w.key ORDER BY w.job_name, w.key`)

/** The log by its index alone, a window at a time. */
export const lines = (look: Look): Found =>
  pages<Integrity.Finding, Window>({ after: null, open: null }, ({ after, open: before }) =>
    Effect.map(look.read(windowText(look, after === null), after ?? []), (rows) => {
      const findings: Array<Integrity.Finding> = []
      let open = before
      let read = 0
      for (const row of rows) {
        const ref = refOf(row)
        const [lines, first, last] = [Number(row.lines), Number(row.first), Number(row.last)]
        read += lines
        const goesOn = open !== null && open.jobName === ref.jobName && open.key === ref.key
        if (open !== null && !goesOn) findings.push(found(open))
        if (!isTrue(row.isOrphan)) open = null
        else
          open = goesOn && open !== null ? { ...open, lines: open.lines + lines, last } : { ...ref, lines, first, last }
      }
      const end = rows.at(-1)
      if (end !== undefined && read >= windowSize) {
        const { jobName, key } = refOf(end)
        return [findings, { after: [jobName, key, end.last], open }] as const
      }
      return [open === null ? findings : [...findings, found(open)], null] as const
    })
  )

export const baselines = (look: Look): Found => {
  const text = (condition: string) =>
    look.dialect.render(`SELECT b.job_name AS "jobName", b.key AS "key" FROM ${quote(look.names.baseline)} b
      WHERE ${condition}${without(look, "b")} ORDER BY b.job_name, b.key LIMIT ${pageSize}`)
  return pages<JobStore.Ref, JobStore.Ref | "first">("first", (last) =>
    Effect.map(
      last === "first"
        ? look.read(text(""))
        : look.read(text("(b.job_name, b.key) > (?, ?) AND "), [last.jobName, last.key]),
      (rows) => {
        const refs = rows.map(refOf)
        return [refs, refs.length < pageSize ? null : (refs.at(-1) ?? null)] as const
      }
    )
  ).pipe(Stream.map((ref) => Integrity.make("baseline-without-an-instance", ref, {})))
}

/** What was asked for; an instance is there, too, where one is asked for that is yet to begin. */
export const requests = (look: Look): Found => {
  const { dialect, names, read } = look
  const control = quote(names.control)
  const text = dialect.render(`SELECT c.id AS id, c.done_at AS "doneAt", ${select(controlColumns, "c.")},
      NOT (${without(look, "c")}) OR EXISTS (SELECT 1 FROM ${control} e WHERE e.done_at IS NULL
        AND e.verb = 'enqueue' AND e.job_name = c.job_name AND e.key = c.key) AS "isThere"
    FROM ${control} c WHERE c.id > ? ORDER BY c.id LIMIT ${pageSize}`)
  return pages<Integrity.Finding, unknown>(Number.MIN_SAFE_INTEGER, (after) =>
    Effect.gen(function* () {
      const rows = yield* read(text, [after])
      const options = yield* look.options
      const findings = rows.flatMap(({ isThere, ...row }) =>
        Either.match(RawRows.requestOf(row, { table: names.control, ...refOf(row) }), {
          onLeft: (finding) => [finding],
          onRight: (request) => Integrity.ofRequest(request, isTrue(isThere), options)
        })
      )
      return [findings, rows.length < pageSize ? null : rows.at(-1)?.id] as const
    })
  )
}
