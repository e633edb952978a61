import type { FieldType } from '../schema/field-type.ts'

/** What stands where a secret was, as in Envoy. */
export const REDACTED = '[redacted]'

/**
 * Fields that hold secrets and that Envoy's API does not mark as such. The marked ones (private keys, passwords, tickets'
 * keys, generic secrets, credentials of users and of Redis, …) are known from the table.
 */
const ALSO: ReadonlySet<string> = new Set([
  'envoy.config.core.v3.GrpcService.GoogleGrpc.SslCredentials.private_key',
  'envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials.access_token',
  'envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials.google_refresh_token',
  'envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials.ServiceAccountJWTAccessCredentials.json_key',
  'envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials.GoogleIAMCredentials.authorization_token',
  'envoy.config.trace.v3.LightstepConfig.access_token',
  'envoy.extensions.common.aws.v3.InlineCredentialProvider.secret_access_key',
  'envoy.extensions.common.aws.v3.InlineCredentialProvider.session_token',
])

/** Whether a field's content may not be shown. */
export function isSensitive(type: string, field: FieldType): boolean {
  return field.spec.s === 1 || ALSO.has(`${type}.${field.field}`)
}
