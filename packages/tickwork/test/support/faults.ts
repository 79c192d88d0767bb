import { Effect, Schedule, Schema } from "effect"
import { type InvalidJobs, Job } from "tickwork"

export const job = (name: string) => Job.make(name, Effect.void)
export const hourly = Job.every("1 hour")

/** Faults are found before anything that a job needs is looked for. */
const transactional = (name: string) =>
  job(name).pipe(hourly, Job.transactional) as unknown as Job.Job<string, unknown, unknown, never>

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
    ['job "hidden"', "a function", "state.f", "plain data", "{ state: MyState }", '{ state: "memory only" }']
  ],
  [
    "a schedule whose state its Schema does not know",
    job("stranger").pipe(
      Job.repeat(
        Schedule.unfold("one", (s) => s),
        { state: Schema.Number }
      )
    ),
    "UnstorableCadence",
    ['job "stranger"', "Expected number", "at state"]
  ],
  [
    "a gap that is none",
    job("gap").pipe(Job.cron("@daily", { gap: "jump" as "skip" })),
    "BadCron",
    ['job "gap"', '"jump"', '"shift"', '"skip"']
  ],
  [
    "a fold that is none",
    job("fold").pipe(Job.cron("@daily", { fold: "last" as "second" })),
    "BadCron",
    ['job "fold"', '"last"', '"first"', '"both"']
  ],
  [
    "an instant that is none",
    job("someday").pipe(Job.at("someday Z")),
    "BadInstant",
    ['job "someday"', '"someday Z"', "no instant", "2027-01-01T09:00:00+01:00"]
  ],
  [
    "an instant of an unknown zone",
    job("nine").pipe(Job.at("2027-01-01T09:00:00")),
    "BadInstant",
    ['job "nine"', "says no offset from UTC", "2027-01-01T09:00:00+01:00"]
  ],
  [
    "a policy that is none",
    job("policy").pipe(hourly, Job.missed("last" as "latest")),
    "BadMissed",
    ['job "policy"', 'policy "last"', '"latest", "earliest", "all" or "skip"']
  ],
  [
    "a bound that is no duration",
    job("within").pipe(hourly, Job.missed("latest", { within: "soon" as "1 hour" })),
    "BadMissed",
    ['job "within"', 'within "soon"', '"1 hour"']
  ],
  [
    "no run at all",
    job("none at most").pipe(hourly, Job.missed("all", { atMost: 0 })),
    "BadMissed",
    ['job "none at most"', "atMost 0", "from 1 to 10000"]
  ],
  [
    "an endless window",
    job("window").pipe(hourly, Job.window("Infinity" as "1 hour")),
    "BadWindow",
    ['job "window"', "no finite duration", '"2 minutes"']
  ],
  [
    "a window as long as the interval",
    job("wide").pipe(hourly, Job.window("1 hour")),
    "BadWindow",
    ['job "wide"', "the next instant would come before it is over", "shorter than the job's interval"]
  ],
  [
    "an endless timeout",
    job("timeout").pipe(hourly, Job.timeout("Infinity" as "1 hour")),
    "BadTimeout",
    ['job "timeout"', '"20 seconds"']
  ],
  [
    "no time at all",
    job("no time").pipe(hourly, Job.timeout(0)),
    "BadTimeout",
    ['job "no time"', "timeout 0", "at least 1 ms"]
  ],
  [
    "no failure at all",
    job("calm").pipe(hourly, Job.alertAfter(0)),
    "BadAlertAfter",
    ['job "calm"', "after 0 failures", "from 1 upward"]
  ],
  [
    "a policy whose state cannot be stored",
    job("concealing").pipe(
      hourly,
      Job.retry(
        Schedule.unfold(
          () => 0,
          () => () => 0
        ) as Schedule.Schedule<unknown>
      )
    ),
    "UnstorableRetry",
    ['job "concealing"', "retry policy", "which no store can keep", "memory only"]
  ],
  [
    "a transaction beside others",
    transactional("beside").pipe(Job.parallel),
    "BadTransaction",
    ['job "beside"', "such jobs run one at a time", "Drop Job.parallel"]
  ],
  [
    "a transaction that outlasts its claim",
    transactional("outlasting").pipe(Job.timeout("20 seconds")),
    "BadTransaction",
    ['job "outlasting"', "20000 ms is more than half the lease", "raise the tick's lease"]
  ],
  [
    "version 0",
    job("version").pipe(hourly, Job.version(0)),
    "BadVersion",
    ['job "version"', "version 0", "from 1 upward"]
  ]
]
