/** Envoy's levels, the most talkative first; `off` lets nothing through. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warning' | 'error' | 'critical' | 'off'

/** Where a part tells its operator something. Nothing in a library writes to the console itself. */
export interface Logger {
  /** Whether a message of this level would be written; ask before making an expensive one. */
  enabled(level: LogLevel): boolean
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void
  /** A logger for one component (`router`, `upstream`, …), with a level of its own. */
  child(component: string): Logger
}

/** Says nothing. */
export const silentLogger: Logger = { enabled: () => false, log: () => {}, child: () => silentLogger }
