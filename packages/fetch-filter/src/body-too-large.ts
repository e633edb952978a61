import { NuncioError } from '@nuncio/core'

/** More of a body was read ahead than a filter may: before `next()`, or before the response was given back. */
export class BodyTooLargeError extends NuncioError {
  constructor(maxBytes: number) {
    super('ERR_NUNCIO_BODY_TOO_LARGE', `the body is larger than the ${maxBytes} bytes that may be read ahead`, {
      hint: 'raise `maxBytes`, or change the body as a stream',
    })
  }
}
