import { NuncioError } from '@nuncio/core'
import path from 'node:path'
import { messagesText } from '../filters/messages-of.ts'
import { pageFiles, pageFolder } from '../playground/page-files.ts'
import { PageServer } from '../playground/page-server.ts'
import { readCommandLine, usageError } from './command-line.ts'
import type { Command } from './commands.ts'
import { print } from './problem-output.ts'
import { FILTER_OPTION, productWith } from './product.ts'
import { readInput } from './read-file.ts'

const LINE = {
  name: 'playground',
  usage: 'FILE [options]',
  about:
    'Opens a configuration in the playground: a page on a loopback address that checks and draws it, explains requests, and\n' +
    'simulates its clusters. Reloading the page reads the file anew. Nothing leaves this machine.\n' +
    'Exit code: 0 stopped by a signal, 2 could not run.',
  options: {
    port: { type: 'string', value: 'number', help: 'the port; any free one unless given' },
    ...FILTER_OPTION,
  },
} as const

/** `nuncio playground FILE`: the playground on a file. */
export const playground: Command = {
  help: LINE.about,
  async run(argv) {
    const given = readCommandLine(LINE, argv)
    if (given === undefined) return 0
    const [file, ...more] = given.words
    if (file === undefined || more.length > 0) throw usageError(LINE, 'playground needs a file')
    const folder = pageFolder()
    if (folder === undefined)
      throw new NuncioError('ERR_NUNCIO_ARGUMENT', 'the playground is not built', { hint: 'npm run build builds it' })
    const first = readInput(file)
    const source = (): Uint8Array => Buffer.from(file === '-' ? first : readInput(file))
    const { filters } = await productWith(given.values.filter)
    const page = { url: './source', name: path.basename(file), messages: messagesText(filters) }
    await using server = new PageServer(pageFiles(folder, page), source)
    const url = await listen(server, portOf(given.values.port))
    await print(`${file} is open at ${url}\nCtrl-C ends it.\n`)
    await stopped()
    return 0
  },
}

async function listen(server: PageServer, port: number): Promise<string> {
  try {
    return await server.listen(port)
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException
    const hint = code === 'EADDRINUSE' ? 'something listens there; without --port it takes a free one' : undefined
    throw new NuncioError('ERR_NUNCIO_ARGUMENT', `port ${port}: ${code}`, { ...(hint !== undefined && { hint }) })
  }
}

function portOf(text: string | undefined): number {
  if (text === undefined) return 0
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw usageError(LINE, `--port ${text} is no port`)
  return Number(text)
}

async function stopped(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  process.once('SIGINT', resolve)
  process.once('SIGTERM', resolve)
  await promise
}
