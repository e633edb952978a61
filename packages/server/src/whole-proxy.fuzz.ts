// Random events through the whole proxy: `node --conditions=@nuncio/source packages/server/src/whole-proxy.fuzz.ts [seconds] [seed]`.
// What it finds is printed with the shortest script that shows it.
import fc from 'fast-check'
import { play } from './test-support/whole-proxy/script.ts'
import { scripts } from './test-support/whole-proxy/scripts.ts'

const seconds = Number(process.argv[2] ?? 60)
const seed = Number(process.argv[3] ?? 1)

for (const calm of [true, false]) {
  let runs = 0
  const property = fc.asyncProperty(scripts(calm), async (script) => {
    runs++
    await play(script)
  })
  const limits = { interruptAfterTimeLimit: (seconds * 1000) / 2, markInterruptAsFailure: false }
  await fc.assert(property, { seed, numRuns: 1e9, ...limits })
  process.stdout.write(`${runs} ${calm ? 'calm' : 'rough'} scripts in ${seconds / 2} s\n`)
}
