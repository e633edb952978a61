import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { FakeTime } from '@nuncio/core/testing'
import { fileSink, type LineSink } from './line-sink.ts'
import { parseComponentLevels, parseLevel, RootLogger, type RootLoggerOptions } from './root-logger.ts'

function rooted(options: Partial<RootLoggerOptions> = {}): { logger: RootLogger; lines: string[] } {
  const lines: string[] = []
  const sink: LineSink = { write: (line) => lines.push(line), reopen: () => {}, close: () => {} }
  return { logger: new RootLogger({ time: new FakeTime(0, 1_795_346_759_250), sink, ...options }), lines }
}

describe('RootLogger', () => {
  it('prints lines as Envoy does, with fields behind the message', () => {
    const { logger, lines } = rooted()
    logger.log('info', 'started')
    logger.child('upstream').log('warning', 'cluster gone', { cluster: 'a b', hosts: 3, none: undefined })
    expect(lines).toEqual([
      '[2026-11-22 11:25:59.250][info][main] started\n',
      '[2026-11-22 11:25:59.250][warning][upstream] cluster gone cluster="a b" hosts=3\n',
    ])
  })

  it('keeps one message on one line', () => {
    const { logger, lines } = rooted()
    logger.log('error', 'bad\nthing\x1b[2J', { detail: 'x\r\ny' })
    expect(lines).toEqual(['[2026-11-22 11:25:59.250][error][main] bad\\nthing\\x1b[2J detail="x\\r\\ny"\n'])
  })

  it('has a level for each component, which can change while it runs', () => {
    const { logger, lines } = rooted({ level: 'warning', componentLevels: { router: 'trace' } })
    const router = logger.child('router')
    logger.log('info', 'no')
    router.log('trace', 'yes')
    expect([logger.enabled('info'), router.enabled('debug')]).toEqual([false, true])
    expect(logger.setComponentLevel('router', 'off')).toBe(true)
    expect(logger.setComponentLevel('nobody', 'off')).toBe(false)
    router.log('critical', 'no')
    expect(lines).toHaveLength(1)
    logger.setLevel('debug')
    expect(logger.levels()).toEqual([['main', 'debug'], ['router', 'debug']]) // prettier-ignore
    expect(logger.child('later').enabled('debug')).toBe(true)
  })

  it('takes a pattern', () => {
    const { logger, lines } = rooted({ format: '%L %P %E.%e {%n} "%j" %_ %g%# 100%% %Q', pid: 42 })
    logger.log('debug', 'unseen')
    logger.log('info', 'a"b\nc')
    expect(lines).toEqual(['I 42 1795346759.250 {main} "a\\"b\\nc" a"b\\nc  100% %Q\n'])
  })

  it('takes another pattern later, for all components, unless the command line gave one', () => {
    const { logger, lines } = rooted()
    const child = logger.child('router')
    expect(logger.setFormat('%n: %v')).toBe(true)
    child.log('info', 'hello')
    expect(lines).toEqual(['router: hello\n'])
    expect(rooted({ format: '%v' }).logger.setFormat('%n')).toBe(false)
  })

  it('prints JSON lines', () => {
    const { logger, lines } = rooted({ format: 'json', pid: 7 })
    logger.log('info', 'a\n"b', { message: 'not this', error: new Error('why'), n: 5n, deep: { x: 1 } })
    expect(JSON.parse(lines[0]!)).toEqual({
      time: '2026-11-22T11:25:59.250Z',
      level: 'info',
      component: 'main',
      message: 'a\n"b',
      pid: 7,
      error: 'why',
      n: '5',
      deep: '{"x":1}',
    })
  })
})

describe('fileSink', () => {
  it('appends, and follows a rotated file', () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'nuncio-own-log-'))
    const file = path.join(dir, 'own.log')
    const sink = fileSink(file)
    sink.write('ü\n')
    renameSync(file, `${file}.1`)
    sink.reopen()
    sink.write('two\n')
    sink.close()
    sink.write('late\n')
    expect([readFileSync(`${file}.1`, 'utf8'), readFileSync(file, 'utf8')]).toEqual(['ü\n', 'two\n'])
    rmSync(dir, { recursive: true })
  })
})

describe('levels on the command line', () => {
  it('reads pairs, and refuses what is none', () => {
    expect(parseComponentLevels('upstream:debug,router:warn')).toEqual({ upstream: 'debug', router: 'warning' })
    expect(parseComponentLevels('upstream')).toContain('"upstream"')
    expect(parseComponentLevels('upstream:loud')).toContain('"upstream:loud"')
    expect([parseLevel('err'), parseLevel('loud')]).toEqual(['error', undefined])
  })
})
