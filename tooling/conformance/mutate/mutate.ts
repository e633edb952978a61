import { envoySchema } from '@nuncio/config'
import { SeededRandom } from '@nuncio/core'
import { honours } from '@nuncio/server'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parse, stringify } from 'yaml'
import { type Explanation, explanationOf } from '../compare/explanations.ts'
import type { Tree } from '../model/document.ts'
import { inParallel } from '../play/in-parallel.ts'
import type { EnvoyBinary } from '../proxies/envoy.ts'
import { type Answers, Judges } from './ask.ts'
import { below, pick } from './chance.ts'
import { corpus } from './corpus.ts'
import { Harvest } from './harvest.ts'
import { blocks, lessened } from './lessen.ts'
import { mutant, type World } from './mutations.ts'
import { type Places, placesOf } from './places.ts'
import { textOf, writtenOtherwise } from './yaml-texts.ts'

export interface MutateOptions {
  readonly count: number
  readonly seed: number
  readonly envoy: EnvoyBinary
  readonly explanations: readonly Explanation[]
  readonly say: (text: string) => void
}

interface Candidate {
  readonly what: string
  readonly text: string
}

interface Found extends Candidate {
  readonly answers: Answers
}

const WIDTH = 3
/** Kinds of which the smallest configuration is looked for: it takes some seconds each. */
const SHRUNK = 20
/** One mutant in so many is a matter of how YAML is written. */
const WRITTEN = 8
const FOUND = path.resolve(import.meta.dirname, '../cases/found')

/** Changes so many valid configurations each in one place, and asks both proxies. Answers how many kinds of differences nothing explains. */
export async function mutate(options: MutateOptions): Promise<number> {
  const { count, seed, envoy, say } = options
  using judges = new Judges(envoy)
  // Where access logs and their like go whose paths were changed.
  process.chdir(judges.folder)
  const candidates = await mutantsOf(judges, count, seed, say)
  let asked = 0
  const found = await inParallel(candidates, WIDTH, async (each): Promise<Found> => {
    const answers = await judges.ask(each.text)
    if (++asked % 500 === 0) say(`${asked} of ${candidates.length} configurations`)
    return { ...each, answers }
  })
  say(summary(found, options.explanations))
  const kinds = Map.groupBy(
    found.filter((each) => isOpen(each, options.explanations)),
    kindOf,
  )
  const cases: { readonly name: string; readonly text: string }[] = []
  for (const [kind, all] of [...kinds].toSorted((a, b) => b[1].length - a[1].length)) {
    const least: string = cases.length < SHRUNK ? await leastOf(judges, all) : ''
    say(`\n${all.length} × ${kind}\n  ${all.slice(0, 6).map(({ what }) => what).join('\n  ')}\n${least}`) // prettier-ignore
    cases.push({ name: `${cases.length + 1}. ${all[0]!.what}`, text: least })
  }
  keep(seed, cases, say)
  return kinds.size
}

async function mutantsOf(
  judges: Judges,
  count: number,
  seed: number,
  say: (text: string) => void,
): Promise<readonly Candidate[]> {
  const seeds = corpus(judges.folder, seed)
  const answers = await inParallel(seeds, WIDTH, ({ tree }) => judges.ask(textOf(tree)))
  const valid = seeds.filter((_, i) => answers[i]!.envoy === false && answers[i]!.nuncio === false)
  say(`${valid.length} of ${seeds.length} configurations are valid`)
  const schema = envoySchema()
  const trees = valid.map(({ tree }) => ({ tree, places: placesOf(schema, tree) }))
  const harvest = new Harvest(schema, trees.map(({ tree }) => tree)) // prettier-ignore
  const world: World = { schema, honours, harvest, random: new SeededRandom(seed) }
  return Array.from({ length: count }, newest(world, trees))
}

const place = (what: string): string => what.slice(0, what.indexOf(':'))

