import type { MessageSchema } from '@nuncio/config'
import type { ResourceMonitorDefinition } from '../contracts.ts'

/** How many descriptors there may be; default: the limit of the process (`ulimit -n`). */
interface FileDescriptorsConfig {
  readonly max_open_files?: number
}

const TYPE = 'nuncio.resource_monitors.file_descriptors.v1.FileDescriptorsConfig'
const SCHEMA: MessageSchema<FileDescriptorsConfig> = {
  type: TYPE,
  honours: { [TYPE]: '*' },
  messages: { [TYPE]: { f: { max_open_files: { t: 'google.protobuf.UInt64Value', n: 1, r: { uint64: { gt: 0 } } } } } },
}

/** `nuncio.resource_monitors.file_descriptors`: sockets and files that the process has open, against their limit. */
export const fileDescriptors: ResourceMonitorDefinition<FileDescriptorsConfig> = {
  name: 'nuncio.resource_monitors.file_descriptors',
  config: SCHEMA,
  create(config, { machine, report }) {
    const limit = config.max_open_files ?? machine.fileLimit()
    if (limit === undefined || machine.openFiles() === undefined) {
      const message = 'this system does not tell how many files a process has open, or may have'
      report({ code: 'overload', path: '@type', message, hint: '', node: config, field: '@type' })
      return undefined
    }
    return { pressure: () => divide(machine.openFiles(), limit) }
  },
}

function divide(open: number | undefined, limit: number): number | undefined {
  return open === undefined ? undefined : open / limit
}
