import * as core from '@nuncio/core'
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import * as listenerPackage from './index.ts'

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

/** The code of a block, without its imports: what they name is handed in. */
function code(language: string): string {
  const block = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(README)![1]!
  return stripTypeScriptTypes(block).replaceAll(/^import [^]*? from '[^']*'$/gm, '')
}

test('the echo server of the README echoes', async () => {
  const given = { ...core, ...listenerPackage, console: { log: () => {} } }
  // oxlint-disable-next-line typescript/no-implied-eval -- the README's own code is what is run
  const run = new Function(...Object.keys(given), `return (async () => { ${code('ts')}; return listener })()`) as (
    ...values: unknown[]
  ) => Promise<listenerPackage.Listener>
  const listener = await run(...Object.values(given))
  const { address, port } = listener.addresses[0]!
  const heard = await new Promise((resolve) => {
    const socket = connect(port, address, () => socket.end('hello'))
    socket.on('data', (chunk: Buffer) => resolve(chunk.toString()))
  })
  expect(heard).toBe('hello')
  await listener.close()
})

test('the network filter of the README keeps office hours', () => {
  // oxlint-disable-next-line typescript/no-implied-eval -- the README's own code is what is run
  const filter = new Function(`${code('js')}; return officeHours`)() as listenerPackage.NetworkFilterDefinition & {
    terminal: false
  }
  const stats = new core.StatsStore().scope('')
  const at = (hour: number): unknown => {
    const time = { wallMs: () => Date.UTC(2026, 0, 1, hour) }
    return filter.create({}, { time, stats } as never).onNewConnection({} as never)
  }
  expect([at(8), at(9), at(16), at(17)]).toEqual(['close', 'continue', 'continue', 'close'])
  expect(stats.counter('office_hours.closed').value).toBe(2)
})
