/**
 * `tickwork doctor`: checks the stored data and prints each finding with its cure.
 *
 * @internal
 */

import { Doctor } from "@tickwork/sql"
import { Counted, TimeText } from "@tickwork/web/view"
import { Clock, Effect, Stream } from "effect"
import * as CliError from "../CliError.ts"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import { Output } from "../Output.ts"
import * as Cells from "../render/Cells.ts"
import * as Table from "../render/Table.ts"

const toJson = (finding: Doctor.Finding) => ({
  code: finding.code,
  severity: finding.severity,
  job: finding.jobName,
  key: finding.key,
  seq: finding.seq,
  text: Doctor.toText(finding),
  cure: Doctor.cure(finding),
  found: finding.found
})

const rendered = (finding: Doctor.Finding, page: Table.Page): ReadonlyArray<string> => {
  const { code, severity } = finding
  const head = `${Table.paint(severity === "error" ? "red" : "yellow", severity, page)} ${Table.paint("bold", code, page)}`
  const wrapped = (text: string) =>
    Cells.wrap(Cells.escape(text), Math.max(20, page.width - 2)).map((line) => `  ${line}`)
  const cure = wrapped(`Do: ${Doctor.cure(finding)}.`).map((line) => Table.paint("dim", line, page))
  return [head, ...wrapped(Doctor.toText(finding)), ...cure, ""]
}

export const doctor = DatabaseCommand.make(
  "doctor",
  { description: "Checks the tables and every row; prints each finding with its cure.", access: "read" },
  {},
  (_, global) =>
    Effect.gen(function* () {
      const output = yield* Output
      const before = yield* Clock.currentTimeMillis
      let [errors, warnings] = [0, 0]
      const findings: Array<Doctor.Finding> = []
      const { prefix, schema } = global
      const zoneData = Doctor.zoneDataVersion()
      if (!global.json) yield* output.lines([`Time zone data of this process: ${zoneData}.`])
      const print = (finding: Doctor.Finding) =>
        Effect.gen(function* () {
          if (finding.severity === "error") errors += 1
          else warnings += 1
          if (global.json) findings.push(finding)
          else yield* output.lines(rendered(finding, yield* output.page))
        })
      yield* Stream.runForEach(Doctor.examine({ prefix, ...(schema === "" ? {} : { schema }) }), print)
      const tookMs = (yield* Clock.currentTimeMillis) - before
      if (global.json) yield* output.json({ now: before, errors, warnings, zoneData, findings: findings.map(toJson) })
      else if (errors + warnings === 0) yield* output.lines([`No findings; checked in ${TimeText.duration(tookMs)}.`])
      if (errors > 0)
        return yield* CliError.failure(`${Counted.of(errors, "error")}, ${Counted.of(warnings, "warning")}.`)
      if (warnings > 0 && !global.json) yield* output.lines([`${Counted.of(warnings, "warning")}, no errors.`])
    })
)
