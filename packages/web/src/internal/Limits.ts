/**
 * What the page bounds, each with its default.
 *
 * @internal
 */
import { Duration } from "effect"

export interface Limits {
  /** How many browsers may follow at once; 20 by default. */
  readonly streams?: number
  /** How many rows a page of jobs or keys has, at most 200; 50 by default. */
  readonly pageSize?: number
  /** How long an answer may take to be made; 5 seconds by default. */
  readonly queryTime?: Duration.DurationInput
}

export interface Bounds {
  readonly streams: number
  readonly pageSize: number
  readonly queryMs: number
}

const largestPage = 200

const count = (value: number | undefined, otherwise: number): number =>
  value === undefined || !Number.isFinite(value) ? otherwise : Math.max(1, Math.floor(value))

export const of = ({ pageSize, queryTime = "5 seconds", streams }: Limits): Bounds => ({
  streams: count(streams, 20),
  pageSize: Math.min(largestPage, count(pageSize, 50)),
  queryMs: Duration.toMillis(queryTime)
})

/** The largest body of a form, in bytes. */
export const bodyBytes = 65_536

/** A request for many takes at most this many instances. */
export const mostInstances = 10_000
