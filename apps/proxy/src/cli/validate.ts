import { validateConfig } from '@nuncio/checks/validate'
import type { Problem } from '@nuncio/config'
import { oneOf, readCommandLine, usageError } from './command-line.ts'
import type { Command } from './commands.ts'
import { FORMATS, print, problemText } from './problem-output.ts'
import { FILTER_OPTION, productWith } from './product.ts'
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
    const problems: Problem[] = []
    const texts = new Map<string, string>()
    const { honours, definitions } = await productWith(values.filter)
    for (const file of words) {
      const found = validateConfig(readInput(file), {
        file: file === '-' ? 'stdin' : file,
        definitions,
        readFile: readInput,
        ...(values.envoy !== true && { honours }),
        ...(values.envoy === true && { noShortForms: true }),
        strict: values.strict ?? false,
        allowUnsupported: values['allow-unsupported'] ?? false,
        allowUnknownFields: values['allow-unknown-static-fields'] ?? false,
      })
      problems.push(...found.problems)
      for (const [name, text] of found.texts) texts.set(name, text)
    }
    const shown = values.quiet === true ? problems.filter(({ severity }) => severity !== 'info') : problems
    await print(problemText(format, shown, texts))
    return problems.some(({ severity }) => severity === 'error') ? 1 : 0
  },
}
