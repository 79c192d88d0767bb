/**
 * An application of three jobs. Nothing here knows of a clock.
 */
import { Context, Effect, Schedule } from "effect"
import { Job, Jobs } from "tickwork"

/** What the jobs do, by the name of each. */
export class Diary extends Context.Tag("test-clock/Diary")<
  Diary,
  { readonly write: (name: string, at: number) => Effect.Effect<void> }
>() {}

const write = (name: string) => (run: { readonly startedAt: number }) =>
  Effect.flatMap(Diary, (diary) => diary.write(name, run.startedAt))

export const fetchNews = Job.make("fetch_news", write("fetch_news")).pipe(Job.every("4 hours"))

export const backUp = Job.make("back_up", write("back_up")).pipe(Job.cron("30 2 * * *", "Europe/Berlin"))

export const remind = Job.make("remind", write("remind")).pipe(Job.schedule(Schedule.spaced("10 hours")))

export const jobs = Jobs.make(fetchNews, backUp, remind)
