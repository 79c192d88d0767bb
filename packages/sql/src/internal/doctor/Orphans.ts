/**
 * Finds rows of the log, of the baselines and of the requests whose instance does not exist.
 *
 * @internal
 */
import { Clock, Effect, Either, Stream } from "effect"
import type { Control } from "tickwork"
import { controlColumns, qualify } from "../migrations/Tables.ts"
import * as Decode from "../statements/Decode.ts"
import { select } from "../statements/Statements.ts"
import * as Finding from "./Finding.ts"
import * as Reader from "./Reader.ts"
import * as RowDecoder from "./RowDecoder.ts"

/** Rows that are read from an index alone. */
const rowsPerPage = 20_000
const requestsPerPage = 1000

/** A process that begins the instance may not have read the request yet. */
const graceMs = 60_000

/** A number, since clients read booleans their own way. */
const asNumber = (condition: string): string => `CASE WHEN ${condition} THEN 1 ELSE 0 END`

const isTrue = (value: unknown): boolean => Number(value) === 1

export const orphansText = ({ names }: Pick<Reader.Reader, "names">, table: string): string =>
  `SELECT w.instance AS instance, COUNT(*) AS count, MAX(w.seq) AS last, ${asNumber(
    `EXISTS (SELECT 1 FROM ${qualify(names, names.state)} s WHERE s.id = w.instance)`
  )} AS "hasState"
    FROM (SELECT instance, seq FROM ${qualify(names, table)} WHERE (instance, seq) > (?, ?)
      ORDER BY instance, seq LIMIT ${rowsPerPage}) w
    GROUP BY w.instance ORDER BY w.instance`

/** Instances that a table holds rows of, and `job_state` none. */
const orphansOf = (reader: Reader.Reader, table: string): Reader.Findings => {
  type Cursor = readonly [instance: unknown, seq: unknown]
  return Reader.pages<unknown, Cursor>([Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER], (from) =>
    Effect.map(reader.read(orphansText(reader, table), from), (found) => {
      const read = found.reduce((sum, { count }) => sum + Number(count), 0)
      const end = found.at(-1)
      return {
        rows: found.flatMap(({ hasState, instance }) => (isTrue(hasState) ? [] : [instance])),
        next: end === undefined || read < rowsPerPage ? null : [end.instance, end.last]
      }
    })
  ).pipe(
    // one instance may fill several pages
    Stream.changes,
    Stream.map((instance) =>
      Finding.make("orphan-rows", { jobName: null, key: null }, { table, instance: Decode.nameOf(instance) })
    )
  )
}

const ofRequest = (
  { at, doneAt, id, jobName, key, verb }: Control.StoredRequest,
  isThere: boolean,
  now: number
): ReadonlyArray<Finding.Finding> =>
  doneAt !== null || isThere || verb === "enqueue" || now - at <= graceMs
    ? []
    : [Finding.make("orphan-request", { jobName, key }, { id, verb, at })]

/** Pending requests to instances that neither exist nor are about to be enqueued. */
const requests = (reader: Reader.Reader): Reader.Findings => {
  const table = reader.names.control
  const text = `SELECT c.id AS id, c.done_at AS "doneAt", ${select(controlColumns, "c.")},
      ${asNumber(`EXISTS (SELECT 1 FROM ${qualify(reader.names, reader.names.state)} s
        WHERE s.job_name = c.job_name AND s.key = c.key) OR EXISTS (SELECT 1 FROM ${qualify(reader.names, table)} e
        WHERE e.done_at IS NULL AND e.verb = 'enqueue' AND e.job_name = c.job_name AND e.key = c.key)`)} AS "isThere"
    FROM ${qualify(reader.names, table)} c WHERE c.id > ? ORDER BY c.id LIMIT ${requestsPerPage}`
  return Reader.pages<Finding.Finding, unknown>(Number.MIN_SAFE_INTEGER, (after) =>
    Effect.gen(function* () {
      const found = yield* reader.read(text, [after])
      const now = yield* Clock.currentTimeMillis
      const rows = found.flatMap(({ isThere, ...row }) =>
        Either.match(RowDecoder.requestOf(row, { table, ...Reader.refOf(row) }), {
          onLeft: (finding) => [finding],
          onRight: (request) => ofRequest(request, isTrue(isThere), now)
        })
      )
      return { rows, next: found.length < requestsPerPage ? null : found.at(-1)?.id }
    })
  )
}

export const all = (reader: Reader.Reader): Reader.Findings =>
  orphansOf(reader, reader.names.entry).pipe(
    Stream.concat(orphansOf(reader, reader.names.baseline)),
    Stream.concat(requests(reader))
  )
