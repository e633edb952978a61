import type { Counter, StatsScope } from '@nuncio/core'

/** What both directions count. */
export class DirectionStats {
  readonly compressed: Counter
  readonly notCompressed: Counter
  readonly uncompressedBytes: Counter
  readonly compressedBytes: Counter
  readonly tooSmall: Counter

  constructor(scope: StatsScope, prefix: string) {
    this.compressed = scope.counter(`${prefix}compressed`)
    this.notCompressed = scope.counter(`${prefix}not_compressed`)
    this.uncompressedBytes = scope.counter(`${prefix}total_uncompressed_bytes`)
    this.compressedBytes = scope.counter(`${prefix}total_compressed_bytes`)
    this.tooSmall = scope.counter(`${prefix}content_length_too_small`)
  }
}

/** What is counted of responses besides, at `root`: that has no direction in its name. */
export class ResponseStats extends DirectionStats {
  readonly noAcceptHeader: Counter
  readonly identity: Counter
  readonly used: Counter
  readonly overshadowed: Counter
  readonly wildcard: Counter
  readonly notValid: Counter
  readonly etag: Counter

  constructor(scope: StatsScope, root: string, prefix: string) {
    super(scope, prefix)
    this.noAcceptHeader = scope.counter(`${root}no_accept_header`)
    this.identity = scope.counter(`${root}header_identity`)
    this.used = scope.counter(`${root}header_compressor_used`)
    this.overshadowed = scope.counter(`${root}header_compressor_overshadowed`)
    this.wildcard = scope.counter(`${root}header_wildcard`)
    this.notValid = scope.counter(`${root}header_not_valid`)
    this.etag = scope.counter(`${root}not_compressed_etag`)
  }
}
