import type { ConfigView } from '@nuncio/checks'
import {
  DEFAULT_SERVICE,
  type HashPicture,
  hashPicture,
  parseIncident,
  sceneOf,
  Simulation,
  type SimulationPlan,
  type SimulationReport,
  withPolicy,
} from '@nuncio/simulator'
import { NuncioError } from '@nuncio/core'
import type { LabPlan } from '../state/lab-plan.ts'

/** Pieces of virtual time between two words about how far it is. */
const PIECES = 40

/** Runs a plan of the laboratory. Throws `ERR_NUNCIO_…` for one that cannot be run. */
export function runPlan(view: ConfigView, plan: LabPlan, onProgress: (share: number) => void): SimulationReport {
  const simulation = new Simulation(planOf(view, plan))
  const piece = simulation.durationMs / PIECES
  while (!simulation.advance(piece)) onProgress(Math.min(1, simulation.nowMs / simulation.durationMs))
  return simulation.report()
}

/** Who has which part of the hash space; undefined when the policy does not hash. */
export function pictureOf(view: ConfigView, plan: LabPlan, absent: readonly string[]): HashPicture | undefined {
  return hashPicture(planOf(view, plan).cluster, 720, new Set(absent))
}

function planOf(view: ConfigView, plan: LabPlan): SimulationPlan {
  const scene = sceneOf(view.loaded, plan.cluster)
  if (scene === undefined) throw new NuncioError('ERR_NUNCIO_ARGUMENT', `there is no cluster ${plan.cluster}`)
  const { policy, meanMs, spread, workers } = plan
  const service = { ...DEFAULT_SERVICE, meanMs, spread, workers }
  return {
    ...scene,
    cluster: policy === '' ? scene.cluster : withPolicy(scene.cluster, policy, plan.weights),
    route: scene.routes[0],
    runtime: view.runtime,
    rps: plan.rps,
    seconds: plan.seconds,
    seed: plan.seed,
    keys: plan.keys,
    roundTripMs: plan.roundTripMs,
    service,
    services: new Map(plan.hosts.map((host) => [host.address, { ...service, meanMs: meanMs * host.factor }])),
    incidents: plan.incidents.map(parseIncident),
  }
}
