/**
 * What is stored of an instance beside its log: its state and its baseline, as they are and as they read.
 *
 * @internal
 */
import { Effect, Either } from "effect"
import type { JobStore } from "tickwork"
import { quote, stateColumns } from "../migrations/Tables.ts"
import { select } from "../statements/Statements.ts"
import * as Integrity from "./Integrity.ts"
import { type Findings, type Look, refOf } from "./Look.ts"
import * as RawRows from "./RawRows.ts"

export interface Stored {
  readonly subject: Integrity.Subject
  /** What cannot be read of it. */
  readonly findings: Findings
  /** The rows themselves: as long as these stay what they are, nobody has written to the instance. */
  readonly state: string
  readonly baseline: string
}

const raw = (row: RawRows.Row | undefined): string =>
  JSON.stringify(row, (_, value) => (typeof value === "bigint" ? String(value) : value)) ?? ""

const idOf = ({ jobName, key }: JobStore.Ref): string => JSON.stringify([jobName, key])

const unreadable = "unreadable" as const

/** The state, where there is one that can be read. */
export const readable = (stored: Integrity.Subject["state"]) => (stored === unreadable ? null : stored)

const reading = <A>(row: RawRows.Row | undefined, read: (row: RawRows.Row) => RawRows.Read<A>) => {
  if (row === undefined) return { value: null, findings: [] }
  return Either.match(read(row), {
    onLeft: (finding) => ({ value: unreadable, findings: [finding] }),
    onRight: (value) => ({ value, findings: [] })
  })
}

const storedOf = ({ names }: Look, ref: JobStore.Ref, row?: RawRows.Row, baselineRow?: RawRows.Row): Stored => {
  // reading a row changes it
  const asItIs = { state: raw(row), baseline: raw(baselineRow) }
  const state = reading(row, (row) => RawRows.stateOf(row, { table: names.state, ...ref }))
  const baseline = reading(baselineRow, (row) => RawRows.baselineOf(row, { table: names.baseline, ...ref }))
  const facts = { seq: Number(baselineRow?.seq), stateSeq: readable(baseline.value)?.seq ?? null }
  const isTwofold = facts.stateSeq !== null && facts.stateSeq !== facts.seq
  const twofold = isTwofold ? [Integrity.make("baseline-contradicts-itself", ref, facts)] : []
  return {
    subject: { ...ref, state: state.value, baseline: baseline.value },
    findings: [...state.findings, ...baseline.findings, ...twofold],
    ...asItIs
  }
}

/** Instances of which the states have been read, with their baselines, where that table can be read. */
export const withBaselines = (look: Look, rows: ReadonlyArray<RawRows.Row>, hasBaselines: boolean) =>
  Effect.gen(function* () {
    const { dialect, names, read } = look
    const refs = rows.map(refOf)
    const baselines = new Map<string, RawRows.Row>()
    if (hasBaselines) {
      const text = dialect.render(`SELECT job_name AS "jobName", key AS "key", seq, state
        FROM ${quote(names.baseline)} WHERE ${dialect.refs.condition}`)
      for (const row of yield* read(text, dialect.refs.parameters(refs))) baselines.set(idOf(refOf(row)), row)
    }
    return refs.map((ref, index) => storedOf(look, ref, rows[index], baselines.get(idOf(ref))))
  })

/** What is stored of an instance by now; `null` where it is gone. */
export const anew = (look: Look, { jobName, key }: JobStore.Ref, hasBaselines: boolean) =>
  Effect.gen(function* () {
    const { dialect, names, read } = look
    const text = `SELECT ${select(stateColumns)} FROM ${quote(names.state)} WHERE job_name = ? AND key = ?`
    const [stored = null] = yield* withBaselines(look, yield* read(dialect.render(text), [jobName, key]), hasBaselines)
    return stored
  })
