interface SliderProps {
  readonly title: string
  readonly value: number
  readonly min: number
  readonly max: number
  readonly step: number
  readonly unit?: string
  readonly onChange: (value: number) => void
}

/** A number on a line. */
export function Slider({ title, value, min, max, step, unit = '', onChange }: SliderProps) {
  return (
    <label class="field slider">
      <span>
        {title} <span class="slider-value">{`${value}${unit}`}</span>
      </span>
      <input
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        onInput={(event) => onChange(event.currentTarget.valueAsNumber)}
      />
    </label>
  )
}
