import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { runToEnd } from '../testing/run-binary.ts'
import { adminPlayground } from './admin-page.ts'
import { pageFiles, pageFolder } from './page-files.ts'
import { PageServer } from './page-server.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'nuncio-page-'))
mkdirSync(path.join(folder, 'assets'))
writeFileSync(path.join(folder, 'index.html'), '<!doctype html><html><head>\n  </head><body></body></html>')
writeFileSync(path.join(folder, 'assets/index.js'), 'export {}')
writeFileSync(path.join(folder, 'sw.js'), '')
writeFileSync(path.join(folder, 'notes.txt'), '')

/** A request whose `Host` can be anything. */
async function get(
  url: string,
  host?: string,
  method = 'GET',
): Promise<{ status: number; body: string; type: string }> {
  return await new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: host === undefined ? {} : { host } }, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => (body += chunk.toString()))
      response.on('end', () =>
        resolve({ status: response.statusCode!, body, type: response.headers['content-type'] ?? '' }),
      )
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe('the page of nuncio playground', () => {
  test('has its files, names its configuration, and reads that anew each time', async () => {
    let text = 'a: 1'
    await using server = new PageServer(pageFiles(folder, { url: './source', name: '"><script>' }), () =>
      Buffer.from(text),
    )
    const url = await server.listen(0)
    const page = await get(url)
    expect(page.type).toBe('text/html; charset=utf-8')
    expect(page.body).toContain('<meta name="nuncio-source" content="./source" data-name="&quot;>&lt;script>" />')
    expect(await get(`${url}assets/index.js?v=1`)).toMatchObject({ status: 200, body: 'export {}' })
    expect((await get(`${url}source`)).body).toBe('a: 1')
    text = 'a: 2'
    expect((await get(`${url}source`)).body).toBe('a: 2')
  })
  test('has the messages of filters that the proxy would be started with, where there are some', async () => {
    const source = { url: './source', name: 'f', messages: '{"own":1}' }
    const files = new Map(pageFiles(folder, source).map((each) => [each.name, each]))
    expect(String(await files.get('')!.read())).toContain(' data-name="f" data-messages="./messages.json" />')
    expect(String(await files.get('messages.json')!.read())).toBe('{"own":1}')
    expect(pageFiles(folder, { url: './source', name: 'f' }).map(({ name }) => name)).not.toContain('messages.json')
  })
  test('answers nobody who calls it by another name, and nothing but its files', async () => {
    await using server = new PageServer(pageFiles(folder, { url: './source', name: 'f' }), () => {
      throw new Error('f: there is no such file')
    })
    const url = await server.listen(0)
    expect((await get(url, 'evil.example')).status).toBe(403)
    expect((await get(url, undefined, 'POST')).status).toBe(405)
    for (const name of ['sw.js', 'notes.txt', '../../etc/passwd', '%2e%2e/x', 'assets/', 'index.html'])
      expect((await get(`${url}${name}`)).status).toBe(404)
    expect(await get(`${url}source`)).toMatchObject({ status: 500, body: 'f: there is no such file\n' })
  })
})

test('the admin has the page and its files, of which only the page is listed', async () => {
  const endpoints = adminPlayground([], folder)
  const listed = new Map(endpoints.map(({ path: at, help }) => [at, help !== '']))
  expect(listed).toEqual(
    new Map([
      ['/playground/', true],
      ['/playground/assets/index.js', false],
    ]),
  )
  const page = await endpoints.find((each) => each.path === '/playground/')!.handle({} as never)
  expect(String(page.body)).toContain('content="../config_dump?include_eds"')
})

test('a page that was not built is no page', () => {
  expect(pageFolder(['/nowhere', folder])).toBe(folder)
  expect(pageFolder(['/nowhere'])).toBeUndefined()
})

test.each([
  [['playground'], 'playground needs a file'],
  [['playground', 'a', 'b'], 'playground needs a file'],
])('nuncio %j: %s', async (argv, message) => {
  const { code, stderr } = await runToEnd(...argv)
  expect(stderr).toContain(message)
  expect(code).toBe(2)
})
