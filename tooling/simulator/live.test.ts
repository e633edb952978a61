import { expect, test } from 'vitest'
import { live, simulated } from './measure.ts'
import { SCENARIOS } from './scenarios.ts'
import { choicesApart } from './tolerance.ts'

// The short form of `npm run simulate:live`: those scenarios in which a busy machine does not change what is chosen, and
// nothing of latencies, which it does.
test.each(SCENARIOS.filter(({ name }) => /^round robin|^ring hash/.test(name)))(
  '$name: the live proxy and the simulation choose alike',
  async (scenario) => {
    const load = { rps: 100, seconds: 3, seed: 1 }
    const seen = await live(scenario, load)
    expect(choicesApart(seen, simulated(scenario, seen.ports, load))).toEqual([])
  },
)
