import { nameOf, type OperatorTable, textOf } from './definition.ts'

/** Operators about how the connections on both sides ended. */
export const endOperators: OperatorTable = {
  DOWNSTREAM_DETECTED_CLOSE_TYPE: textOf((context) => context.info.downstreamCloseType),
  UPSTREAM_DETECTED_CLOSE_TYPE: textOf(({ info }) =>
    info.upstreamHost === undefined ? undefined : info.upstreamCloseType,
  ),
  DOWNSTREAM_LOCAL_CLOSE_REASON: textOf((context) => context.info.downstreamLocalCloseReason),
  UPSTREAM_LOCAL_CLOSE_REASON: textOf((context) => context.info.upstreamLocalCloseReason),
  DOWNSTREAM_TRANSPORT_FAILURE_REASON: nameOf((context) => context.info.downstreamTransportFailure.replace(/\s/g, '_')),
}
