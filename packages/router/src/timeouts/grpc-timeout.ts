const GRPC_TIMEOUT = /^([0-9]{1,8})([HMSmun])$/
const UNIT_MS = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 } as const

/** A `grpc-timeout` header as whole milliseconds, rounded up; undefined when it is malformed or absent. */
export function parseGrpcTimeout(value: string | undefined): number | undefined {
  const found = value === undefined ? null : GRPC_TIMEOUT.exec(value)
  if (found === null) return undefined
  return Math.ceil(Number(found[1]) * UNIT_MS[found[2] as keyof typeof UNIT_MS])
}

/** Milliseconds as a `grpc-timeout` header, in the finest unit that its 8 digits allow. */
export function formatGrpcTimeout(ms: number): string {
  const whole = Math.max(0, Math.floor(ms))
  if (whole < 1e8) return `${whole}m`
  if (whole / 1000 < 1e8) return `${Math.floor(whole / 1000)}S`
  if (whole / 60_000 < 1e8) return `${Math.floor(whole / 60_000)}M`
  return `${Math.min(99_999_999, Math.floor(whole / 3_600_000))}H`
}
