/**
 * What other users of this machine may reach.
 */
import * as fs from "node:fs"
import * as path from "node:path"

/** True where every user can enter a folder and all those around it. */
export const isOpenToAll = (folder: string): boolean =>
  (fs.statSync(folder).mode & 0o001) !== 0 && (path.dirname(folder) === folder || isOpenToAll(path.dirname(folder)))
