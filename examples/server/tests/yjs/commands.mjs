import { createInterface } from 'node:readline'

/** Does what it is told: a command a line on standard input, its answer a line on standard output, both
 * JSON. The process is gone with its standard input. */
export const obey = async commands => {
  for await (const line of createInterface({ input: process.stdin })) {
    const { command, ...options } = JSON.parse(line)
    const answer = commands[command](options) ?? {}
    process.stdout.write(JSON.stringify(answer) + '\n')
  }
  process.exit()
}
