import { NuncioError } from '@nuncio/core'
import type { Platform } from './platform.ts'

/** A platform that has nothing: whoever asks for something gets this error thrown. */
export function noPlatform(code: `ERR_NUNCIO_${string}`, message: string, hint: string): Platform {
  const missing = (): never => {
    throw new NuncioError(code, message, { hint })
  }
  return {
    compressor: missing,
    decompressor: missing,
    sha1: missing,
    sha256: missing,
    hmacSha256: missing,
    timingSafeEqual: missing,
    subtle: undefined,
    readFile: missing,
    environment: () => undefined,
    watchFile: () => () => {},
    abortController: missing,
  }
}
