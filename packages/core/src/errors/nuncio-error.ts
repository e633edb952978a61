/**
 * Thrown for misuse and at start-up only; nothing is thrown on the data plane. `code` is stable (`ERR_NUNCIO_…`),
 * `hint` says what to do where that helps.
 */
export class NuncioError extends Error {
  readonly code: `ERR_NUNCIO_${string}`
  readonly hint: string | undefined

  constructor(code: `ERR_NUNCIO_${string}`, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'NuncioError'
    this.code = code
    this.hint = options.hint
  }
}
