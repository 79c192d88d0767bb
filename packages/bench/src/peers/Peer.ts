/**
 * A scheduler as the comparison uses it: jobs that do nothing, enqueued one by one or due every second.
 */

export interface Handlers {
  /** A run starts; it was enqueued at this instant of the machine, in ms. */
  readonly onStart: (enqueuedAt: number) => void
  /** The scheduler has ended a run. */
  readonly onEnd: () => void
}

/** What its verbs give is awaited. */
export interface Peer {
  /** Enqueues this many before anything runs, as fast as its API can. */
  readonly fill: (count: number) => unknown
  /** Starts its workers. */
  readonly work: (concurrency: number, handlers: Handlers) => unknown
  /** Waits until every end is committed, where it says so before that. */
  readonly settled?: () => unknown
  readonly enqueue: (at: number) => unknown
  /** Starts jobs that are due every second; with how many ms late each starts. */
  readonly everySecond?: (count: number, onStart: (late: number) => void) => unknown
  /** Starts jobs that are due in half a day. */
  readonly daily?: (count: number) => unknown
  readonly close: () => unknown
}

/** Where it keeps its jobs. */
export interface Store {
  /** A folder of its own. */
  readonly folder: string
  /** The URL of the server, where it has one. */
  readonly url: string
  /** A name that no other one has there: of a schema, or a queue. */
  readonly name: string
}

export interface Kind {
  readonly open: (store: Store) => Peer | Promise<Peer>
  /** How many runs its throughput is measured by. */
  readonly runs: number
}

/** Jobs of a cron that is due on each whole second start this late. */
export const sinceSecond = (now: number): number => {
  const late = now % 1000
  // a little early is early, and not nearly a second late
  return late > 980 ? late - 1000 : late
}

/** An hour that is far away, for jobs that are due once a day. */
export const farHour = (hour: number): number => (hour + 12) % 24
