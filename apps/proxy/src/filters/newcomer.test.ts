import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runToEnd, ServingBinary } from '../testing/run-binary.ts'

// The way of somebody who writes a filter in a package of its own, outside of this repository.

const ROOT = path.join(import.meta.dirname, '../../../..')
const SOURCES = '--conditions=@nuncio/source'

let folder: string
beforeAll(() => {
  folder = path.join(mkdtempSync(path.join(tmpdir(), 'nuncio-newcomer-')), 'rate-card')
  execFileSync(process.execPath, [path.join(ROOT, 'tooling/create-nuncio-filter/create.mjs'), 'rate-card', folder])
  // What `npm install` would bring.
  mkdirSync(path.join(folder, 'node_modules/@nuncio'), { recursive: true })
  for (const name of ['config', 'core', 'filter-chain', 'testkit'])
    symlinkSync(path.join(ROOT, 'packages', name), path.join(folder, 'node_modules/@nuncio', name))
})
afterAll(() => rmSync(path.dirname(folder), { recursive: true, force: true }))

/** The example that came with the scaffold, on a free port, with an admin that tells it. */
function example(): string {
  const yaml = readFileSync(path.join(folder, 'example.yaml'), 'utf8')
  const admin = 'admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }'
  return `${admin}\n${yaml.replace('port_value: 8080', 'port_value: 0')}`
}

test('what the scaffold writes passes its own tests at once', () => {
  const output = execFileSync(process.execPath, [SOURCES, '--test'], { cwd: folder, encoding: 'utf8' })
  expect(output).toContain('pass 3')
  expect(output).toContain('fail 0')
})

test('tools know the filter of --filter: what is wrong with its configuration, and what an editor completes', async () => {
  const module = path.join(folder, 'src/index.ts')
  const file = path.join(folder, 'example.yaml')
  const wrong = path.join(folder, 'wrong.yaml')
  writeFileSync(wrong, readFileSync(file, 'utf8').replace('value: hello', 'valu: hello'))
  const [stranger, good, bad, explained, stranged, linted, schema] = await Promise.all([
    runToEnd('validate', file),
    runToEnd('validate', '--filter', module, file),
    runToEnd('validate', '--filter', module, wrong),
    runToEnd('explain', '--filter', module, file, 'http://a/'),
    runToEnd('explain', file, 'http://a/'),
    runToEnd('lint', '--filter', module, file),
    runToEnd('schema', '--filter', module),
  ])
  expect([stranger.code, good, bad.code]).toEqual([1, { code: 0, stdout: '', stderr: '' }, 1])
  expect(bad.stdout).toContain('did you mean "value"?')
  expect([explained.stderr, linted.stdout]).toEqual(['', expect.not.stringContaining('unknown-type')])
  expect(explained.stdout).toContain('"rate_card.filters.http.rate_card" lets it pass')
  expect(stranged.stderr).toContain('unknown-type')
  const { definitions } = JSON.parse(schema.stdout) as { definitions: Record<string, { properties?: object }> }
  expect(Object.keys(definitions['rate_card.v1.RateCard']?.properties ?? {})).toEqual(
    expect.arrayContaining(['header', 'value']),
  )
})

test('the proxy loads the filter from outside, and new streams get what changes of it under traffic', async () => {
  const module = path.join(folder, 'src/index.ts')
  await using proxy = await ServingBinary.start(example(), 'dev', '--filter', module)
  const url = `http://127.0.0.1:${proxy.ports.get('main')!}/`
  const stamp = async (): Promise<string | null> => (await fetch(url)).headers.get('x-stamp')
  expect(await stamp()).toBe('hello')
  const file = path.join(folder, 'src/rate-card.ts')
  const written = readFileSync(file, 'utf8')
  writeFileSync(file, written.replace('headers.set(this.#header, this.#value)', "headers.set(this.#header, 'changed')"))
  const seen = new Set<string | null>()
  // Under traffic, until it shows: every answer is of one version or the other.
  while (!seen.has('changed')) seen.add(await stamp())
  expect([...seen].filter((text) => text !== 'hello' && text !== 'changed')).toEqual([])
  writeFileSync(file, 'this is no TypeScript')
  writeFileSync(file, written)
  while ((await stamp()) !== 'hello');
  expect(await proxy.stop()).toBe(0)
})

test('the proxy loads it by the name of its package, and says what is wrong with its configuration by line', async () => {
  await using proxy = await ServingBinary.start(example(), '--filter', path.join(folder, 'src/index.ts'))
  expect((await fetch(`http://127.0.0.1:${proxy.ports.get('main')!}/`)).headers.get('x-stamp')).toBe('hello')
  const wrong = example().replace('header: x-stamp', 'haeder: x-stamp')
  await expect(ServingBinary.start(wrong, '--filter', path.join(folder, 'src/index.ts'))).rejects.toThrow(
    /envoy\.yaml:\d+:\d+.*haeder/s,
  )
})

test('a thousand versions of a filter leave the heap flat', () => {
  const script = `
    import { LiveModule } from ${JSON.stringify(path.join(import.meta.dirname, 'live-module.ts'))}
    // Code that nobody can reach any more is let go in steps, unless memory is short.
    const heap = () => { gc({ type: 'major', flavor: 'last-resort' }); return process.memoryUsage().heapUsed }
    const load = async (times) => { for (let i = 0; i < times; i++) await LiveModule.load(${JSON.stringify(path.join(folder, 'src/index.ts'))}) }
    await load(100)
    const before = heap()
    await load(1000)
    console.log(heap() - before)
  `
  const flags = [
    SOURCES,
    '--experimental-vm-modules',
    '--no-warnings',
    '--expose-gc',
    '--input-type=module',
    '-e',
    script,
  ]
  const grown = Number(execFileSync(process.execPath, flags, { cwd: folder, encoding: 'utf8' }))
  // Less than a kilobyte a version: nothing of them stays.
  expect(grown).toBeLessThan(1_000_000)
})
