import { nearest } from '@nuncio/config'
import { NuncioError } from '@nuncio/core'
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'

export interface Parsed {
  readonly values: Readonly<Record<string, unknown>>
  readonly words: readonly string[]
}

/** Flags and words of a command line. Throws `ERR_NUNCIO_ARGUMENT`, with the flag that was probably meant. */
export function parseFlags(options: ParseArgsOptionsConfig, argv: readonly string[], hint: string): Parsed {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true })
    return { values, words: positionals }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new NuncioError('ERR_NUNCIO_ARGUMENT', explain(error, Object.keys(options)), { hint, cause: error })
  }
}

/** What Node.js says of a command line, in words for who typed it. */
function explain({ message }: TypeError, flags: readonly string[]): string {
  const given = /-[^', ]+(?=[', ])/.exec(message)?.[0] ?? ''
  const flag = /--[^', ]+/.exec(message)?.[0] ?? given
  if (message.startsWith('Unknown option')) return `there is no flag ${given}${meant(given, flags)}`
  if (message.includes('does not take an argument')) return `${flag} takes no value`
  if (message.includes('ambiguous')) return `${flag} needs a value; one that begins with a dash goes as ${flag}=-…`
  return message.includes('argument missing') ? `${flag} needs a value` : message
}

function meant(given: string, flags: readonly string[]): string {
  const near = given.startsWith('--') ? nearest(given.slice(2), flags) : undefined
  return near === undefined ? '' : `; did you mean --${near}?`
}
