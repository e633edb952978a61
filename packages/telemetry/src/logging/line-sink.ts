import { writeSync } from 'node:fs'
import { closeDescriptor, type Descriptor, openForAppending } from '../files/descriptor.ts'

/** Takes the lines of the process's own log. Never throws. */
export interface LineSink {
  /** A line with its newline, in real Unicode. */
  write(line: string): void
  /** Opens a file anew, after log rotation; nothing for streams. */
  reopen(): void
  close(): void
}

/**
 * The log on standard error, written before the call returns, so that the last words of a process are not lost. What the
 * stream does not take is dropped.
 */
export function standardErrorSink(): LineSink {
  return { write: (line) => void tryWrite(2, line), reopen: () => {}, close: () => {} }
}

/** The log in a file, appended line by line; lines that the file does not take are dropped. Throws when it cannot be opened. */
export function fileSink(path: string): LineSink {
  let descriptor: Descriptor | undefined = openForAppending(path)
  return {
    write(line) {
      if (descriptor !== undefined) tryWrite(descriptor.fd, line)
    },
    reopen() {
      try {
        const fresh = openForAppending(path)
        if (descriptor !== undefined) closeDescriptor(descriptor)
        descriptor = fresh
      } catch {
        // The old file stays; there is nowhere else to complain.
      }
    },
    close() {
      if (descriptor !== undefined) closeDescriptor(descriptor)
      descriptor = undefined
    },
  }
}

function tryWrite(fd: number, line: string): boolean {
  try {
    writeSync(fd, line)
    return true
  } catch {
    return false
  }
}
