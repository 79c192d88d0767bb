import { describe } from "@effect/vitest"
import * as StoreLaws from "@tickwork/test-support/StoreLaws"
import { JobStore } from "tickwork"

describe("JobStore in memory", () => StoreLaws.hold(JobStore.layerMemory))
