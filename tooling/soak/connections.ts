// npm run soak:connections -- [--short]: 2 000 idle connections, 1 000 WebSockets that talk and 10 000 connections that
// come and go, twice; what the proxy holds returns to where it began. Linux only.
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { crowd, type CrowdSizes } from './crowd.ts'
import { judgeSoak } from './judge.ts'
import { type Moment, words } from './sample.ts'
import { SoakStage } from './stage.ts'

const { values } = parseArgs({ options: { short: { type: 'boolean' } } })
const sizes: CrowdSizes =
  values.short === true ? { idle: 200, webSockets: 100, short: 1000 } : { idle: 2000, webSockets: 1000, short: 10_000 }
/** Longer than the origin keeps connections that nobody uses. */
const REST_MS = 8000

const stage = await SoakStage.begin([])
const show = (when: string, moment: Moment): void => console.log(`${when}: ${words(moment)}`)

try {
  let failed = 0
  const come = async (round: string): Promise<Moment> => {
    const tally = await crowd(stage.ports.main, sizes, async () => show(`${round}, all there`, await stage.look()))
    failed += tally.failed
    console.log(`${round}: ${tally.requests} requests, ${tally.messages} messages, ${tally.failed} failed`)
    await sleep(REST_MS)
    const after = await stage.look()
    show(`${round}, all gone`, after)
    return after
  }
  // A heap takes its time to find its size: what the first crowd leaves is what the second is measured against.
  const before = await come('first crowd')
  const after = await come('second crowd')
  const complaints = judgeSoak({ before, after, during: [], moments: [], failed, minutes: 0 })
  for (const complaint of complaints) console.log(`not well: ${complaint}`)
  process.exitCode = complaints.length === 0 ? 0 : 1
} finally {
  await stage.end()
}
