/**
 * What a job is made of, for simulations and tests that replace its effects. It runs nothing.
 *
 * @since 0.1.0
 */
import * as Definition from "../internal/Definition.ts"
import * as Jobs from "../Jobs.ts"

/**
 * @since 0.1.0
 * @category conversions
 */
export { copy, type Definition, of } from "../internal/Definition.ts"

/**
 * The same registry, with each of its jobs changed.
 *
 * @since 0.1.0
 * @category registries
 */
export const map = (jobs: Jobs.Jobs<unknown>, change: (job: Definition.Any) => Definition.Any): Jobs.Jobs<any, never> =>
  Jobs.make(...(jobs.all as ReadonlyArray<Definition.Any>).map(change)) as Jobs.Jobs<any, never>

/**
 * The same registry with the named jobs alone, which come after no other job.
 *
 * @since 0.1.0
 * @category registries
 */
export const only = (jobs: Jobs.Jobs<unknown>, names: ReadonlySet<string>): Jobs.Jobs<any, never> =>
  map({ ...jobs, all: jobs.all.filter(({ name }) => names.has(name)) }, (job) =>
    Definition.copy(job, { after: Definition.of(job).after.filter(({ jobName }) => names.has(jobName)) })
  )
