/**
 * For tests that compute for a minute and wait for nothing: meanwhile the runner of the tests hears nothing of their process.
 */

/** The event loop has a turn, such as before each case of a property. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
