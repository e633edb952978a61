import { formatProblems, loadBootstrap, type Problem, type ProblemFormat } from '@nuncio/config'
import { NuncioError } from '@nuncio/core'
import { definitions, honours } from '@nuncio/server'
import { parseArgs } from 'node:util'
import type { Command } from './commands.ts'
import { useColour } from './print-problems.ts'
import { readInput } from './read-file.ts'

const FORMATS: readonly ProblemFormat[] = ['pretty', 'json', 'sarif', 'github']

/** `nuncio validate FILE…`: everything that is wrong with files, without network, DNS or certificates. */
export const validate: Command = {
  help: 'FILE…  check configurations [--format pretty|json|sarif|github] [--strict] [--allow-unsupported]',
  async run(argv) {
    const { values, positionals } = parse(argv)
    const format = FORMATS.find((each) => each === (values.format ?? 'pretty'))
    if (format === undefined)
      throw new NuncioError('ERR_NUNCIO_ARGUMENT', `--format ${values.format!} is none of ${FORMATS.join(', ')}`)
    if (positionals.length === 0) throw new NuncioError('ERR_NUNCIO_ARGUMENT', 'validate needs a file')
    const problems: Problem[] = []
    const texts = new Map<string, string>()
    for (const file of positionals) {
      const loaded = loadBootstrap(readInput(file), {
        file,
        honours,
        definitions,
        strict: values.strict ?? false,
        allowUnsupported: values['allow-unsupported'] ?? false,
      })
      problems.push(...loaded.problems)
      for (const [name, text] of loaded.texts) texts.set(name, text)
    }
    const output = formatProblems(format, problems, texts, useColour(process.stdout))
    if (output !== '') process.stdout.write(`${output}\n`)
    return problems.some((problem) => problem.severity === 'error') ? 1 : 0
  },
}

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { format: { type: 'string' }, strict: { type: 'boolean' }, 'allow-unsupported': { type: 'boolean' } },
  })
}
