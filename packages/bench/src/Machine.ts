/**
 * The machine that is measured on.
 */
import * as os from "node:os"

export const facts = {
  cores: os.availableParallelism(),
  processor: os.cpus()[0]?.model.trim() ?? "unknown",
  node: process.version,
  platform: `${os.platform()}-${os.arch()}`,
  load: Number(os.loadavg()[0]?.toFixed(1))
}

export const text = `${facts.cores} cores (${facts.processor}), ${facts.platform}, Node ${facts.node}, load ${facts.load} at the start`
