import { lstatSync, readlinkSync } from 'node:fs'
import path from 'node:path'

/** As many as the kernel follows. */
const MAX_LINKS = 40

/** The directories in which a change can make another file of a path: its own, and those of every link on the way. */
export function directoriesOf(file: string): ReadonlySet<string> {
  const directories = new Set<string>()
  const todo = [path.resolve(file)]
  const seen = new Set<string>()
  for (let at = todo.pop(); at !== undefined && seen.size < MAX_LINKS; at = todo.pop()) {
    if (seen.has(at) || at === path.dirname(at)) continue
    seen.add(at)
    directories.add(path.dirname(at))
    const target = linkOf(at)
    if (target !== undefined) todo.push(path.resolve(path.dirname(at), target))
  }
  return directories
}

function linkOf(at: string): string | undefined {
  try {
    return lstatSync(at).isSymbolicLink() ? readlinkSync(at) : undefined
  } catch {
    return undefined
  }
}
