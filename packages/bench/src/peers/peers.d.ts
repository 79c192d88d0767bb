/** The little of other schedulers that the comparison uses: they are installed on demand, types and all. */
declare module "plainjob" {
  export interface Queue {
    add(type: string, data: unknown): unknown
    addMany(type: string, data: ReadonlyArray<unknown>): unknown
    schedule(type: string, options: { readonly cron: string }): unknown
  }
  export interface Worker {
    start(): Promise<void>
    stop(): Promise<void>
  }
  export interface Logger {
    readonly error: () => void
    readonly warn: () => void
    readonly info: () => void
    readonly debug: () => void
  }
  export const better: (database: unknown) => unknown
  export const defineQueue: (options: { readonly connection: unknown; readonly logger: Logger }) => Queue
  export const defineWorker: (
    type: string,
    run: (job: { readonly data: string }) => Promise<void> | void,
    options: { readonly queue: Queue; readonly logger: Logger; readonly onCompleted?: () => void }
  ) => Worker
}

declare module "liteque" {
  export const buildDBClient: (
    file: string,
    options: { readonly runMigrations: boolean }
  ) => { readonly session: { readonly client: { pragma(text: string): unknown } } }
  export class SqliteQueue<A> {
    constructor(
      name: string,
      client: unknown,
      options: { readonly defaultJobArgs: { readonly numRetries: number }; readonly keepFailedJobs: boolean }
    )
    enqueue(payload: A, options?: { readonly delayMs?: number }): Promise<unknown>
  }
  export class Runner<A> {
    constructor(
      queue: SqliteQueue<A>,
      functions: {
        readonly run: (job: { readonly data: A }) => Promise<void>
        readonly onComplete?: () => Promise<void> | void
      },
      options: { readonly concurrency: number; readonly pollIntervalMs: number; readonly timeoutSecs: number }
    )
    run(): Promise<void>
    stop(): void
  }
}

declare module "bullmq" {
  export interface Job {
    readonly data: { readonly at: number }
    readonly timestamp: number
    readonly opts: { readonly delay?: number }
  }
  interface Options {
    readonly connection: { readonly host: string; readonly port: number; readonly maxRetriesPerRequest: null }
    readonly concurrency?: number
  }
  export class Queue {
    constructor(name: string, options: Options)
    waitUntilReady(): Promise<unknown>
    add(name: string, data: unknown): Promise<unknown>
    addBulk(jobs: ReadonlyArray<{ readonly name: string; readonly data: unknown }>): Promise<unknown>
    upsertJobScheduler(
      id: string,
      repeat: { readonly every: number } | { readonly pattern: string },
      job: { readonly name: string }
    ): Promise<unknown>
    close(): Promise<void>
  }
  export class Worker {
    constructor(name: string, run: (job: Job) => Promise<void>, options: Options)
    on(event: "completed" | "error", listener: () => void): this
    waitUntilReady(): Promise<unknown>
    close(force?: boolean): Promise<void>
  }
}

declare module "pg-boss" {
  export interface Job {
    readonly data: { readonly at: number }
  }
  interface WorkOptions {
    readonly localConcurrency?: number
    readonly batchSize?: number
    readonly burstWhenBatchFull?: boolean
    readonly pollingIntervalSeconds?: number
    readonly notifyPollingIntervalSeconds?: number
  }
  export class PgBoss {
    constructor(options: {
      readonly connectionString: string
      readonly schema: string
      readonly useListenNotify: boolean
      readonly max: number
    })
    on(event: "error", listener: () => void): this
    start(): Promise<unknown>
    createQueue(name: string, options: { readonly notify: boolean }): Promise<unknown>
    insert(name: string, jobs: ReadonlyArray<{ readonly data: unknown; readonly startAfter?: Date }>): Promise<unknown>
    send(name: string, data: unknown): Promise<unknown>
    work(name: string, options: WorkOptions, run: (jobs: ReadonlyArray<Job>) => Promise<void>): Promise<unknown>
    schedule(name: string, cron: string, data: unknown, options: { readonly key: string }): Promise<unknown>
    getDb(): { executeSql(text: string): Promise<{ readonly rows: ReadonlyArray<unknown> }> }
    stop(options: { readonly graceful: boolean }): Promise<void>
  }
}

declare module "graphile-worker" {
  interface Common {
    readonly pgPool: unknown
    readonly schema: string
    readonly logger: Logger
  }
  interface Spec {
    readonly runAt?: Date
  }
  export class Logger {
    constructor(factory: () => () => void)
  }
  export interface Helpers {
    addJob(name: string, payload: unknown, spec?: Spec): Promise<unknown>
  }
  export const makeWorkerUtils: (options: Common) => Promise<{
    migrate(): Promise<void>
    addJob(name: string, payload: unknown, spec?: Spec): Promise<unknown>
    addJobs(jobs: ReadonlyArray<{ readonly identifier: string; readonly payload: unknown }>): Promise<unknown>
    release(): Promise<void>
  }>
  export const run: (
    options: Common & {
      readonly concurrency: number
      readonly noHandleSignals: boolean
      readonly pollInterval: number
      readonly taskList: Readonly<
        Record<string, (payload: { readonly at: number }, helpers: Helpers) => Promise<void> | void>
      >
      readonly events: unknown
      readonly crontab?: string
      readonly preset?: unknown
    }
  ) => Promise<{ stop(): Promise<void> }>
}
