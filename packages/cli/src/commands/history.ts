/**
 * `tickwork history`: the log, newest first, in pages.
 *
 * @internal
 */

import { Options } from "@effect/cli"
import { Answers, EntryName } from "@tickwork/web/view"
import { Clock, Effect, Option } from "effect"
import { JobLog } from "tickwork"
import * as CommandLine from "../CommandLine.ts"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import * as NamedInstances from "../NamedInstances.ts"
import { Output } from "../Output.ts"
import * as Cells from "../render/Cells.ts"
import * as HistoryTable from "../render/HistoryTable.ts"
import * as SharedOptions from "../SharedOptions.ts"

const after = Options.text("after").pipe(
  Options.withPseudoName("ENTRY"),
  Options.withDescription("Continue after this log entry, named at the end of the page before."),
  Options.mapEffect((text) =>
    Option.match(EntryName.fromCursor(text), {
      onNone: () =>
        Effect.fail(
          SharedOptions.invalid(
            `--after must be the name at the end of a page, such as sync_send#9@1764115200000, got ${text}`
          )
        ),
      onSome: (entry) => Effect.succeed({ text, entry })
    })
  ),
  Options.optional
)

const defaultLimit = 20

const option = (name: string, value: Option.Option<string>): ReadonlyArray<string> =>
  Option.match(value, { onNone: () => [], onSome: (text) => [`--${name}`, text] })

const isoOf = Option.map((at: number) => new Date(at).toISOString())

export const history = DatabaseCommand.make(
  "history",
  { description: "What ran and what did not, newest first, in pages.", access: "read" },
  {
    job: SharedOptions.optionalJob,
    key: SharedOptions.key,
    status: SharedOptions.status,
    since: SharedOptions.since,
    until: SharedOptions.until,
    limit: SharedOptions.limit(defaultLimit),
    after
  },
  ({ after, job, key, limit, since, status, until }, global) =>
    Effect.gen(function* () {
      const output = yield* Output
      const log = yield* JobLog.JobLog
      if (Option.isSome(job)) yield* NamedInstances.checkJob(job.value)
      const found = yield* log.history({
        ...SharedOptions.field("jobName", job),
        ...SharedOptions.field("key", key),
        ...SharedOptions.field("status", status),
        ...SharedOptions.field("from", since),
        ...SharedOptions.field("to", until),
        ...SharedOptions.field(
          "after",
          Option.map(after, ({ entry }) => entry)
        ),
        limit: limit + 1
      })
      const entries = found.slice(0, limit)
      const last = entries.at(-1)
      const next = found.length > limit && last !== undefined ? EntryName.cursorOf(last) : null
      const now = yield* Clock.currentTimeMillis
      if (global.json) return yield* output.json({ now, entries: entries.map(Answers.entryOf), next })
      if (entries.length === 0) return yield* output.lines(["No log entry matches."])
      yield* output.lines(HistoryTable.render(entries, { now, zone: output.zone }, yield* output.page))
      if (next === null) return
      const nextPage = [
        ...DatabaseCommand.wordsOf("history", global),
        ...Option.toArray(job),
        ...option("key", key),
        ...option("status", status),
        ...option("since", isoOf(since)),
        ...option("until", isoOf(until)),
        ...(limit === defaultLimit ? [] : ["--limit", String(limit)]),
        "--after",
        next
      ]
      yield* output.lines(["", Cells.escape(`More: ${nextPage.map(CommandLine.quote).join(" ")}`)])
    })
)
