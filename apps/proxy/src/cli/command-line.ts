import { NuncioError } from '@nuncio/core'
import { parseFlags } from './parse-flags.ts'

/** A flag of a command. */
export interface Option {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  readonly multiple?: boolean
  /** What stands for the value in the help; `value` unless given. */
  readonly value?: string
  readonly help: string
}

export interface CommandLine<T extends Readonly<Record<string, Option>>> {
  readonly name: string
  /** What follows the name: `FILE URL [options]`. */
  readonly usage: string
  readonly about: string
  readonly options: T
}

type Value<O extends Option> = O['type'] extends 'boolean'
  ? boolean
  : O extends { readonly multiple: true }
    ? readonly string[]
    : string

export type Values<T extends Readonly<Record<string, Option>>> = { readonly [K in keyof T]?: Value<T[K]> }

/** What a command was given; undefined when it was asked for help, which was printed. */
export interface Given<T extends Readonly<Record<string, Option>>> {
  readonly values: Values<T>
  readonly words: readonly string[]
}

/** Reads the command line of a tool. Throws `ERR_NUNCIO_ARGUMENT` for flags that it does not have. */
export function readCommandLine<T extends Readonly<Record<string, Option>>>(
  line: CommandLine<T>,
  argv: readonly string[],
): Given<T> | undefined {
  const options = Object.fromEntries(
    Object.entries(line.options).map(([name, { type, short, multiple }]) => [
      name,
      { type, ...(short !== undefined && { short }), ...(multiple === true && { multiple }) },
    ]),
  )
  const all = { ...options, help: { type: 'boolean', short: 'h' } } as const
  const { values, words } = parseFlags(all, argv, helpHint(line))
  if (values['help'] !== true) return { values: values as Values<T>, words }
  process.stdout.write(helpText(line))
  return undefined
}

/** For misuse of a command: exit code 2, and where the help is. */
export function usageError(line: { readonly name: string }, message: string): NuncioError {
  return new NuncioError('ERR_NUNCIO_ARGUMENT', message, { hint: helpHint(line) })
}

function helpHint({ name }: { readonly name: string }): string {
  return `nuncio ${name} --help tells how to use it`
}

const HELP: Option = { type: 'boolean', short: 'h', help: 'print this text' }

function helpText<T extends Readonly<Record<string, Option>>>({ name, usage, about, options }: CommandLine<T>): string {
  const all: Readonly<Record<string, Option>> = { ...options, help: HELP }
  const rows = Object.entries(all).map(([long, option]) => {
    const short = option.short === undefined ? '    ' : `-${option.short}, `
    const value = option.type === 'boolean' ? '' : ` <${option.value ?? 'value'}>${option.multiple === true ? '…' : ''}`
    return `  ${`${short}--${long}${value}`.padEnd(34)} ${option.help}`
  })
  return `Usage: nuncio ${name} ${usage}\n\n${about}\n\nOptions:\n${rows.join('\n')}\n`
}

/** The one of several words that a flag names; the first of them when it is not given. */
export function oneOf<W extends string>(
  line: { readonly name: string },
  flag: string,
  given: string | undefined,
  words: readonly W[],
): W {
  const found = given === undefined ? words[0]! : words.find((word) => word === given)
  if (found === undefined) throw usageError(line, `--${flag} ${given!} is none of ${words.join(', ')}`)
  return found
}

/** Words of flags that may be repeated or hold commas. */
export function listed(given: readonly string[] | undefined): readonly string[] | undefined {
  return given?.flatMap((text) => text.split(',')).filter((word) => word !== '')
}
