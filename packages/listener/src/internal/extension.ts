import { envoyMessage } from '@nuncio/config'

const TYPE = 'envoy.extensions.bootstrap.internal_listener.v3.InternalListener'

/** `envoy.bootstrap.internal_listener`, which a bootstrap with internal listeners must have. */
export const internalListenerExtension = {
  name: 'envoy.bootstrap.internal_listener',
  config: envoyMessage<typeof TYPE>(TYPE, {
    [TYPE]: { honoured: [], noEffect: { buffer_size_kb: 'what waits between the two sides is in the kernel' } },
  }),
} as const
