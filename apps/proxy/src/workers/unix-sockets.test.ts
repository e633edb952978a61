import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { binary } from '../testing/run-binary.ts'
import { untilTrue } from '../testing/until.ts'
import { untilWritten } from '../testing/until-written.ts'

/** A proxy that is reached by Unix sockets alone, its admin too. */
const bootstrap = (main: string, admin: string, answer = 'hello'): string => `
admin: { address: { pipe: { path: '${admin}', mode: 384 } } }
static_resources:
  listeners:
    - name: main
      address: { pipe: { path: '${main}', mode: ${main.startsWith('@') ? 0 : 432} } }
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: test
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
                route_config:
                  virtual_hosts: [{ name: all, domains: ['*'], routes: [{ match: { prefix: / }, direct_response: { status: 200, body: { inline_string: ${answer} } } }] }]
`

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nuncio-unix-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string): string => path.join(folder, name)
const mode = (name: string): number => statSync(at(name)).mode & 0o777

interface Answer {
  readonly status: number
  readonly body: string
}

function ask(socketPath: string, asked = '/', method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const client = request(
      { socketPath, path: asked, method, agent: false, headers: { host: 'localhost' } },
      (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (text: string) => (body += text))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      },
    )
    client.on('error', reject)
    client.end()
  })
}

const QUICK = ['-l', 'warning', '--no-watch', '--drain-time-s', '2', '--hot-restart-trial-s', '0']

/** Runs the binary until its admin listens. */
async function start(yaml: string, ...args: string[]): Promise<ReturnType<typeof binary>> {
  writeFileSync(at('envoy.yaml'), yaml)
  const child = binary('-c', at('envoy.yaml'), '--admin-address-path', at('address'), ...QUICK, ...args)
  child.stderr!.pipe(process.stderr)
  expect(await untilWritten(at('address'), child)).toBe(at('admin'))
  return child
}

async function stop(child: ReturnType<typeof binary>): Promise<void> {
  const closed = once(child, 'close')
  child.kill('SIGTERM')
  await closed
}

const pid = async (): Promise<number> =>
  (JSON.parse((await ask(at('admin'), '/server_info')).body) as { pid: number }).pid

describe.each([['1'], ['2']])('with --concurrency %s', { timeout: 60_000 }, (concurrency) => {
  test('a Unix socket takes the place of one that was left behind, has its mode, survives a reload, and goes at the end', async () => {
    const first = await start(bootstrap(at('main'), at('admin')), '--concurrency', concurrency)
    first.kill('SIGKILL')
    await once(first, 'close')
    rmSync(at('address'))
    expect([existsSync(at('main')), existsSync(at('admin'))]).toEqual([true, true])
    const child = await start(bootstrap(at('main'), at('admin')), '--concurrency', concurrency)
    expect([mode('main'), mode('admin')]).toEqual([0o660, 0o600])
    expect(await ask(at('main'))).toEqual({ status: 200, body: 'hello' })
    const before = statSync(at('main')).ino
    writeFileSync(at('envoy.yaml'), bootstrap(at('main'), at('admin'), 'changed'))
    expect(await ask(at('admin'), '/reload', 'POST')).toMatchObject({ status: 200 })
    expect(await ask(at('main'))).toEqual({ status: 200, body: 'changed' })
    expect(statSync(at('main')).ino).toBe(before)
    await stop(child)
    expect([existsSync(at('main')), existsSync(at('admin'))]).toEqual([false, false])
  })

  test('a file that is no socket is not touched', async () => {
    writeFileSync(at('main'), 'precious')
    writeFileSync(at('envoy.yaml'), bootstrap(at('main'), at('admin')))
    const child = binary('-c', at('envoy.yaml'), '--concurrency', concurrency)
    let log = ''
    child.stderr!.on('data', (chunk: Buffer) => (log += chunk.toString()))
    expect(await once(child, 'close')).toEqual([1, null])
    expect(log).toContain(`cannot listen on ${at('main')}: the address is in use`)
    expect(statSync(at('main')).size).toBe(8)
  })

  test('an abstract socket is listened on', async () => {
    const name = `nuncio-${path.basename(folder)}`
    const child = await start(bootstrap(`@${name}`, at('admin')), '--concurrency', concurrency)
    expect(await ask(`\0${name}`)).toEqual({ status: 200, body: 'hello' })
    await stop(child)
  })
})

describe('with two workers', { timeout: 60_000 }, () => {
  test('both accept from a Unix socket, also when one was replaced', async () => {
    const child = await start(bootstrap(at('main'), at('admin')), '--concurrency', '2')
    expect(await ask(at('admin'), '/workers/restart', 'POST')).toMatchObject({ status: 200 })
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask(at('main'))))
    expect(answers.filter(({ status }) => status !== 200)).toEqual([])
    await stop(child)
  })

  test('Unix sockets are handed over to a new process, and go with that one', async () => {
    const child = await start(bootstrap(at('main'), at('admin')), '--concurrency', '2')
    const ended = once(child, 'exit')
    const inode = statSync(at('main')).ino
    const load = { over: false, failed: [] as unknown[], done: 0 }
    const client = (async () => {
      while (!load.over) {
        const answer = await ask(at('main')).catch((error: unknown) => error)
        if ((answer as Answer).status === 200) load.done++
        else load.failed.push(answer)
      }
    })()
    expect(await ask(at('admin'), '/hot_restart', 'POST')).toMatchObject({ status: 200 })
    expect(await ended).toEqual([0, null])
    const successor = await pid()
    expect(successor).not.toBe(child.pid)
    expect(statSync(at('main')).ino).toBe(inode)
    load.over = true
    await client
    expect(load.failed).toEqual([])
    process.kill(successor, 'SIGTERM')
    await untilTrue(() => !existsSync(at('main')) && !existsSync(at('admin')))
  })
})
