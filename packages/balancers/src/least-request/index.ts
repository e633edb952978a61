import { envoyMessage, type Message } from '@nuncio/config'
import { reportAt } from '@nuncio/cluster'
import type { LoadBalancerDefinition, LoadBalancerSetup } from '../contracts.ts'
import { LOCALITY_HONOURS, SLOW_START_HONOURS } from '../honours.ts'
import { LeveledLoadBalancer } from '../priority/leveled.ts'
import { createSlowStart } from '../slow-start/slow-start.ts'
import { LeastRequestPicker, type LeastRequestOptions } from './least-request-picker.ts'

const TYPE = 'envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest'
type Config = Message<typeof TYPE>

export const leastRequest: LoadBalancerDefinition<Config> = {
  name: 'envoy.load_balancing_policies.least_request',
  config: envoyMessage(TYPE, { [TYPE]: '*', ...SLOW_START_HONOURS, ...LOCALITY_HONOURS }),
  stability: 'stable',
  create(config, setup) {
    const seed = setup.random.uint32()
    const slowStart = createSlowStart(config.slow_start_config, setup.time, setup.runtime)
    const options = optionsOf(config, setup)
    const createPicker = (): LeastRequestPicker => new LeastRequestPicker(seed, slowStart, setup.random, options)
    return new LeveledLoadBalancer('least_request', setup, { locality: config.locality_lb_config, seed, createPicker })
  },
}

function optionsOf(config: Config, setup: LoadBalancerSetup): LeastRequestOptions {
  const choices = config.choice_count ?? 2
  if (choices < 2)
    reportAt(setup, config, 'choice_count', { code: 'out-of-range', message: 'choice_count is at least 2' })
  if (config.enable_full_scan !== undefined) {
    const hint = 'write selection_method: FULL_SCAN'
    reportAt(setup, config, 'enable_full_scan', {
      code: 'deprecated',
      severity: 'warning',
      message: 'enable_full_scan is deprecated',
      hint,
    })
  }
  const bias = config.active_request_bias
  const key = bias?.runtime_key ?? ''
  const fallback = bias === undefined ? 1 : (bias.default_value ?? 0)
  if (!(fallback >= 0)) {
    const message = `active_request_bias ${fallback} is below 0; 1 is used`
    reportAt(setup, config, 'active_request_bias', { code: 'out-of-range', severity: 'warning', message })
  }
  return {
    choices: Math.max(2, choices),
    fullScan: config.selection_method === 'FULL_SCAN' || config.enable_full_scan === true,
    bias: () => {
      const value = key === '' ? fallback : setup.runtime.number(key, fallback)
      return value >= 0 ? value : 1
    },
  }
}
