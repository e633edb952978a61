import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const SERVER = fileURLToPath(new URL('../index.ts', import.meta.url))
const CONFIG = `static_resources:
  clusters:
    - name: c
      health_checks:
        - { timeout: 1s, interval: 60s, initial_jitter: 0.05s, unhealthy_threshold: 1, healthy_threshold: 1, tcp_health_check: {} }
      load_assignment:
        cluster_name: c
        endpoints:
          - lb_endpoints:
              - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 1 } } }`

test('a process whose only work is the first health check that is yet to begin waits for it', () => {
  const script = `
    import { createServer } from ${JSON.stringify(SERVER)}
    const server = await createServer(${JSON.stringify(CONFIG)})
    console.log('started')
    await server.close()`
  const args = ['--conditions=@nuncio/source', '--input-type=module', '-e', script]
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect({ stdout, status }).toEqual({ stdout: 'started\n', status: 0 })
})
