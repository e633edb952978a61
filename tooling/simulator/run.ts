// npm run simulate:live [-- SECONDS]: every scenario through the live proxy over sockets, and simulated; prints both, and
// exits with 1 when they are further apart than the tolerance.
import { live, type Measured, simulated } from './measure.ts'
import { SCENARIOS } from './scenarios.ts'
import { disagreements } from './tolerance.ts'

const seconds = Number(process.argv[2] ?? 20)
const load = { rps: 100, seconds, seed: 1 }
let failed = 0

function line(name: string, { shares, p50, p99, amplification }: Measured): string {
  const list = shares.map((share) => `${(share * 100).toFixed(1)}%`.padStart(6)).join(' ')
  return `  ${name.padEnd(10)} ${list}   p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ${amplification.toFixed(3)} tries`
}

for (const scenario of SCENARIOS) {
  // One at a time, or they disturb each other.
  const seen = await live(scenario, load)
  const expected = simulated(scenario, seen.ports, load)
  const apart = disagreements(seen, expected)
  failed += apart.length > 0 ? 1 : 0
  console.log(
    `${apart.length === 0 ? 'ok  ' : 'FAIL'} ${scenario.name} (${seen.undisturbed} undisturbed requests)\n${line('live', seen)}\n${line('simulated', expected)}`,
  )
  for (const each of apart) console.log(`  ${each}`)
}
process.exitCode = failed > 0 ? 1 : 0
