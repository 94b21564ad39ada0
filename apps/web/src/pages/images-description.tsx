import { Architecture, ImageFormat, imageNameOf, Name } from '@eims/contracts'
import type { ReactNode } from 'react'
import type { Described as Sent } from '../server/sending.ts'
import { Choice } from '../shown/choice.tsx'
import { Field } from '../shown/fields.tsx'
import { useSpoken } from '../shown/language.tsx'
import { imageWords } from '../words/images.ts'

/** What is said of an image beside its bytes, as it is typed. */
export interface Described {
  name: string
  architecture: Architecture
  sha256: string
  format: ImageFormat | 'auto'
  sourceUrl: string
}

/** PURE: what a file's name, or its address, lets one guess. */
export const descriptionFor = (place: string): Described => ({
  name: imageNameOf(place),
  architecture: /arm64|aarch64/i.test(place) ? 'arm64' : 'x86_64',
  sha256: '',
  format: 'auto',
  sourceUrl: '',
})

/** PURE: whether it has a name that the server takes. */
export const isNamed = ({ name }: Described): boolean => Name.safeParse(name).success

/** PURE: the same as the server takes it. */
export const describedOf = ({ name, architecture, sha256, format, sourceUrl }: Described): Sent => ({
  name: name.trim(),
  architecture,
  ...(sha256.trim() === '' ? {} : { sha256: sha256.trim() }),
  ...(format === 'auto' ? {} : { format }),
  ...(sourceUrl.trim() === '' ? {} : { sourceUrl: sourceUrl.trim() }),
})

const formats = ImageFormat.options.filter((format) => format !== 'addons')

/** The fields of it: name and processor, and behind More what few need. */
export function Description({ of, onChange, faults = {}, isDigestMain = false, children }: DescriptionParts) {
  const words = useSpoken(imageWords)
  const digest = (
    <Field
      label={words.digest}
      value={of.sha256}
      onChange={(sha256) => onChange({ sha256 })}
      help={isDigestMain ? words.digestNeeded : words.digestHelp}
      wrong={faults.sha256}
      isCode
      maxLength={80}
    />
  )
  return (
    <div className="form">
      <div className="form pairs">
        <Field
          label={words.name}
          value={of.name}
          onChange={(name) => onChange({ name })}
          wrong={faults.name ?? (isNamed(of) || of.name === '' ? undefined : words.nameWrong)}
          isRequired
          maxLength={63}
        />
        <Choice
          label={words.architecture}
          options={Architecture.options.map((each) => [each, words.architectures[each]])}
          value={of.architecture}
          onChange={(architecture) => onChange({ architecture })}
        />
      </div>
      {isDigestMain ? digest : null}
      <details>
        <summary>{words.more}</summary>
        <div className="form">
          {isDigestMain ? null : digest}
          <div className="form pairs">
            <Choice
              label={words.format}
              options={[['auto', words.formatAuto], ...formats.map((each) => [each, each] as const)]}
              value={of.format}
              onChange={(format) => onChange({ format })}
            />
            <Field
              label={words.sourceUrl}
              value={of.sourceUrl}
              onChange={(sourceUrl) => onChange({ sourceUrl })}
              help={words.sourceUrlHelp}
              wrong={faults.sourceUrl}
              maxLength={2048}
            />
          </div>
          {children}
        </div>
      </details>
    </div>
  )
}

interface DescriptionParts {
  of: Described
  onChange: (to: Partial<Described>) => void
  /** what the server found wrong, by the field's path */
  faults?: Readonly<Record<string, string>>
  /** it is needed, and does not stand behind More */
  isDigestMain?: boolean
  /** further fields behind More */
  children?: ReactNode
}
