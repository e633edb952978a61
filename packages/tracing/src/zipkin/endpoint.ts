/** Where spans come from. */
export interface ZipkinEndpoint {
  readonly serviceName: string
  /** IPv4. */
  readonly address: string
}

/** The event that ends each half of a call. */
export const ENDS = { server: 'ss', client: 'cr' } as const
