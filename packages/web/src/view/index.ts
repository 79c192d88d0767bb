/**
 * What a store holds, as people and tools are shown it: the page and the command line share these modules. Use them for a
 * view of your own; they are pure, or read `JobStore` and `JobLog` alone.
 *
 * @since 0.1.0
 */

export * as Answers from "./Answers.ts"
export * as ClaimOwner from "./ClaimOwner.ts"
export * as Counted from "./Counted.ts"
export * as EntryName from "./EntryName.ts"
export * as EntryText from "./EntryText.ts"
export * as Explained from "./Explained.ts"
export * as Figures from "./Figures.ts"
export * as Folded from "./Folded.ts"
export * as InstanceState from "./InstanceState.ts"
export * as Instances from "./Instances.ts"
export * as JobProcesses from "./JobProcesses.ts"
export * as Known from "./Known.ts"
export * as LogAges from "./LogAges.ts"
export * as Overview from "./Overview.ts"
export * as Requests from "./Requests.ts"
export * as RunEntries from "./RunEntries.ts"
export * as StandingText from "./StandingText.ts"
export * as TimeText from "./TimeText.ts"
export * as Upcoming from "./Upcoming.ts"
export * as Visible from "./Visible.ts"
