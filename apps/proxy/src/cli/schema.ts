import { fullNames, messageNamed } from '@nuncio/checks'
import { schemaWith } from '@nuncio/config'
import { type Description, describe, jsonSchema } from '@nuncio/config/describe'
import { NuncioError } from '@nuncio/core'
import { readCommandLine, usageError } from './command-line.ts'
import type { Command } from './commands.ts'
import { print } from './problem-output.ts'
import { FILTER_OPTION, productApi, productWith } from './product.ts'

const LINE = {
  name: 'schema',
  usage: '[options]',
  about:
    'Prints JSON Schema for editors, with everything that an "@type" may hold. Put it beside a configuration and write\n' +
    '# yaml-language-server: $schema=./nuncio.schema.json in its first line; nuncio init does both.\n' +
    'Exit code: 0 printed, 2 could not run.',
  options: {
    type: { type: 'string', value: 'type', help: 'the message, by its last words; Bootstrap unless given' },
    describe: { type: 'string', value: 'name', help: 'say what a message or a field is (RouteAction.timeout)' },
    ...FILTER_OPTION,
  },
} as const

/** `nuncio schema`: JSON Schema, and what a field is. */
export const schema: Command = {
  help: LINE.about,
  async run(argv) {
    const given = readCommandLine(LINE, argv)
    if (given === undefined) return 0
    const { values, words } = given
    if (words.length > 0) throw usageError(LINE, 'schema takes no files')
    if (values.describe !== undefined) await print(descriptionText(values.describe))
    else await print(schemaText(values.type, (await productWith(values.filter)).definitions))
    return 0
  },
}

/** The schema of a message as it is put beside a configuration. */
export function schemaText(type = 'Bootstrap', definitions = productApi().definitions): string {
  const written = jsonSchema(messageNamed(type), { schema: schemaWith(definitions) })
  return `${JSON.stringify(written, undefined, 2)}\n`
}

function descriptionText(name: string): string {
  const found = fullNames(name)
    .map((candidate) => describe(candidate))
    .find((description) => description !== undefined)
  if (found === undefined) throw new NuncioError('ERR_NUNCIO_ARGUMENT', `there is no message, field or enum ${name}`)
  return lines(found).join('\n') + '\n'
}

function lines({ name, type, doc, deprecated, required, members, target }: Description): string[] {
  const marks = [...(required ? ['required'] : []), ...(deprecated ? ['deprecated'] : [])]
  return [
    `${name}: ${type}${marks.length === 0 ? '' : ` (${marks.join(', ')})`}`,
    ...(doc === '' ? [] : ['', doc]),
    ...(members.length === 0 ? [] : ['', `${target === undefined ? 'has' : `${target} has`} ${members.join(', ')}`]),
  ]
}
