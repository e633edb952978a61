import os from 'node:os'
import { commandPath } from './command.ts'

/** Which cores the proxy and all the rest run on. */
export interface Pinning {
  /** The proxy, with all its threads; undefined where nothing can be pinned. */
  readonly proxyCore: number | undefined
  readonly proxyPrefix: readonly string[]
  readonly loadPrefix: readonly string[]
  readonly about: string
}

/** Proxy on the last core, load and origin on the others; nothing pinned on one core or without `taskset`. */
export function choosePinning(): Pinning {
  const cores = os.availableParallelism()
  if (cores < 2 || process.platform !== 'linux' || !commandPath('taskset')) {
    return { proxyCore: undefined, proxyPrefix: [], loadPrefix: [], about: 'nothing pinned to cores' }
  }
  const proxy = cores - 1
  const others = cores === 2 ? '0' : `0-${cores - 2}`
  return {
    proxyCore: proxy,
    proxyPrefix: ['taskset', '-c', String(proxy)],
    loadPrefix: ['taskset', '-c', others],
    about: `proxy on core ${proxy}, load and origin on ${others}`,
  }
}
