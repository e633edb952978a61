export { describe, type Description } from './describe.ts'
export { jsonSchema, type JsonSchemaOptions } from './json-schema.ts'
