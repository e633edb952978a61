import { NuncioError } from '@nuncio/core'
import { readFileSync } from 'node:fs'

/** The bytes of a file that the command line names. */
export function readInput(file: string): Uint8Array {
  try {
    return readFileSync(file === '-' ? 0 : file)
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? 'there is no such file'
        : error instanceof Error
          ? error.message
          : String(error)
    throw new NuncioError('ERR_NUNCIO_INPUT', `${file}: ${reason}`, { cause: error })
  }
}
