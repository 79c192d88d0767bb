/**
 * The name of an instance in the sentence of an error or a warning.
 *
 * @internal
 */
import * as PlainText from "./PlainText.ts"

/** By its job, or by its key and its job. */
export const of = (jobName: string, key: string): string =>
  key === "" ? `job "${PlainText.of(jobName)}"` : `instance "${PlainText.of(key)}" of job "${PlainText.of(jobName)}"`
