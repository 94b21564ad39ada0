import { useState } from 'react'
import { reading, readings, server } from '../server/client.ts'
import { Ask } from '../shown/dialog.tsx'
import { Field } from '../shown/fields.tsx'
import { useSpoken } from '../shown/language.tsx'
import { imageWords } from '../words/images.ts'
import { type Described, Description, describedOf, descriptionFor, isNamed } from './images-description.tsx'

const EMPTY = { url: '', ca: '', typed: {} as Partial<Described> }

/** Adds an image that the server fetches: by its URL, or of a registry of containers. */
export function AddByAddress() {
  const words = useSpoken(imageWords)
  const [{ url, ca, typed }, set] = useState(EMPTY)
  const isOci = /^oci:/i.test(url.trim())
  const guessed = descriptionFor(url.trim())
  // What nobody typed follows the address.
  const of: Described = { ...guessed, name: url.trim() === '' ? '' : guessed.name, ...typed }
  return (
    <Ask
      label={words.byAddress}
      title={words.byAddress}
      help={words.byAddressHelp}
      isWide
      isReady={url.trim() !== '' && isNamed(of)}
      onDo={async () => {
        const caCertificate = ca.trim()
        const body = { ...describedOf(of), url: url.trim(), ...(caCertificate === '' ? {} : { caCertificate }) }
        await server('addImage', { body })
        set(EMPTY)
        await readings.invalidateQueries({ queryKey: reading.images })
      }}
    >
      {(faults) => (
        <>
          <Field
            label={words.address}
            value={url}
            onChange={(to) => set({ url: to, ca, typed })}
            help={words.addressHelp}
            wrong={faults.url ?? faults.path}
            isCode
            isRequired
            autoFocus
            maxLength={2048}
          />
          <Description
            of={of}
            onChange={(to) => set({ url, ca, typed: { ...typed, ...to } })}
            faults={faults}
            isDigestMain={!isOci}
          >
            <Field
              label={words.ca}
              value={ca}
              onChange={(to) => set({ url, ca: to, typed })}
              help={words.caHelp}
              wrong={faults.caCertificate}
              lines={4}
              isCode
            />
          </Description>
        </>
      )}
    </Ask>
  )
}
