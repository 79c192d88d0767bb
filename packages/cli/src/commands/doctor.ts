/**
 * `tickwork doctor`: what is wrong with the stored data, and what to do about it.
 *
 * @internal
 */
import { Doctor } from "@tickwork/sql"
import { Clock, Effect, Stream } from "effect"
import * as CliError from "../CliError.ts"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import { Output } from "../Output.ts"
import * as Cells from "../render/Cells.ts"
import * as Table from "../render/Table.ts"
import * as TimeText from "../render/TimeText.ts"

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

const many = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`

export const doctor = DatabaseCommand.command(
  "doctor",
  { description: "Checks the tables and every row of them; says what is wrong and what to do.", access: "read" },
  {},
  (_, given) =>
    Effect.gen(function* () {
      const output = yield* Output
      const before = yield* Clock.currentTimeMillis
      let [errors, warnings] = [0, 0]
      const findings: Array<Doctor.Finding> = []
      const tell = (finding: Doctor.Finding) =>
        Effect.gen(function* () {
          if (finding.severity === "error") errors += 1
          else warnings += 1
          if (given.json) findings.push(finding)
          else yield* output.lines(rendered(finding, yield* output.page))
        })
      yield* Stream.runForEach(Doctor.examine({ prefix: given.prefix }), tell)
      const tookMs = (yield* Clock.currentTimeMillis) - before
      if (given.json) yield* output.json({ now: before, errors, warnings, findings: findings.map(toJson) })
      else if (errors + warnings === 0) yield* output.lines([`All is well, looked at in ${TimeText.duration(tookMs)}.`])
      if (errors > 0) return yield* CliError.found(`${many(errors, "error")}, ${many(warnings, "warning")}.`)
      if (warnings > 0 && !given.json) yield* output.lines([`${many(warnings, "warning")}, no error.`])
    })
)
