import { FakeTime } from '@nuncio/core/testing'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createServer } from '../create-server.ts'

let folder: string
beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'nuncio-eds-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const config = (file: string): string => `
static_resources:
  clusters:
    - { name: a, type: EDS, eds_cluster_config: { eds_config: { path_config_source: { path: ${file} } } } }
`
const assignment = (...ports: readonly number[]): string => `
version_info: v${ports.length}
resources:
  - '@type': type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
    cluster_name: a
    endpoints:
      - lb_endpoints:
${ports.map((port) => `          - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${port} } } }`).join('\n')}
`

test('endpoints come from a file and follow it; a bad one changes nothing', async () => {
  const file = path.join(folder, 'eds.yaml')
  writeFileSync(file, assignment(1001))
  const time = new FakeTime()
  await using server = await createServer(config(file), { time })
  const hosts = (): number => server.stats.gauge('cluster.a.membership_total').value
  expect(hosts()).toBe(1)
  const replace = (text: string): void => {
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
    time.advance(2200)
  }
  replace(assignment(1001, 1002))
  expect(hosts()).toBe(2)
  expect(server.stats.text('cluster.a.version_text').value).toBe('v2')
  replace(assignment(1001).replace('cluster_name: a', 'cluster_name: b'))
  expect(server.stats.counter('cluster.a.update_rejected').value).toBe(1)
  expect(hosts()).toBe(2)
})

test('a file that is not there is a problem at its place', async () => {
  await expect(createServer(config('/nowhere/eds.yaml'), { file: 'envoy.yaml' })).rejects.toThrow(
    'envoy.yaml:4:63: the file "/nowhere/eds.yaml" does not exist',
  )
})
