// One line a sink: the folder exports its definition.
export { dogStatsd } from './dog-statsd/index.ts'
export { graphiteStatsd } from './graphite-statsd/index.ts'
export { statsd } from './statsd/index.ts'
