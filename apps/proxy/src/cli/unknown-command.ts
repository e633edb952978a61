import { nearest } from '@nuncio/config'
import { NuncioError } from '@nuncio/core'
import { existsSync } from 'node:fs'
import { COMMANDS } from './commands.ts'

/** For a word that is no command: what was probably meant. */
export function unknownCommand(word: string): NuncioError {
  if (existsSync(word))
    return new NuncioError('ERR_NUNCIO_ARGUMENT', `there is no command ${word}; to serve the file: nuncio -c ${word}`)
  const near = nearest(word, COMMANDS.keys())
  const meant = near === undefined ? '' : `; did you mean ${near}?`
  return new NuncioError('ERR_NUNCIO_ARGUMENT', `there is no command ${word}${meant}`, {
    hint: 'nuncio --help lists the commands',
  })
}
