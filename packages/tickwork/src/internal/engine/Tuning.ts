/**
 * The constants that tune the engine, each with its reason. Times are in milliseconds.
 *
 * What a user may choose is an option of `Tick.layer`, and is not here.
 *
 * @internal
 */

/** A key becomes inactive when this many lists in a row lack it: a single list may lack it by mistake. */
export const absencesUntilInactive = 2

/** More claims in one commit hold up the runs that wait for it. */
export const claimsAtOnce = 100

/** Claims are taken ahead for what starts within this time by its last duration: a commit takes some of it. */
export const claimAheadMs = 100

/** What found a shared limit reached tries again after this time: nothing tells when another process frees a slot. */
export const limitRetryMs = 1000

/** What waits for shared slots gains on other jobs as it ages: waking more often for that would cost power. */
export const reorderMs = 1000

/** An interrupted body may take this long to end before the drain goes on without it. */
export const graceMs = 1000

/** A request inside a transaction is read after this time, since its commit is not seen. */
export const transactionalRequestMs = 1000

/** Requests that were done this long before the last read are read again: another process commits a little late. */
export const requestOverlapMs = 60_000

/** A caller takes this many turns while no other waits for one: then it notices its own interruption. */
export const turnsAtOnce = 8

/** The first and the longest pause after a store has failed. */
export const storeBackoffMs = { first: 1000, longest: 60_000 }

/** Runs that end within this time of one another share a commit. */
export const commitWithinMs = 4

/** A body that keeps the event loop for this long is an event. */
export const blockMs = 1000

/** This many runs without a delay within this time throttle their schedule, or it would keep the tick busy alone. */
export const zeroDelayGuard = { runs: 100, withinMs: 1000 }
