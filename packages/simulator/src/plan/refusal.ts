import { NuncioError } from '@nuncio/core'

/** The error for a plan that cannot be run. */
export function refusal(message: string, hint?: string): NuncioError {
  return new NuncioError('ERR_NUNCIO_SIMULATION', message, hint === undefined ? {} : { hint })
}
