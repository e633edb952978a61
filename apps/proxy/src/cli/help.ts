import { COMMANDS, type Command } from './commands.ts'
import { run as runProxy } from './run.ts'
import { usageError } from './command-line.ts'
import { unknownCommand } from './unknown-command.ts'

/** `nuncio help [COMMAND]`: what `--help` prints, of the proxy or of a command. */
export const help: Command = {
  help: '[COMMAND]  what --help prints of it',
  async run([name, ...more]) {
    if (name === undefined || name.startsWith('-')) return await runProxy(['--help'])
    if (more.length > 0) throw usageError({ name: 'help' }, 'help takes one command')
    const command = COMMANDS.get(name)
    if (command === undefined) throw unknownCommand(name)
    return command === COMMANDS.get('help') ? await runProxy(['--help']) : await command.run(['--help'])
  },
}
