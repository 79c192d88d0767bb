/**
 * Between two tests the runner is heard: a file of tests that never wait would look like a process that hangs.
 */
import { afterEach } from "vitest"

afterEach(() => new Promise((resolve) => setImmediate(resolve)))
