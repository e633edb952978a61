import { validateConfig, type Validation } from '@nuncio/checks/validate'
import type { Problem } from '@nuncio/config'
import { oneOf, readCommandLine, usageError } from './command-line.ts'
import type { Command } from './commands.ts'
import { FORMATS, print, problemText } from './problem-output.ts'
import { problemsOfParts } from './problems-of-parts.ts'
import { type ExtendedProduct, FILTER_OPTION, productWith } from './product.ts'
import { readInput } from './read-file.ts'

const LINE = {
  name: 'validate',
  usage: 'FILE… [options]',
  about:
    'Says everything that is wrong with configurations: bootstraps, route configurations, listeners, clusters, xDS files and\n' +
    'config_dump. Needs no network, no DNS, no certificates and no secrets. - is standard input.\n' +
    'Exit code: 0 nothing is wrong, 1 something is, 2 a file could not be read.',
  options: {
    format: { type: 'string', value: 'format', help: 'pretty (default), json, sarif, github' },
    strict: { type: 'boolean', help: 'warnings count as errors' },
    'allow-unsupported': { type: 'boolean', help: 'what nuncio does not honour is a warning' },
    'allow-unknown-static-fields': { type: 'boolean', help: 'unknown fields are warnings' },
    envoy: { type: 'boolean', help: 'validate for Envoy: say nothing of what nuncio does not honour' },
    ...FILTER_OPTION,
    quiet: { type: 'boolean', short: 'q', help: 'leave out notes' },
  },
} as const

/** `nuncio validate FILE…`: everything that is wrong with files, without network, DNS or certificates. */
export const validate: Command = {
  help: LINE.about,
  async run(argv) {
    const given = readCommandLine(LINE, argv)
    if (given === undefined) return 0
    const { values, words } = given
    const format = oneOf(LINE, 'format', values.format, FORMATS)
    if (words.length === 0) throw usageError(LINE, 'validate needs a file')
    const product = await productWith(values.filter)
    const options = {
      envoy: values.envoy ?? false,
      strict: values.strict ?? false,
      allowUnsupported: values['allow-unsupported'] ?? false,
      allowUnknownFields: values['allow-unknown-static-fields'] ?? false,
    }
    const found = await Promise.all(words.map((word) => validateFile(word, product, options)))
    const problems = found.flatMap((one) => one.problems)
    const texts = new Map(found.flatMap((one) => [...one.texts]))
    const shown = values.quiet === true ? problems.filter(({ severity }) => severity !== 'info') : problems
    await print(problemText(format, shown, texts))
    return problems.some(isError) ? 1 : 0
  },
}

interface FileOptions {
  readonly envoy: boolean
  readonly strict: boolean
  readonly allowUnsupported: boolean
  readonly allowUnknownFields: boolean
}

async function validateFile(
  word: string,
  { honours, definitions, filters }: ExtendedProduct,
  { envoy, ...options }: FileOptions,
): Promise<Pick<Validation, 'problems' | 'texts'>> {
  const input = readInput(word)
  const file = word === '-' ? 'stdin' : word
  const { kind, problems, texts } = validateConfig(input, {
    ...options,
    file,
    definitions,
    readFile: readInput,
    ...(envoy ? { noShortForms: true } : { honours }),
  })
  // What the parts say matters only of a file that is otherwise in order, and is nuncio's word alone.
  if (kind !== 'bootstrap' || envoy || problems.some(isError)) return { problems, texts }
  const ofParts = await problemsOfParts(input, { ...options, file, httpFilters: filters })
  return { problems: [...problems, ...news(ofParts, problems, options.strict)], texts }
}

const isError = ({ severity }: Problem): boolean => severity === 'error'

/** Those that were not told yet. */
function news(found: readonly Problem[], told: readonly Problem[], strict: boolean): readonly Problem[] {
  const known = new Set(told.map(({ code, path }) => `${code} ${path}`))
  return found
    .filter(({ code, path, severity }) => severity !== 'info' && !known.has(`${code} ${path}`))
    .map((problem) => (strict ? { ...problem, severity: 'error' as const } : problem))
}
