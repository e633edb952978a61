import { fromBase64, latin1Text } from '@nuncio/core'

/** What a request says about its user, or why that is not to be understood. */
export type Credentials =
  | { readonly ok: true; readonly name: string; readonly password: string }
  | { readonly ok: false; readonly details: string; readonly body: string }

const NONE = refusal('no_credential_for_basic_auth', 'Missing username and password.')
const SCHEME = refusal('invalid_scheme_for_basic_auth', "Expected 'Basic' authentication scheme.")
const FORMAT = refusal('invalid_format_for_basic_auth', 'Invalid basic credential format.')
/** For a name or password that is not right: nobody is told which. */
export const WRONG = refusal('invalid_credential_for_basic_auth', 'Invalid username/password combination.')

function refusal(details: string, reason: string): { ok: false; details: string; body: string } {
  return { ok: false, details, body: `User authentication failed. ${reason}` }
}

/** Reads the value of an `Authorization` header; the name ends at the first colon. */
export function readCredentials(value: string | undefined): Credentials {
  if (value === undefined) return NONE
  if (!value.startsWith('Basic ')) return SCHEME
  const bytes = fromBase64(value.slice(6).trim())
  const text = bytes === undefined ? '' : latin1Text(bytes)
  const colon = text.indexOf(':')
  return colon < 0 ? FORMAT : { ok: true, name: text.slice(0, colon), password: text.slice(colon + 1) }
}
