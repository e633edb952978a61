import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'
import { execPath } from 'node:process'

/** The page is built anew before its tests run, in a process that knows nothing of tests. */
export function setup(): void {
  const vite = path.join(path.dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin/vite.js')
  const env = { ...process.env, NODE_ENV: 'production' }
  execFileSync(execPath, [vite, 'build', '--logLevel', 'warn'], { cwd: path.resolve(import.meta.dirname, '..'), env })
}
