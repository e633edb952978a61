import { canonical as canonicalText } from '@nuncio/config'
import { NuncioError } from '@nuncio/core'
import type { Command } from './commands.ts'
import { printProblems } from './print-problems.ts'
import { readInput } from './read-file.ts'

/** `nuncio canonical FILE`: the canonical v3 form, comments kept. */
export const canonical: Command = {
  help: 'FILE  print the canonical Envoy v3 form of a configuration',
  async run(argv) {
    const file = argv[0]
    if (file === undefined || argv.length > 1) throw new NuncioError('ERR_NUNCIO_ARGUMENT', 'canonical needs one file')
    const bytes = readInput(file)
    const { text, problems } = canonicalText(bytes, { file })
    printProblems(problems, new Map([[file, Buffer.from(bytes).toString('utf8')]]))
    if (text === undefined) return 1
    process.stdout.write(text)
    return problems.some((problem) => problem.severity === 'error') ? 1 : 0
  },
}
