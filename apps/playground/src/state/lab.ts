import { computed, signal } from '@preact/signals'
import { DEFAULT_SCORE, type HashPicture, type SimulationReport } from '@nuncio/simulator'
import { WorkerClient } from '../worker/client.ts'
import type { LabPlan } from './lab-plan.ts'
import { madeCluster } from './made-cluster.ts'
import { overview, text } from './store.ts'

/** All that the laboratory is set to; part of what a link carries. A plan for each policy is made of it. */
export interface LabSettings extends Omit<LabPlan, 'text' | 'policy' | 'weights'> {
  /** '' = the cluster that is made by sliders. */
  readonly cluster: string
  readonly madeHosts: number
  readonly madeZones: number
  /** Of the first host that is made; the others have 1. */
  readonly madeWeight: number
  readonly policies: readonly LabPlan['policy'][]
  readonly weights: Readonly<Record<string, number>>
}

export const PLAIN_LAB: LabSettings = {
  cluster: '', madeHosts: 6, madeZones: 2, madeWeight: 1, policies: ['ROUND_ROBIN', 'LEAST_REQUEST'], weights: DEFAULT_SCORE, rps: 600, seconds: 30, seed: 1,
  keys: 1000, roundTripMs: 0.5, meanMs: 20, spread: 'lognormal', workers: 8, hosts: [], incidents: ['slow 10.1.0.1:80 8s-16s x8'],
} // prettier-ignore

export const lab = signal<LabSettings>(PLAIN_LAB)
/** One for each policy that was run; empty before the first run. */
export const reports = signal<readonly SimulationReport[]>([])
export const progress = signal<number | undefined>(undefined)
export const labFailure = signal('')

/** Simulations have a worker of their own, so that one that takes long can be ended. */
const simulator = new WorkerClient()

export function setLab(change: Partial<LabSettings>): void {
  lab.value = { ...lab.value, ...change }
}

/** The hosts of the cluster that is chosen. */
export const labHosts = computed(() => {
  const { cluster, madeHosts, madeZones, madeWeight } = lab.value
  if (cluster === '') return madeCluster(madeHosts, madeZones, madeWeight)
  const found = overview.value?.clusters.find(({ name }) => name === cluster)
  return { text: text.value, name: cluster, hosts: found?.hosts ?? [], zones: found?.zones ?? [] }
})

function planFor(policy: LabPlan['policy']): LabPlan {
  const { cluster: _, madeHosts: __, madeZones: ___, madeWeight: ____, policies: _____, ...rest } = lab.value
  const { text: config, name, hosts } = labHosts.value
  return {
    ...rest,
    text: config,
    cluster: name,
    policy,
    hosts: rest.hosts.filter(({ address }) => hosts.includes(address)),
  }
}

/** Runs every policy, one after the other, with the same requests. */
export async function run(): Promise<void> {
  if (progress.value !== undefined) return
  labFailure.value = ''
  progress.value = 0
  const { policies } = lab.value
  try {
    const found: SimulationReport[] = []
    for (const [i, policy] of policies.entries())
      found.push(
        await simulator.call(
          'simulate',
          [planFor(policy)],
          (share) => (progress.value = (i + share) / policies.length),
        ),
      )
    reports.value = found
  } catch (error) {
    labFailure.value = error instanceof Error ? error.message : String(error)
  }
  progress.value = undefined
}

export function stop(): void {
  simulator.stop()
}

export function hashPicture(policy: LabPlan['policy'], absent: readonly string[]): Promise<HashPicture | undefined> {
  return simulator.call('hashPicture', [planFor(policy), absent])
}
