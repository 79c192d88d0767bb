/**
 * Registries to kill: jobs of every kind, some of them transactional, some with a retry policy of their own.
 */
import { SqlClient } from "@effect/sql"
import { makeWork } from "@tickwork/test-support/Bench"
import { jobsOf, plain } from "@tickwork/test-support/Registries"
import { Effect, FastCheck as fc, Schedule } from "effect"
import { Job, Jobs } from "tickwork"
import * as JobDefinition from "tickwork/testing/JobDefinition"
import type { Noting } from "./Life.ts"

const policies = {
  usual: (job: Any) => job,
  "two more": Job.retry(Schedule.intersect(Schedule.spaced("3 seconds"), Schedule.recurs(2))),
  jittered: Job.retry(Schedule.jittered(Schedule.exponential("500 millis")))
} as const satisfies Record<string, (job: Any) => Any>

type Any = Job.Job<string, unknown, unknown, any, any, any>

export const registry = fc.array(
  fc.record({
    plain,
    isTransactional: fc.boolean(),
    retry: fc.constantFrom(...(Object.keys(policies) as Array<keyof typeof policies>)),
    missed: fc.constantFrom("latest" as const, "earliest" as const, "all" as const, "skip" as const)
  }),
  { minLength: 1, maxLength: 4 }
)

export type Registry = typeof registry extends fc.Arbitrary<infer A> ? A : never

const write = (runKey: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql`INSERT INTO entries (run_key) VALUES (${runKey})`)

/** The jobs of a registry, for one life. */
export const make = (registry: Registry) => (noting: Noting) => {
  const named = jobsOf(
    makeWork(),
    registry.map(({ plain }) => plain)
  ).all
  const jobs = named.map((job, n): Any => {
    const { isTransactional, missed, retry } = registry[n] as Registry[number]
    const { body } = JobDefinition.of(job)
    const noted: Any = JobDefinition.copy(job, {
      body: (run) => noting(run, isTransactional ? Effect.zipRight(write(run.runKey), body(run)) : body(run))
    })
    const whole = policies[retry](Job.missed(noted, missed))
    return isTransactional ? whole.pipe(Job.serial, Job.transactional) : whole
  })
  return Jobs.make(...jobs)
}
