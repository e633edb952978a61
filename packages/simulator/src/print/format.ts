/** `7.4 ms`, `1.25 s`. */
export function msText(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`
  return `${ms >= 100 ? Math.round(ms) : ms.toFixed(1)} ms`
}

/** `0%`, `0.04%`, `12.5%`, `100%`. */
export function shareText(share: number): string {
  const percent = share * 100
  if (percent === 0 || percent === 100) return `${percent}%`
  return `${percent < 0.095 ? percent.toFixed(2) : Math.min(percent, 99.9).toFixed(1)}%`
}

/** Whole numbers with thin groups: `12 345`. */
export function countText(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(\d{3})+$)/g, ' ')
}

/** How a host is called: its name when it has one, and its address. */
export function hostText(host: { readonly address: string; readonly hostname: string }): string {
  const port = host.address.slice(host.address.lastIndexOf(':'))
  return host.hostname === '' || host.address.startsWith(host.hostname) ? host.address : `${host.hostname}${port}`
}
