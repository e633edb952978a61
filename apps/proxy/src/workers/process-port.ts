import type { Port } from '@nuncio/server'
import type { ChildProcess, SendHandle } from 'node:child_process'

/** The pipe between two of our processes, from either end. */
export function processPort(end: ChildProcess | NodeJS.Process): Port {
  const process = end as ChildProcess
  return {
    send(message, handle) {
      if (!process.connected) return false
      // A failure shows as the end of the pipe, which is told to `onClose`.
      process.send(message as object, handle as SendHandle, {}, () => {})
      return true
    },
    onMessage: (listener) => void process.on('message', (message, handle) => listener(message, handle as object)),
    onClose: (listener) => void process.on('disconnect', listener),
  }
}
