import { type Conflict, type ConflictCandidate, includesRole, ProblemError, standingOf } from '@eims/contracts'
import { type ReactNode, useId, useState } from 'react'
import { Link } from 'wouter'
import { addressOfNode } from '../addresses.ts'
import { useRole } from '../server/session.ts'
import { Ask } from '../shown/dialog.tsx'
import { Field } from '../shown/fields.tsx'
import { useSpoken } from '../shown/language.tsx'
import { Why } from '../shown/reason.tsx'
import { StandingBadge } from '../shown/standing.tsx'
import { Ago } from '../shown/time.tsx'
import { tell } from '../shown/told.tsx'
import { unknownWords } from '../words/unknown.ts'
import { renewNodes } from './bulk-run.ts'
import { go } from './unknown-go.ts'
import { needsReason, othersOf, roleOf, type Way, waysOf } from './unknown-ways.ts'

/** One machine in quarantine: what it says beside what each candidate has on record, and every way out with what it would do. */
export function ConflictCard({ conflict }: { conflict: Conflict }) {
  const words = useSpoken(unknownWords)
  const id = useId()
  const { said, ignored, bootMac, heardAt, reason, refused, candidates } = conflict
  const name = [said.serial, bootMac, ...said.macs].find((each) => each && !ignored.includes(each))
  return (
    <article className="card conflict" aria-labelledby={id}>
      <header>
        <h3 id={id}>{name ? words.machine(name) : words.nameless}</h3>
        <span className="dim small">
          {words.heard} <Ago at={heardAt} />
        </span>
      </header>
      <Why reason={reason} />
      {refused ? <p className="refused">{words.refusedNow}</p> : null}
      <Comparison conflict={conflict} />
      {candidates.length === 0 ? null : <Ways conflict={conflict} />}
    </article>
  )
}

const KINDS = ['serial', 'uuid', 'mac'] as const

