/** The little of better-sqlite3 that the floor uses; it brings no types of its own. */
declare module "better-sqlite3" {
  class Database {
    constructor(filename: string)
    prepare(sql: string): Database.Statement
    pragma(text: string): unknown
    exec(sql: string): this
    close(): this
  }
  namespace Database {
    interface Statement {
      run(...parameters: ReadonlyArray<unknown>): { readonly changes: number }
      get(...parameters: ReadonlyArray<unknown>): unknown
      all(...parameters: ReadonlyArray<unknown>): ReadonlyArray<unknown>
    }
  }
  export default Database
}
