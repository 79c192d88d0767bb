/** Preloaded: gives the program an output that is a terminal of the size in TERMINAL, such as 80x24. */
const [columns, rows] = (process.env.TERMINAL ?? "80x24").split("x").map(Number)

Object.assign(process.stdout, { isTTY: true, columns, rows })
