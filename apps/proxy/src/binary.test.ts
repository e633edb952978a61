import { once } from 'node:events'
import { writeFileSync, mkdtempSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { exchange } from './testing/client.ts'
import { forwarding } from './testing/forwarding.ts'
import { binary, runToEnd, ServingBinary } from './testing/run-binary.ts'
import { StrictOrigin } from './testing/strict-origin.ts'
import { untilRefused } from './testing/until.ts'

function file(text: string): string {
  const at = path.join(mkdtempSync(path.join(tmpdir(), 'nuncio-test-')), 'envoy.yaml')
  writeFileSync(at, text)
  return at
}

describe('the command line', () => {
  test('prints its version and its help', async () => {
    const [version, help] = await Promise.all([runToEnd('--version'), runToEnd('--help')])
    expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^nuncio \d+\.\d+\.\d+ /) })
    expect(help.stdout).toContain('--config-path')
    expect(help.stdout).toContain('validate')
  })

  test('says what it needs and what it does not know', async () => {
    const [nothing, unknown, missing, strategy, time, version] = await Promise.all([
      runToEnd(),
      runToEnd('--nonsense'),
      runToEnd('-c', '/nowhere.yaml'),
      runToEnd('-c', file(forwarding(1)), '--drain-strategy', 'slow'),
      runToEnd('-c', file(forwarding(1)), '--drain-time-s', '10m'),
      runToEnd('-c', file(forwarding(1)), '--local-address-ip-version', '6'),
    ])
    expect([nothing, unknown, missing, strategy, time, version].map(({ code }) => code)).toEqual([2, 2, 2, 2, 2, 2])
    expect(version.stderr).toContain('--local-address-ip-version 6 is neither v4 nor v6')
    expect(strategy.stderr).toContain('--drain-strategy slow')
    expect(unknown.stderr).toContain('--nonsense')
    expect(missing.stderr).toContain('there is no such file')
  })

  test('tells what was probably meant by a slip', async () => {
    const good = file(forwarding(1))
    const slips: [string[], string][] = [
      [['--conifg-path', good], 'there is no flag --conifg-path; did you mean --config-path?'],
      [['valdiate', good], 'there is no command valdiate; did you mean validate?'],
      [['validate', '--frmat', 'json', good], 'there is no flag --frmat; did you mean --format?'],
      [[good], `there is no command ${good}; to serve the file: nuncio -c ${good}`],
      [['-c'], '--config-path needs a value'],
      [['-c', good, '--concurrency', '-1'], '--concurrency needs a value'],
      [['--watch=no', '-c', good], '--watch takes no value'],
      [['dev', '--nonsense'], 'there is no flag --nonsense'],
      [['-c', path.dirname(good)], 'this is a folder, not a file'],
      [['-c', good, '--file-flush-interval-msec', 'soon'], '--file-flush-interval-msec soon'],
    ]
    const outcomes = await Promise.all(slips.map(async ([args, said]) => ({ said, outcome: await runToEnd(...args) })))
    for (const { said, outcome } of outcomes) {
      expect(outcome.stderr).toContain(said)
      expect(outcome.stderr).not.toContain('    at ')
      expect(outcome.code).toBe(2)
    }
  })

  test('does not serve what a slip in --mode leaves open', async () => {
    const outcome = await runToEnd('-c', file(forwarding(1)), '--mode', 'vaildate')
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining('none of serve, validate, init_only') })
  })

  test('goes on without a listener until it is told to stop', async () => {
    const child = binary('-c', file('{}'))
    const [line] = (await once(child.stderr!, 'data')) as [Buffer]
    expect(line.toString()).toContain('there is neither a listener nor an admin')
    child.kill('SIGTERM')
    const [code] = (await once(child, 'exit')) as [number | null]
    expect(code).toBe(0)
  })

  test('validates as Envoy does, by --mode validate', async () => {
    const good = file(forwarding(1))
    const ok = await runToEnd('-c', good, '--mode', 'validate')
    expect(ok).toMatchObject({ code: 0, stdout: `configuration '${good}' OK\n` })
    const bad = await runToEnd('-c', file(forwarding(1).replace('stat_prefix', 'stat_prefixx')), '--mode', 'validate')
    expect(bad.code).toBe(1)
    expect(bad.stderr).toMatch(/:12:17/)
    expect(bad.stderr.match(/stat_prefixx/g)).toHaveLength(3)
  })

  test('merges --config-yaml over the file', async () => {
    const merged = await runToEnd(
      '-c',
      file(forwarding(1)),
      '--config-yaml',
      'static_resources: { clusters: [{ name: origin }] }',
      '--mode',
      'validate',
    )
    expect(merged.code).toBe(1)
    expect(merged.stderr).toContain('origin')
  })

  test('names what it lacks with its line, and goes on with --allow-unsupported', async () => {
    const text = forwarding(1).replace(
      'stat_prefix: test',
      'stat_prefix: test\n                preserve_external_request_id: false\n                http3_protocol_options: {}',
    )
    const refused = await runToEnd('-c', file(text), '--mode', 'validate')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/:14:17[\s\S]*http3_protocol_options/)
    const allowed = await runToEnd('-c', file(text), '--mode', 'validate', '--allow-unsupported')
    expect(allowed.code).toBe(0)
  })

  test('names a port that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const outcome = await runToEnd(
      '-c',
      file(
        forwarding(1).replace('port_value: 0 } }\n      filter_chains', `port_value: ${port} } }\n      filter_chains`),
      ),
    )
    taken.close()
    expect(outcome.code).toBe(1)
    expect(outcome.stderr).toContain(String(port))
  })
})

