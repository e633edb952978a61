// One line a tracing provider: the folder exports its definition.
export { opentelemetry } from './opentelemetry/index.ts'
export { zipkin } from './zipkin/index.ts'
