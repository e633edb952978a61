import { mkdtempSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { compileFormat } from '@nuncio/access-log'
import { silentLogger } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { textResponse } from '../endpoint.ts'
import { compileSearch, FakeView } from '../testing/fake-view.ts'
import { AdminServer } from './admin-server.ts'

let view: FakeView
let admin: AdminServer
let port = 0
const logged: string[] = []
const traffic: string[] = []

beforeEach(async () => {
  view = new FakeView()
  logged.length = 0
  traffic.length = 0
  const format = compileFormat('%REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL% %RESPONSE_CODE% %REQ(USER-AGENT)% %BYTES_SENT%')
  const explain = {
    path: '/explain',
    help: 'explain <routes>',
    mutates: false,
    handle: () => textResponse('because\n'),
  }
  const broken = { path: '/broken', help: '', mutates: false, handle: () => { throw new Error('secret detail') } } // prettier-ignore
  admin = new AdminServer({
    view,
    time: new FakeTime(),
    logger: silentLogger,
    compileSearch,
    endpoints: [explain, broken],
    accessLogs: [{ log: (context) => format.ok && logged.push(format.formatter.format(context)) }],
    allowedHosts: ['Admin.Example'],
    traffic: {
      connectionBegins: () => traffic.push('connection'),
      connectionEnds: (_, received, sent) => traffic.push(received > 0 && sent > 0 ? 'end with bytes' : 'end'),
      requestBegins: () => traffic.push('request'),
      requestEnds: (status) => traffic.push(String(status)),
    },
  })
  port = (await admin.listen({ address: '127.0.0.1', port: 0 })).port
})

afterEach(() => admin.close())

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

function ask(target: string, headers: Record<string, string> = {}, body = ''): Promise<Answer> {
  const [method, path] = target.split(' ')
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const outgoing = request({ host: '127.0.0.1', port, method, path, headers }, (incoming) => {
    let text = ''
    incoming.setEncoding('utf8')
    incoming.on('data', (chunk: string) => (text += chunk))
    incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text }))
  })
  outgoing.on('error', reject)
  outgoing.end(body)
  return promise
}

const MUTATIONS = ['/quitquitquit', '/reset_counters', '/healthcheck/fail', '/healthcheck/ok', '/reopen_logs', '/drain_listeners', '/runtime_modify?a=b', '/logging'] // prettier-ignore
const PAGES = ['/', '/help', '/ready', '/server_info', '/listeners', '/clusters', '/config_dump', '/stats', '/stats/prometheus', '/runtime', '/memory', '/certs', '/hot_restart_version', '/init_dump', '/contention'] // prettier-ignore

describe('the admin address', () => {
  it('answers with the headers of Envoy', async () => {
    const { status, headers, body } = await ask('GET /ready')
    expect([status, body]).toEqual([200, 'LIVE\n'])
    expect(headers).toMatchObject({
      'content-type': 'text/plain; charset=UTF-8',
      'cache-control': 'no-cache, max-age=0',
      'x-content-type-options': 'nosniff',
    })
  })

  it.each(PAGES)('answers GET %s', async (path) => {
    const { status, headers, body } = await ask(`GET ${path}`)
    expect(status).toBe(200)
    if (headers['content-type'] === 'application/json') expect(() => JSON.parse(body) as unknown).not.toThrow()
  })

  it.each(MUTATIONS)('changes something at %s only by POST', async (path) => {
    const refused = await ask(`GET ${path}`)
    expect([refused.status, refused.body]).toEqual([405, 'Method GET not allowed, POST required.'])
    expect(view.calls).toEqual([])
    expect((await ask(`POST ${path}`)).status).toBe(200)
  })

  it('says 503 while it is not live', async () => {
    view.serverState = 'DRAINING'
    expect(await ask('GET /ready')).toMatchObject({ status: 503, body: 'DRAINING\n' })
  })

  it('answers an unknown path with 404 and the commands', async () => {
    const { status, body } = await ask('GET /nope')
    expect(status).toBe(404)
    expect(body).toContain('invalid path. admin commands are:\n  /: Admin home page\n')
    expect(body).toContain('  /quitquitquit (POST): exit the server\n')
    expect(body).toContain('      format: The format; One of (text, json)\n')
  })

  it('serves endpoints of others, and lists them escaped on the home page', async () => {
    expect(await ask('GET /explain')).toMatchObject({ status: 200, body: 'because\n' })
    const home = await ask('GET /')
    expect(home.body).toContain('explain &lt;routes&gt;')
    expect(home.headers['content-security-policy']).toContain("default-src 'none'")
  })

  it('answers 500 without details when an endpoint throws, and lives on', async () => {
    expect(await ask('GET /broken')).toMatchObject({ status: 500, body: 'internal error\n' })
    expect((await ask('GET /ready')).status).toBe(200)
  })

  it('writes access logs and tells of connections and requests', async () => {
    await ask('GET /ready', { 'user-agent': 'curl/8' })
    await ask('GET /nope')
    expect(logged[0]).toBe('GET /ready HTTP/1.1 200 curl/8 5')
    await admin.close()
    expect(traffic.filter((what) => what !== 'connection' && !what.startsWith('end'))).toEqual([
      'request',
      '200',
      'request',
      '404',
    ])
    expect(traffic.filter((what) => what === 'connection').length).toBe(
      traffic.filter((what) => what === 'end with bytes').length,
    )
  })

  it('answers HEAD without a body', async () => {
    expect(await ask('HEAD /ready')).toMatchObject({ status: 200, body: '' })
  })

  it('reports a port that is taken', async () => {
    const second = new AdminServer({ view, time: new FakeTime(), logger: silentLogger, compileSearch })
    await expect(second.listen({ address: '127.0.0.1', port })).rejects.toThrow(/EADDRINUSE/)
  })
})

