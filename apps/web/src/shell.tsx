import { includesRole, type Role } from '@eims/contracts'
import { useQuery } from '@tanstack/react-query'
import { Suspense, useEffect, useId, useState } from 'react'
import { Link, Route, Switch, useLocation } from 'wouter'
import { addressOfBoard } from './addresses.ts'
import { SignInPage } from './pages/sign-in.tsx'
import { elsewhere, type Group, type Page, pages } from './pages.tsx'
import { reading, server } from './server/client.ts'
import { useIsLive, useLive } from './server/live.ts'
import { signOut, useSession } from './server/session.ts'
import { PushButton } from './shown/button.tsx'
import { useCount } from './shown/figures.ts'
import { useWords } from './shown/language.tsx'
import { Mark } from './shown/mark.tsx'
import { SendingLine } from './shown/sending.tsx'
import { Settings } from './shown/settings.tsx'
import { Failure, Loading, Notice } from './shown/states.tsx'
import { Told } from './shown/told.tsx'

/** Everything around the pages: who is signed in, where one can go, and whether what is shown is of now. */
export function Shell() {
  const session = useSession()
  if (session.data === undefined)
    return (
      <main className="alone">
        {session.error ? <Failure error={session.error} again={() => void session.refetch()} /> : <Loading rows={3} />}
      </main>
    )
  if (session.data === null) return <SignInPage />
  if (session.data.role === 'board') return <ToTheBoard />
  return <SignedIn name={session.data.name} role={session.data.role} />
}

/** A screen's key opens the board alone. */
function ToTheBoard() {
  useEffect(() => location.replace(addressOfBoard([])), [])
  return <Loading rows={3} />
}

function SignedIn({ name, role }: { name: string; role: Role }) {
  const words = useWords()
  useLive()
  const isLive = useIsLive()
  return (
    <div className="shell">
      <a className="skip" href="#main">
        {words.skip}
      </a>
      <header className="rail">
        <Link href="/" className="brand" aria-label="eims">
          <Mark />
          <span aria-hidden="true">eims</span>
        </Link>
        <Navigation role={role} />
        <SendingLine />
        <div className="account">
          <Settings />
          <span className="who" title={words.signedInAs(name, role)}>
            <span>{name}</span>
            <span className="dim">{role}</span>
          </span>
          <PushButton tone="quiet" onPress={() => void signOut()}>
            {words.signOut}
          </PushButton>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {isLive ? null : (
          <p className="old" role="status">
            {words.reconnecting}
          </p>
        )}
        <Suspense fallback={<Loading />}>
          <Switch>
            {pages.map(({ path, Shown }) => (
              <Route key={path} path={path}>
                <Shown />
              </Route>
            ))}
            <Route>
              <Notice title={words.noPage}>
                <Link href="/">{words.overview}</Link>
              </Notice>
            </Route>
          </Switch>
        </Suspense>
      </main>
      <Told />
    </div>
  )
}

const GROUPS: readonly Group[] = ['hall', 'contents', 'site']

/** Where one can go; on a narrow screen behind a button. */
function Navigation({ role }: { role: Role }) {
  const words = useWords()
  const [at] = useLocation()
  const [isOpen, open] = useState(false)
  const isHere = (path: string) => (path === '/' ? at === '/' : at === path || at.startsWith(`${path}/`))
  const allowed = (of: readonly Pick<Page, 'path' | 'entry'>[]) =>
    of.flatMap(({ path, entry }) => (entry && includesRole(role, entry.role ?? 'viewer') ? [{ path, ...entry }] : []))
  const entries = allowed(pages)
  const here = entries.find(({ path }) => isHere(path))
  const title = here?.label(words)
  useEffect(() => {
    document.title = title ? `${title} · eims` : 'eims'
  }, [title])
  useEffect(() => open(false), [at])
  return (
    <>
      <button type="button" className="button plain menu" aria-expanded={isOpen} onClick={() => open(!isOpen)}>
        <Drawn path="M2 4h12M2 8h12M2 12h12" />
        {title ?? words.menu}
      </button>
      <nav
        aria-label={words.sections}
        data-open={isOpen || undefined}
        onKeyDown={({ key }) => {
          if (key === 'Escape') open(false)
        }}
      >
        {GROUPS.map((group) => (
          <Entries
            key={group}
            title={words.groups[group]}
            of={entries.filter((each) => each.group === group)}
            away={allowed(elsewhere).filter((each) => each.group === group)}
            isHere={isHere}
          />
        ))}
      </nav>
    </>
  )
}

type Entry = { path: string } & NonNullable<Page['entry']>

/** How many things wait there for a person; nothing where none does. */
function Open({ of }: { of: NonNullable<Entry['open']> }) {
  const words = useWords()
  const count = useCount()
  const { data } = useQuery({ queryKey: reading.overview, queryFn: () => server('overview', {}) })
  const open = data ? of(data) : 0
  if (open === 0) return null
  return (
    <span className="open">
      <span aria-hidden="true">{open > 999 ? '999+' : open}</span>
      <span className="hidden">{words.openThings(count(open))}</span>
    </span>
  )
}

interface EntriesParts {
  title: string
  of: readonly Entry[]
  /** documents of their own */
  away: readonly Entry[]
  isHere: (path: string) => boolean
}

function Entries({ title, of, away, isHere }: EntriesParts) {
  const words = useWords()
  const id = useId()
  if (of.length + away.length === 0) return null
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for what is filled in
    <div role="group" aria-labelledby={id}>
      <p id={id} className="group">
        {title}
      </p>
      {of.map(({ path, label, symbol, open }) => (
        <Link key={path} href={path} aria-current={isHere(path) ? 'page' : undefined}>
          <Drawn path={symbol} />
          {label(words)}
          {open ? <Open of={open} /> : null}
        </Link>
      ))}
      {away.map(({ path, label, symbol }) => (
        <a key={path} href={path}>
          <Drawn path={symbol} />
          {label(words)}
        </a>
      ))}
    </div>
  )
}

const Drawn = ({ path }: { path: string }) => (
  <svg viewBox="0 0 16 16" aria-hidden="true">
    <path d={path} />
  </svg>
)
