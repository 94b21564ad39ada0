import { useEffect, useState } from 'react'
import { stretch } from '../shown/stretch.ts'
import type { BenchState } from './bench.ts'
import type { Job } from './code.ts'
import type { Undo } from './scan.ts'
import { useSpeaking } from './speaking.tsx'
import { jobForms } from './told.ts'

/** What a job is called. */
export function useJobName(): (job: Job | Undo) => string {
  const { own } = useSpeaking()
  return (job) => {
    if (job.kind === 'assign') return own.assignTo(job.batch)
    return job.kind === 'take-out' ? own.takeOut(own.out[job.why]) : own.job[job.kind]
  }
}

/** Which command is on, large, and when it ends. */
export function Mode({ job, endsAt }: Pick<BenchState, 'job' | 'endsAt'>) {
  const { own } = useSpeaking()
  const name = useJobName()
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (endsAt === null) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [endsAt])
  return (
    <p className="mode-name" data-job={job.kind}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d={jobForms[job.kind]} />
      </svg>
      <b>{name(job)}</b>
      {endsAt === null ? null : (
        <span>
          {own.modeHelp}, <span className="number">{own.modeEnds(stretch(Math.max(0, (endsAt - now) / 1000)))}</span>
        </span>
      )}
    </p>
  )
}
