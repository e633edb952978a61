import type { FormatContext, Formatter } from '@nuncio/access-log'
import type { LogFile } from '../files/log-file.ts'
import type { LogFiles } from '../files/log-files.ts'
import type { AccessLogger, AccessLoggerContext } from './contracts.ts'

/** Formats each stream as a line and appends it to a file. */
class LineLogger implements AccessLogger {
  readonly #formatter: Formatter
  readonly #file: LogFile
  readonly #files: LogFiles

  constructor(formatter: Formatter, file: LogFile, files: LogFiles) {
    this.#formatter = formatter
    this.#file = file
    this.#files = files
  }

  log(context: FormatContext): void {
    this.#file.write(this.#formatter.format(context))
  }
  flush(): Promise<void> {
    return this.#file.flush()
  }
  close(): Promise<void> {
    return this.#files.release(this.#file)
  }
}

/** Opens the file for a formatter; reports it under `field` of `node` when that fails. */
export function lineLogger(
  formatter: Formatter | undefined,
  file: { readonly path: string; readonly node: object; readonly field: string },
  context: AccessLoggerContext,
): AccessLogger | undefined {
  if (formatter === undefined) return undefined
  try {
    return new LineLogger(formatter, context.files.open(file.path), context.files)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const { path, node, field } = file
    context.report({
      code: 'unwritable-file',
      path: field,
      message: `cannot open ${path} for writing: ${reason}`,
      hint: 'make the directory, or log to /dev/stdout',
      node,
      field,
    })
    return undefined
  }
}
