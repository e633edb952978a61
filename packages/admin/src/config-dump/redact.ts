import type { JsonObject, JsonValue } from '@nuncio/config'

const REDACTED = '[redacted]'

/** Fields of Envoy's API that are marked sensitive, and those of other messages that hold secrets. */
const SECRET_FIELDS = new Set([
  'private_key',
  'private_key_provider',
  'password',
  'session_ticket_keys',
  'generic_secret',
  'token_secret',
  'hmac_secret',
  'client_secret',
  'shared_secret',
  'auth_password',
  'auth_passwords',
  'access_token',
  'secret_access_key',
  'session_token',
  'api_key',
  'credentials',
  'users',
  'pkcs12',
])

/**
 * A copy in which everything below a secret field is hidden: texts become `[redacted]`, file names too, as in Envoy. A
 * secret that stands in a header value or a body of the configuration is not recognised.
 */
export function redactSecrets(config: JsonObject): JsonObject {
  return redactFields(config, false)
}

function redactFields(config: JsonObject, hide: boolean): JsonObject {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, redact(value, hide || SECRET_FIELDS.has(snakeCase(key)), key)]),
  )
}

function redact(value: JsonValue, hide: boolean, key: string): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => redact(item, hide, key))
  if (typeof value === 'object' && value !== null) return redactFields(value as JsonObject, hide)
  return hide && typeof value === 'string' && key !== '@type' ? REDACTED : value
}

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
