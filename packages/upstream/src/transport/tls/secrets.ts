import type { Message } from '@nuncio/config'

type Secret = Message<'envoy.extensions.transport_sockets.tls.v3.Secret'>

/** Where a transport socket gets secrets that its own configuration only names. */
export interface SecretSource {
  /** A secret of `static_resources.secrets`, or one that a control plane sent. */
  get(name: string): Secret | undefined
  /**
   * Follows a secret of an `sds_config`; the callback comes with the first and each later version, the result ends it.
   * Undefined: this source cannot, which is reported as a problem.
   */
  subscribe?(
    name: string,
    source: Message<'envoy.config.core.v3.ConfigSource'>,
    onSecret: (secret: Secret) => void,
  ): (() => void) | undefined
}

/** Knows no secrets. */
export const NO_SECRETS: SecretSource = { get: () => undefined }
