import { close, constants, fstatSync, openSync } from 'node:fs'

/** An open file that lines go to. */
export interface Descriptor {
  readonly fd: number
  /** Whether it is ours to close; the standard streams are not. */
  readonly owned: boolean
}

/** Windows has no such flag; there opening never waits for a reader. */
const NONBLOCK = constants.O_NONBLOCK ?? 0
const STANDARD: Readonly<Record<string, number>> = { '/dev/stdout': 1, '/dev/stderr': 2 }

/**
 * Opens a file for appending, making it if need be. Never waits: a FIFO without a reader fails with `ENXIO`. Throws the
 * system's error.
 */
export function openForAppending(path: string): Descriptor {
  const standard = STANDARD[path]
  if (standard !== undefined) return openStandard(standard, path)
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | NONBLOCK
  return { fd: openSync(path, flags, 0o644), owned: true }
}

/**
 * Standard output or error. A pipe or terminal is opened a second time, so that writes to it do not wait for a slow
 * reader and the other users of the stream keep theirs as it is; a file or socket is used as it was inherited.
 */
function openStandard(fd: number, path: string): Descriptor {
  try {
    const stat = fstatSync(fd)
    if (stat.isFIFO() || stat.isCharacterDevice()) {
      return { fd: openSync(path, constants.O_WRONLY | constants.O_APPEND | NONBLOCK), owned: true }
    }
  } catch {
    // It may be closed, or belong to another user; then it is used as it is, and writes to it fail or succeed.
  }
  return { fd, owned: false }
}

/** Closes a descriptor that is ours; what goes wrong is of no interest any more. */
export function closeDescriptor(descriptor: Descriptor): void {
  if (descriptor.owned) close(descriptor.fd, () => {})
}

/** The system's code of an error, such as `ENOSPC`; '' when it has none. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
