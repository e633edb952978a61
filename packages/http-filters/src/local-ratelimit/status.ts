import { envoySchema, type EnumName } from '@nuncio/config'

/** The number of a status that refuses a request: what is no error, or not said, becomes 429. */
export function statusOf(name: EnumName<'envoy.type.v3.StatusCode'> | undefined): number {
  const status = name === undefined ? 0 : (envoySchema().enum('envoy.type.v3.StatusCode')?.values[name] ?? 0)
  return status < 400 ? 429 : status
}
