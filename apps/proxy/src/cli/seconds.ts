import { NuncioError } from '@nuncio/core'

/** The whole seconds that a flag gives; `fallback` without it. Throws when it is no number. */
export function seconds(flag: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  if (!/^\d+$/.test(text)) throw new NuncioError('ERR_NUNCIO_ARGUMENT', `--${flag} ${text} is no number of seconds`)
  return Number(text)
}

/** The whole milliseconds, at least one, that a flag gives. */
export function milliseconds(flag: string, text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw new NuncioError('ERR_NUNCIO_ARGUMENT', `--${flag} ${text} is no number of milliseconds`)
}
