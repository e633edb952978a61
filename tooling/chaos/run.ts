// npm run chaos -- [churn|storm|slow-host] [--seed N] [--seconds N] [--clients N] [--write]
import { parseArgs } from 'node:util'
import { brokenPromises, churn } from './churn.ts'
import { brokenFairness, POLICIES, slowHost } from './slow-host.ts'
import { storm } from './storm.ts'
import { brokenBudget } from './storm-promise.ts'
import { writeSlowHost } from './write.ts'

const MOST_SECONDS = 60

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string' },
    clients: { type: 'string', default: '24' },
    write: { type: 'boolean', default: false },
  },
})
const which = positionals[0] ?? 'churn'
const seconds = (usually: number): number => Math.min(MOST_SECONDS, Number(values.seconds ?? usually))
const say = (value: unknown): void => console.log(JSON.stringify(value, null, 2))

function verdict(broken: readonly string[]): void {
  for (const promise of broken) console.error(`broken: ${promise}`)
  console.log(broken.length === 0 ? 'all promises kept' : `${broken.length} promises broken`)
  process.exitCode = broken.length === 0 ? 0 : 1
}

if (which === 'churn') {
  const result = await churn({ seed: Number(values.seed), seconds: seconds(30), clients: Number(values.clients) })
  say(result)
  verdict(brokenPromises(result))
} else if (which === 'storm') {
  const result = await storm(seconds(10), Number(values.clients))
  say(result)
  verdict(brokenBudget(result, seconds(10)))
} else if (which === 'slow-host') {
  const results = []
  for (const policy of Object.keys(POLICIES)) results.push(await slowHost(policy, seconds(8), 400))
  say(results)
  if (values.write) writeSlowHost(results)
  verdict(brokenFairness(results))
} else {
  console.error(`chaos: '${which}' is none of churn, storm, slow-host`)
  process.exitCode = 2
}
