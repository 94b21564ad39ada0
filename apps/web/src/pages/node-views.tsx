import { type FormEvent, useState } from 'react'
import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components'
import { useRemembered } from '../server/remembered.ts'
import { PushButton } from '../shown/button.tsx'
import { Chevron } from '../shown/choice.tsx'
import { Field } from '../shown/fields.tsx'
import { useSpoken } from '../shown/language.tsx'
import { tell } from '../shown/told.tsx'
import { viewsWords } from '../words/views.ts'
import { LONGEST_NAME, MOST_VIEWS, readyViews, type View, viewsOf, withView } from './view-store.ts'

interface ViewsParts {
  /** the address's query, and the columns, as they are now */
  query: string
  columns: string
  /** columns are null where the view does not say */
  onView: (query: string, columns: string | null) => void
}

const isText = (text: string): text is string => text !== ''

/**
 * Ways to look at the list, by name. They are kept in this browser: a key is often a whole shift's, so the server does not
 * know whose they would be, and whoever wants to give one to others sends its address.
 */
export function Views({ query, columns, onView }: ViewsParts) {
  const words = useSpoken(viewsWords)
  const [kept, keep] = useRemembered('views', isText, '[]')
  const views = viewsOf(kept)
  const ready = readyViews(new Date())
  const here = ready.find(([, its]) => its === query)
  const own = views.find((view) => view.query === query && view.columns === columns)
  const title = own?.name ?? (here && query !== '' ? words.readyNames[here[0]] : words.views)
  const store = (next: readonly View[]) => keep(JSON.stringify(next))
  return (
    <DialogTrigger>
      <Button className="button plain">
        {title}
        <Chevron />
      </Button>
      <Popover className="popover" placement="bottom start">
        <Dialog className="panel views" aria-label={words.views}>
          {({ close }) => {
            const go = (its: string, shown: string | null) => {
              onView(its, shown)
              close()
            }
            return (
              <>
                <h2>{words.ready}</h2>
                <ul>
                  {ready.map(([name, its]) => (
                    <li key={name}>
                      <Entry label={words.readyNames[name]} isHere={its === query} onPress={() => go(its, null)} />
                    </li>
                  ))}
                </ul>
                <h2>{words.own}</h2>
                {views.length === 0 ? <p className="dim small">{words.noOwn}</p> : null}
                <ul>
                  {views.map((view) => (
                    <li key={view.name}>
                      <Entry
                        label={view.name}
                        isHere={view.name === own?.name}
                        onPress={() => go(view.query, view.columns)}
                      />
                      <Button
                        className="button quiet symbol"
                        aria-label={words.remove(view.name)}
                        onPress={() => {
                          store(views.filter(({ name }) => name !== view.name))
                          tell(words.removed(view.name), { undo: async () => keep(kept) })
                        }}
                      >
                        <svg viewBox="0 0 16 16" aria-hidden="true">
                          <path d="M4 4l8 8M12 4l-8 8" />
                        </svg>
                      </Button>
                    </li>
                  ))}
                </ul>
                <Save
                  views={views}
                  onSave={(name) => {
                    const next = withView(views, { name, query, columns })
                    if (!next) return tell(words.full(String(MOST_VIEWS)), { tone: 'bad' })
                    store(next)
                    tell(words.saved(name))
                    close()
                  }}
                />
              </>
            )
          }}
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}

function Entry({ label, isHere, onPress }: { label: string; isHere: boolean; onPress: () => void }) {
  return (
    <Button className="option" onPress={onPress} {...(isHere ? { 'aria-current': 'true' as const } : {})}>
      {label}
    </Button>
  )
}

function Save({ views, onSave }: { views: readonly View[]; onSave: (name: string) => void }) {
  const words = useSpoken(viewsWords)
  const [typed, setTyped] = useState('')
  const name = typed.trim()
  const save = (event: FormEvent) => {
    event.preventDefault()
    if (name === '') return
    onSave(name)
    setTyped('')
  }
  const isTaken = views.some((view) => view.name === name)
  return (
    <form onSubmit={save} className="form">
      <Field
        label={words.name}
        value={typed}
        onChange={setTyped}
        maxLength={LONGEST_NAME}
        help={isTaken ? words.taken : words.saveHelp}
      />
      <PushButton type="submit" isDisabled={name === ''}>
        {words.save}
      </PushButton>
    </form>
  )
}
