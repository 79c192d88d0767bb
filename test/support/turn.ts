/**
 * Between two tests the runner is heard: a file of tests that never wait would look like a process that hangs. Each file
 * begins with the methods of `it` as they are: `layer` of @effect/vitest leaves its own on it, and files share a process.
 */
import { makeMethods } from "@effect/vitest"
import { afterEach, it } from "vitest"

makeMethods(Object.assign(it, { scopedFixtures: it.scoped }))

afterEach(() => new Promise((resolve) => setImmediate(resolve)))
