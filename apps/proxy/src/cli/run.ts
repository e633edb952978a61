import { NuncioError } from '@nuncio/core'
import { helpText, readArguments } from './arguments.ts'
import { COMMANDS } from './commands.ts'
import { runDemo } from '../demo/demo.ts'
import { serve } from './serve.ts'
import { unknownCommand } from './unknown-command.ts'
import { VERSION } from './version.ts'

/** Runs the command line; answers the exit code: 0 well, 1 problems with what was given, 2 could not run. */
export async function run(argv: readonly string[]): Promise<number> {
  const command = argv[0] === undefined || argv[0].startsWith('-') ? undefined : COMMANDS.get(argv[0])
  if (command !== undefined) return await guarded(() => command.run(argv.slice(1)))
  return await guarded(() => proxy(argv))
}

async function proxy(argv: readonly string[]): Promise<number> {
  const { values, words } = readArguments(argv)
  if (values.help === true) return say(helpText([...COMMANDS].map(([name, { help }]) => [name, help] as const)))
  if (values.version === true) return say(`nuncio ${VERSION} (Node ${process.version})\n`)
  if (words.length > 0) throw unknownCommand(words[0]!)
  if (values.demo === true) return await runDemo(values)
  if (values['config-path'] === undefined && values['config-yaml'] === undefined) {
    return complain('a configuration is needed: -c FILE or --config-yaml TEXT (or --demo to look around)')
  }
  return await serve(values)
}

async function guarded(work: () => Promise<number>): Promise<number> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof NuncioError)) throw error
    const misuse = error.code === 'ERR_NUNCIO_ARGUMENT' || error.code === 'ERR_NUNCIO_INPUT'
    return complain(error.hint === undefined ? error.message : `${error.message}\n${error.hint}`, misuse ? 2 : 1)
  }
}

function say(text: string): number {
  process.stdout.write(text)
  return 0
}

function complain(text: string, code = 2): number {
  process.stderr.write(`nuncio: ${text}\n`)
  return code
}