describe('the guard', () => {
  it.each(['127.0.0.1', '127.0.0.1:9901', '[::1]:9901', 'localhost:9901', 'LOCALHOST', 'a.localhost', 'admin.example:80', '10.1.2.3'])(
    'lets the host %s in',
    async (host) => {
      expect((await ask('GET /ready', { host })).status).toBe(200)
    },
  ) // prettier-ignore

  it.each(['evil.example', 'evil.example:9901', 'localhost.evil.example', 'a@127.0.0.1', '127.0.0.1.evil.example', '127.0.0.1/x', '[::1', '<script>'])(
    'refuses the foreign host "%s" at every endpoint',
    async (host) => {
      for (const target of [...PAGES.map((path) => `GET ${path}`), ...MUTATIONS.map((path) => `POST ${path}`)]) {
        expect((await ask(target, { host })).status).toBe(403)
      }
      expect(view.calls).toEqual([])
    },
  ) // prettier-ignore

  it('lets any host in on a Unix socket, which no page reaches', async () => {
    const socketPath = join(mkdtempSync(join(tmpdir(), 'nuncio-admin-')), 'admin.sock')
    await admin.close()
    await admin.listen({ address: socketPath, port: 0 })
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ socketPath, path: '/ready', headers: { host: 'whatever' } }, resolve)
        .on('error', reject)
        .end()
    })
    expect(answer.statusCode).toBe(200)
    answer.resume()
  })

  it('refuses requests of other sites at every endpoint, and lets its own pages act', async () => {
    for (const origin of ['http://evil.example', 'null', `http://127.0.0.1:${port + 1}`, 'file://']) {
      for (const target of [...PAGES.map((path) => `GET ${path}`), ...MUTATIONS.map((path) => `POST ${path}`)]) {
        expect((await ask(target, { origin })).status).toBe(403)
      }
    }
    expect((await ask('POST /quitquitquit', { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await ask('POST /quitquitquit', { 'sec-fetch-site': 'same-site' })).status).toBe(403)
    expect(view.calls).toEqual([])
    const own = { origin: `http://127.0.0.1:${port}`, 'sec-fetch-site': 'same-origin' }
    expect((await ask('POST /reset_counters', own)).status).toBe(200)
    expect((await ask('GET /stats', { 'sec-fetch-site': 'cross-site' })).status).toBe(200)
  })

  it('lets a plain HTTP/1.0 request without a host in', async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /ready HTTP/1.0\r\n\r\n'))
    let text = ''
    socket.on('data', (chunk) => (text += chunk.toString()))
    socket.on('close', () => resolve(text))
    expect(await promise).toMatch(/^HTTP\/1\.[01] 200/)
  })
})

describe('bad input', () => {
  it('answers 413 to an endless body', async () => {
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    await expect(ask('POST /runtime_modify', type, 'x'.repeat(2_000_000))).resolves.toMatchObject({ status: 413 })
    expect(view.calls).toEqual([])
  })

  it('answers 400 to what is no HTTP and closes', async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    const socket = connect(port, '127.0.0.1', () => socket.write('\0\0\0\r\n\r\n'))
    let text = ''
    socket.on('data', (chunk) => (text += chunk.toString()))
    socket.on('error', () => {})
    socket.on('close', () => resolve(text))
    expect(await promise).toMatch(/^HTTP\/1\.1 400/)
    expect((await ask('GET /ready')).status).toBe(200)
  })

  it('survives a client that vanishes in the middle of its body', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const socket = connect(port, '127.0.0.1', () => {
      socket.write('POST /logging HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 100\r\n\r\nlevel', () =>
        socket.destroy(),
      )
    })
    socket.on('close', () => resolve())
    await promise
    expect((await ask('GET /ready')).status).toBe(200)
  })
})
