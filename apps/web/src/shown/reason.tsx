import type { ShownReason } from '@eims/contracts'
import { nextStepFor } from '../words/next-steps.ts'
import { sentenceOf } from '../words/sentence.ts'
import { useSpeaking } from './language.tsx'

/** A reason in a sentence, and what a person can do about it. Nothing waits without both. */
export function Why({ reason, brief = false }: { reason: ShownReason; brief?: boolean }) {
  const { words, language } = useSpeaking()
  const step = nextStepFor(reason)
  const sentence = sentenceOf(reason, language)
  return (
    <span className={brief ? 'why brief' : 'why'} data-reason={reason.code}>
      <span className="sentence" title={brief ? sentence : undefined}>
        {sentence}
      </span>
      {step === 'nothing' ? null : (
        <span className="step">
          <b>{words.nextStep}:</b> {words.next[step]}
        </span>
      )}
    </span>
  )
}
