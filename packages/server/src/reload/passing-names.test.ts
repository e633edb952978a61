import { expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import { bootstrap } from '../test-support/bootstrap.ts'
import { exchange, get, ok, RawOrigin } from '../test-support/raw-origin.ts'

const CACHE = (name: string): string =>
  `- { name: any, lb_policy: CLUSTER_PROVIDED, cluster_type: { name: dfp, typed_config: { '@type': type.googleapis.com/envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig, dns_cache_config: { name: ${name} } } } }`

/** A configuration in which everything has another name. */
function named(name: string): string {
  return bootstrap({
    routes: '- match: { prefix: / }\n  stat_prefix: r\n  route: { cluster: app }',
    more: `    ${CACHE(name)}`,
  })
    .replace('- name: main', `- name: main\n      stat_prefix: ${name}`)
    .replace('- name: all', `- name: ${name}`)
}

test('statistics of listeners, virtual hosts and DNS caches go with their names, once they were told', async () => {
  await using origin = await RawOrigin.start((socket) => socket.write(ok('x')))
  const endpoints = { app: [origin.address] }
  await using server = await createServer(named('one'), { endpoints })
  const ask = async (): Promise<string> => await exchange(server.listeners[0]!.port, get())
  /** Of which kinds there are statistics under a name. */
  const kinds = async (name: string): Promise<string[]> => {
    const text = await (await fetch(`http://127.0.0.1:${server.admin!.port}/stats`)).text()
    return ['listener', 'vhost', 'dns_cache'].filter((kind) => text.includes(`\n${kind}.${name}.`))
  }
  await ask()
  expect(await kinds('one')).toEqual(['listener', 'vhost', 'dns_cache'])
  expect(await server.reload(named('two'))).toMatchObject({ outcome: 'applied' })
  await ask()
  expect(await kinds('one')).toEqual(['listener', 'vhost', 'dns_cache'])
  expect(await kinds('one')).toEqual([])
  expect(await server.reload(named('one'))).toMatchObject({ outcome: 'applied' })
  await ask()
  expect(await kinds('two')).toEqual(['listener', 'vhost', 'dns_cache'])
  expect(await kinds('two')).toEqual([])
  expect(await kinds('one')).toEqual(['listener', 'vhost', 'dns_cache'])
  expect(server.stats.counter('vhost.one.route.r.upstream_rq_total').value).toBe(1)
})
