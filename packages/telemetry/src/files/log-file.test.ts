import { execFileSync } from 'node:child_process'
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger, StatsScope, StatsStore } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { LogFiles } from './log-files.ts'
import { MAX_BUFFERED } from './line-buffer.ts'

let dir = ''
let store: StatsStore
let time: FakeTime
let files: LogFiles

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'nuncio-log-'))
  store = new StatsStore()
  time = new FakeTime()
  files = new LogFiles({ time, stats: new StatsScope(store, ''), logger: silentLogger })
})

afterEach(async () => {
  await files.close()
  rmSync(dir, { recursive: true })
})

function counter(name: string): number {
  return store.counter(`filesystem.${name}`).value
}

function at(name: string): string {
  return path.join(dir, name)
}

function linkOf(file: string): string {
  try {
    return readlinkSync(file)
  } catch {
    return ''
  }
}

const hasFifo = process.platform !== 'win32'
const hasFull = existsSync('/dev/full')

describe('a log file', () => {
  it('writes lines in order, as bytes', async () => {
    const file = files.open(at('a.log'))
    file.write('caf\xc3\xa9\n')
    file.write('two\n')
    await file.flush()
    expect(readFileSync(at('a.log'), 'utf8')).toBe('café\ntwo\n')
    expect(counter('write_buffered')).toBe(2)
    expect(store.gauge('filesystem.write_total_buffered').value).toBe(0)
  })

  it('waits for the interval, and for nothing when 64 KiB are there', async () => {
    const file = files.open(at('a.log'))
    file.write('one\n')
    expect(time.pending).toBe(1)
    time.advance(1000)
    expect(counter('flushed_by_timer')).toBe(1)
    await file.flush()
    const long = `${'x'.repeat(1000)}\n`
    for (let i = 0; i < 66; i++) file.write(long)
    await file.flush()
    expect(readFileSync(at('a.log'), 'latin1')).toBe(`one\n${long.repeat(66)}`)
  })

  it('keeps a line whole that is longer than a chunk', async () => {
    const file = files.open(at('a.log'))
    const long = `${'y'.repeat(200_000)}\n`
    for (const line of ['a\n', long, 'b\n']) file.write(line)
    await file.flush()
    expect(readFileSync(at('a.log'), 'latin1')).toBe(`a\n${long}b\n`)
  })

  it('shares one file among loggers of a path and closes it with the last', async () => {
    const [first, second] = [files.open(at('a.log')), files.open(at('a.log'))]
    expect(second).toBe(first)
    await files.release(first)
    second.write('still\n')
    await files.release(second)
    expect(readFileSync(at('a.log'), 'utf8')).toBe('still\n')
    second.write('late\n')
    expect(counter('lines_dropped')).toBe(1)
  })

  it('follows a rotated file when told to, and loses no line', async () => {
    const file = files.open(at('a.log'))
    file.write('old\n')
    await file.flush()
    renameSync(at('a.log'), at('a.log.1'))
    files.reopen()
    file.write('new\n')
    await file.flush()
    expect([readFileSync(at('a.log.1'), 'utf8'), readFileSync(at('a.log'), 'utf8')]).toEqual(['old\n', 'new\n'])
  })

  it.runIf(existsSync('/proc/self/fd'))(
    'holds one descriptor, however often it was rotated in the middle of writes',
    async () => {
      const descriptors = (): number =>
        readdirSync('/proc/self/fd').filter((fd) => linkOf(`/proc/self/fd/${fd}`).startsWith(dir)).length
      const file = files.open(at('a.log'))
      for (let i = 0; i < 200; i++) {
        file.write(`${i}\n`)
        const written = file.flush()
        renameSync(at('a.log'), at('a.log.1'))
        files.reopen()
        files.reopen()
        await written
      }
      // Closing takes its time in the background.
      await expect.poll(descriptors).toBe(1)
      await files.release(file)
      await expect.poll(descriptors).toBe(0)
    },
  )

  it('keeps the old file when the directory has vanished', async () => {
    const sub = mkdtempSync(at('sub-'))
    const file = files.open(path.join(sub, 'a.log'))
    rmSync(sub, { recursive: true })
    file.write('into the void\n')
    files.reopen()
    await file.flush()
    expect(counter('reopen_failed')).toBe(1)
    expect(counter('lines_dropped')).toBe(0)
  })

  it('throws at once for a path that cannot be opened', () => {
    expect(() => files.open(at('no/such/a.log'))).toThrow(/ENOENT/)
    expect(() => files.open(dir)).toThrow(/EISDIR|EPERM|EACCES/)
  })

  it.runIf(hasFull)('counts and drops what a full disk refuses', async () => {
    const file = files.open('/dev/full')
    for (let i = 0; i < 10; i++) file.write('line\n')
    await file.flush()
    expect([counter('lines_dropped'), counter('write_failed')]).toEqual([10, 1])
    expect(store.gauge('filesystem.write_total_buffered').value).toBe(0)
  })

  it.runIf(hasFifo)('drops lines while a FIFO has no reader, and goes on when one comes', async () => {
    execFileSync('mkfifo', [at('fifo')])
    const file = files.open(at('fifo'))
    file.write('lost\n')
    await file.flush()
    expect(counter('lines_dropped')).toBe(1)
    const reader = openSync(at('fifo'), constants.O_RDONLY | constants.O_NONBLOCK)
    time.advance(1000)
    file.write('seen\n')
    await file.flush()
    const buffer = Buffer.alloc(100)
    expect(buffer.toString('latin1', 0, readSync(reader, buffer))).toBe('seen\n')
    closeSync(reader)
  })

  it.runIf(hasFifo)('holds at most 8 MiB for a reader that does not read, and gives up when closed', async () => {
    execFileSync('mkfifo', [at('fifo')])
    const reader = openSync(at('fifo'), constants.O_RDONLY | constants.O_NONBLOCK)
    const file = files.open(at('fifo'))
    const line = `${'z'.repeat(1023)}\n`
    for (let i = 0; i < 9000; i++) file.write(line)
    const buffered = store.gauge('filesystem.write_total_buffered').value
    expect(buffered).toBeLessThanOrEqual(MAX_BUFFERED)
    expect(buffered).toBeGreaterThan(MAX_BUFFERED - 2048)
    expect(counter('lines_dropped')).toBe(9000 - MAX_BUFFERED / 1024)
    await files.close()
    expect(counter('lines_dropped')).toBeGreaterThan(8900)
    closeSync(reader)
  })
})

it('closing all waits for the lines of a file that its last user gave back', async () => {
  const file = files.open(at('given-back.log'))
  file.write('last words\n')
  void files.release(file)
  await files.close()
  expect(readFileSync(at('given-back.log'), 'utf8')).toBe('last words\n')
})
