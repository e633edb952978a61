import type { ServingBinary } from './run-binary.ts'

/** One of several workers, as `/server_info` tells of it. */
export interface WorkerInfo {
  readonly slot: number
  readonly pid: number
  readonly state: string
}

export interface ServerInfo {
  readonly state: string
  readonly pid: number
  readonly restart_epoch: number
  readonly command_line_options: Readonly<Record<string, unknown>>
  readonly configuration: { readonly generation: number }
  readonly workers: readonly WorkerInfo[]
}

/** What the admin answers. */
export async function admin(proxy: ServingBinary, at: string, method = 'GET'): Promise<string> {
  return await (await fetch(`http://${proxy.admin}${at}`, { method })).text()
}

/** A counter or a gauge; -1 when there is none. */
export async function stat(proxy: ServingBinary, name: string): Promise<number> {
  const text = await admin(proxy, `/stats?filter=^${name}$`)
  return Number(/: (\d+)/.exec(text)?.[1] ?? -1)
}

export async function info(proxy: ServingBinary): Promise<ServerInfo> {
  return JSON.parse(await admin(proxy, '/server_info')) as ServerInfo
}

export async function workers(proxy: ServingBinary): Promise<readonly WorkerInfo[]> {
  return (await info(proxy)).workers
}

export function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
