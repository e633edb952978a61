/**
 * Fields of a connection manager that only streams read: another value is for those that begin under it. All others belong
 * to its connections, which end when one of them changes.
 */
export const FIELDS_OF_STREAMS = [
  'route_config',
  'scoped_routes',
  'rds',
  'http_filters',
  'access_log',
  'local_reply_config',
  'tracing',
] as const
