import { FakeTime } from '@nuncio/core/testing'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from '../test-support/raw-origin.ts'
import { directoriesOf } from './directories-of.ts'
import { FileWatch } from './file-watch.ts'

let folder: string
let time: FakeTime
let watch: FileWatch | undefined
let told: string[]
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nuncio-watch-'))
  time = new FakeTime()
  told = []
})
afterEach(() => {
  watch?.close()
  rmSync(folder, { recursive: true, force: true })
})

const at = (...parts: string[]): string => path.join(folder, ...parts)

function begin(file: string): void {
  watch = new FileWatch({
    file,
    time,
    onChange: (merged) => void told.push(`changed ${merged}`),
    onMissing: () => void told.push('missing'),
  })
}

/** Until the poll has come, and what it found has been quiet. */
function settled(): void {
  time.advance(2200)
}

test('a file that is written in place, or renamed over, is told of once', () => {
  writeFileSync(at('a.yaml'), 'one')
  begin(at('a.yaml'))
  settled()
  expect(told).toEqual([])
  writeFileSync(at('a.yaml'), 'two two')
  settled()
  expect(told).toEqual(['changed 0'])
  writeFileSync(at('b.yaml'), 'three')
  renameSync(at('b.yaml'), at('a.yaml'))
  settled()
  expect(told).toEqual(['changed 0', 'changed 0'])
})

test('the system tells of a change at once: no poll is waited for', async () => {
  writeFileSync(at('a.yaml'), 'one')
  begin(at('a.yaml'))
  const timers = time.pending
  writeFileSync(at('a.yaml'), 'two two')
  await until(() => time.pending > timers)
  time.advance(100)
  time.advance(100)
  expect(told).toEqual(['changed 0'])
})

test('changes of other files in its directory are nothing', () => {
  writeFileSync(at('a.yaml'), 'one')
  begin(at('a.yaml'))
  writeFileSync(at('other'), 'two')
  settled()
  expect(told).toEqual([])
})

test('a flood of writes is one change, once it is over', () => {
  writeFileSync(at('a.yaml'), '')
  begin(at('a.yaml'))
  time.advance(2000 - 1)
  for (let i = 1; i <= 8; i++) {
    writeFileSync(at('a.yaml'), 'x'.repeat(i))
    time.advance(i === 1 ? 1 : 100)
  }
  expect(told).toEqual([])
  time.advance(300)
  expect(told).toEqual(['changed 7'])
})

test('a writer without end does not put it off for ever', () => {
  writeFileSync(at('a.yaml'), '')
  begin(at('a.yaml'))
  for (let i = 1; i <= 80; i++) {
    writeFileSync(at('a.yaml'), 'x'.repeat(i))
    time.advance(100)
  }
  expect(told.length).toBeGreaterThanOrEqual(3)
})

test('a file that vanishes is told of once, and again when it is back', () => {
  writeFileSync(at('a.yaml'), 'one')
  begin(at('a.yaml'))
  unlinkSync(at('a.yaml'))
  settled()
  settled()
  expect(told).toEqual(['missing'])
  writeFileSync(at('a.yaml'), 'one')
  settled()
  expect(told).toEqual(['missing', 'changed 0'])
})

test('a file whose directory goes and returns is still watched', () => {
  mkdirSync(at('d'))
  writeFileSync(at('d', 'a.yaml'), 'one')
  begin(at('d', 'a.yaml'))
  rmSync(at('d'), { recursive: true })
  settled()
  mkdirSync(at('d'))
  writeFileSync(at('d', 'a.yaml'), 'two')
  settled()
  expect(told).toEqual(['missing', 'changed 0'])
})

test('a file behind links that are swapped, as those of a ConfigMap, is told of', async () => {
  for (const version of ['..1', '..2']) {
    mkdirSync(at(version))
    writeFileSync(at(version, 'a.yaml'), version)
  }
  symlinkSync('..1', at('..data'))
  symlinkSync(path.join('..data', 'a.yaml'), at('a.yaml'))
  expect([...directoriesOf(at('a.yaml'))]).toEqual([folder, at('..data')])
  begin(at('a.yaml'))
  const timers = time.pending
  symlinkSync('..2', at('..tmp'))
  renameSync(at('..tmp'), at('..data'))
  await until(() => time.pending > timers)
  settled()
  expect(told).toEqual(['changed 0'])
})

test('links in a circle end', () => {
  symlinkSync('b', at('a'))
  symlinkSync('a', at('b'))
  expect([...directoriesOf(at('a'))]).toEqual([folder])
})

test('closed, it leaves no timer', () => {
  writeFileSync(at('a.yaml'), 'one')
  begin(at('a.yaml'))
  watch!.close()
  expect(time.pending).toBe(0)
})
