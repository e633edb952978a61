import type { Problem } from '@nuncio/config'

/** The problem of a configuration that could not be read at all. */
export function unreadable(file: string, error: unknown): Problem {
  const { code, message } = error as NodeJS.ErrnoException
  return {
    code: 'unreadable',
    severity: 'error',
    path: '',
    file,
    line: 0,
    column: 0,
    message: `the configuration cannot be read: ${code === 'ENOENT' ? 'there is no such file' : message}`,
    hint: '',
  }
}
