import type { RandomGenerator } from '../random/random.ts'
import { LateRequests } from './late-requests.ts'
import { LoadShedPoint } from './load-shed-point.ts'
import { ShrinkingTimeout } from './shrinking-timeout.ts'

/** A stream as the overload manager weighs it. */
export interface WeighedStream {
  /** Bytes that wait in the proxy for this stream. */
  readonly bufferedBytes: number
  /** Ends it at once (`reset_high_memory_stream`). */
  resetByOverload(): void
}

/** A connection whose streams can be weighed and whose timeouts can change while they run. */
export interface OverloadSubject {
  forEachStream(visit: (stream: WeighedStream) => void): void
  /** A `ShrinkingTimeout` changed: deadlines are computed anew. */
  timeoutsChanged(): void
}

/**
 * What the overload manager decided, as the data plane reads it: a number at each place where load can be turned away.
 * Without an overload manager nothing ever is.
 */
export class OverloadState {
  // Actions.
  readonly stopAcceptingRequests: LoadShedPoint
  readonly disableKeepAlive: LoadShedPoint
  readonly stopAcceptingConnections: LoadShedPoint
  readonly rejectIncomingConnections: LoadShedPoint
  // Load shed points.
  readonly tcpListenerAccept: LoadShedPoint
  readonly creatingCodec: LoadShedPoint
  readonly decodeHeaders: LoadShedPoint
  readonly http1AbortDispatch: LoadShedPoint
  readonly http2GoAway: LoadShedPoint
  readonly http2GoAwayAndClose: LoadShedPoint
  readonly filterCheck: LoadShedPoint
  readonly newUpstreamConnection: LoadShedPoint
  // A resource monitor that turns work away itself.
  readonly lateRequests = new LateRequests()
  // Timeouts.
  readonly connectionIdle = new ShrinkingTimeout()
  readonly connectionDuration = new ShrinkingTimeout()
  readonly streamIdle = new ShrinkingTimeout()
  readonly transportSocketConnect = new ShrinkingTimeout()
  /** Connections that registered themselves, for as long as they are open. */
  readonly subjects = new Set<OverloadSubject>()

  constructor(random: RandomGenerator) {
    const point = (): LoadShedPoint => new LoadShedPoint(random)
    this.stopAcceptingRequests = point()
    this.disableKeepAlive = point()
    this.stopAcceptingConnections = point()
    this.rejectIncomingConnections = point()
    this.tcpListenerAccept = point()
    this.creatingCodec = point()
    this.decodeHeaders = point()
    this.http1AbortDispatch = point()
    this.http2GoAway = point()
    this.http2GoAwayAndClose = point()
    this.filterCheck = point()
    this.newUpstreamConnection = point()
  }

  /** Whether a new downstream connection is to be closed at once. */
  refusesConnection(): boolean {
    return (
      this.stopAcceptingConnections.sheds() || this.rejectIncomingConnections.sheds() || this.tcpListenerAccept.sheds()
    )
  }

  /** Whether a new request is to be answered with 503 before any filter sees it. */
  refusesRequest(request: { readonly path: string }): boolean {
    return this.stopAcceptingRequests.sheds() || this.decodeHeaders.sheds() || this.lateRequests.sheds(request)
  }
}
