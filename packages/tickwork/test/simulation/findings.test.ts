/**
 * What a simulation finds: each property holds of the jobs as they are, and a bug that is planted is found, with the
 * smallest case that shows it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Schedule } from "effect"
import { Bound, Job, JobStore, Jobs, Simulation, Timeline } from "tickwork"
import { vi } from "vitest"
import * as Line from "../../src/engine/Line.ts"
import * as Lane from "../../src/Places.ts"

const from = "2026-03-02T00:00:00Z"
const hour = 3_600_000
