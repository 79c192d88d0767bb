/**
 * A function as applications have them before they have Effect: it takes an AbortSignal, and rejects when it is aborted.
 */
export interface Rates {
  readonly [currency: string]: number
}

export const downloadRates = async (url: string, options: { readonly signal: AbortSignal }): Promise<Rates> => {
  const response = await fetch(url, { signal: options.signal })
  if (!response.ok) throw new Error(`the server answered ${response.status}`)
  return (await response.json()) as Rates
}
