/**
 * `tickwork history`: what ran and what did not, newest first, a page at a time.
 *
 * @internal
 */
import { Options } from "@effect/cli"
import { Clock, Effect, Option } from "effect"
import { JobStore } from "tickwork"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import * as Instances from "../Instances.ts"
import { Output } from "../Output.ts"
import * as Cells from "../render/Cells.ts"
import * as HistoryTable from "../render/HistoryTable.ts"
import * as SharedOptions from "../SharedOptions.ts"

const after = Options.text("after").pipe(
  Options.withPseudoName("LINE"),
  Options.withDescription("Go on after this line: what the page before says at its end."),
  Options.mapEffect((text) =>
    Option.match(HistoryTable.fromCursor(text), {
      onNone: () => Effect.fail(SharedOptions.invalid(`--after ${text}: not what a page says at its end`)),
      onSome: (line) => Effect.succeed({ text, line })
    })
  ),
  Options.optional
)

export const history = DatabaseCommand.command(
  "history",
  { description: "What ran and what did not, newest first, a page at a time.", access: "read" },
  {
    job: SharedOptions.optionalJob,
    key: SharedOptions.key,
    status: SharedOptions.status,
    since: Options.optional(SharedOptions.since),
    until: SharedOptions.until,
    limit: SharedOptions.limit(20),
    after
  },
  ({ after, job, key, limit, since, status, until }, given) =>
    Effect.gen(function* () {
      const output = yield* Output
      const store = yield* JobStore.JobStore
      if (Option.isSome(job)) yield* Instances.checkJob(job.value)
      const found = yield* store.history({
        ...SharedOptions.field("jobName", job),
        ...SharedOptions.field("key", key),
        ...SharedOptions.field("status", status),
        ...SharedOptions.field("from", since),
        ...SharedOptions.field("to", until),
        ...SharedOptions.field(
          "after",
          Option.map(after, ({ line }) => line)
        ),
        limit: limit + 1
      })
      const lines = found.slice(0, limit)
      const last = lines.at(-1)
      const next = found.length > limit && last !== undefined ? HistoryTable.cursorOf(last) : null
      const now = yield* Clock.currentTimeMillis
      if (given.json) return yield* output.json({ now, lines: lines.map(HistoryTable.toJson), next })
      if (lines.length === 0) return yield* output.lines(["Nothing of that is in the log."])
      yield* output.lines(HistoryTable.render(lines, { now, zone: output.zone }, yield* output.page))
      if (next === null) return
      const option = (name: string, value: Option.Option<string | number>) =>
        Option.match(value, { onNone: () => [], onSome: (some) => [`--${name}`, String(some)] })
      const again = [
        ...DatabaseCommand.again("history", given),
        ...Option.toArray(job),
        ...option("key", key),
        ...option("status", status),
        ...option(
          "since",
          Option.map(since, (at) => new Date(at).toISOString())
        ),
        ...option(
          "until",
          Option.map(until, (at) => new Date(at).toISOString())
        ),
        ...(limit === 20 ? [] : ["--limit", String(limit)]),
        "--after",
        next
      ]
      yield* output.lines(["", Cells.escape(`More: ${again.map(DatabaseCommand.quoted).join(" ")}`)])
    })
)
