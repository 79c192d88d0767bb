import { Cause, HashMap, Logger, Option } from "effect"

/** Takes down what is logged, with its level and its annotations. */
export const makeLog = () => {
  const lines: Array<{ readonly text: string; readonly level: string; readonly job: unknown }> = []
  const logger = Logger.make(({ annotations, cause, logLevel, message }) => {
    const job = Option.getOrNull(HashMap.get(annotations, "job"))
    const causes = Cause.isEmpty(cause) ? [] : [Cause.pretty(cause)]
    lines.push({ text: [message].flat().concat(causes).join(" "), level: logLevel._tag, job })
  })
  return { lines, layer: Logger.add(logger) }
}
