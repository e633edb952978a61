import { diffConfigs, printDiff } from '@nuncio/checks'
import { oneOf, readCommandLine, usageError } from './command-line.ts'
import type { Command } from './commands.ts'
import { openForAnswers } from './open-config.ts'
import { useColour } from './print-problems.ts'
import { print } from './problem-output.ts'
import { FILTER_OPTION, productWith } from './product.ts'

const LINE = {
  name: 'diff',
  usage: 'OLD NEW [options]',
  about:
    'Tells what changes from one configuration to another by meaning: listeners, filter chains, virtual hosts, routes,\n' +
    'clusters and endpoints, with places on both sides, and which live connections close.\n' +
    'Exit code: 0 compared, 1 a file has errors (or, with --exit-code, they differ), 2 could not run.',
  options: {
    format: { type: 'string', value: 'format', help: 'pretty (default), json' },
    ...FILTER_OPTION,
    'exit-code': { type: 'boolean', help: 'exit with 1 when anything changes' },
  },
} as const

/** `nuncio diff OLD NEW`: what changes, and which connections close. */
export const diff: Command = {
  help: LINE.about,
  async run(argv) {
    const given = readCommandLine(LINE, argv)
    if (given === undefined) return 0
    const { values, words } = given
    const format = oneOf(LINE, 'format', values.format, ['pretty', 'json'])
    const [oldFile, newFile, ...more] = words
    if (oldFile === undefined || newFile === undefined || more.length > 0)
      throw usageError(LINE, 'diff needs two files')
    const { definitions } = await productWith(values.filter)
    const before = openForAnswers(oldFile, definitions)
    const after = openForAnswers(newFile, definitions)
    const found = diffConfigs(before.view, after.view)
    await print(
      format === 'json' ? `${JSON.stringify(found, undefined, 2)}\n` : printDiff(found, useColour(process.stdout)),
    )
    return before.broken || after.broken || (values['exit-code'] === true && found.changes.length > 0) ? 1 : 0
  },
}
