import { isOpen } from '../common.ts'
import type { LintRule } from '../rule.ts'

export const adminOpen: LintRule = {
  code: 'admin-open',
  severity: 'warning',
  title: 'The admin interface is open to other machines.',
  why: 'Whoever reaches the admin interface may read the whole configuration and stop the proxy; it has no login. Bind it to 127.0.0.1, or to a Unix socket, and forward what has to be seen elsewhere.',
  check({ view, say }) {
    const admin = view.loaded.bootstrap?.admin
    if (admin === undefined || !isOpen(admin.address)) return
    const socket = admin.address!.socket_address!
    say(
      socket,
      'address',
      `the admin interface listens on ${socket.address}, where other machines reach it`,
      'bind it to 127.0.0.1',
    )
  },
}
