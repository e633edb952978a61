import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

describe('the README', () => {
  it('has an example that works', async () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    const example = /```ts\n([^]*?)```/.exec(readme)![1]!
    const asking = `
      server.on('listening', async () => {
        const answer = await fetch('http://127.0.0.1:' + (server.address() as { port: number }).port + '/there')
        process.stdout.write(answer.status + ' ' + (await answer.text()))
        process.exit(0)
      })`
    const code = example.replace('8080', '0') + asking
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--conditions=@nuncio/source', '--input-type=module-typescript', '--eval', code],
      { cwd: new URL('..', import.meta.url) },
    )
    expect(stdout).toBe('200 hello /there\n')
  })
})
