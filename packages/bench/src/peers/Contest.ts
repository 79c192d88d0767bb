/**
 * What is measured of a scheduler: its throughput at two concurrencies, how fast it enqueues, from enqueuing to the start,
 * how late 100 jobs every second start, and what it costs to wait with 100 daily jobs.
 */
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as WallTime from "../WallTime.ts"
import type { Kind, Peer } from "./Peer.ts"

/** `null` where it does not have the feature. */
export interface Figures {
  /** Runs a second, one at a time and ten at once. */
  readonly one: number | null
  readonly ten: number | null
  /** Enqueued a second, as fast as its API can. */
  readonly enqueued: number | null
  /** From enqueuing to the start, 40 a second: p99 in ms. */
  readonly toStart: number | null
  /** 100 jobs every second: p99 late in ms, and the share of 300 runs that started. */
  readonly late: number | null
  readonly started: number | null
  /** % of a core, of this process alone. */
  readonly idle: number | null
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** A peer that does not come to an end is left behind. */
const within = (ms: number, done: unknown): Promise<unknown> => Promise.race([done, sleep(ms)])

const p99 = (values: ReadonlyArray<number>): number | null =>
  [...values].sort((one, other) => one - other)[Math.max(0, Math.ceil(values.length * 0.99) - 1)] ?? null

export type Opened = () => Peer | Promise<Peer>

export const opener =
  (kind: Kind, url: string): Opened =>
  () =>
    kind.open({
      folder: fs.mkdtempSync(path.join(os.tmpdir(), "peer-")),
      url,
      name: `bench_${randomBytes(6).toString("hex")}`
    })

const throughput = async (open: Opened, runs: number, concurrency: number) => {
  const peer = await open()
  const from = WallTime.now()
  await peer.fill(runs)
  const enqueued = (runs * 1000) / (WallTime.now() - from)
  let [first, last, done, together] = [0, 0, 0, 0]
  const all = new Promise<void>((resolve) => {
    const onEnd = () => {
      last = WallTime.now()
      if (done === 0) first = last
      // what ends with the first one has run before it
      if (last - first < 0.2) together += 1
      done += 1
      if (done === runs) resolve()
    }
    void peer.work(concurrency, { onStart: () => undefined, onEnd })
  })
  await within(6000, all)
  if (peer.settled !== undefined) {
    await within(3000, peer.settled())
    last = WallTime.now()
  }
  await within(2000, peer.close())
  return { enqueued, rate: done === together ? null : ((done - together) * 1000) / (last - first) }
}

const calls = 100

const toStart = async (open: Opened) => {
  const peer = await open()
  const waited: Array<number> = []
  await peer.work(10, { onStart: (at) => waited.push(WallTime.now() - at), onEnd: () => undefined })
  await sleep(300)
  const from = WallTime.now()
  for (let call = 0; call < calls; call++) {
    await sleep(Math.max(0, from + call * 25 + ((call * 7919) % 25) - WallTime.now()))
    await peer.enqueue(WallTime.now())
  }
  for (let wait = 0; wait < 25 && waited.length < calls; wait++) await sleep(100)
  await within(2000, peer.close())
  return p99(waited)
}

const jobs = 100
const seconds = 3

const lateness = async (open: Opened) => {
  const peer = await open()
  const late: Array<number> = []
  let isMeasured = false
  await peer.everySecond?.(jobs, (ms) => {
    if (isMeasured) late.push(ms)
  })
  // from half a second to half a second
  await sleep(2500 - (Date.now() % 1000))
  isMeasured = true
  await sleep(seconds * 1000)
  isMeasured = false
  await within(2000, peer.close())
  return { late: p99(late), started: late.length / (jobs * seconds) }
}

/** The least of some windows, since the engine of JavaScript tidies its heap in one of them. */
const idleness = async (open: Opened) => {
  const peer = await open()
  await peer.daily?.(jobs)
  await sleep(3000)
  const shares: Array<number> = []
  for (let window = 0; window < 2; window++) {
    const before = process.cpuUsage()
    await sleep(5000)
    const { system, user } = process.cpuUsage(before)
    shares.push((system + user) / 1000 / 50)
  }
  await within(2000, peer.close())
  return Math.min(...shares)
}

const features = async (open: Opened): Promise<Peer> => {
  const peer = await open()
  await within(2000, peer.close())
  return peer
}

/** Waiting is measured of all peers side by side, in processes of their own; all else of one after the other. */
export const measure = async (kind: Kind, url: string, phase: "work" | "idle"): Promise<Partial<Figures>> => {
  const open = opener(kind, url)
  const { daily, everySecond } = await features(open)
  if (phase === "idle") return { idle: daily === undefined ? null : await idleness(open) }
  const one = await throughput(open, kind.runs, 1)
  const ten = await throughput(open, kind.runs, 10)
  return {
    one: one.rate,
    ten: ten.rate,
    enqueued: Math.max(one.enqueued, ten.enqueued),
    toStart: await toStart(open),
    ...(everySecond === undefined ? { late: null, started: null } : await lateness(open))
  }
}
