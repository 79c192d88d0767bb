import { Effect, Schedule } from "effect"
import { type InvalidJobs, Job } from "tickwork"

export const job = (name: string) => Job.make(name, Effect.void)
export const hourly = Job.every("1 hour")

/** What is wrong with each job, and what its line of the message must hold. */
export const wrong: ReadonlyArray<
  readonly [string, Job.Job<string, unknown, unknown, never>, InvalidJobs.Fault["_tag"], ReadonlyArray<string>]
> = [
  ["an empty name", job("").pipe(hourly), "BadName", ['job ""', "is empty", "Give it"]],
  ["a blank name", job(" ").pipe(hourly), "BadName", ['job " "', "is empty", "Give it"]],
  ["a name of two lines", job("a\nb").pipe(hourly), "BadName", ['job "a\\nb"', "control character", "Give it"]],
  ["a long name", job("n".repeat(201)).pipe(hourly), "BadName", ["longer than 200", "Give it"]],
  [
    "priority 0",
    job("p0").pipe(hourly, Job.priority(0)),
    "BadPriority",
    ['job "p0"', "priority 0", "from 1 (first) to 10 (last)"]
  ],
  ["priority 11", job("p11").pipe(hourly, Job.priority(11)), "BadPriority", ['job "p11"', "priority 11", "from 1"]],
  [
    "priority 2.5",
    job("p2.5").pipe(hourly, Job.priority(2.5)),
    "BadPriority",
    ['job "p2.5"', "priority 2.5", "whole number"]
  ],
  [
    "a priority that is no number",
    job("pNaN").pipe(hourly, Job.priority(Number.NaN)),
    "BadPriority",
    ['job "pNaN"', "priority NaN", "whole number"]
  ],
  [
    "no cadence",
    job("idle"),
    "NoCadence",
    ['job "idle"', "Add Job.every, Job.cron, Job.at, Job.repeat or Job.schedule"]
  ],
  [
    "an interval of nothing",
    job("zero").pipe(Job.every("0 seconds")),
    "BadInterval",
    ['job "zero"', '"0 seconds"', 'such as "5 seconds"']
  ],
  [
    "an interval that is no number",
    job("none").pipe(Job.every(Number.NaN)),
    "BadInterval",
    ['job "none"', "NaN", 'such as "5 seconds"']
  ],
  [
    "an interval of nanoseconds",
    job("nanos").pipe(Job.every(500n)),
    "BadInterval",
    ['job "nanos"', "500", 'such as "5 seconds"']
  ],
  [
    "minute 61",
    job("minute 61").pipe(Job.cron("61 * * * *")),
    "BadCron",
    ['job "minute 61"', '"61 * * * *"', "between 0 and 59", "0 3 * * *"]
  ],
  [
    "an unknown zone",
    job("mars").pipe(Job.cron("@daily", "Mars/Base")),
    "BadCron",
    ['job "mars"', '"Mars/Base"', "Europe/Berlin"]
  ],
  [
    "30 February",
    job("never").pipe(Job.cron("0 0 30 2 *")),
    "BadCron",
    ['job "never"', "no date ever matches", "0 3 * * *"]
  ],
  [
    "a schedule that holds a function",
    job("hidden").pipe(Job.repeat(Schedule.unfold({ f: () => 1 }, (s) => s))),
    "UnstorableCadence",
    ['job "hidden"', "a function", "state.f", "plain data"]
  ]
]
