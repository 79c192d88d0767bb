/**
 * The planned times of a backfill as a table. Pure.
 *
 * @internal
 */
import { StandingText, TimeText } from "@tickwork/web/view"
import type { DateTime } from "effect"
import type { Backfill } from "tickwork"
import * as Table from "./Table.ts"

interface Options {
  readonly now: number
  readonly zone: DateTime.TimeZone
}

const columns = ({ now, zone }: Options): ReadonlyArray<Table.Column<Backfill.PlannedTime>> => [
  { title: "planned", cell: ({ at }) => TimeText.stamp(at, now, zone) },
  {
    title: "standing",
    cell: ({ standing }) => ({ text: StandingText.of(standing), style: standing === "runs" ? "cyan" : "dim" })
  }
]

export const render = (
  times: ReadonlyArray<Backfill.PlannedTime>,
  options: Options,
  page: Table.Page
): ReadonlyArray<string> => Table.render(columns(options), times, page)
