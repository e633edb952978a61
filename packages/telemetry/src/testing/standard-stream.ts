import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** A logger for one of the process's own streams: the folder of its module and its name there. */
interface StreamLogger {
  readonly folder: string
  readonly name: string
}

/**
 * What a logger for standard output or error writes of one request, to a file and to a pipe. The streams of this process
 * belong to the test runner: a process of its own does it.
 */
export function writtenToStream(logger: StreamLogger, toFile: string, toPipe: string): string[] {
  const program = `
import { ${logger.name} } from '${logger.folder}/index.ts'
import { finishedStream, LogFolder } from '${import.meta.dirname}/access-logs.ts'
const folder = new LogFolder()
const logger = ${logger.name}.create({ log_format: { json_format: { s: '%RESPONSE_CODE%' } } }, folder.context)
logger.log(finishedStream(204))
await logger.close()
await folder.remove()
`
  const dir = mkdtempSync(path.join(tmpdir(), 'nuncio-stream-'))
  const file = path.join(dir, 'out')
  const run = (redirect: string): string =>
    execFileSync(
      'sh',
      ['-c', `"$0" --conditions=@nuncio/source --input-type=module -e "$1" ${redirect}`, process.execPath, program],
      { encoding: 'utf8' },
    )
  try {
    run(`${toFile} "${file}"`)
    return [readFileSync(file, 'utf8'), run(toPipe)]
  } finally {
    rmSync(dir, { recursive: true })
  }
}
