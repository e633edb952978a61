import type { Problem } from '@nuncio/config'
import { dumpStats, StatsStore } from '@nuncio/core'
import { Channel } from '../channel.ts'
import type { WorkerProcedures } from '../protocol.ts'
import type { WorkerProcess } from '../supervisor.ts'
import { linkedPorts } from './linked-ports.ts'

/** A worker without a process: answers what it is told to. */
export class FakeWorker implements WorkerProcess {
  readonly pid: number
  readonly channel: Channel<WorkerProcedures>
  readonly exited: Promise<string>
  /** Everything that it was asked, but for pings. */
  readonly asked: string[] = []
  readonly stats = new StatsStore()
  /** What comes of preparing a reload. */
  outcome: 'changed' | 'unchanged' | 'rejected' = 'changed'
  problems: readonly Problem[] = []
  /** Why it cannot do what it is told to. */
  failsWith: Error | undefined
  /** It does not answer any more. */
  hangs = false
  readonly #close: () => void
  #exit: (reason: string) => void = () => {}
  #finish: () => void = () => {}

  constructor(pid: number, startsWith: 'well' | Error = 'well') {
    this.pid = pid
    const { left, right, close } = linkedPorts()
    this.#close = close
    this.exited = new Promise((resolve) => (this.#exit = resolve))
    this.channel = new Channel<WorkerProcedures>(left)
    const note = (what: string): void => void this.asked.push(what)
    new Channel<never>(right).serve<WorkerProcedures>({
      start: ({ slot }) => {
        note(`start ${slot}`)
        if (startsWith !== 'well') throw startsWith
      },
      report: () => {
        throw new Error('nothing to report')
      },
      ping: () => (this.hangs ? new Promise(() => {}) : undefined),
      drain: async ({ timeMs }) => {
        note(`drain ${timeMs}`)
        await new Promise<void>((resolve) => (this.#finish = resolve))
        return dumpStats(this.stats)
      },
      balancers: () => {
        throw new Error('nothing to tell')
      },
      prepare: ({ source }) => {
        note(`prepare ${String(source)}`)
        if (this.failsWith !== undefined) throw this.failsWith
        const { outcome, problems } = this
        return { outcome, problems, texts: new Map(), diff: undefined }
      },
      settle: ({ commit }) => {
        note(commit ? 'commit' : 'discard')
        return undefined
      },
      act: (action) => {
        note(action.do)
        if (this.failsWith !== undefined) throw this.failsWith
      },
      lend: ({ key, loan }) => note(`lend ${key} ${loan}`),
      return: ({ loan }) => note(`return ${loan}`),
    })
  }

  /** Nothing is under way any more. */
  finish(): void {
    this.#finish()
  }
  die(reason: string): void {
    this.#close()
    this.#exit(reason)
  }
  kill(): void {
    this.die('signal SIGKILL')
  }
}

/** Lets everything that is on its way arrive. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    await Promise.resolve()
  }
  await new Promise((resolve) => setImmediate(resolve))
}
