import type { EnumName } from '@nuncio/config'
import type { Host } from '../contracts/host.ts'

/** `ACTIVE`: the host answered, but wrongly. `NETWORK`: no answer could be had. The time limit is not the probe's business. */
export type ProbeFailure = 'ACTIVE' | 'NETWORK'
/** Why a check failed, as Envoy's health check events name it. */
export type FailureType = EnumName<'envoy.data.core.v3.HealthCheckFailureType'>

/** What one check of one host found. */
export type ProbeResult =
  | { readonly ok: true; readonly degraded?: boolean }
  | {
      readonly ok: false
      readonly type: ProbeFailure
      /** A wrong answer that counts towards the threshold instead of failing the host at once. */
      readonly retriable?: boolean
      /** The host asked to be taken out: `x-envoy-immediate-health-check-fail`. */
      readonly excluded?: boolean
    }

/** A check under way. */
export interface ProbeInFlight {
  /** Gives up; `done` is not called any more, or is ignored. */
  cancel(): void
}

/** Checks hosts; the machinery decides when. Sockets live in whoever implements this. */
export interface HealthProbe {
  /** Begins one check; calls `done` once, at once or later. */
  check(host: Host, done: (result: ProbeResult) => void): ProbeInFlight
  /** This host will not be checked again: close what was kept for it. */
  release?(host: Host): void
}
