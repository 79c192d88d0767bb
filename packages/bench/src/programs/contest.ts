/**
 * Measures one scheduler and sends its figures. It loads that scheduler alone, since the others may not be installed here.
 */
import * as Contest from "../peers/Contest.ts"
import type { Kind } from "../peers/Peer.ts"

export interface Request {
  readonly name: string
  readonly url: string
  readonly phase: "work" | "idle"
}

const kinds: Readonly<Record<string, () => Promise<Kind>>> = {
  "tickwork-normal": () => import("../peers/Tickwork.ts").then(({ normal }) => normal),
  "tickwork-full": () => import("../peers/Tickwork.ts").then(({ full }) => full),
  "tickwork-postgres": () => import("../peers/Tickwork.ts").then(({ onPostgres }) => onPostgres),
  plainjob: () => import("../peers/PlainJob.ts").then(({ kind }) => kind),
  liteque: () => import("../peers/Liteque.ts").then(({ kind }) => kind),
  "effect-queue": () => import("../peers/EffectQueue.ts").then(({ kind }) => kind),
  bullmq: () => import("../peers/BullMq.ts").then(({ kind }) => kind),
  "pg-boss": () => import("../peers/PgBoss.ts").then(({ kind }) => kind),
  "graphile-worker": () => import("../peers/GraphileWorker.ts").then(({ kind }) => kind),
  "graphile-worker-tuned": () => import("../peers/GraphileWorker.ts").then(({ tunedKind }) => tunedKind)
}

const { name, phase, url }: Request = JSON.parse(process.argv[2] ?? "")

const measured = async () => {
  const kind = await kinds[name]?.()
  if (kind === undefined) throw new Error(`there is no ${name}`)
  return Contest.measure(kind, url, phase)
}

measured().then(
  (figures) => process.send?.(figures, () => process.exit(0)),
  (error: unknown) => {
    console.error(error)
    process.exit(1)
  }
)
