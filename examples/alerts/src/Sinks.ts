/**
 * Where alerts go: to a webhook, into a chat, and as an e-mail through the HTTP interface of a mail service. Each is an
 * effect of an alert that knows no job.
 */
import { HttpBody, HttpClient } from "@effect/platform"
import { Config, Effect, Option, Redacted, Schedule } from "effect"
import { Decision, type TickEvent } from "tickwork"

export type Alert = TickEvent.Alert | TickEvent.Recovered

/** An alert in one line, for people. */
export const toText = (alert: Alert): string => {
  const name = Decision.nameOf(alert)
  return alert._tag === "Recovered"
    ? `${name} has recovered after ${alert.failures} failures`
    : `${name} has failed ${alert.failures} times in a row: ${alert.error ?? "no error is known"}`
}

/** Posts JSON; tried again twice. */
const post = (url: Redacted.Redacted, json: unknown, headers: Record<string, string> = {}) =>
  Effect.gen(function* () {
    const client = HttpClient.filterStatusOk(yield* HttpClient.HttpClient)
    yield* client.post(Redacted.value(url), { body: HttpBody.unsafeJson(json), headers })
  }).pipe(Effect.retry(Schedule.exponential("500 millis").pipe(Schedule.intersect(Schedule.recurs(2)))))

/** The alert as it is, for a program. */
export const webhook = (url: Redacted.Redacted) => (alert: Alert) => post(url, alert)

/** A message in a channel: an incoming webhook of Slack, Mattermost, Rocket.Chat or Google Chat. */
export const chat = (url: Redacted.Redacted) => (alert: Alert) => post(url, { text: toText(alert) })

/** What an e-mail needs beside its text. */
export interface Mail {
  readonly url: Redacted.Redacted
  readonly token: Redacted.Redacted
  readonly from: string
  readonly to: string
}

/** An e-mail, in the JSON that Resend takes; other mail services differ in the names of the fields. */
export const email =
  ({ from, to, token, url }: Mail) =>
  (alert: Alert) => {
    const { jobName, _tag } = alert
    const subject = `${_tag === "Alert" ? "Failing" : "Recovered"}: ${jobName}`
    const headers = { authorization: `Bearer ${Redacted.value(token)}` }
    return post(url, { from, to: [to], subject, text: toText(alert) }, headers)
  }

/** The sinks that the environment names; one that fails stops no other. */
export const fromEnvironment = Effect.gen(function* () {
  const hook = yield* Config.option(Config.redacted("ALERT_WEBHOOK_URL"))
  const room = yield* Config.option(Config.redacted("ALERT_CHAT_URL"))
  const mail = yield* Config.option(
    Config.all({
      url: Config.redacted("ALERT_MAIL_URL"),
      token: Config.redacted("ALERT_MAIL_TOKEN"),
      from: Config.string("ALERT_MAIL_FROM"),
      to: Config.string("ALERT_MAIL_TO")
    })
  )
  const sinks = [
    ...Option.toArray(Option.map(hook, webhook)),
    ...Option.toArray(Option.map(room, chat)),
    ...Option.toArray(Option.map(mail, email))
  ]
  return (alert: Alert) =>
    Effect.all(
      sinks.map((sink) => sink(alert)),
      { concurrency: 3, mode: "validate" }
    )
})
