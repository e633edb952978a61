import { fileURLToPath } from 'node:url'
import { captureAsync } from '../command.ts'
import type { LoadGenerator, LoadPlan, LoadResult } from './load.ts'

const PROGRAM = fileURLToPath(new URL('processes/generator.ts', import.meta.url))

/** Raw sockets in a Node process of its own: keep-alive, new connections and TLS, any body, pipelining off. */
export const ownGenerator: LoadGenerator = { name: `own generator, Node ${process.versions.node}`, run }

async function run(plan: LoadPlan, prefix: readonly string[]): Promise<LoadResult> {
  const words = [...prefix, process.execPath, PROGRAM, JSON.stringify(plan)]
  return JSON.parse(await captureAsync(words)) as LoadResult
}
