import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { summarise, type ContenderResult, type ScenarioResult, type Slice } from '../results.ts'
import { judge } from '../targets.ts'
import { chart } from './chart.ts'
import { page } from './markdown.ts'
import { readResults, writeResult } from './write.ts'

function contender(peer: string, cpuPerRequest: number, p99Ms = 2): ContenderResult {
  const slices: Slice[] = [0, 1, 2].map((round) => ({
    round,
    requests: 1000,
    seconds: 1,
    errors: 0,
    cpuPerRequest: cpuPerRequest + round,
    userShare: 0.4,
    requestsPerSecond: 1000,
    p50Ms: 1,
    p99Ms,
    rssMiB: 60,
    foreign: 0,
  }))
  const summary = summarise(slices)
  return { name: peer, peer, variant: '', version: '1.0', notes: [], slices, ...(summary && { summary }) }
}

function result(scenario: string, contenders: readonly ContenderResult[]): ScenarioResult {
  const texts = { title: `Title of <${scenario}>`, about: 'About.', date: '2026-01-01' }
  return { scenario, ...texts, machine: ['a machine'], settings: [], skipped: ['envoy: not found'], contenders }
}

describe('the targets', () => {
  test('are judged on what was measured, the others are left open', () => {
    const verdicts = judge([
      result('keepalive-1k', [contender('nuncio', 28), contender('nginx', 20), contender('node-undici', 100)]),
    ])
    expect(verdicts.filter((each) => each.met !== undefined)).toMatchObject([
      { measured: '1.38×', met: true },
      { measured: '1.38×', met: false },
      { measured: '0.29×', met: true },
    ])
  })

  test('compare p99 with that of HAProxy', () => {
    const verdicts = judge([result('keepalive-1k', [contender('nuncio', 28, 3), contender('haproxy', 20, 2)])])
    expect(verdicts.find((each) => each.target.startsWith('p99'))).toMatchObject({ measured: '1.50×', met: false })
  })
})

test('the chart draws a bar for each contender, the cheapest first, and escapes what it names', () => {
  const svg = chart(result('a&b', [contender('nginx', 30), contender('nuncio', 20)]))
  expect(svg.match(/<rect /g)).toHaveLength(2)
  expect(svg.indexOf('>nuncio<')).toBeLessThan(svg.indexOf('>nginx<'))
  expect(svg).toContain('Title of &lt;a&amp;b>')
})

test('the page has a row for each contender and says who was not measured', () => {
  const text = page([result('keepalive-1k', [contender('nginx', 30), contender('nuncio', 36)])])
  expect(text).toContain('| nuncio | 37.0 (36.0–38.0) | 40 % | 1.19 |')
  expect(text).toContain('- not measured: envoy: not found')
})

describe('a folder of results', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'nuncio-report-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  test('keeps the scenarios that a later run does not touch', () => {
    writeResult(folder, result('keepalive-16k', [contender('nginx', 30)]))
    writeResult(folder, result('keepalive-1k', [contender('nginx', 20)]))
    writeResult(folder, result('keepalive-1k', [contender('nginx', 25)]))
    expect(readResults(folder).map((each) => each.scenario)).toEqual(['keepalive-1k', 'keepalive-16k'])
    expect(readdirSync(folder)).toContain('keepalive-1k.svg')
    const text = readFileSync(path.join(folder, 'README.md'), 'utf8')
    expect(text).toContain('26.0 (25.0–27.0)')
    expect(text).toContain('31.0 (30.0–32.0)')
  })
})
