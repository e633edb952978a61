import type { Problem } from '@nuncio/config'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { validateWithNuncio } from '../proxies/nuncio.ts'
import type { EnvoyBinary } from '../proxies/envoy.ts'

/** What both proxies say of one configuration: false where one takes it, else why not. */
export interface Answers {
  readonly envoy: string | false
  readonly nuncio: string | false
  /** What nuncio noted where it takes it. */
  readonly notes: string
  /** Nothing is wrong with it but that nuncio does not honour something. */
  readonly unsupported: boolean
}

/** Asks both proxies, in a folder of its own. */
export class Judges implements Disposable {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'nuncio-mutants-'))
  readonly #envoy: EnvoyBinary

  constructor(envoy: EnvoyBinary) {
    this.#envoy = envoy
  }

  async ask(text: string): Promise<Answers> {
    const ours = await askNuncio(text)
    // Which of two members of a oneof Envoy's parser meets first, and whether it minds, is chance.
    const tries = String(ours.nuncio).includes('oneof-conflict') ? 6 : 1
    return { envoy: await this.#askEnvoy(text, tries), ...ours }
  }

  async #askEnvoy(text: string, tries: number): Promise<string | false> {
    const said = complaintOf(await this.#envoy.validate(text, mkdtempSync(path.join(this.folder, 'one-'))))
    return said === false && tries > 1 ? await this.#askEnvoy(text, tries - 1) : said
  }

  /** Asks Envoy only where nuncio's answer is not the one that is not wanted. */
  async differs(text: string, refusedByEnvoy: boolean): Promise<Answers | undefined> {
    const ours = await askNuncio(text)
    if (ours.unsupported || (ours.nuncio !== false) === refusedByEnvoy) return undefined
    const answers = await this.ask(text)
    return (answers.envoy !== false) === refusedByEnvoy ? answers : undefined
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

async function askNuncio(text: string): Promise<Omit<Answers, 'envoy'>> {
  const problems = await nuncioSays(text)
  if (typeof problems === 'string') return { nuncio: problems, notes: '', unsupported: false }
  const errors = problems.filter(({ severity }) => severity === 'error')
  const wrong = errors.filter(({ code }) => !code.startsWith('unsupported'))
  const told = (wrong.length > 0 ? wrong : errors).map(({ code, path: at, message }) => `${code} ${at}: ${message}`)
  return {
    nuncio: errors.length === 0 ? false : told.join('\n'),
    notes: [...new Set(problems.map(({ code }) => code))].join(', '),
    unsupported: errors.length > 0 && wrong.length === 0,
  }
}

/** Anything but a list of problems is a fault of its own. */
async function nuncioSays(text: string): Promise<string | readonly Problem[]> {
  try {
    return await validateWithNuncio(text)
  } catch (error) {
    return `THROWS ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
  }
}

function complaintOf(output: string | undefined): string | false {
  if (output === undefined) return false
  const [, said] = /error initializing configuration '[^']*': ([\s\S]*)/.exec(output) ?? []
  // The parser of protobuf quotes the whole file.
  return (
    (said ?? output)
      .trim()
      // Before what breaks a rule the whole message is printed.
      .replace(/^goo\.gle\/debug[^]*(?=Proto constraint validation failed)/, '')
      .replace(/\): \{[^]*$/, ')')
      .slice(0, 2000)
  )
}