describe('signals', () => {
  test('SIGTERM finishes what is under way and exits 0', async () => {
    await using origin = await StrictOrigin.start()
    await using proxy = await ServingBinary.start(forwarding(origin.port))
    let answer = (): void => {}
    const asked = new Promise<void>((resolve) => {
      origin.answer = (_request, socket) => {
        answer = () => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlate')
        resolve()
      }
    })
    const response = exchange(proxy.ports.get('main')!, ['GET / HTTP/1.1\r\nhost: a\r\n\r\n'], 1, ['GET'])
    await asked
    const stopped = proxy.stop('SIGTERM')
    // The listener is closed before the answer goes out.
    await untilRefused(proxy.ports.get('main')!)
    answer()
    expect((await response).responses[0]).toMatchObject({ status: 200, body: 'late' })
    expect(await stopped).toBe(0)
  })

  test('a second signal ends it at once', async () => {
    await using origin = await StrictOrigin.start()
    origin.answer = () => {}
    await using proxy = await ServingBinary.start(forwarding(origin.port))
    const socket = connect(proxy.ports.get('main')!, '127.0.0.1').on('error', () => {})
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    await once(socket, 'connect')
    proxy.child.kill('SIGTERM')
    await untilRefused(proxy.ports.get('main')!)
    expect(await proxy.stop('SIGTERM')).toBe(1)
    socket.destroy()
  })
})

describe('the admin', () => {
  test('may be called by the names that --admin-host gives it', async () => {
    await using proxy = await ServingBinary.start(forwarding(1), '--admin-host', 'proxy.test', '--admin-host', 'b.test')
    const port = Number(proxy.admin.split(':').at(-1))
    const head = (host: string): string => `GET /ready HTTP/1.1\r\nhost: ${host}\r\n\r\n`
    const { responses: answers } = await exchange(port, ['proxy.test', 'b.test:9901', 'c.test'].map(head), 3, [
      'GET',
      'GET',
      'GET',
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 403])
    expect(answers[2]!.body).toContain('--admin-host')
  })

  test('answers on loopback what it knows', async () => {
    await using origin = await StrictOrigin.start()
    await using proxy = await ServingBinary.start(forwarding(origin.port))
    await exchange(proxy.ports.get('main')!, ['GET / HTTP/1.1\r\nhost: a\r\n\r\n'], 1, ['GET'])
    const get = async (at: string, method = 'GET'): Promise<string> =>
      await (await fetch(`http://${proxy.admin}${at}`, { method })).text()
    expect(await get('/ready')).toContain('LIVE')
    expect(await get('/stats?filter=upstream_rq_200')).toContain('cluster.origin.upstream_rq_200: 1')
    expect(await get('/clusters')).toContain('origin::127.0.0.1')
    expect(JSON.parse(await get('/config_dump'))).toHaveProperty('configs')
    expect(await get('/stats/prometheus')).toContain(
      'envoy_cluster_upstream_rq_xx{envoy_response_code_class="2",envoy_cluster_name="origin"} 1',
    )
    expect(JSON.parse(await get('/server_info'))).toMatchObject({ state: 'LIVE' })
    const stopped = once(proxy.child, 'close')
    expect(await get('/quitquitquit', 'POST')).toContain('OK')
    expect(await stopped).toEqual([0, null])
  })
})
