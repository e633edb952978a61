import { firstFile } from '@nuncio/checks'
import { NuncioError } from '@nuncio/core'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { readCommandLine, usageError } from './command-line.ts'
import type { Command } from './commands.ts'
import { print } from './problem-output.ts'

const SCHEMA = 'nuncio.schema.json'
const LINE = {
  name: 'init',
  usage: '[FILE] [options]',
  about:
    'Writes a first configuration (envoy.yaml unless named) and, beside it, the JSON Schema that its first line tells editors\n' +
    'of. Files that are there are left alone. - prints the configuration and writes nothing.\n' +
    'Exit code: 0 written, 2 could not write.',
  options: {
    port: { type: 'string', value: 'port', help: 'where to listen (10000)' },
    'service-port': { type: 'string', value: 'port', help: 'where the service is, on 127.0.0.1 (8080)' },
    schema: { type: 'string', value: 'url', help: 'a schema elsewhere, instead of the file' },
    force: { type: 'boolean', help: 'write over files that are there' },
  },
} as const

/** `nuncio init [FILE]`: a first configuration. */
export const init: Command = {
  help: LINE.about,
  async run(argv) {
    const given = readCommandLine(LINE, argv)
    if (given === undefined) return 0
    const { values, words } = given
    const file = words[0] ?? 'envoy.yaml'
    if (words.length > 1) throw usageError(LINE, 'init writes one file')
    const text = firstFile(
      values.schema ?? `./${SCHEMA}`,
      portOf('port', values.port),
      portOf('service-port', values['service-port']),
    )
    if (file === '-') {
      await print(text)
      return 0
    }
    const beside = values.schema === undefined ? path.join(path.dirname(file), SCHEMA) : undefined
    if (existsSync(file) && values.force !== true)
      throw new NuncioError('ERR_NUNCIO_ARGUMENT', `${file} is there already`, { hint: '--force writes over it' })
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
    const written = [file]
    if (beside !== undefined && (values.force === true || !existsSync(beside))) {
      const { schemaText } = await import('./schema.ts')
      writeFileSync(beside, schemaText())
      written.push(beside)
    }
    await print(`wrote ${written.join(' and ')}\nnext: nuncio -c ${file}\n`)
    return 0
  },
}

function portOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const port = Number(text)
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) throw usageError(LINE, `--${flag} ${text} is no port`)
  return port
}
