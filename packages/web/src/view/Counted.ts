/**
 * Numbers and counted nouns.
 *
 * @internal
 */

/** "1,234". */
export const number = (value: number): string => value.toLocaleString("en-US")

/** "1 log entry", "2 log entries". */
export const of = (count: number, noun: string): string => {
  const plural = /[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`
  return `${number(count)} ${count === 1 ? noun : plural}`
}
