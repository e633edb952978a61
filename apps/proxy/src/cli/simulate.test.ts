import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { runToEnd } from '../testing/run-binary.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'nuncio-simulate-'))
const file = path.join(folder, 'envoy.yaml')
writeFileSync(
  file,
  `static_resources:
  clusters:
  - name: api
    type: STRICT_DNS
    load_assignment:
      cluster_name: api
      endpoints:
      - lb_endpoints:
        - endpoint: { address: { socket_address: { address: a.example, port_value: 80 } } }
        - endpoint: { address: { socket_address: { address: b.example, port_value: 80 } } }
  - name: web
    type: STATIC
`,
)
const short = ['--rps', '100', '--seconds', '5']

describe('nuncio simulate', () => {
  test('equal options give equal results; another seed gives others', async () => {
    const run = (seed: string) =>
      runToEnd('simulate', file, '--cluster', 'api', ...short, '--seed', seed, '--format', 'json')
    const [one, again, other] = await Promise.all([run('7'), run('7'), run('8')])
    expect(one.code).toBe(0)
    expect(again.stdout).toBe(one.stdout)
    expect(other.stdout).not.toBe(one.stdout)
    expect(JSON.parse(one.stdout)).toMatchObject({ cluster: 'api', policy: 'ROUND_ROBIN', seed: 7, failed: 0 })
  })
  test('draws a picture', async () => {
    const { code, stdout } = await runToEnd('simulate', file, '--cluster', 'api', ...short, '--format', 'svg')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^<svg [\s\S]*>b\.example:80<[\s\S]*<\/svg>\n$/)
  })
  test('an assertion that does not hold is exit code 1 and says what was found', async () => {
    const limits = ['--assert', 'p99<0.1ms', '--assert', 'errors<=0%']
    const { code, stderr } = await runToEnd('simulate', file, '--cluster', 'api', ...short, ...limits)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^✗ p99<0\.1ms: p99 is [\d.]+ ms\n$/)
  })
  test.each([
    [[], 'simulate needs a file'],
    [[file], '--cluster is needed: one of api, web'],
    [[file, '--cluster', 'apo'], 'there is no cluster apo: one of api, web'],
    [[file, '--cluster', 'web'], 'cluster "web" has no endpoints in the configuration'],
    [[file, '--cluster', 'api', '--rps', 'many'], '--rps many is no number'],
    [[file, '--cluster', 'api', '--rps', '100000', '--seconds', '3600'], 'some 360000000 requests are to come'],
    [[file, '--cluster', 'api', '--incident', 'boom'], '"boom" is no incident'],
    [[file, '--cluster', 'api', '--incident', 'down c.example 1s'], 'no host of the cluster is "c.example"'],
    [[file, '--cluster', 'api', '--assert', 'speed>9000'], 'there is nothing called speed to assert'],
    [[file, '--cluster', 'api', '--policy', 'BEST'], '--policy BEST is none of ROUND_ROBIN'],
    [[file, '--cluster', 'api', '--service', '10'], '--service 10 is no time: write 10ms or 1.5s'],
    [[file, '--cluster', 'api', '--host', 'a.example'], '--host "a.example" is no host'],
    [[file, '--cluster', 'api', '--route', 'x'], 'no route called x leads to the cluster: one of (none has a name)'],
    [['none.yaml', '--cluster', 'api'], 'none.yaml'],
  ])('%j cannot run: %s', async (argv, message) => {
    const { code, stderr } = await runToEnd('simulate', ...argv)
    expect(stderr).toContain(message)
    expect(code).toBe(2)
  })
})
