import { NuncioError } from '@nuncio/core'
import { readFileSync } from 'node:fs'

/** The bytes of a file that the command line names. */
export function readInput(file: string): Uint8Array {
  try {
    return readFileSync(file === '-' ? 0 : file)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new NuncioError('ERR_NUNCIO_INPUT', `${file}: ${REASONS[code ?? ''] ?? message}`, { cause: error })
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'this is a folder, not a file',
  EACCES: 'it may not be read',
}
