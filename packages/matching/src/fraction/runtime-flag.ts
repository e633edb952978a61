import type { Message } from '@nuncio/config'
import type { Runtime } from '@nuncio/core'

/** Whether a part is switched on now: it is, unless it has a flag and the runtime or the flag's default says no. */
export function runtimeFlag(
  flag: Message<'envoy.config.core.v3.RuntimeFeatureFlag'> | undefined,
  runtime: Runtime,
): () => boolean {
  if (flag === undefined) return () => true
  const { runtime_key: key = '', default_value: fallback = false } = flag
  return () => runtime.boolean(key, fallback)
}
