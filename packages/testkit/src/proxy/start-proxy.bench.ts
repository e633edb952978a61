// node --conditions=@nuncio/source packages/testkit/src/proxy/start-proxy.bench.ts [count]
// What a test pays for a proxy: the first start of a process, starts one after the other, and many side by side.
import { startProxy } from './start-proxy.ts'

const CONFIG = `
static_resources:
  listeners:
    - name: main
      address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
      filter_chains:
        - filters:
            - name: http
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: main
                http_filters:
                  - name: router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
                route_config:
                  virtual_hosts: [{ name: all, domains: ['*'], routes: [{ match: { prefix: / }, route: { cluster: api } }] }]
  clusters:
    - name: api
      type: STATIC
      load_assignment:
        cluster_name: api
        endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 80 } } } }] }]
`
const count = Number(process.argv[2] ?? 50)

/** Milliseconds from the call to a proxy that listens. */
async function start(): Promise<number> {
  const began = performance.now()
  await using proxy = await startProxy({ config: CONFIG })
  void proxy
  return performance.now() - began
}

function say(what: string, times: readonly number[], more = ''): void {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): string =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!.toFixed(1)
  console.log(`${what}: median ${at(0.5)} ms, p90 ${at(0.9)} ms, slowest ${at(1)} ms${more}`)
}

const before = process.getActiveResourcesInfo().length
say('the first of the process', [await start()])
const alone: number[] = []
for (let i = 0; i < count; i++) alone.push(await start())
say(`${count} one after the other`, alone)
const began = performance.now()
const together = await Promise.all(Array.from({ length: count }, start))
const all = performance.now() - began
say(`${count} side by side`, together, `; ${all.toFixed(0)} ms for all, ${(all / count).toFixed(1)} ms each`)
for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
console.log(`open handles: ${before} before, ${process.getActiveResourcesInfo().length} after`)
