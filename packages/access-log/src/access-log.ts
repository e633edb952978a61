import type { FormatContext } from './context.ts'

/** Where what happened is written down: one entry of an `access_log`. */
export interface AccessLog {
  log(context: FormatContext): void
  /** Whether it prints `%LOCAL_REPLY_BODY%`, which is kept only for those that do. */
  readonly readsLocalReplyBody?: boolean
  /** What was logged is written; files that nobody else uses are closed. */
  close?(): Promise<void>
}
