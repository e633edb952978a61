import { envoySchema, type EnumName } from '@nuncio/config'

/** The number of a status that refuses a request: what is no error, or not said, becomes `fallback`. */
export function errorStatusOf(name: EnumName<'envoy.type.v3.StatusCode'> | undefined, fallback: number): number {
  const status = name === undefined ? 0 : (envoySchema().enum('envoy.type.v3.StatusCode')?.values[name] ?? 0)
  return status < 400 ? fallback : status
}
