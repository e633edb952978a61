import type { Server } from '@nuncio/server'
import { spawn } from 'node:child_process'
import { LiveFilters } from '../filters/live-filters.ts'
import { canLoadLive } from '../filters/live-module.ts'
import { messageOf } from '../filters/load-filters.ts'
import { readArguments, type Values } from './arguments.ts'
import type { Command } from './commands.ts'
import { usageError } from './command-line.ts'
import { makeLogger } from './logger.ts'
import { serve } from './serve.ts'

const LINE = {
  name: 'dev',
  usage: '-c FILE --filter MODULE… [flags]',
  about:
    'Runs the proxy and swaps filters whose files change: new streams get the new version, those that are under way end with\n' +
    'the one that they began with. A version that does not load changes nothing. Takes the flags of the proxy.',
  options: {},
} as const

/** `nuncio dev`: the proxy with filters that are swapped when their files change. */
export const dev: Command = {
  help: LINE.about,
  async run(argv) {
    const { values } = readArguments(argv)
    if (values.help === true) {
      process.stdout.write(`Usage: nuncio dev ${LINE.usage}\n\n${LINE.about}\n`)
      return 0
    }
    if (values['config-path'] === undefined || values.filter === undefined)
      throw usageError(LINE, 'dev needs -c FILE and --filter MODULE')
    return canLoadLive() ? await runLive(values, values.filter) : await again(argv)
  },
}

async function runLive(values: Values, modules: readonly string[]): Promise<number> {
  // Whoever started this one again is gone, however it ended.
  process.on('disconnect', () => process.exit(1))
  // Listening to it must not keep the process alive.
  process.channel?.unref()
  using filters = await LiveFilters.load(modules)
  const logger = makeLogger(values).child('dev')
  const swap = async (server: Server, read: () => Uint8Array | string): Promise<void> => {
    try {
      await filters.reload()
    } catch (error) {
      logger.log('error', `the filters stay as they are: ${messageOf(error)}`)
      return
    }
    const { outcome } = await server.reload(read(), { httpFilters: filters.definitions })
    const names = filters.definitions.map(({ name }) => name).join(', ')
    if (outcome === 'applied') logger.log('info', `new streams get the new version of ${names}`)
  }
  return await serve(values, {
    httpFilters: filters.definitions,
    onServing: (server, read) => {
      const onChange = (): void => void swap(server, read).then(() => filters.watch(onChange))
      filters.watch(onChange)
    },
  })
}

/** Live modules need a flag that Node.js takes only when it starts. */
async function again(argv: readonly string[]): Promise<number> {
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning']
  const args = [...process.execArgv, ...flags, process.argv[1]!, 'dev', ...argv]
  const child = spawn(process.execPath, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'] as const) {
    // A terminal sends Ctrl-C to both.
    process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY) || child.kill(signal))
  }
  return await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
}
