/**
 * Who holds a claim, in the words of people. Pure.
 *
 * @internal
 */

export interface Process {
  readonly host: string
  readonly pid: number
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The host and the number of a process, where its owner's name tells them. */
export const of = (owner: string): Process | null => {
  const [host = "", pid = ""] = owner.split("/")
  const [name = ""] = host.split(",")
  return name !== "" && /^\d+$/.test(pid) ? { host: decoded(name), pid: Number(pid) } : null
}

/** "process 4711 on laptop". */
export const shown = (owner: string): string => {
  const process = of(owner)
  return process === null ? owner : `process ${process.pid} on ${process.host}`
}
