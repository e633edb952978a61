import { format } from '@nuncio/config'
import { writeFileSync } from 'node:fs'
import { readCommandLine, usageError } from './command-line.ts'
import type { Command } from './commands.ts'
import { printProblems } from './print-problems.ts'
import { print } from './problem-output.ts'
import { readInput } from './read-file.ts'

const LINE = {
  name: 'fmt',
  usage: 'FILE… [options]',
  about:
    'Prints configurations in the one style; comments stay, and nothing but the form changes. - is standard input.\n' +
    'Exit code: 0 well, 1 a file is not in the style (--check) or cannot be understood, 2 could not run.',
  options: {
    check: { type: 'boolean', help: 'name the files that are not in the style' },
    write: { type: 'boolean', short: 'w', help: 'write the files anew' },
  },
} as const

/** `nuncio fmt FILE…`: the one style. */
export const fmt: Command = {
  help: LINE.about,
  async run(argv) {
    const given = readCommandLine(LINE, argv)
    if (given === undefined) return 0
    const { values, words } = given
    if (words.length === 0) throw usageError(LINE, 'fmt needs a file')
    if (values.check === true && values.write === true) throw usageError(LINE, '--check and --write exclude each other')
    if (words.length > 1 && values.check !== true && values.write !== true)
      throw usageError(LINE, 'several files need --check or --write')
    let failed = false
    let output = ''
    for (const file of words) {
      const bytes = readInput(file)
      const before = Buffer.from(bytes).toString('utf8')
      const { text, problems } = format(bytes, { file })
      printProblems(problems, new Map([[file, before]]))
      if (text === undefined) failed = true
      else if (values.check === true) {
        if (text !== before) output += `${file}\n`
        failed ||= text !== before
      } else if (values.write === true && file !== '-') {
        if (text !== before) writeFileSync(file, text)
      } else output += text
    }
    await print(output)
    return failed ? 1 : 0
  },
}
