/** Loaded before the program: its output is taken for a terminal of TERMINAL's size, such as 80x24. */
const [columns, rows] = (process.env.TERMINAL ?? "80x24").split("x").map(Number)

Object.assign(process.stdout, { isTTY: true, columns, rows })
