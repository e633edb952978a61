import type { ChildProcess } from 'node:child_process'
import { readFileSync, watch } from 'node:fs'
import path from 'node:path'

/** What a process writes into a file, once it has; rejects when the process ends before. */
export async function untilWritten(file: string, child: ChildProcess): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const look = (): void => {
    const text = textOf(file)
    if (text !== '') resolve(text)
  }
  const ended = (code: number | null): void => reject(new Error(`the process ended with ${code}`))
  const watcher = watch(path.dirname(file), look)
  child.once('exit', ended)
  look()
  try {
    return await promise
  } finally {
    watcher.close()
    child.off('exit', ended)
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
