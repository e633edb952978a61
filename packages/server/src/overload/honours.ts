import type { Honours } from '@nuncio/config'

const OVERLOAD = 'envoy.config.overload.v3'

/** What the overload manager itself honours; resource monitors declare theirs. */
export const overloadHonours: Honours = {
  [`${OVERLOAD}.OverloadManager`]: '*',
  [`${OVERLOAD}.ResourceMonitor`]: '*',
  [`${OVERLOAD}.OverloadAction`]: '*',
  [`${OVERLOAD}.LoadShedPoint`]: '*',
  [`${OVERLOAD}.Trigger`]: '*',
  [`${OVERLOAD}.ThresholdTrigger`]: '*',
  [`${OVERLOAD}.ScaledTrigger`]: '*',
  [`${OVERLOAD}.BufferFactoryConfig`]: '*',
  [`${OVERLOAD}.ScaleTimersOverloadActionConfig`]: '*',
  [`${OVERLOAD}.ScaleTimersOverloadActionConfig.ScaleTimer`]: '*',
  'envoy.type.v3.Percent': '*',
}
