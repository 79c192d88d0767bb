import { HashMap, Logger, Option } from "effect"

/** Takes down what is logged, with its level and its annotations. */
export const makeLog = () => {
  const lines: Array<{ readonly text: string; readonly level: string; readonly job: unknown }> = []
  const logger = Logger.make(({ annotations, logLevel, message }) => {
    const job = Option.getOrNull(HashMap.get(annotations, "job"))
    lines.push({ text: [message].flat().join(" "), level: logLevel._tag, job })
  })
  return { lines, layer: Logger.add(logger) }
}
