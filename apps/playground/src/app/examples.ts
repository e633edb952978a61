/** A configuration of the repository's `examples/`. */
export interface Example {
  readonly name: string
  readonly load: () => Promise<string>
}

const files = import.meta.glob<string>('../../../../examples/*/envoy.yaml', { query: '?raw', import: 'default' })

/** Every example, loaded when it is opened. */
export const examples: readonly Example[] = Object.entries(files)
  .map(([path, load]) => ({ name: path.split('/').at(-2)!, load }))
  .toSorted((a, b) => (a.name < b.name ? -1 : 1))
