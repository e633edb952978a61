import { existsSync } from 'node:fs'
import path from 'node:path'

/** Whether the folder of `flags_path` has the file `drain`: the proxy then begins with failing health checks. */
export function beginsDraining(flagsPath: string | undefined): boolean {
  return flagsPath !== undefined && flagsPath !== '' && existsSync(path.join(flagsPath, 'drain'))
}
