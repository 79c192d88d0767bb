/**
 * A process of `serving.ts`, and the talk with it: whatever it says is kept, and can be waited for.
 */
import type { ChildProcess } from "node:child_process"
import * as Process from "@tickwork/test-support/Process"
import { Effect, type Scope } from "effect"
import type { Asked, Described, Said, Settings } from "./serving.ts"

export interface Served {
  readonly child: ChildProcess
  /** All that it has said so far. */
  readonly said: ReadonlyArray<Said>
  /** The first thing of this kind that it says after the first `since` ones; a defect where it ends before that. */
  readonly hear: <B extends Said>(is: (said: Said) => said is B, since?: number) => Effect.Effect<B>
  readonly ask: (asked: Asked) => Effect.Effect<void>
  /** Ends it with a signal, and waits for its end. */
  readonly end: (signal: NodeJS.Signals) => Effect.Effect<void>
}

const make = (settings: Settings): Effect.Effect<Served, never, Scope.Scope> => {
  const said: Array<Said> = []
  const listeners = new Set<() => void>()
  let hasEnded = false
  const listen = (line: string) => {
    // what does not come from its own logger is no JSON
    said.push(line.startsWith("{") ? JSON.parse(line) : { what: "log", at: Date.now(), text: line })
    notify()
  }
  const notify = () => {
    for (const listener of [...listeners]) listener()
  }
  const hear = <B extends Said>(is: (said: Said) => said is B, since = 0) =>
    Effect.async<B>((resume) => {
      let next = since
      const listener = () => {
        for (; next < said.length; next++) {
          const one = said[next] as Said
          if (!is(one)) continue
          listeners.delete(listener)
          return resume(Effect.succeed(one))
        }
        if (!hasEnded) return
        listeners.delete(listener)
        const last = said.slice(-3).map((one) => JSON.stringify(one))
        resume(
          Effect.dieMessage(`a process ended before it said what is waited for; its last words: ${last.join(" ")}`)
        )
      }
      listeners.add(listener)
      listener()
      return Effect.sync(() => listeners.delete(listener))
    })
  return Effect.gen(function* () {
    const child = yield* Process.start(new URL("./serving.ts", import.meta.url), [JSON.stringify(settings)], listen)
    child.once("close", () => {
      hasEnded = true
      notify()
    })
    yield* hear(saying("ready"))
    return {
      child,
      said,
      hear,
      ask: (asked) => Effect.sync(() => child.stdin?.write(`${JSON.stringify(asked)}\n`)),
      end: (signal) => Process.end(child, signal)
    }
  })
}

/** Each time it is run it starts another one, which is heard by itself. */
export const start = (settings: Settings): Effect.Effect<Served, never, Scope.Scope> =>
  Effect.suspend(() => make(settings))

type OfKind<What, One = Said> = One extends { readonly what: infer Kind } ? (What extends Kind ? One : never) : never

type Matching = Partial<
  Record<"attempt" | "ask" | "error" | "job" | "reason" | "scheduledAt" | "status" | "trigger", unknown>
>

/** What is said of this kind, and of such a run. */
export const saying =
  <What extends Said["what"]>(what: What, matching: Matching = {}) =>
  (said: Said): said is OfKind<What> =>
    said.what === what &&
    Object.entries(matching).every(([name, value]) => (said as unknown as Record<string, unknown>)[name] === value)

/** The first of several to say something of this kind, after the first `since` things of each. */
export const first = <B extends Said>(
  all: ReadonlyArray<Served>,
  is: (said: Said) => said is B,
  since: ReadonlyArray<number> = []
): Effect.Effect<{ readonly served: Served; readonly said: B }> =>
  Effect.raceAll(all.map((served, index) => Effect.map(served.hear(is, since[index]), (said) => ({ served, said }))))

/** Waits until they have said this number of things of this kind, all together. */
export const together = (
  all: ReadonlyArray<Served>,
  is: (said: Said) => said is Said,
  wanted: number
): Effect.Effect<void> => {
  let heard = 0
  const isLast = (said: Said): said is Said => {
    if (is(said)) heard += 1
    return heard >= wanted
  }
  return Effect.asVoid(first(all, isLast))
}

/** Waits until it has said this number of things of this kind. */
export const many = (served: Served, is: (said: Said) => said is Said, wanted: number): Effect.Effect<void> =>
  together([served], is, wanted)

/** What it has said of this kind. */
export const all = <B extends Said>({ said }: Served, is: (said: Said) => said is B): ReadonlyArray<B> =>
  said.filter(is)

export const quick = (name: string, everyMs: number): Described => ({ name, everyMs })

export const hour = 3_600_000
