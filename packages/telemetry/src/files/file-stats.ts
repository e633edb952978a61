import type { Counter, Gauge, StatsScope } from '@nuncio/core'

/** `filesystem.*`: what became of the lines that were to be written. */
export interface FileStats {
  /** Lines taken into a buffer. */
  readonly writeBuffered: Counter
  /** Writes to the file that succeeded. */
  readonly writeCompleted: Counter
  /** Writes that failed; their lines are lost and counted in `linesDropped`. */
  readonly writeFailed: Counter
  readonly flushedByTimer: Counter
  readonly reopenFailed: Counter
  /** Bytes in all buffers. */
  readonly writeTotalBuffered: Gauge
  /** Lines that were lost: the buffer was full, or a write failed. Our own; Envoy does not count them. */
  readonly linesDropped: Counter
}

/** Takes the handles of `filesystem.` from a scope. */
export function fileStats(scope: StatsScope): FileStats {
  const files = scope.scope('filesystem.')
  return {
    writeBuffered: files.counter('write_buffered'),
    writeCompleted: files.counter('write_completed'),
    writeFailed: files.counter('write_failed'),
    flushedByTimer: files.counter('flushed_by_timer'),
    reopenFailed: files.counter('reopen_failed'),
    writeTotalBuffered: files.gauge('write_total_buffered'),
    linesDropped: files.counter('lines_dropped'),
  }
}
