import type { Field, Note } from '@eims/placed-yaml'
import { nameOf, type Part, partsOf } from './documents.ts'
import { LIMITS, type Limits } from './limits.ts'
import { type Objects, readObjects } from './objects.ts'
import { Reader } from './reader.ts'
import type { Steps } from './steps.ts'
import { isTemplate, readTemplate } from './template-document.ts'
import { innerTemplate } from './wrapped.ts'

export interface Read {
  /** one a workflow of the file; none when there is a mistake */
  steps: Steps[]
  mistakes: Note[]
  warnings: Note[]
}

/**
 * Reads a file of Tinkerbell workflow templates: a template alone, the kinds Template, TinkerbellTemplateConfig and
 * TinkerbellMachineTemplate that hold one, and v1alpha2's Task and Workflow. All of them are rendered first and YAML
 * second; a kind that holds its template as text is YAML around it.
 *
 * @param data what the templates see, JSON: `Hardware`, `hardware`, `device_1`, …
 * @returns the workflows' steps, or all mistakes at once, each by its place in the file
 */
export function readDocument(text: string, data: Record<string, unknown>, limits: Partial<Limits> = {}): Read {
  const file = new TemplateFile(data, { ...LIMITS, ...limits })
  const steps = file.read(text.replace(/^\uFEFF/, ''))
  const { mistakes, warnings } = file.notes
  return { steps: mistakes.length > 0 ? [] : steps, mistakes, warnings }
}

const TOP_OF_FILE = { line: 1, column: 1, path: '' }
const WITH_TEXT = ['Template', 'TinkerbellMachineTemplate']

class TemplateFile extends Reader {
  read(file: string): Steps[] {
    const { source, documents } = this.limits
    if (file.length > source) return this.#refuse(`The file has more than ${source} characters`, 'Write a smaller one.')
    const parts = partsOf(file)
    if (parts.length > documents)
      return this.#refuse(`The file has more than ${documents} documents`, 'Put what is needed into a file of its own.')
    const objects: Objects = { tasks: new Map(), workflows: [] }
    const steps = parts.flatMap((part) => this.#part(part, objects))
    steps.push(...readObjects(objects, this))
    if (steps.length === 0 && this.notes.mistakes.length === 0)
      return this.#refuse('There is no workflow template in the file', 'Give a document with `name:` and `tasks:`.')
    return steps
  }

  #refuse(sentence: string, remedy: string): [] {
    this.notes.mistake(TOP_OF_FILE, sentence, remedy)
    return []
  }

  #part(part: Part, objects: Objects): Steps[] {
    const { kind, apiVersion } = part
    if (apiVersion === 'tinkerbell.org/v1alpha2' && kind === 'Task') this.#task(part, objects)
    else if (apiVersion === 'tinkerbell.org/v1alpha2' && kind === 'Workflow') objects.workflows.push(part)
    else if (WITH_TEXT.includes(kind)) return this.#wrapped(part)
    else if (kind === '' || kind === 'TinkerbellTemplateConfig')
      return this.render(part, this.data).flatMap((each) => this.#alone(each, kind))
    else
      this.notes.warning(
        { ...part.kindAt, path: 'kind' },
        `A ${kind} is not read`,
        'Leave it out: machines and their workflows are kept by eims.',
      )
    return []
  }

  #task(part: Part, { tasks }: Objects): void {
    const name = nameOf(part)
    if (tasks.has(name))
      this.notes.mistake(
        { ...part.kindAt, path: 'metadata.name' },
        `Two Tasks have the name ${name}`,
        'Give one of them another.',
      )
    tasks.set(name, part)
  }

  #wrapped(part: Part): Steps[] {
    return this.plain(part).flatMap((document) => {
      const inner = innerTemplate(document, part.kind)
      return inner ? this.render(inner, this.data).flatMap((each) => this.#alone(each, '')) : []
    })
  }

  #alone(document: Field, kind: string): Steps[] {
    const fields = document.fields()
    if (!fields) return []
    if (kind === '' && !isTemplate(fields)) {
      if (fields.size > 0)
        document.mistake('This is no workflow template: it has no tasks', 'Write `name:` and `tasks:`.')
      return []
    }
    const template = kind === '' ? document : fields.get('spec')?.fields()?.get('template')
    if (!template) document.mistake(`The ${kind} holds no template`, 'Write it below spec.template.')
    const steps = template && readTemplate(template, this.limits)
    return steps ? [steps] : []
  }
}
