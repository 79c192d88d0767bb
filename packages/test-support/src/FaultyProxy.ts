/**
 * A way to a PostgreSQL server on which connections go silent, are delayed, cut and reset at random, and at times none
 * gets through. It goes with its scope.
 *
 * As in a network, nothing is lost from the middle of what a connection says: one that swallows a word is silent from
 * there on.
 */
import { createConnection, createServer, type Socket } from "node:net"
import { Effect, Random, type Scope, Utils } from "effect"
import * as Loopback from "./Loopback.ts"

/** What befalls one connection; `unanswered` cuts it once the server has answered its COMMIT. */
type OfOne = "delay" | "swallow" | "cut" | "reset" | "unanswered"

/** What befalls all of them for some seconds. */
type OfAll = "hang" | "refuse" | "slow"

export type Fault = OfOne | OfAll

export interface FaultyProxy {
  /** The URL of the database, by this way. */
  readonly url: string
  /** Faults happen from now on. */
  readonly begin: () => void
  /** None happens any more; what is silent stays so. */
  readonly end: () => void
  /** How often each has happened. */
  readonly counts: Readonly<Record<Fault, number>>
  /** When data of the server got through, in ms since the epoch, rising. */
  readonly answers: ReadonlyArray<number>
}

/** How many of a thousand words of a connection meet each of these. */
const perThousand = { delay: 20, swallow: 1, cut: 3, reset: 3 } as const

/** How many of a thousand COMMITs lose their answer. */
const unansweredPerThousand = 30

/** Between two times in which all connections are concerned, and how long each takes, in ms. */
const pausesMs = [5000, 15_000] as const
const lastsMs = [500, 4000] as const

interface Way {
  readonly near: Socket
  readonly far: Socket
  isSilent: boolean
  /** Cut at the next answer of the server. */
  isLast: boolean
}

class Faults {
  readonly counts: Record<Fault, number> = {
    delay: 0,
    swallow: 0,
    cut: 0,
    reset: 0,
    unanswered: 0,
    hang: 0,
    refuse: 0,
    slow: 0
  }
  readonly answers: Array<number> = []
  readonly ways = new Set<Way>()
  readonly #random: Utils.PCGRandom
  #isOn = false
  #ofAll: OfAll | null = null
  #timer: NodeJS.Timeout | undefined

  constructor(seed: number) {
    this.#random = new Utils.PCGRandom(seed)
  }

  get refuses(): boolean {
    return this.#ofAll === "refuse"
  }

  begin(): void {
    this.#isOn = true
    this.#plan()
  }

  end(): void {
    this.#isOn = false
    this.#ofAll = null
    clearTimeout(this.#timer)
  }

  /** What becomes of a word of the client. */
  fateOfRequest(way: Way, data: Buffer): number | null {
    way.isLast = this.#isOn && data.includes("COMMIT") && this.#happens(unansweredPerThousand, "unanswered")
    return way.isLast ? 0 : this.fate(way)
  }

  /** How long a word is on its way, in ms; `null` where it is lost. */
  fate(way: Way): number | null {
    if (way.isSilent) return null
    if (!this.#isOn) return 0
    if (this.#ofAll === "hang") way.isSilent = true
    if (this.#happens(perThousand.swallow, "swallow")) way.isSilent = true
    else if (this.#happens(perThousand.cut, "cut")) way.near.destroy()
    else if (this.#happens(perThousand.reset, "reset")) way.near.resetAndDestroy()
    if (way.isSilent || way.near.destroyed) return null
    if (this.#ofAll === "slow") return this.#random.integer(200)
    return this.#happens(perThousand.delay, "delay") ? this.#random.integer(1500) : 0
  }

  #happens(perThousand: number, fault: OfOne): boolean {
    if (this.#random.integer(1000) >= perThousand) return false
    this.counts[fault] += 1
    return true
  }

  #between([least, most]: readonly [number, number]): number {
    return least + this.#random.integer(most - least)
  }

  #plan(): void {
    this.#timer = setTimeout(() => {
      this.#ofAll = (["hang", "refuse", "slow"] as const)[this.#random.integer(3)] ?? "hang"
      this.counts[this.#ofAll] += 1
      if (this.refuses) for (const { near } of this.ways) near.resetAndDestroy()
      this.#timer = setTimeout(() => {
        this.#ofAll = null
        this.#plan()
      }, this.#between(lastsMs))
    }, this.#between(pausesMs))
  }
}

/** What one end says, in its order, to the other one. */
const carry = (
  way: Way,
  { from, to }: { readonly from: Socket; readonly to: Socket },
  fate: (data: Buffer) => number | null,
  arrived: () => void
): void => {
  let last = Promise.resolve()
  from.on("data", (data: Buffer) => {
    const ms = fate(data)
    if (ms === null) return
    last = last.then(async () => {
      if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms))
      if (to.destroyed) return
      to.write(data)
      arrived()
    })
  })
  from.on("error", () => from.destroy())
  // of the end of a silent one the other end learns nothing either
  from.on("close", () => {
    if (!way.isSilent) void last.then(() => to.destroy())
  })
}

export const make = (url: string): Effect.Effect<FaultyProxy, never, Scope.Scope> =>
  Effect.gen(function* () {
    const target = new URL(url)
    const faults = new Faults(yield* Random.nextIntBetween(0, 2 ** 31))
    const server = createServer((near) => {
      if (faults.refuses) {
        near.on("error", () => near.destroy())
        near.resetAndDestroy()
        return
      }
      const far = createConnection(Number(target.port), target.hostname)
      const way: Way = { near, far, isSilent: false, isLast: false }
      faults.ways.add(way)
      far.on("close", () => faults.ways.delete(way))
      const request = (data: Buffer) => faults.fateOfRequest(way, data)
      const answer = () => {
        if (!way.isLast) return faults.fate(way)
        near.destroy()
        return null
      }
      carry(way, { from: near, to: far }, request, () => {})
      carry(way, { from: far, to: near }, answer, () => void faults.answers.push(Date.now()))
    })
    const port = yield* Loopback.listen(server, () => {
      faults.end()
      for (const { far, near } of faults.ways) for (const socket of [near, far]) socket.destroy()
    })
    return {
      url: Object.assign(new URL(url), { port }).href,
      begin: () => faults.begin(),
      end: () => faults.end(),
      counts: faults.counts,
      answers: faults.answers
    }
  })
