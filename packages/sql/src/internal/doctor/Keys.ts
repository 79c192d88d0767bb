/**
 * Finds keys whose cadence is wrong, and jobs with instances whose keys have not been listed for long, as the log says.
 *
 * @internal
 */
import { Clock, Effect, Stream } from "effect"
import { qualify } from "../migrations/Tables.ts"
import * as Finding from "./Finding.ts"
import * as Reader from "./Reader.ts"

const dayMs = 86_400_000

const rowsPerPage = 1000

const invalidCadences = (reader: Reader.Reader): Reader.Findings => {
  const text = `SELECT id, job_name AS "jobName", key, last_reason AS reason FROM ${qualify(reader.names, reader.names.state)}
    WHERE id > ? AND last_verdict = 'invalid-cadence' ORDER BY id LIMIT ${rowsPerPage}`
  return Reader.pages<Finding.Finding, unknown>(Number.MIN_SAFE_INTEGER, (after) =>
    Effect.map(reader.read(text, [after]), (found) => ({
      rows: found.map((row) => Finding.make("invalid-cadence", Reader.refOf(row), { reason: row.reason })),
      next: found.length < rowsPerPage ? null : found.at(-1)?.id
    }))
  )
}

const notListed = (reader: Reader.Reader, afterMs: number): Reader.Findings => {
  const text = `SELECT job_name AS "jobName", COUNT(*) AS count FROM ${qualify(reader.names, reader.names.state)}
    WHERE last_verdict = 'not-listed' AND updated_at < ? GROUP BY job_name ORDER BY job_name`
  return Stream.fromIterableEffect(
    Effect.gen(function* () {
      const found = yield* reader.read(text, [(yield* Clock.currentTimeMillis) - afterMs])
      return found.map((row) =>
        Finding.make(
          "not-listed",
          { jobName: Reader.refOf(row).jobName, key: null },
          { count: Number(row.count), days: Math.floor(afterMs / dayMs) }
        )
      )
    })
  )
}

export const all = (reader: Reader.Reader, notListedAfterMs: number): Reader.Findings =>
  Stream.concat(invalidCadences(reader), notListed(reader, notListedAfterMs))
