import { DEFAULT_SCORE, POLICIES, type PolicyName, SERVICE_SPREADS } from '@nuncio/simulator'
import { lab, labHosts, type LabSettings, setLab } from '../state/lab.ts'
import { overview } from '../state/store.ts'
import { Slider } from './slider.tsx'

/** Which cluster, which policies, how much load, what hosts. */
export function Controls() {
  const now = lab.value
  const clusters = overview.value?.clusters.filter(({ hosts }) => hosts.length > 0) ?? []
  return (
    <form class="lab-controls" onSubmit={(event) => event.preventDefault()}>
      <label class="field">
        <span>Cluster</span>
        <select
          value={now.cluster}
          onChange={(event) => setLab({ cluster: event.currentTarget.value, hosts: [], incidents: [] })}
        >
          <option value="">made by sliders</option>
          {clusters.map(({ name, hosts }) => (
            <option key={name} value={name}>
              {name} ({hosts.length} {hosts.length === 1 ? 'host' : 'hosts'})
            </option>
          ))}
        </select>
      </label>
      <Policy index={0} title="Policy" />
      <Policy index={1} title="Beside it" />
      {now.cluster === '' && (
        <>
          <Slider
            title="Hosts"
            value={now.madeHosts}
            min={1}
            max={40}
            step={1}
            onChange={(madeHosts) => setLab({ madeHosts })}
          />
          <Slider
            title="Zones"
            value={now.madeZones}
            min={1}
            max={4}
            step={1}
            onChange={(madeZones) => setLab({ madeZones })}
          />
          <Slider
            title="Weight of the first"
            value={now.madeWeight}
            min={1}
            max={10}
            step={1}
            onChange={(madeWeight) => setLab({ madeWeight })}
          />
        </>
      )}
      <Slider title="Requests/s" value={now.rps} min={10} max={3000} step={10} onChange={(rps) => setLab({ rps })} />
      <Slider
        title="Seconds"
        value={now.seconds}
        min={5}
        max={120}
        step={5}
        onChange={(seconds) => setLab({ seconds })}
      />
      <Slider
        title="Service time"
        unit=" ms"
        value={now.meanMs}
        min={1}
        max={500}
        step={1}
        onChange={(meanMs) => setLab({ meanMs })}
      />
      <Slider
        title="Workers a host"
        value={now.workers}
        min={1}
        max={64}
        step={1}
        onChange={(workers) => setLab({ workers })}
      />
      <label class="field">
        <span>Spread</span>
        <select
          value={now.spread}
          onChange={(event) => setLab({ spread: event.currentTarget.value as LabSettings['spread'] })}
        >
          {SERVICE_SPREADS.map((spread) => (
            <option key={spread}>{spread}</option>
          ))}
        </select>
      </label>
      <Slider title="Hash keys" value={now.keys} min={1} max={10_000} step={1} onChange={(keys) => setLab({ keys })} />
      <Slider title="Seed" value={now.seed} min={0} max={100} step={1} onChange={(seed) => setLab({ seed })} />
      {now.policies.includes('SCORE') && <Weights />}
      <Speeds />
    </form>
  )
}

function Policy({ index, title }: { readonly index: number; readonly title: string }) {
  const { policies } = lab.value
  const choose = (name: string): void => {
    const next: (PolicyName | '')[] = [...policies]
    if (name === 'none') next.splice(index, 1)
    else next[index] = POLICIES.find((each) => each === name) ?? ''
    setLab({ policies: next })
  }
  return (
    <label class="field">
      <span>{title}</span>
      <select value={policies[index] ?? 'none'} onChange={(event) => choose(event.currentTarget.value)}>
        {index > 0 && <option value="none">nothing</option>}
        <option value="">as configured</option>
        {POLICIES.map((name) => (
          <option key={name} value={name}>
            {name.toLowerCase().replaceAll('_', ' ')}
          </option>
        ))}
      </select>
    </label>
  )
}

function Weights() {
  const { weights } = lab.value
  return (
    <>
      {Object.keys(DEFAULT_SCORE).map((term) => (
        <Slider
          key={term}
          title={term.replaceAll('_', ' ')}
          value={weights[term] ?? 0}
          min={0}
          max={term === 'latency_ewma' ? 1 : 20}
          step={term === 'latency_ewma' ? 0.01 : 0.5}
          onChange={(weight) => setLab({ weights: { ...weights, [term]: weight } })}
        />
      ))}
    </>
  )
}

const setSpeed = (address: string, factor: number): void =>
  setLab({ hosts: address === '' ? [] : [{ address, factor }] })

/** One host that is slower or faster than the others, for as long as the simulation lasts. */
function Speeds() {
  const { hosts } = lab.value
  const slow = hosts[0]
  return (
    <>
      <label class="field">
        <span>A host that differs</span>
        <select
          value={slow?.address ?? ''}
          onChange={(event) => setSpeed(event.currentTarget.value, slow?.factor ?? 3)}
        >
          <option value="">none</option>
          {labHosts.value.hosts.map((address) => (
            <option key={address}>{address}</option>
          ))}
        </select>
      </label>
      {slow !== undefined && (
        <Slider
          title="its service time"
          unit="×"
          value={slow.factor}
          min={0.25}
          max={20}
          step={0.25}
          onChange={(factor) => setSpeed(slow.address, factor)}
        />
      )}
    </>
  )
}
