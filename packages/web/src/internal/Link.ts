/**
 * The addresses of the screens, relative to the page, so that it can be mounted anywhere. Pure.
 *
 * @internal
 */
import type { JobStore } from "tickwork"

type Parameters = Readonly<Record<string, string | number | null | undefined>>

const to = (screen: string, parameters: Parameters): string => {
  const given = Object.entries(parameters).flatMap(([name, value]) =>
    value === null || value === undefined || value === "" ? [] : [[name, String(value)] as [string, string]]
  )
  return given.length === 0 ? screen : `${screen}?${new URLSearchParams(given)}`
}

/** What the list of jobs shows. */
export interface JobsQuery {
  readonly text: string
  readonly show: "all" | "failing" | "overdue" | "paused" | "running"
  readonly sort: "name" | "trouble"
  readonly page: number
}

export const jobs = ({ page, show, sort, text }: Partial<JobsQuery> = {}): string =>
  to("./", {
    text,
    show: show === "all" ? undefined : show,
    sort: sort === "name" ? undefined : sort,
    page: page === 1 ? undefined : page
  })

export const job = (jobName: string, more: Parameters = {}): string => to("job", { job: jobName, ...more })

/** An instance; one with the empty key is named by its job. */
export const instance = ({ jobName, key }: JobStore.Ref, more: Parameters = {}): string =>
  to("job", { job: jobName, key, ...more })

export const run = ({ jobName, key, seq }: JobStore.Ref & { readonly seq: number }): string =>
  to("run", { job: jobName, key, seq })

export const timeline = (more: Parameters = {}): string => to("timeline", more)

export const picture = (more: Parameters): string => to("timeline.svg", more)

export const health = (more: Parameters = {}): string => to("health", more)

/** An element's id that is the same each time: what a browser keeps of an element depends on it. */
export const idOf = (prefix: string, ...parts: ReadonlyArray<string | number>): string =>
  [prefix, ...parts.map((part) => new URLSearchParams([["", String(part)]]).toString().slice(1))].join("-")
