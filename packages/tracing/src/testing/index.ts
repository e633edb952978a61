export { type OtlpExport, type OtlpSpan, readOtlp } from './read-otlp.ts'
