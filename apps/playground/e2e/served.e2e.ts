import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { watch } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execPath } from 'node:process'
import { describe, expect, test } from 'vitest'
import { chromiumPath, launch } from './chromium.ts'
import { OpenPage } from './open-page.ts'

const root = path.resolve(import.meta.dirname, '../../..')
const SOURCES = '--conditions=@nuncio/source'
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

/** The page behind a URL, in a browser of its own. */
async function visit(url: string, look: (page: OpenPage) => Promise<void>): Promise<void> {
  const browser = await launch()
  try {
    const page = new OpenPage(await browser.newPage())
    await page.page.goto(url)
    await page.ready()
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

  test('the admin leads to the page, on the configuration that runs', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'nuncio-page-'))
    const front = readFileSync(path.join(root, 'examples/front-proxy/envoy.yaml'), 'utf8')
    const yaml = `${front.replaceAll('port_value: 8080', 'port_value: 0')}\nadmin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }\n`
    writeFileSync(path.join(folder, 'envoy.yaml'), yaml)
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
      await visitAdmin(address)
    } finally {
      child.kill('SIGTERM')
    }
  })
})

async function visitAdmin(address: string): Promise<void> {
  const url = `http://${readFileSync(address, 'utf8')}/`
  expect(await (await fetch(url)).text()).toContain('<a href="playground/">playground/</a>')
  await visit(`${url}playground/`, async (page) => {
    expect(await page.page.locator('.kind').textContent()).toBe('config dump')
    expect(await page.node('c:users').count()).toBe(1)
    await page.ask('http://localhost/users/1')
    await page.page.locator('.verdict', { hasText: 'cluster "users"' }).waitFor()
  })
}
