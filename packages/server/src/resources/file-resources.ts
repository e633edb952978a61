import type { Logger, TimeSource } from '@nuncio/core'
import { FileSource, type FileSourceOptions } from '@nuncio/xds'
import { existsSync, readFileSync } from 'node:fs'
import { loadOptions } from '../load-configuration.ts'
import type { ServerOptions } from '../options.ts'
import { FileWatch } from '../watch/file-watch.ts'

/** Resources in files, read again however they are changed; where nothing is to run they are read once. */
export function fileResources(
  options: ServerOptions,
  { time, logger }: { readonly time: TimeSource; readonly logger: Logger },
): FileSource {
  const log = logger.child('config')
  return new FileSource({
    time,
    logger: log,
    loading: () => loadOptions(options),
    readFile: (file) => readFileSync(file),
    exists: existsSync,
    ...(options.validateOnly !== true && { watch: watcher(time, log) }),
  })
}

function watcher(time: TimeSource, log: Logger): NonNullable<FileSourceOptions['watch']> {
  return (file, directory, onChange) => {
    const onMissing = (): void => log.log('warning', `${file} is gone: what it said stays, and it is watched on`)
    const watch = new FileWatch({ file, directory, time, onChange, onMissing })
    return () => watch.close()
  }
}
