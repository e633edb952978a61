import { spawn } from 'node:child_process'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { brokenPromises, type ChurnResult } from './churn.ts'
import { brokenFairness } from './slow-host.ts'
import { brokenBudget } from './storm-promise.ts'

/** Runs a short form in a process of its own, so that its handles and crashes are its own. */
async function run(...args: string[]): Promise<{ readonly code: number | null; readonly output: string }> {
  const script = path.join(import.meta.dirname, 'run.ts')
  const child = spawn(process.execPath, ['--conditions=@nuncio/source', script, ...args])
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, output }
}

describe('chaos, in short', () => {
  it('loses no idempotent request while two of eight origins are well', async () => {
    expect(await run('churn', '--seconds', '3', '--seed', '7', '--clients', '12')).toEqual({
      code: 0,
      output: expect.stringContaining('all promises kept') as string,
    })
  })

  it('keeps retries within their budget while all origins answer 503, and recovers at once', async () => {
    expect(await run('storm', '--seconds', '1.5', '--clients', '16')).toMatchObject({ code: 0 })
  })
})

describe('the verdict', () => {
  const well: ChurnResult = {
    requests: 2, endings: { right: 1, 'wrong body': 0, cut: 1, hang: 0, failed: 0 }, examples: [], faults: { killed: 1 }, tries: 3, ejections: 0,
    wrongUploads: 0, crashes: [], leaks: [], fates: { success: 1, upstream_error: 1 }, p99Ms: 1,
  } // prettier-ignore

  it('is that all is well when no more was cut than origins broke off', () => {
    expect(brokenPromises(well)).toEqual([])
  })

  it.each([
    [{ endings: { ...well.endings, 'wrong body': 1 } }, '1 wrong bodies'],
    [{ endings: { ...well.endings, hang: 1 } }, '1 hangs'],
    [{ endings: { ...well.endings, failed: 1 } }, '1 requests failed while two hosts were healthy'],
    [{ endings: { ...well.endings, cut: 2 } }, 'a response was cut that the upstream had sent whole'],
    [{ wrongUploads: 1 }, '1 wrong uploads'],
    [{ fates: { success: 1 } }, '1 fates of 2 requests'],
    [{ crashes: ['Error: x'] }, 'crash: Error: x'],
    [{ leaks: ['Timeout +1'] }, 'leak: Timeout +1'],
    [{ faults: {} }, 'nothing ever failed'],
    [{ requests: 0 }, 'no request was sent'],
  ])('names a broken promise: %j', (changed, promise) => {
    expect(brokenPromises({ ...well, ...changed })).toContain(promise)
  })

  it('counts attempts against the budget, and the time until answers are right again', () => {
    const storm = {
      requests: 1000,
      attempts: 1400,
      refusedRetries: 9,
      recoveryMs: 20,
      after: { requests: 9, failed: 1 },
    }
    expect(brokenBudget(storm, 1)).toEqual([])
    expect(brokenBudget({ ...storm, attempts: 1500 }, 1)).toHaveLength(1)
    expect(brokenBudget({ ...storm, recoveryMs: 1500 }, 1)).toHaveLength(1)
    expect(brokenBudget({ ...storm, refusedRetries: 0 }, 1)).toHaveLength(1)
    expect(brokenBudget({ ...storm, after: { requests: 0, failed: 0 } }, 1)).toHaveLength(1)
  })

  it('wants policies that look at hosts to keep away from a slow one', () => {
    const of = (policy: string, p99Ms: number, slowShare: number) => ({
      policy,
      requests: 9,
      p50Ms: 5,
      p99Ms,
      slowShare,
    })
    const blind = of('round robin', 90, 12.5)
    expect(brokenFairness([blind, of('least request', 95, 3), of('score', 9, 1)])).toEqual([])
    expect(brokenFairness([blind, of('score', 50, 3)])).toEqual(['score: a p99 of 50 ms'])
    expect(brokenFairness([blind, of('score', 9, 7)])).toEqual(['score: the slow host got 7.0 %'])
    expect(brokenFairness([of('round robin', 20, 12.5), of('score', 9, 1)])).toHaveLength(1)
    expect(brokenFairness([blind])).toHaveLength(1)
    expect(brokenFairness([])).toHaveLength(1)
  })
})
