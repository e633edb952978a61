import { loadBootstrap } from '@nuncio/config'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { NetworkFilterDefinition } from '../contracts.ts'
import { decideListener } from '../decide/decide-listener.ts'
import { ListenerHarness } from '../testing/index.ts'

const source = fileURLToPath(new URL('.', import.meta.url))

/** Stand-ins for filters of other packages. */
const networkFilters: NetworkFilterDefinition[] = [
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
].map((type) => ({
  name: type,
  config: { type, honours: {} },
  stability: 'stable',
  terminal: true,
  create: () => ({ accept: () => {} }),
}))

test.each(globSync('*/example.yaml', { cwd: source }).toSorted())(
  '%s loads without a word, and its listener can be made',
  (file) => {
    const { config, problems, sources } = loadBootstrap(readFileSync(path.join(source, file), 'utf8'), { file })
    expect(problems).toEqual([])
    const { registries } = new ListenerHarness({ networkFilters })
    const decision = decideListener(config!.static_resources!.listeners![0]!, { registries, sources })
    expect(decision.problems).toEqual([])
    expect(decision.info!.listenerFilters.map((filter) => filter.path)).toHaveLength(1)
  },
)