/** Of several mutants the one whose field came up least so far. */
function newest(world: World, trees: readonly { readonly tree: Tree; readonly places: Places }[]): () => Candidate {
  const { random } = world
  const often = new Map<string, number>()
  const one = (): Candidate => {
    const { tree, places } = pick(random, trees)
    if (below(random, WRITTEN) === 0) return writtenOtherwise(tree, random)
    const made = mutant(world, tree, places)
    return made === undefined ? one() : { what: made.what, text: textOf(made.tree) }
  }
  return () => {
    const some = [one(), one(), one(), one()]
    const rare = some.reduce((a, b) => ((often.get(place(b.what)) ?? 0) < (often.get(place(a.what)) ?? 0) ? b : a))
    const counted = place(rare.what)
    if (counted !== 'YAML') often.set(counted, (often.get(counted) ?? 0) + 1)
    return rare
  }
}

function differs({ answers: { envoy, nuncio, unsupported } }: Found): boolean {
  return !unsupported && (envoy === false) !== (nuncio === false)
}

function isOpen(found: Found, explanations: readonly Explanation[]): boolean {
  const { what, answers } = found
  const { envoy, nuncio, notes } = answers
  // Never plain false, as in recordings: what explains a case that somebody wrote explains no other by that alone.
  const difference = { at: 'refused', envoy, nuncio: nuncio === false ? `takes it ${notes}` : nuncio }
  return (
    differs(found) &&
    explanationOf(
      difference,
      { where: `generated/configurations: ${what}`, details: '', nuncioDetails: [] },
      explanations,
    ) === undefined
  )
}

/** What is said alike is most likely the same difference. */
function kindOf({ answers: { envoy, nuncio } }: Found): string {
  return envoy === false ? `nuncio alone refuses: ${gist(String(nuncio))}` : `Envoy alone refuses: ${gist(envoy)}`
}

/** A message without what differs from place to place. */
function gist(text: string): string {
  const [, wrong] = /\(offset\s+\d+\):([^]*)/.exec(text) ?? []
  return (wrong ?? text)
    .replaceAll(/"[^"]*"|'[^']*'|\[[^\]]*\]|\d+/g, '…')
    .replaceAll(/\s+/g, ' ')
    .slice(0, 300)
}

/** The smallest configuration of a kind, with what is said of it. */
async function leastOf(judges: Judges, all: readonly Found[]): Promise<string> {
  const { text, what, answers } = all.toSorted((a, b) => a.text.length - b.text.length)[0]!
  const wanted = answers.envoy !== false
  const holds = async (tree: unknown): Promise<boolean> =>
    (await judges.differs(textOf(tree as Tree), wanted)) !== undefined
  const least = what.startsWith('YAML')
    ? (
        await lessened(
          text.split('\n'),
          async (lines) => (await judges.differs(lines.join('\n'), wanted)) !== undefined,
          blocks,
        )
      ).join('\n')
    : textOf(await lessened(parse(text, { version: '1.1' }) as Tree, holds))
  const said = (await judges.differs(least, wanted)) ?? answers
  return (
    `# envoy: ${said.envoy || 'takes it'}\n# nuncio: ${said.nuncio || `takes it ${said.notes}`}\n`.replaceAll(
      /\n(?!$|#)/g,
      '\n#   ',
    ) + least
  )
}

function summary(found: readonly Found[], explanations: readonly Explanation[]): string {
  const count = (holds: (each: Found) => boolean): number => found.filter(holds).length
  const refused = count(({ answers }) => answers.envoy !== false && answers.nuncio !== false)
  const taken = count(({ answers }) => answers.envoy === false && answers.nuncio === false)
  const unsupported = count(({ answers }) => answers.envoy === false && answers.unsupported)
  const open = count((each) => isOpen(each, explanations))
  return (
    `${found.length} configurations: both refuse ${refused}, both take ${taken}, ${unsupported} use what nuncio does not honour; ` +
    `${count(differs) - open} differ as explained, ${open} otherwise`
  )
}

function keep(seed: number, cases: readonly Tree[], say: (text: string) => void): void {
  if (cases.length === 0) return
  mkdirSync(FOUND, { recursive: true })
  const file = path.join(FOUND, `configurations-${seed}.yaml`)
  writeFileSync(file, stringify({ feature: 'Bad configurations', mode: 'validate', cases }, { lineWidth: 0 }))
  say(`\nkept ${path.relative(process.cwd(), file)}`)
}
