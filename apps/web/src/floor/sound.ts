import type { Sound } from './told.ts'

/** Notes of each, in hertz and seconds: rising, low and rough, twice the same, one high. */
const notes: Record<Sound, { type: OscillatorType; tones: readonly (readonly [pitch: number, length: number])[] }> = {
  good: {
    type: 'sine',
    tones: [
      [880, 0.07],
      [1320, 0.11],
    ],
  },
  bad: {
    type: 'square',
    tones: [
      [196, 0.16],
      [147, 0.26],
    ],
  },
  kept: {
    type: 'triangle',
    tones: [
      [523, 0.09],
      [523, 0.09],
    ],
  },
  mode: { type: 'sine', tones: [[660, 0.18]] },
}
const LOUDNESS = 0.25

let context: AudioContext | undefined

function awake(): AudioContext {
  context ??= new AudioContext()
  if (context.state !== 'running') void context.resume().catch(() => {})
  return context
}

const GESTURES = ['keydown', 'pointerdown', 'touchend'] as const

/**
 * Browsers let nothing sound before somebody pressed a key or touched the screen, and some only while that is being handled
 * (Web Audio API, "allowed to start"), which an answer of the server is too late for. @returns what ends it
 */
export function wakeByGesture(): () => void {
  const wake = () => {
    try {
      awake()
    } catch {
      // No audio at all.
    }
  }
  for (const gesture of GESTURES) addEventListener(gesture, wake, { capture: true, passive: true })
  return () => {
    for (const gesture of GESTURES) removeEventListener(gesture, wake, { capture: true })
  }
}

/** Plays it, if the browser has a loudspeaker and somebody has pressed a key, which a scanner does. */
export function play(sound: Sound): void {
  try {
    const context = awake()
    const { type, tones } = notes[sound]
    const loudness = type === 'square' ? LOUDNESS / 3 : LOUDNESS
    let at = context.currentTime
    for (const [pitch, length] of tones) {
      const tone = new OscillatorNode(context, { type, frequency: pitch })
      const gain = new GainNode(context, { gain: 0 })
      // A tone that begins at once clicks.
      gain.gain.setValueAtTime(0, at)
      gain.gain.linearRampToValueAtTime(loudness, at + 0.008)
      gain.gain.setValueAtTime(loudness, at + length - 0.02)
      gain.gain.linearRampToValueAtTime(0, at + length)
      tone.connect(gain).connect(context.destination)
      tone.start(at)
      tone.stop(at + length)
      at += length + 0.03
    }
  } catch {
    // Without sound the colour, the symbol and the words are there.
  }
}
