/* Run as a program: `node first-commands.ts HERE` prints what the demo ends with, for HERE as JSON: text and commands. */
import { firstCommands, firstMachineText } from '../../src/demo/first-machine.ts'

const here = JSON.parse(process.argv[2] ?? '')
console.log(JSON.stringify({ text: firstMachineText(here), commands: firstCommands(here) }))
