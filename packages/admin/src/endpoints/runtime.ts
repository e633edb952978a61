import { type AdminContext, type AdminEndpoint, jsonResponse, textResponse } from '../endpoint.ts'

/** `/runtime`: every key with its value in each layer. */
export function runtimeEndpoint({ view }: AdminContext): AdminEndpoint {
  return {
    path: '/runtime',
    help: 'print runtime values',
    mutates: false,
    handle() {
      const { layers, entries } = view.runtime()
      const sorted = [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1))
      return jsonResponse({
        entries: Object.fromEntries(
          sorted.map(([key, values]) => [
            key,
            { layer_values: values, final_value: values.findLast((value) => value !== '') ?? '' },
          ]),
        ),
        layers,
      })
    },
  }
}

const USAGE =
  'usage: /runtime_modify?key1=value1&key2=value2&keyN=valueN\n' +
  '       or send the parameters as form values\n' +
  'use an empty value to remove a previously added override'

/** `POST /runtime_modify?key=value` */
export function runtimeModifyEndpoint({ view }: AdminContext): AdminEndpoint {
  return {
    path: '/runtime_modify',
    help: 'Adds or changes runtime values given as parameters; an empty value takes an override away',
    mutates: true,
    handle({ params }) {
      if (params.size === 0) return textResponse(USAGE, 400)
      return view.actions.modifyRuntime(params) ? textResponse('OK\n') : textResponse('No admin layer specified', 503)
    },
  }
}
