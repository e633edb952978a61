import type { Problem, Sources } from '@nuncio/config'
import { ListenError, SocketPlan } from '@nuncio/listener'
import type { PlacedChange } from './listener-changes.ts'

/** Binds what changed listeners need; a problem at the address that cannot be bound, and nothing is bound then. */
export async function bindChanges(
  changes: readonly PlacedChange[],
  sources: Sources,
): Promise<SocketPlan | { readonly failure: Problem }> {
  const plan = new SocketPlan(changes.flatMap(({ change }) => change.givesUp))
  for (const placed of changes) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- in order: which address is in use does not depend on chance
      await placed.change.bind(plan)
    } catch (error) {
      plan.discard()
      if (!(error instanceof ListenError)) throw error
      return { failure: problemOf(error, placed, sources) }
    }
  }
  return plan
}

function problemOf(error: ListenError, { config, path }: PlacedChange, sources: Sources): Problem {
  const address = error.index === 0 ? config?.address : config?.additional_addresses?.[error.index - 1]?.address
  const at = address?.socket_address ?? address?.pipe ?? address
  const field = error.index === 0 ? 'address' : `additional_addresses[${error.index - 1}].address`
  const position = (at && sources.positionOf(at)) ?? (config && sources.positionOf(config))
  return {
    code: 'address-in-use',
    severity: 'error',
    path: `${path}.${field}`,
    message: error.message,
    hint: error.hint ?? '',
    ...(position ?? { file: '', line: 0, column: 0 }),
  }
}
