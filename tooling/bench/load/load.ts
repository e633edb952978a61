/** What one slice of load does. */
export interface LoadPlan {
  readonly port: number
  readonly tls: boolean
  /** Requested in turn. */
  readonly paths: readonly string[]
  readonly connections: number
  readonly seconds: number
  /** A new connection for each request, closed after it. */
  readonly newConnections: boolean
}

export interface LoadResult {
  readonly requests: number
  readonly seconds: number
  /** Answers other than 200, and connections that broke. */
  readonly errors: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** What drives the load: `wrk` where it is installed and can do it, else the generator of our own. */
export interface LoadGenerator {
  readonly name: string
  run(plan: LoadPlan, prefix: readonly string[]): Promise<LoadResult>
}

/** The headers of every request: eight, some 340 bytes with the request line, like a browser's. */
export const REQUEST_HEADERS: readonly (readonly [string, string])[] = [
  ['Host', 'bench.example'],
  ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64) nuncio-bench/1'],
  ['Accept', 'text/html,application/json;q=0.9,*/*;q=0.8'],
  ['Accept-Language', 'en-GB,en;q=0.7'],
  ['Accept-Encoding', 'gzip, br, zstd'],
  ['Referer', 'http://bench.example/start'],
  ['Cookie', 'session=5f1a9c0e7d; theme=dark'],
  ['X-Bench', 'loopback'],
]
