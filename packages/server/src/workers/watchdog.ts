import type { Message } from '@nuncio/config'
import type { RandomGenerator } from '@nuncio/core'
import type { ConfigPlace } from '@nuncio/matching'

/** When a worker that does not answer is late, and when it is given up; ms. 0 = never. */
export interface WatchdogInfo {
  readonly missMs: number
  readonly megaMissMs: number
  readonly killMs: number
  readonly maxKillJitterMs: number
  readonly multiKillMs: number
  /** Percent of the workers that must hang for `multiKillMs`. */
  readonly multiKillPercent: number
}

/**
 * Decides `watchdogs.worker_watchdog`, or the older `watchdog`. A worker that hangs for 5 s is replaced unless
 * `kill_timeout` says otherwise.
 */
export function decideWatchdog(bootstrap: Message<'envoy.config.bootstrap.v3.Bootstrap'>): WatchdogInfo {
  const config = bootstrap.watchdogs === undefined ? bootstrap.watchdog : bootstrap.watchdogs.worker_watchdog
  return {
    missMs: config?.miss_timeout ?? 200,
    megaMissMs: config?.megamiss_timeout ?? 1000,
    killMs: config?.kill_timeout ?? 5000,
    maxKillJitterMs: config?.max_kill_timeout_jitter ?? 0,
    multiKillMs: config?.multikill_timeout ?? 0,
    multiKillPercent: config?.multikill_threshold?.value ?? 0,
  }
}

/** There is one word on how to watch; `place` is that of the bootstrap. */
export function checkWatchdogs(bootstrap: Message<'envoy.config.bootstrap.v3.Bootstrap'>, place: ConfigPlace): void {
  if (bootstrap.watchdog !== undefined && bootstrap.watchdogs !== undefined)
    place.at('watchdog').error('conflict', 'only one of watchdog and watchdogs can be set')
}

/** One worker, as the watchdog sees it: when it last answered, and what was said about that. */
export class Watched {
  lastMs: number
  missed = false
  megaMissed = false
  /** When it is given up: `killMs` and its own jitter. */
  readonly killMs: number

  constructor(info: WatchdogInfo, random: RandomGenerator, nowMs: number) {
    this.lastMs = nowMs
    const jitter = info.maxKillJitterMs > 0 ? (random.uint32() / 2 ** 32) * info.maxKillJitterMs : 0
    this.killMs = info.killMs > 0 ? info.killMs + jitter : Number.POSITIVE_INFINITY
  }

  answered(nowMs: number): void {
    this.lastMs = nowMs
    this.missed = this.megaMissed = false
  }
}

/** What a look at a worker came to. */
export type Finding = 'miss' | 'mega-miss'

/** Looks at one worker: each lateness is told once, until it answers again. */
export function look(watched: Watched, info: WatchdogInfo, nowMs: number): readonly Finding[] {
  const silent = nowMs - watched.lastMs
  const findings: Finding[] = []
  if (silent > info.missMs && !watched.missed) {
    watched.missed = true
    findings.push('miss')
  }
  if (silent > info.megaMissMs && !watched.megaMissed) {
    watched.megaMissed = true
    findings.push('mega-miss')
  }
  return findings
}

/** Those to kill: each that hangs for too long, or all that hang together when they are too many. */
export function toKill<W extends { readonly watched: Watched }>(
  all: readonly W[],
  info: WatchdogInfo,
  nowMs: number,
): W[] {
  const silent = ({ watched }: W): number => nowMs - watched.lastMs
  const together = info.multiKillMs > 0 ? all.filter((one) => silent(one) > info.multiKillMs) : []
  const enough = Math.max(2, Math.ceil((info.multiKillPercent / 100) * all.length))
  return all.filter((one) => silent(one) > one.watched.killMs || (together.length >= enough && together.includes(one)))
}
