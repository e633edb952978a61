import { canonical } from './canonical.ts'
import { validate } from './validate.ts'

/** A verb of the command line: `nuncio <name> …`. */
export interface Command {
  readonly help: string
  run(argv: readonly string[]): Promise<number>
}

/** One line a command. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['validate', validate],
  ['canonical', canonical],
])
