import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { runToEnd, ServingBinary } from './testing/run-binary.ts'

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const YAML = /```yaml\n([\s\S]*?)```/.exec(README)![1]!

test('the file of the README is valid', async () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'nuncio-test-')), 'envoy.yaml')
  writeFileSync(file, YAML)
  expect(await runToEnd('validate', file)).toEqual({ code: 0, stdout: '', stderr: '' })
})

test('the file of the README says hello, and stops at SIGTERM', async () => {
  await using binary = await ServingBinary.start(YAML.replaceAll(/port_value: \d+/g, 'port_value: 0'))
  const answer = await fetch(`http://127.0.0.1:${binary.ports.get('main')}/`)
  expect(await answer.text()).toBe('hello')
  expect(await binary.stop()).toBe(0)
})

test('the README names every command', async () => {
  const { stdout } = await runToEnd('--help')
  const commands = [...stdout.slice(stdout.indexOf('Commands:')).matchAll(/^ {2}([\w-]+)/gm)].map((found) => found[1]!)
  expect(commands.length).toBeGreaterThan(0)
  for (const command of commands) expect(README).toContain(`nuncio ${command}`)
})
