/**
 * The names that people type for a log entry, a page of the history and a run. Pure.
 *
 * @internal
 */
import { Option } from "effect"
import { type JobStore, type LogEntry, Run } from "tickwork"

export interface EntryRef extends JobStore.Ref {
  readonly seq: number
}

/** `JOB#SEQ` or `JOB/KEY#SEQ`, percent-encoded. */
export const of = ({ jobName, key, seq }: EntryRef): string =>
  `${encodeURIComponent(jobName)}${key === "" ? "" : `/${encodeURIComponent(key)}`}#${seq}`

const decode = Option.liftThrowable(decodeURIComponent)

const decodeRef = (jobName: string, key: string): Option.Option<JobStore.Ref> =>
  Option.all({ jobName: Option.filter(decode(jobName), (name) => name !== ""), key: decode(key) })

const parse = (name: string): Option.Option<EntryRef> => {
  const [, jobName = "", key = "", seq = ""] = /^([^/#]+)(?:\/([^/#]*))?#(\d+)$/.exec(name) ?? []
  return Option.map(decodeRef(jobName, key), (ref) => ({ ...ref, seq: Number(seq) }))
}

/** Every entry that a text may name, the likeliest first: people also type names with a plain slash in them. */
export const readings = (text: string): ReadonlyArray<EntryRef> => {
  const [, name = "", seq = ""] = /^(.+)#(\d+)$/s.exec(text) ?? []
  const slashes = [...name.matchAll(/\//g)].map(({ index }) => index)
  const plain = [
    { jobName: name, key: "" },
    ...slashes.map((at) => ({ jobName: name.slice(0, at), key: name.slice(at + 1) }))
  ]
  return [
    ...Option.toArray(parse(text)),
    ...plain.flatMap((ref) => (ref.jobName === "" ? [] : [{ ...ref, seq: Number(seq) }]))
  ]
}

/** Names the last entry of a page, after which the next page begins. */
export const cursorOf = (entry: LogEntry.Entry): string => `${of(entry)}@${entry.startedAt}`

export const fromCursor = (text: string): Option.Option<EntryRef & { readonly startedAt: number }> => {
  const [, name = "", startedAt = ""] = /^(.+)@(-?\d+)$/.exec(text) ?? []
  return Option.map(parse(name), (ref) => ({ ...ref, startedAt: Number(startedAt) }))
}

export interface RunRef extends JobStore.Ref {
  readonly scheduledAt: number
  readonly isManual: boolean
}

/** The `runKey` that the body of the job receives. */
export const runKeyOf = ({ jobName, key, scheduledAt, trigger }: LogEntry.Entry): string =>
  Run.keyOf(jobName, key, scheduledAt, trigger)

export const fromRunKey = (text: string): Option.Option<RunRef> => {
  const [, jobName = "", key = "", at = "", manual] = /^([^/]+)\/([^/]*)\/(\d+)(\/manual)?$/.exec(text) ?? []
  return Option.map(decodeRef(jobName, key), (ref) => ({
    ...ref,
    scheduledAt: Number(at),
    isManual: manual !== undefined
  }))
}
