// A language model's server, which says what a test has it say, when it has it say so.
import { once } from 'node:events'
import { createServer } from 'node:http'

const NAME = 'stand-in-1'

export class Model {
  #server = createServer((request, response) => this.#ask(request, response))
  #calls = []
  #isBroken = false

  static async start() {
    const model = new Model()
    model.#server.listen(0, '127.0.0.1')
    await once(model.#server, 'listening')
    model.url = `http://127.0.0.1:${model.#server.address().port}/v1`
    return model
  }

  /** The next call, once it is made. */
  async call() {
    while (this.#calls.length === 0) await once(this.#server, 'call')
    return this.#calls.shift()
  }

  /** Takes no key from now on, or any again. */
  refuse(isBroken) {
    this.#isBroken = isBroken
  }

  stop() {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  async #ask(request, response) {
    let body = ''
    for await (const piece of request) body += piece
    if (this.#isBroken) return response.writeHead(401, { 'content-type': 'application/json' }).end('{"error": {"message": "no"}}')
    const { messages, stream } = JSON.parse(body)
    this.#calls.push(new Call(response, stream, messages.map(({ content }) => content).join('\n')))
    this.#server.emit('call')
  }
}

/** A call that is being answered: piece by piece, where it wants that. `asked` is all that the model was told. */
class Call {
  #response
  #isStream
  #said = ''

  constructor(response, isStream, asked) {
    this.#response = response
    this.#isStream = isStream
    this.asked = asked
    this.over = once(response, 'close')
    response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' })
    response.flushHeaders()
  }

  say(text) {
    this.#said += text
    if (this.#isStream) this.#send({ delta: { content: text }, finish_reason: null })
  }

  end() {
    const usage = { prompt_tokens: 1000, completion_tokens: 234, total_tokens: 1234 }
    if (this.#isStream) {
      this.#send({ delta: {}, finish_reason: 'stop' }, { usage })
      this.#response.end('data: [DONE]\n\n')
    } else {
      const choices = [{ index: 0, message: { role: 'assistant', content: this.#said }, finish_reason: 'stop' }]
      this.#response.end(JSON.stringify({ object: 'chat.completion', model: NAME, choices, usage }))
    }
  }

  #send(choice, rest = {}) {
    const chunk = { id: 'one', object: 'chat.completion.chunk', created: 1, model: NAME, choices: [{ index: 0, ...choice }], ...rest }
    this.#response.write(`data: ${JSON.stringify(chunk)}\n\n`)
  }
}
