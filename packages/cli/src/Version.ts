/**
 * The version of this package, as package.json has it.
 *
 * @internal
 */
export const version = "0.1.0"
