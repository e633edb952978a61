import type { HeaderLines } from '../worker/protocol.ts'

interface Row {
  readonly name: string
  readonly before: string | undefined
  readonly after: string | undefined
}

/** The headers as routes see them, and as the upstream would. */
export function HeaderTable({ before, after }: { readonly before: HeaderLines; readonly after: HeaderLines }) {
  const rows = compare(before, after)
  return (
    <section class="story-part">
      <h2>Headers</h2>
      <div class="table-scroll" tabIndex={0} role="region" aria-label="Headers before and after">
        <table class="headers">
          <thead>
            <tr>
              <th scope="col">name</th>
              <th scope="col">before routing</th>
              <th scope="col">to the upstream</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, before: old, after: now }) => (
              <tr
                key={name}
                data-change={
                  old === now ? 'none' : old === undefined ? 'added' : now === undefined ? 'removed' : 'changed'
                }
              >
                <th scope="row">{name}</th>
                <td>{old ?? '–'}</td>
                <td>{now ?? '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function compare(before: HeaderLines, after: HeaderLines): Row[] {
  const old = joined(before)
  const now = joined(after)
  return [...new Set([...old.keys(), ...now.keys()])].map((name) => ({
    name,
    before: old.get(name),
    after: now.get(name),
  }))
}

function joined(lines: HeaderLines): Map<string, string> {
  const found = new Map<string, string>()
  for (const [name, value] of lines) {
    const key = name.toLowerCase()
    const before = found.get(key)
    found.set(key, before === undefined ? value : `${before}, ${value}`)
  }
  return found
}
