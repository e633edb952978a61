import { type AdminContext, type AdminEndpoint, jsonResponse } from '../endpoint.ts'

/** `/reload`: reads the configuration again. 200 when it is in use (or says the same), 400 when it is no good. */
export function reloadEndpoint({ view: { actions } }: AdminContext): AdminEndpoint {
  return {
    path: '/reload',
    help: 'read the configuration again and apply it, if it is good',
    mutates: true,
    async handle() {
      const { atMs, ...reload } = await actions.reload()
      const at = new Date(atMs).toISOString()
      return jsonResponse({ ...reload, at }, reload.outcome === 'rejected' ? 400 : 200)
    },
  }
}
