/** What is told to stop: a server, or the primary of several workers. */
export interface Stoppable {
  readonly stopped: Promise<void>
  drain(timeMs: number): Promise<void>
  reread(): Promise<unknown>
  reopenLogs(): void
}

const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * Serves until told to stop. SIGHUP reads the configuration again. SIGTERM and SIGINT drain: no new connections, what is
 * under way is finished, at most `drainMs` long; a second one stops at once. Answers the exit code.
 */
export async function untilStopped(server: Stoppable, drainMs: number): Promise<number> {
  return await new Promise((resolve) => {
    // A configuration without listeners leaves nothing else that keeps the process alive.
    const alive = setInterval(() => {}, LONGEST_TIMER_MS)
    const end = (): void => {
      clearInterval(alive)
      resolve(0)
    }
    let stopping = false
    const stop = (): void => {
      if (stopping) {
        process.exit(1)
      }
      stopping = true
      void server.drain(drainMs).then(end)
    }
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
    process.on('SIGHUP', () => void server.reread())
    process.on('SIGUSR1', () => server.reopenLogs())
    void server.stopped.then(end)
  })
}
