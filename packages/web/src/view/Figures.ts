/**
 * Figures as people read them. Pure.
 *
 * @since 0.1.0
 */
import type { JobLog } from "tickwork"
import * as Counted from "./Counted.ts"
import * as TimeText from "./TimeText.ts"

/** "0.4 %"; a share above 0 never reads as 0 %. */
export const percent = (share: number): string => {
  if (share === 0) return "0 %"
  const value = share * 100
  if (value < 0.1) return "< 0.1 %"
  return `${value < 10 ? Math.floor(value * 10) / 10 : Math.floor(value)} %`
}

/** "1.4 MB". */
export const bytes = (value: number): string => {
  const [unit, size] =
    value < 1e6 ? (["kB", 1e3] as const) : value < 1e9 ? (["MB", 1e6] as const) : (["GB", 1e9] as const)
  return `${Math.round((value / size) * 10) / 10} ${unit}`
}

/** How much is stored, in a sentence. */
export const sizeLine = ({ bytes: all, freeBytes, jobs }: JobLog.Size, now: number): string => {
  const entries = jobs.reduce((sum, { entries }) => sum + entries, 0)
  const instances = jobs.reduce((sum, { instances }) => sum + instances, 0)
  const oldest = jobs.reduce<number | null>(
    (least, { oldestAt }) => (oldestAt === null ? least : Math.min(least ?? oldestAt, oldestAt)),
    null
  )
  const notListed = jobs.reduce((sum, { notListed }) => sum + notListed, 0)
  const parts = [
    `${Counted.of(entries, "log entry")} of ${Counted.of(instances, "instance")}`,
    ...(notListed === 0 ? [] : [`${Counted.number(notListed)} of them no longer listed`]),
    ...(oldest === null ? [] : [`the oldest ${TimeText.since(oldest, now)}`]),
    ...(all === null
      ? []
      : [`${bytes(all)}${freeBytes === null || freeBytes === 0 ? "" : `, ${bytes(freeBytes)} of it free`}`])
  ]
  return `Stored: ${parts.join("; ")}.`
}
