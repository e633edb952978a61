import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { watch } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execPath } from 'node:process'
import { inflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { chromiumPath, launch } from './chromium.ts'
import { OpenPage } from './open-page.ts'

const root = path.resolve(import.meta.dirname, '../../..')
const SOURCES = '--conditions=@nuncio/source'
const SECRET = '{SHA}2kuSN7rMzfGcB2DKt67EqDWQELA='
const BASIC_AUTH = `                  - name: basic_auth
                    typed_config:
                      '@type': type.googleapis.com/envoy.extensions.filters.http.basic_auth.v3.BasicAuth
                      users: { inline_string: 'ann:${SECRET}' }
`
const BIN = path.join(root, 'apps/proxy/src/bin.ts')

/** The command from its sources, until it has printed a line like this. */
async function started(argv: readonly string[], line: RegExp): Promise<[ChildProcess, string]> {
  const child = spawn(execPath, [SOURCES, BIN, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  const found = await new Promise<string>((resolve, reject) => {
    const listen = (chunk: Buffer): void => {
      text += chunk.toString()
      const match = line.exec(text)
      if (match?.[1] !== undefined) resolve(match[1])
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    child.once('exit', () => reject(new Error(text)))
  })
  return [child, found]
}

/** Settles when a file of this name was written in a folder. */
async function fileIn(folder: string, name: string): Promise<void> {
  for await (const { filename } of watch(folder))
    if (filename === name && readFileSync(path.join(folder, name)).length > 0) return
}

/** Visits a URL in a browser of its own. */
async function visit(url: string, look: (page: OpenPage) => Promise<void>): Promise<void> {
  const browser = await launch()
  try {
    const page = new OpenPage(await browser.newPage())
    await page.page.goto(url)
    await look(page)
    expect(page.complaints).toEqual([])
  } finally {
    await browser.close()
  }
}

describe.skipIf(chromiumPath === undefined)('served by the command (in Chromium)', () => {
  test('nuncio playground opens a file, and a reload reads it anew', async () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'nuncio-page-')), 'envoy.yaml')
    const front = readFileSync(path.join(root, 'examples/front-proxy/envoy.yaml'), 'utf8')
    writeFileSync(file, front)
    const [child, url] = await started(['playground', file], /(http:\S+)/)
    try {
      await visit(url, async (page) => {
        await page.ready()
        expect(await page.node('c:orders').count()).toBe(1)
        writeFileSync(file, front.replaceAll('orders', 'invoices'))
        await page.page.reload()
        await page.ready()
        expect(await page.node('c:invoices').count()).toBe(1)
      })
    } finally {
      child.kill('SIGTERM')
    }
  })

  test('the admin leads to the page, on the configuration that runs, without its secrets', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'nuncio-page-'))
    const front = readFileSync(path.join(root, 'examples/front-proxy/envoy.yaml'), 'utf8')
    const guarded = front
      .replace('http_filters:\n', `http_filters:\n${BASIC_AUTH}`)
      .replaceAll('port_value: 8080', 'port_value: 0')
    expect(guarded).toContain(SECRET)
    const admin = 'admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }'
    writeFileSync(path.join(folder, 'envoy.yaml'), `${guarded}\n${admin}\n`)
    const address = path.join(folder, 'admin')
    const written = fileIn(folder, 'admin')
    const child = spawn(execPath, [
      SOURCES,
      BIN,
      '-c',
      path.join(folder, 'envoy.yaml'),
      '--admin-address-path',
      address,
    ])
    await written
    try {
      await visitAdmin(`http://${readFileSync(address, 'utf8')}/`)
    } finally {
      child.kill('SIGTERM')
    }
  })
})

async function visitAdmin(url: string): Promise<void> {
  await visit(url, async (page) => {
    await page.page.getByRole('link', { name: 'playground/' }).click()
    await page.ready()
    expect(await page.page.locator('.kind').textContent()).toBe('config dump')
    expect(await page.node('c:users').count()).toBe(1)
    await page.ask('http://localhost/users/1')
    await page.page.locator('.verdict', { hasText: 'cluster "users"' }).waitFor()
    await page.page.getByRole('button', { name: 'Share' }).click()
    await page.page.getByRole('status').filter({ hasText: 'nothing was uploaded' }).waitFor()
    const hash = Buffer.from(new URL(page.page.url()).hash.slice(1), 'base64url')
    const { text } = JSON.parse(inflateRawSync(hash).toString()) as { text: string }
    expect(text).toContain('[redacted]')
    expect(text).not.toContain(SECRET)
  })
}
