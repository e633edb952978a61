// Loaded with --import into a proxy under test: SIGUSR2 starts the CPU profiler, the next one writes PROFILE_FILE. So
// only the warm part under load is sampled, and the program need not end well.
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector'

const SAMPLE_MICROS = 200
const session = new Session()
let running = false

function start(): void {
  session.connect()
  session.post('Profiler.enable')
  session.post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROS })
  session.post('Profiler.start')
}

function stop(): void {
  session.post('Profiler.stop', (error, result) => {
    if (!error) writeFileSync(process.env['PROFILE_FILE'] ?? 'out.cpuprofile', JSON.stringify(result.profile))
    session.disconnect()
  })
}

process.on('SIGUSR2', () => {
  if (running) stop()
  else start()
  running = !running
})
