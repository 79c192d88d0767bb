/**
 * The columns that several tables share.
 *
 * @internal
 */
import type { JobStore } from "tickwork"
import type { Column } from "./Table.ts"

export const instance: ReadonlyArray<Column<JobStore.Ref>> = [
  { title: "job", least: 12, cell: ({ jobName }) => jobName },
  { title: "key", least: 8, hideEmpty: true, cell: ({ key }) => key }
]

export const attempt: Column<{ readonly attempt: number }> = {
  title: "attempt",
  align: "right",
  hideEmpty: true,
  cell: ({ attempt }) => (attempt === 1 ? "" : `${attempt}`)
}
