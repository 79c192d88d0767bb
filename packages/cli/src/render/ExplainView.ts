/**
 * Why an instance runs or does not, as its stored state tells: a sentence, the fields and the last log entries. Pure.
 *
 * @internal
 */
import { Explained } from "@tickwork/web/view"
import * as Cells from "./Cells.ts"
import * as FieldList from "./FieldList.ts"
import * as HistoryTable from "./HistoryTable.ts"
import type * as StatusTable from "./StatusTable.ts"
import type * as Table from "./Table.ts"

export const render = (
  known: Explained.Known,
  options: StatusTable.Options,
  page: Table.Page
): ReadonlyArray<string> => [
  ...Cells.wrap(Cells.escape(Explained.sentence(known, options)), page.width),
  "",
  ...FieldList.render(Explained.fieldsOf(known, options), page),
  ...(known.entries.length === 0 ? [] : ["", ...HistoryTable.render(known.entries, options, page)])
]
