import type { Honours } from '@nuncio/config'

const FROM_FILES = 'resources are read from files only: use path_config_source'
const ASKED_ONE_BY_ONE = 'it is for resources that a service is asked for one by one'
const DISCOVERY = 'envoy.service.discovery.v3'

/** What is honoured of responses, and of where they come from. */
export const xdsHonours: Honours = {
  'envoy.config.core.v3.ConfigSource': {
    honoured: ['path', 'path_config_source'],
    noEffect: {
      initial_fetch_timeout: 'a file is there or it is not: nobody waits for it',
      resource_api_version: 'there is one version of the API',
    },
    unsupported: {
      api_config_source: FROM_FILES,
      ads: FROM_FILES,
      self: FROM_FILES,
      authorities: FROM_FILES,
    },
  },
  'envoy.config.core.v3.PathConfigSource': '*',
  'envoy.config.core.v3.WatchedDirectory': '*',
  [`${DISCOVERY}.DiscoveryResponse`]: {
    honoured: ['version_info', 'resources', 'type_url'],
    noEffect: {
      nonce: 'it is for services, which are told what became of a response',
      canary: 'Envoy does nothing with it either',
      control_plane: 'it says who a service is',
    },
  },
  [`${DISCOVERY}.Resource`]: {
    honoured: ['name', 'resource', 'version'],
    noEffect: {
      aliases: ASKED_ONE_BY_ONE,
      resource_name: ASKED_ONE_BY_ONE,
      cache_control: 'Envoy does nothing with it either',
      metadata: 'Envoy does nothing with it either',
    },
    unsupported: { ttl: 'what a file says stays until it says something else' },
  },
}
