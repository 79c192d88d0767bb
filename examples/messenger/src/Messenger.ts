/**
 * The messenger: its peers, its jobs and their tick on one SQLite file.
 */
import { Layer } from "effect"
import { Tick } from "tickwork"
import * as Database from "./Database.ts"
import * as Peers from "./Peers.ts"
import { jobs } from "./Registry.ts"

/** One peer is sometimes offline, so that the demo shows an error. */
const peers = [{ name: "ada" }, { name: "grace", dropsEvery: 2 }, { name: "linus" }]

/** It carries out requests of the command line `tickwork` within a second. */
export const layer = (filename: string) =>
  Tick.layer(jobs, { watch: "1 second" }).pipe(
    Layer.provideMerge(Peers.layer(peers)),
    Layer.provideMerge(Database.layer(filename))
  )
