// npm run conformance -- [--live | --record | --outcomes] [--only PATTERN] [--show]
// npm run conformance -- --generate N [--seed S] [--kinds PATTERN | --configurations] [--shrink SECONDS]
//
// Plays the cases with nuncio and compares with what the real Envoy did. Without --live that is what is recorded.
import { parseArgs } from 'node:util'
import { differences } from './compare/differences.ts'
import { withoutExceptions } from './compare/exceptions.ts'
import { readExplanations } from './compare/explanations.ts'
import { judgeDocument } from './compare/judge-document.ts'
import type { Verdict } from './compare/verdict.ts'
import { generate } from './generate/generate.ts'
import { allDocuments } from './model/all-documents.ts'
import type { Document } from './model/document.ts'
import { mutate } from './mutate/mutate.ts'
import { envoyPlays } from './play/envoy-plays.ts'
import { nuncioPlays } from './play/nuncio-plays.ts'
import { EnvoyBinary } from './proxies/envoy.ts'
import { storedOutcomes, writeOutcomes } from './record/outcomes.ts'
import { currentRecording, readRecording, writeRecording } from './record/recordings.ts'
import { inParallel } from './play/in-parallel.ts'

const { values } = parseArgs({
  options: {
    live: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
    outcomes: { type: 'boolean', default: false },
    only: { type: 'string' },
    show: { type: 'boolean', default: false },
    generate: { type: 'string' },
    configurations: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    kinds: { type: 'string' },
    shrink: { type: 'string', default: '60' },
    width: { type: 'string', default: '3' },
  },
})

const explanations = orSay(readExplanations)
const documents = orSay(allDocuments)
const wanted = documents.filter(({ id }) => values.only === undefined || new RegExp(values.only).test(id))
const asksEnvoy = values.live || values.record || values.generate !== undefined
const envoy = asksEnvoy ? EnvoyBinary.find() : undefined
if (asksEnvoy && envoy === undefined) {
  console.log('There is no Envoy: set ENVOY to its path, or unpack it below .cache/envoy. Skipped.')
  process.exit(0)
}

if (values.generate !== undefined && envoy !== undefined) {
  const count = Number(values.generate)
  const make = values.configurations ? mutate : generate
  const found = await make({
    count,
    seed: Number(values.seed),
    kinds: values.kinds === undefined ? undefined : new RegExp(values.kinds),
    shrinkingMs: Number(values.shrink) * 1000,
    envoy,
    explanations,
    say: (text) => console.log(text),
  })
  console.log(
    `${count} ${values.configurations ? 'configurations' : 'pairs'} of seed ${values.seed}: ${found} kinds of unexplained differences; Envoy ${envoy.version}`,
  )
  process.exit(found === 0 ? 0 : 1)
}

/** What somebody wrote by hand is wrong in places that its readers name: they need no stack. */
function orSay<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    console.log(error instanceof Error ? error.message : String(error))
    process.exit(2)
  }
}

let drifted = 0

async function theirs(document: Document): Promise<Readonly<Record<string, unknown>>> {
  if (envoy === undefined) return currentRecording(document).cases
  const live = await envoyPlays(document, envoy)
  if (values.record) writeRecording(document, envoy.version, live)
  else checkRecording(document, live)
  return Object.fromEntries(live)
}

/** Says where Envoy answers otherwise than it was recorded. */
function checkRecording(document: Document, live: ReadonlyMap<string, unknown>): void {
  const recorded = readRecording(document.id)?.cases ?? {}
  for (const { name, compare } of document.cases) {
    const found = withoutExceptions(differences(recorded[name], live.get(name)), compare.except)
    if (found.length === 0) continue
    drifted++
    console.log(`recording ${document.id}: ${name}`)
    for (const each of found.slice(0, 5)) {
      console.log(`    ${each.at}\n      recorded ${shown(each.envoy)}\n      live     ${shown(each.nuncio)}`)
    }
  }
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 600)

function print(verdict: Verdict): void {
  if (verdict.open.length === 0 && !values.show) return
  console.log(`${verdict.outcome.padEnd(12)}${verdict.document}: ${verdict.name} ${verdict.explained.join(', ')}`)
  for (const { at, envoy: their, nuncio: our } of verdict.open.slice(0, 12)) {
    console.log(`    ${at}\n      envoy  ${shown(their)}\n      nuncio ${shown(our)}`)
  }
}

const began = performance.now()
const verdicts = await inParallel(wanted, Number(values.width), async (document) => {
  try {
    const envoyDid = await theirs(document)
    const nuncioDid = await nuncioPlays(document, envoyDid)
    const judged = judgeDocument(document, envoyDid, nuncioDid, explanations)
    judged.forEach((verdict) => print(verdict))
    return judged
  } catch (error) {
    console.log(`failed      ${document.id}: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = 1
    return []
  }
})
const all = verdicts.flat()
if (values.record || values.outcomes) {
  const fresh = Object.fromEntries(wanted.map(({ id }, i) => [id, storedOutcomes(verdicts[i]!)]))
  writeOutcomes(fresh, new Set(documents.map(({ id }) => id)))
}
const count = (outcome: Verdict['outcome']): number => all.filter((each) => each.outcome === outcome).length
console.log(
  `${all.length} cases of ${wanted.length} documents in ${((performance.now() - began) / 1000).toFixed(1)} s: ` +
    `${count('same')} same, ${count('better')} better, ${count('unsupported')} unsupported, ${count('bug')} bugs` +
    (asksEnvoy ? `; Envoy ${envoy?.version}` : '') +
    (values.live ? `; ${drifted} recordings differ from Envoy` : ''),
)
if (count('bug') > 0 || drifted > 0) process.exitCode = 1
