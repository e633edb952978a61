/** What is told to stop: a server, or the primary of several workers. */
export interface Stoppable {
  readonly stopped: Promise<void>
  drain(timeMs: number): Promise<void>
  reread(): Promise<unknown>
  reopenLogs(): void
}

/**
 * Serves until told to stop. SIGHUP reads the configuration again. SIGTERM and SIGINT drain: no new connections, what is
 * under way is finished, at most `drainMs` long; a second one stops at once. Answers the exit code.
 */
export async function untilStopped(server: Stoppable, drainMs: number): Promise<number> {
  return await new Promise((resolve) => {
    let stopping = false
    const stop = (): void => {
      if (stopping) {
        process.exit(1)
      }
      stopping = true
      void server.drain(drainMs).then(() => resolve(0))
    }
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
    process.on('SIGHUP', () => void server.reread())
    process.on('SIGUSR1', () => server.reopenLogs())
    void server.stopped.then(() => resolve(0))
  })
}
