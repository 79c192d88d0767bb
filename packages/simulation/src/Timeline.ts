/**
 * What came of a simulation, or of the log of a real database: every run, verdict and alert, and what they cost. Plain
 * data, and questions about it; it simulates nothing.
 *
 * @since 0.1.0
 */

export { assertBudget, type Budget, BudgetExceededError, Excess } from "./internal/timeline/Budget.ts"
export {
  Alarm,
  Cost,
  Entry,
  EveryTick,
  JobAccount,
  Jump,
  Pause,
  Pruned,
  RateWait,
  Span,
  Timeline
} from "./internal/timeline/Model.ts"
export { type LogOptions, ofLog, ofLogStream } from "./internal/timeline/OfLog.ts"
export {
  busyMsPerHour,
  defaultCost,
  energy,
  energyOf,
  jobOf,
  runsOf,
  type Saving,
  saving,
  wakeUpsPerHour
} from "./internal/timeline/Questions.ts"
export { fromJson, toJson } from "./internal/timeline/Saved.ts"
export { toSvg } from "./internal/timeline/ToSvg.ts"
export { toText } from "./internal/timeline/ToText.ts"
