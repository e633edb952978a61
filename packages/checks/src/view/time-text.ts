/** A duration as configuration writes it, `1.5s` or `250ms`; 0 is off. */
export function timeText(milliseconds: number): string {
  if (milliseconds === 0) return 'off'
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`
}
