/**
 * The owner of a claim as people read it.
 *
 * @internal
 */
export interface Process {
  readonly host: string
  readonly pid: number
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The host and process id in an owner's id, or `null` where it has another form. */
export const parse = (owner: string): Process | null => {
  const [host = "", pid = ""] = owner.split("/")
  const [name = ""] = host.split(",")
  return name !== "" && /^\d+$/.test(pid) ? { host: decode(name), pid: Number(pid) } : null
}

/** "process 4711 on laptop". */
export const toText = (owner: string): string => {
  const process = parse(owner)
  return process === null ? owner : `process ${process.pid} on ${process.host}`
}
