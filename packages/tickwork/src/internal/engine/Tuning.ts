/**
 * The constants that tune the engine, each with its reason. Times are in milliseconds.
 *
 * What a user may choose is an option of `Tick.layer`, and is not here.
 *
 * @internal
 */

/** An instance becomes inactive when this many lists in a row lack its key: a single list may lack it by mistake. */
export const absencesUntilInactive = 2

/** The most claims in one commit: more would delay the runs that wait for it. */
export const claimsAtOnce = 100

/** Claims are taken this long before the expected start, since a commit takes time. */
export const claimAheadMs = 100

/** The delay after a reached shared limit: this process does not notice when another one frees a slot. */
export const limitRetryMs = 1000

/** A stop waits this long for what the store is doing. */
export const storeGraceMs = 2000

/** The store has this long to answer a call of `health`: a slow one answers, and a health check does not wait for ever. */
export const healthMs = 3000

/** The first pause before a claim of another process is read again; each further one is twice as long. */
export const lookAgainMs = 1000

/** The process that had an instance last claims it this much sooner than others, which look at its row first. */
export const headStartMs = 500

/** Waiting jobs are reordered by age this often: waking more often would cost power. */
export const reorderMs = 1000

/** An interrupted body may take this long to end before the drain goes on without it. */
export const graceMs = 1000

/** A stop gives up time that does not pass: a clock has stood still for this long in real time. */
export const stillMs = 100

/** A stop tries a store that has failed again after this pause. */
export const drainRetryMs = 500

/** How often requests of other processes are read where the store cannot tell of them. */
export const pollMs = 1000

/** How often the store looks whether it still hears: at the check of the clock, so that nothing wakes for it. */
export const probeMs = 55_000

/** The most turns that a caller takes at once: in between it can be interrupted. */
export const turnsAtOnce = 8

/** Beats are this far apart at least: one at each check of the clock. */
export const beatMs = 60_000

/** While a process of an older release runs an instance that is renamed, its end is looked for this often. */
export const handoverMs = 5000

/** A difference to the database's clock of more than this is reported. */
export const clockSlackMs = 1000

/** The first and the longest pause after a store has failed. */
export const storeBackoffMs = { first: 1000, longest: 60_000 }

/** Runs that end within this time of one another share a commit. */
export const commitWithinMs = 4

/** How far a body is, is stored this often at most. */
export const progressMs = 1000

/** Turns check for runs and waits that are too long this often: it takes a walk over all that waits. */
export const checkDelaysMs = 5000

/** A body that keeps the event loop for this long publishes `Blocked`. */
export const blockMs = 1000

/** A tick that is busy sees an instant later than this: a shorter `within` of a job is a warning. */
export const shortestWithinMs = 1000

/** This many zero-delay runs within this time throttle their schedule, which would otherwise keep the tick busy. */
export const zeroDelayGuard = { runs: 100, withinMs: 1000 }