function Comparison({ conflict }: { conflict: Conflict }) {
  const words = useSpoken(unknownWords)
  const { said, ignored, candidates } = conflict
  const others = othersOf(conflict)
  const of = { serial: said.serial ? [said.serial] : [], uuid: said.uuid ? [said.uuid] : [], mac: said.macs }
  return (
    <div className="rows compared">
      <table aria-label={words.compared}>
        <thead>
          <tr>
            <td />
            <th scope="col">{words.says}</th>
            {others.length > 0 ? <th scope="col">{words.other}</th> : null}
            {candidates.map(({ node }) => (
              <th key={node.id} scope="col">
                <Link href={addressOfNode(node.id)}>{node.name}</Link>
                <span className="of-candidate">
                  <StandingBadge standing={standingOf(node)} />
                  <span className="dim">
                    {node.registered ? words.registered : words.stranger}, <Ago at={node.lastSeenAt} />
                  </span>
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {KINDS.map((kind) => (
            <tr key={kind}>
              <th scope="row">{words.rows[kind]}</th>
              <td>
                <Values none={words.notSaid}>
                  {of[kind].map((value) => (
                    <Value key={value} value={value} notes={ignored.includes(value) ? [words.nothingToKnowBy] : []} />
                  ))}
                </Values>
              </td>
              {others.length > 0 ? (
                <td>
                  <Values none={words.same}>
                    {kind === 'mac' ? others.map((mac) => <Value key={mac} value={mac} is="differs" />) : []}
                  </Values>
                </td>
              ) : null}
              {candidates.map((candidate) => (
                <td key={candidate.node.id}>
                  <OnRecord
                    candidate={candidate}
                    kind={kind}
                    isSaid={of[kind].some((each) => !ignored.includes(each))}
                  />
                </td>
              ))}
            </tr>
          ))}
          <tr>
            <th scope="row">{words.rows.maker}</th>
            <td>
              <Values none={words.notSaid}>
                {said.manufacturer ? [<Value key="m" value={said.manufacturer} />] : []}
              </Values>
            </td>
            {others.length > 0 ? <td /> : null}
            {candidates.map(({ node, otherMaker }) => (
              <td key={node.id}>
                <Values none={words.notOnRecord}>
                  {node.manufacturer
                    ? [<Value key="m" value={node.manufacturer} {...(otherMaker ? { is: 'differs' as const } : {})} />]
                    : []}
                </Values>
              </td>
            ))}
          </tr>
        </tbody>
      </table>
    </div>
  )
}

/** A MAC more is no contradiction; another serial or UUID than the machine's is. */
function OnRecord({
  candidate: { identifiers },
  kind,
  isSaid,
}: {
  candidate: ConflictCandidate
  kind: (typeof KINDS)[number]
  isSaid: boolean
}) {
  const words = useSpoken(unknownWords)
  const known = identifiers.filter((each) => each.kind === kind)
  const differs = isSaid && kind !== 'mac' && !known.some(({ same }) => same)
  return (
    <Values none={words.notOnRecord}>
      {known.map(({ value, same, provisional }) => (
        <Value
          key={value}
          value={value}
          {...(same ? { is: 'same' as const } : differs ? { is: 'differs' as const } : {})}
          notes={provisional ? [words.notConfirmed] : []}
        />
      ))}
    </Values>
  )
}

function Values({ none, children }: { none: string; children: ReactNode[] }) {
  return children.length === 0 ? <span className="dim small">{none}</span> : <span className="lines">{children}</span>
}

const MARKS = { same: 'M3 8.500 6.500 12 13 4.500', differs: 'M4 4l8 8M12 4l-8 8' }

function Value({ value, is, notes = [] }: { value: string; is?: 'same' | 'differs'; notes?: readonly string[] }) {
  const words = useSpoken(unknownWords)
  return (
    <span className={`value ${is ?? ''}`}>
      <span className="mono">{value}</span>
      {is ? (
        <span className="verdict-mark">
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d={MARKS[is]} />
          </svg>
          {words[is]}
        </span>
      ) : null}
      {notes.map((note) => (
        <span key={note} className="dim small">
          {note}
        </span>
      ))}
    </span>
  )
}

function Ways({ conflict }: { conflict: Conflict }) {
  const words = useSpoken(unknownWords)
  const ways = waysOf(conflict)
  return (
    <>
      <h4>{words.ways}</h4>
      <ul className="ways">
        {ways.map((way, index) => (
          <li key={index}>
            <WayOut way={way} />
          </li>
        ))}
        <li>
          <p>
            <b>{words.leave}</b>
            <span className="note">{words.leaveMeans}</span>
          </p>
        </li>
      </ul>
      {conflict.reason.code === 'twin' ? <p className="dim small">{words.manyAlike}</p> : null}
    </>
  )
}

function WayOut({ way }: { way: Way }) {
  const words = useSpoken(unknownWords)
  const role = useRole()
  const { act, title, means, done } = useWayWords(way)
  const [reason, setReason] = useState('')
  const isReasoned = needsReason(way)
  return (
    <>
      <p>
        <b>{title}</b>
        <span className="note">{means}</span>
      </p>
      {includesRole(role, roleOf(way)) ? (
        <Ask
          label={act}
          title={title}
          help={means}
          tone={way.kind === 'merge' || way.kind === 'refuse' ? 'hurts' : 'plain'}
          isReady={!isReasoned || reason.trim().length >= 3}
          onDo={async () => {
            const undo = await go(way, reason.trim()).catch((error: unknown) => {
              if (!(error instanceof ProblemError && error.code === 'precondition-failed')) throw error
              // The comparison beneath is of then.
              renewNodes()
              throw new ProblemError(error.code, words.changedMeanwhile)
            })
            renewNodes()
            tell(done, undo ? { undo: () => undo().finally(renewNodes) } : {})
            setReason('')
          }}
        >
          {isReasoned
            ? (faults) => (
                <Field
                  label={words.reason}
                  help={words.reasonHelp}
                  value={reason}
                  onChange={setReason}
                  wrong={faults.reason}
                  autoFocus
                  isRequired
                  maxLength={500}
                />
              )
            : null}
        </Ask>
      ) : (
        <span className="dim small">{words.adminOnly}</span>
      )}
    </>
  )
}

interface WayWords {
  act: string
  title: string
  /** what would happen */
  means: string
  done: string
}

function useWayWords(way: Way): WayWords {
  const { way: all } = useSpoken(unknownWords)
  switch (way.kind) {
    case 'merge': {
      const { act, title, means, done } = all.merge
      const from = way.from.map(({ name }) => name)
      return { act, title: title(way.into.name, from), means: means(way.into.name, from), done: done(way.into.name) }
    }
    case 'share': {
      const { act, title, means, done } = all.share
      const others = way.others.map(({ name }) => name)
      return {
        act,
        title: title(way.node.name, way.values),
        means: means(way.node.name, way.values, others),
        done: done(way.values),
      }
    }
    case 'claim': {
      const { act, title, means, done } = way.isThis ? all.claimThis : all.claimOther
      const { name } = way.node
      return { act, title: title(name), means: means(name, way.mac), done: done(name) }
    }
    case 'unclaim': {
      const { act, title, means, done } = all.unclaim
      const { name } = way.node
      return { act, title: title(name), means: means(name, way.mac), done: done(name) }
    }
    case 'register':
      return { ...all.register, title: all.register.title(), means: all.register.means(), done: all.register.done() }
    case 'refuse':
      return { ...all.refuse, title: all.refuse.title(), means: all.refuse.means(way.mac), done: all.refuse.done() }
    default: {
      const { act, title, means, done } = all[way.kind]
      const { name } = way.node
      return { act, title: title(name), means: means(name, way.values), done: done(name) }
    }
  }
}
