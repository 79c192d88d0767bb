/**
 * The floor of an idle process: the driver alone sends a statement each five seconds. It says for each line of its input
 * what it has cost since the line before.
 *
 * Its argument names the database.
 */
import { createRequire } from "node:module"
import { createInterface } from "node:readline"

const [, , url] = process.argv
const { Client } = createRequire(import.meta.url)("pg")
const client = new Client({ connectionString: url })
await client.connect()
setInterval(() => client.query("SELECT 1"), 5000)

let before = { cpu: process.cpuUsage(), at: Date.now() }
createInterface({ input: process.stdin }).on("line", () => {
  const { system, user } = process.cpuUsage(before.cpu)
  console.log(JSON.stringify({ cpuMs: (user + system) / 1000, elapsedMs: Date.now() - before.at }))
  before = { cpu: process.cpuUsage(), at: Date.now() }
})
console.log("ready")
